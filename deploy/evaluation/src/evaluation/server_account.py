"""Whom the database server runs as: PostgreSQL refuses root, which therefore lends it an account."""

from __future__ import annotations

import os
import pwd
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path

ACCOUNT_NAME = "anshin-postgres"

_USERADD = ("useradd", "--system", "--user-group", "--no-create-home", "--shell", "/bin/false", ACCOUNT_NAME)
_ADVICE = f"PostgreSQL does not run as root: make an account {ACCOUNT_NAME}, or start as an ordinary user."


class NoAccountForTheServer(Exception):
    """This is root, and a system account for the database server could not be made."""


@dataclass(frozen=True)
class ServerAccount:
    """The user and group ids of the server. `lent` says that they are not this process's own."""

    user: int
    group: int
    lent: bool

    @property
    def ids(self) -> tuple[int | None, int | None]:
        """User and group for a new process; None where it stays what this process is."""
        return (self.user, self.group) if self.lent else (None, None)

    def give(self, path: Path) -> None:
        """Make the account the owner of `path`, unless this process is the account."""
        if self.lent:
            os.chown(path, self.user, self.group)

    def let_reach(self, path: Path) -> None:
        """Let the account pass through the folders above `path`: pass, not list.

        Only root needs this (its folders may be closed to others). Each folder is touched at most once in its
        life.
        """
        if not self.lent:
            return
        for folder in path.parents:
            mode = folder.stat().st_mode
            if folder.stat().st_uid != self.user and not mode & stat.S_IXOTH:
                folder.chmod(stat.S_IMODE(mode) | stat.S_IXOTH)

    def let_read(self, tree: Path) -> None:
        """Let the account read and run what is under `tree`: a wheel installed with umask 077 is closed."""
        if not self.lent or tree.stat().st_mode & stat.S_IROTH:
            return
        for path in (tree, *tree.rglob("*")):
            mode = stat.S_IMODE(path.stat().st_mode)
            runs = stat.S_IXOTH if mode & stat.S_IXUSR else 0
            path.chmod(mode | stat.S_IROTH | runs)


def server_account() -> ServerAccount:
    """The account for the server of this process: its own; for root, a system account made when first needed.

    Raises `NoAccountForTheServer`.
    """
    if os.geteuid() != 0:
        return ServerAccount(user=os.geteuid(), group=os.getegid(), lent=False)
    entry = _entry() or _make()
    return ServerAccount(user=entry.pw_uid, group=entry.pw_gid, lent=True)


def _entry() -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam(ACCOUNT_NAME)
    except KeyError:
        return None


def _make() -> pwd.struct_passwd:
    try:
        answer = subprocess.run(_USERADD, capture_output=True, text=True, check=False)  # noqa: S603 - constants
    except FileNotFoundError as error:
        raise NoAccountForTheServer(_ADVICE) from error
    entry = _entry()  # also when another process was quicker and useradd said that the name is taken
    if entry is None:
        raise NoAccountForTheServer(f"{_ADVICE} {answer.stderr.strip()}")
    return entry
