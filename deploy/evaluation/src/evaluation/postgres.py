"""PostgreSQL 18 out of a wheel: a server in a directory, for evaluation and for tests.

Why `trust` is safe here: the server listens on no network address, only on a socket in a folder that no other
account may enter (mode 0700, checked at every start). Who can reach the socket can read the data files
anyway.
"""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

import psutil  # type: ignore[import-untyped]

from evaluation.guardian import Guardian
from evaluation.postgres_directory import ADMIN, PostgresFailed, ServerDirectory, programs
from evaluation.server_account import server_account
from evaluation.waiting import TookTooLong, wait_until

_LOG_LIMIT = 10_000_000  # bytes; a bigger log is set aside at the next start
_START_SECONDS = 60.0  # replaying the log after a crash takes its time
_STOP_SECONDS = 30.0

_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "max_connections": "200",
}
# For tests, whose clients may be killed but whose server may not: without synchronous_commit a killed server forgets
# the last fraction of a second.
_FAST_SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "256MB",
    "max_connections": "300",
}


class EmbeddedPostgres:
    """A server whose whole life is in `directory`: data, log, socket. Owned by one process at a time.

    When the owner ends, however it ends, a guardian stops the server. When even that was killed, the next start finds
    the server still running, stops it in order and starts its own. `fast` gives up what a killed server had just
    committed, and everything when the machine crashes; killed clients lose nothing.
    """

    def __init__(self, directory: Path, *, fast: bool = False) -> None:
        self._path = directory.absolute()
        self._fast = fast
        self._sockets: Path | None = None
        self._directory: ServerDirectory | None = None
        self._postmaster: subprocess.Popen[bytes] | None = None
        self._guardian: Guardian | None = None

    @property
    def log(self) -> Path:
        """What the server says."""
        return self._path / "server.log"

    @property
    def pid(self) -> int | None:
        """The process id of the running server."""
        return None if self._postmaster is None else self._postmaster.pid

    @property
    def guardian_pid(self) -> int | None:
        """The process id of what stops the server when this process dies."""
        return None if self._guardian is None else self._guardian.pid

    def admin_url(self, database: str = ADMIN) -> str:
        """Where the administrator (a superuser) reaches `database`."""
        return self.role_url(ADMIN, database)

    def role_url(self, role: str, database: str) -> str:
        """Where `role` reaches `database`. Raises `PostgresFailed` before the first `start`."""
        if self._sockets is None:
            raise PostgresFailed("The server has not been started.")
        return f"postgresql://{quote(role)}@/{quote(database)}?host={quote(str(self._sockets))}&port=5432"

    def start(self) -> None:
        """Start the server and return when it takes connections; the first time, make the data directory.

        Raises `DirectoryInUse`, `PostgresFailed`, `NoAccountForTheServer`.
        """
        if self._postmaster is not None:
            return
        account = server_account()
        directory = ServerDirectory(self._path, account)
        directory.lock()
        self._directory = directory
        try:
            account.let_reach(directory.data)
            account.let_reach(programs())
            account.let_read(programs().parent)
            self._sockets = directory.sockets()
            directory.initialise(fast=self._fast)
            _end_leftover(directory)
            _clear(self._sockets)
            self._guardian = _guardian(directory)
            _set_long_log_aside(directory.log)
            wait_until(
                lambda: self._launched(directory),
                within=_START_SECONDS,
                what="PostgreSQL starts",
                look_every=0.2,
            )
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop the server in order (open transactions are rolled back); stopping a stopped one is nothing."""
        if self._postmaster is not None:
            self._postmaster.send_signal(signal.SIGINT)
            try:
                self._postmaster.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self._postmaster.send_signal(signal.SIGQUIT)
                self._postmaster.wait()
            self._postmaster = None
        if self._guardian is not None:
            self._guardian.dismiss()
            self._guardian = None
        if self._directory is not None:
            self._directory.unlock()
            self._directory = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _launched(self, directory: ServerDirectory) -> bool:
        """Start once and wait until ready; False while the rest of a killed server still holds its memory."""
        said_before = directory.log.stat().st_size if directory.log.exists() else 0
        self._postmaster = self._spawn(directory)
        if _became_ready(self._postmaster, directory):
            return True
        self._postmaster = None
        said = directory.log.read_bytes()[said_before:].decode(errors="replace")
        if "pre-existing shared memory block" in said:
            return False
        raise PostgresFailed(f"PostgreSQL ended while starting: {said[-2000:]}")

    def _spawn(self, directory: ServerDirectory) -> subprocess.Popen[bytes]:
        settings = {**_SETTINGS, **(_FAST_SETTINGS if self._fast else {})}
        settings["unix_socket_directories"] = '"' + str(self._sockets).replace('"', '""') + '"'
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        user, group = directory.account.ids
        with directory.log.open("ab") as log:
            return subprocess.Popen(  # noqa: S603 - the wheel's own program
                [str(programs() / "postgres"), "-D", str(directory.data), *options],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                start_new_session=True,  # Ctrl-C is for the owner, who stops the server last
                user=user,
                group=group,
                extra_groups=None if user is None else [],
            )


def _became_ready(postmaster: subprocess.Popen[bytes], directory: ServerDirectory) -> bool:
    """Wait until the server notes that it is ready (True) or has ended (False)."""

    def said() -> bool:
        try:
            lines = directory.postmaster_note.read_text().split("\n")
        except FileNotFoundError:
            lines = []
        ready = lines[:1] == [str(postmaster.pid)] and [word.strip() for word in lines[7:8]] == ["ready"]
        return ready or postmaster.poll() is not None

    wait_until(said, within=_START_SECONDS, what="PostgreSQL is ready")
    return postmaster.returncode is None


def _end_leftover(directory: ServerDirectory) -> None:
    """Stop a server that outlived its owner; drop a note that names a dying or some other process.

    A note of a process that is gone is left to PostgreSQL, which knows it by itself.
    """
    note = directory.postmaster_note
    try:
        process = psutil.Process(int(note.read_text().split("\n", 1)[0]))
    except (FileNotFoundError, ValueError, psutil.NoSuchProcess):
        return

    def over() -> bool:
        return not note.exists() or not _serves(process, directory.data)

    try:
        _signal(process, signal.SIGINT, unless=over)
        wait_until(over, within=_STOP_SECONDS, what="The leftover server stops")
    except TookTooLong:
        _signal(process, signal.SIGQUIT, unless=over)
        wait_until(over, within=_STOP_SECONDS, what="The leftover server ends")
    note.unlink(missing_ok=True)


def _signal(process: psutil.Process, word: signal.Signals, *, unless: Callable[[], bool]) -> None:
    """Signal a server that may be dying at this moment, and never a process that is none of ours."""
    if not unless():
        with suppress(psutil.NoSuchProcess):
            process.send_signal(word)


def _serves(process: psutil.Process, data: Path) -> bool:
    """Whether the process is a server at work in `data`."""
    try:
        return process.name() == "postgres" and Path(process.cwd()) == data.resolve()
    except psutil.Error:
        return False


def _guardian(directory: ServerDirectory) -> Guardian:
    user, group = directory.account.ids
    stop = [str(programs() / "pg_ctl"), "stop", "-s", "-m", "fast", "-D", str(directory.data)]
    return Guardian(stop, user=user, group=group)


def _clear(sockets: Path) -> None:
    """Remove the socket of a server that was killed: its lock names a process id that may live on as another's."""
    for name in (".s.PGSQL.5432", ".s.PGSQL.5432.lock"):
        (sockets / name).unlink(missing_ok=True)


def _set_long_log_aside(log: Path) -> None:
    if log.exists() and log.stat().st_size > _LOG_LIMIT:
        log.replace(log.with_suffix(".log.old"))
