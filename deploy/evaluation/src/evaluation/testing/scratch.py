"""Where the servers of a test session keep their data: in memory where there is room, and gone afterwards."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_MEMORY = Path("/dev/shm")  # noqa: S108 - a folder of its own is made below it
_ROOM = 2 * 1024**3  # bytes; containers often give 64 MB
_PREFIX = "anshin-tests-"
_LOCK = "session.lock"


def scratch_place() -> Path:
    """A file system in memory if there is one with room, else the usual place for temporary files.

    Copying a template's thousand files onto a busy disk takes ten times as long.
    """
    if _MEMORY.is_dir() and os.access(_MEMORY, os.W_OK) and shutil.disk_usage(_MEMORY).free >= _ROOM:
        return _MEMORY
    return Path(tempfile.gettempdir())


@contextmanager
def scratch_folder(place: Path) -> Iterator[Path]:
    """A folder in `place` that is removed at the end, as are those left there by sessions that were killed."""
    _sweep(place)
    with tempfile.TemporaryDirectory(prefix=_PREFIX, dir=place, ignore_cleanup_errors=True) as name:
        folder = Path(name)
        unseen = folder / "lock.new"  # nobody may see the lock before it is held
        with unseen.open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            unseen.rename(folder / _LOCK)
            yield folder


def _sweep(place: Path) -> None:
    """Remove folders whose session holds its lock no more; one without a lock is just being made."""
    for folder in place.glob(f"{_PREFIX}*"):
        try:
            with (folder / _LOCK).open("r+") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:  # held, not there, or another account's
            continue
        shutil.rmtree(folder, ignore_errors=True)
