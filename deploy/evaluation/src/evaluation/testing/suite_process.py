"""The suite as its users start it: `python -m evaluation` in a process of its own, on a free port."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from evaluation.ports import free_port

READY = "ready  "
_START_SECONDS = 90.0
_STOP_SECONDS = 60.0


class SuiteFailed(Exception):
    """The suite did not start, or ended by itself; the words hold what it said."""


class SuiteProcess:
    """One running suite with its data directory; `said` is what it wrote so far."""

    def __init__(self, data_dir: Path, *, port: int | None = None, **settings: str) -> None:
        self.port = port or free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.said: list[str] = []
        self.ready_seconds = 0.0
        self._environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("ANSHIN_")},
            "ANSHIN_PORT": str(self.port),
            "ANSHIN_DATA_DIR": str(data_dir),
            "ANSHIN_DEMO": "0",
            **{f"ANSHIN_{name.upper()}": value for name, value in settings.items()},
        }
        self._process: subprocess.Popen[str] | None = None
        self._ready = threading.Event()
        self._said_ready = False

    @property
    def pid(self) -> int:
        """The process id; raises `SuiteFailed` when it was not started."""
        if self._process is None:
            raise SuiteFailed("not started")
        return self._process.pid

    def start(self) -> Self:
        """Start it and wait until it says that it is ready; raises `SuiteFailed`."""
        started = time.perf_counter()
        self._ready.clear()
        self._said_ready = False
        self._process = subprocess.Popen(
            [sys.executable, "-m", "evaluation"],
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        threading.Thread(target=self._listen, daemon=True).start()
        self._ready.wait(_START_SECONDS)
        if not self._said_ready:
            self.kill()
            raise SuiteFailed("".join(self.said))
        self.ready_seconds = time.perf_counter() - started
        return self

    def _listen(self) -> None:
        process = self._process
        if process is None or process.stdout is None:
            return
        for line in process.stdout:
            self.said.append(line)
            if line.startswith(READY):
                self._said_ready = True
                self._ready.set()
        self._ready.set()  # it has ended, and whoever waits need not wait on

    def stop(self, signum: int = signal.SIGTERM) -> int:
        """Ask it to stop; its exit code."""
        if self._process is None:
            return 0
        if self._process.poll() is None:
            self._process.send_signal(signum)
        return self._ended()

    def kill(self) -> None:
        """End it at once (kill -9)."""
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
        self._ended()

    def wait(self) -> int:
        """Wait until it ends by itself; its exit code."""
        return self._ended()

    def _ended(self) -> int:
        if self._process is None:
            return 0
        code = self._process.wait(_STOP_SECONDS)
        if self._process.stdout is not None:
            self._process.stdout.close()
        self._process = None
        return code

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
