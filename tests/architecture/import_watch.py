"""A program: imports the named modules one by one and prints, as JSON, what they did besides defining things.

`PYTHONPATH=<sources> python import_watch.py <module> …` — only deeds of code in these sources count: what a
library does when it is imported is its own affair, unless a thread stays behind.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import threading
from collections.abc import Iterator
from types import FrameType

_WATCHED = {
    "socket.__new__": "opens a socket",
    "socket.connect": "connects",
    "socket.bind": "listens",
    "socket.getaddrinfo": "resolves a name",
    "subprocess.Popen": "starts a process",
    "os.fork": "forks",
    "os.system": "starts a process",
    "sqlite3.connect": "opens a database",
    "os.mkdir": "makes a folder",
    "os.remove": "removes a file",
}


class Watch:
    """Collects deeds while modules are imported."""

    def __init__(self, sources: tuple[str, ...]) -> None:
        self._sources = sources
        self._module: str | None = None
        self.deeds: list[str] = []

    def note(self, deed: str) -> None:
        """Write a deed down if code of ours did it, not a library that it imports."""
        if self._module is not None and self._is_ours(sys._getframe(2)):
            self.deeds.append(f"{self._module} {deed}")

    def note_reading(self, key: str) -> None:
        """Write down that code of ours itself asks for a variable; pydantic asks for some to make a model."""
        frame = sys._getframe(2)
        while frame.f_back is not None and frame.f_code.co_filename.startswith(
            ("<frozen os", "<frozen _coll", os.__file__)
        ):
            frame = frame.f_back
        if frame.f_code.co_filename.startswith(self._sources):
            self.note(f"reads the environment: {key}")

    def hear(self, event: str, args: tuple[object, ...]) -> None:
        """An audit hook."""
        if event in _WATCHED:
            self.note(_WATCHED[event])
        elif event == "open" and isinstance(args[1], str) and set(args[1]) & set("wax+"):
            self.note(f"writes {args[0]}")

    def import_all(self, modules: list[str]) -> None:
        """Import them in order, counting the threads that stay."""
        for self._module in modules:
            before = threading.active_count()
            importlib.import_module(self._module)
            if threading.active_count() > before:
                self.deeds.append(f"{self._module} leaves a thread behind")
        self._module = None

    def _is_ours(self, frame: FrameType | None) -> bool:
        """Whether a file of ours is reached before the import machinery, walking outwards."""
        while frame is not None:
            file = frame.f_code.co_filename
            if file.startswith("<frozen importlib"):
                return False
            if file.startswith(self._sources):
                return True
            frame = frame.f_back
        return False


class WatchedEnvironment(os._Environ):  # type: ignore[type-arg]
    """The environment, telling who looks."""

    watch: Watch

    def __getitem__(self, key: str) -> str:
        self.watch.note_reading(key)
        return str(super().__getitem__(key))

    def __contains__(self, key: object) -> bool:
        self.watch.note_reading(str(key))
        return super().__contains__(key)

    def __iter__(self) -> Iterator[str]:
        self.watch.note("reads the environment")
        return super().__iter__()


def watch_threads(watch: Watch) -> None:
    """Python tells no audit hook of a new thread before 3.12, so its start is wrapped."""
    start = threading.Thread.start

    def noted_start(thread: threading.Thread) -> None:
        watch.note("starts a thread")
        start(thread)

    threading.Thread.start = noted_start  # type: ignore[assignment, method-assign]


def main(*modules: str) -> None:
    """Watch and tell."""
    watch = Watch(tuple(folder + os.sep for folder in os.environ["PYTHONPATH"].split(os.pathsep)))
    os.environ.__class__ = WatchedEnvironment
    WatchedEnvironment.watch = watch
    watch_threads(watch)
    sys.addaudithook(watch.hear)
    watch.import_all(list(modules))
    sys.stdout.write(json.dumps(watch.deeds))


if __name__ == "__main__":
    main(*sys.argv[1:])
