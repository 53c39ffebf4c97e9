"""A guardian: does one last thing for a process that died, whatever it died of.

`atexit` does not run on SIGTERM, and nothing at all runs on `kill -9`. But the kernel closes a dead process's
pipes: the guardian is a small shell that reads from one and acts when it ends.
"""

from __future__ import annotations

import subprocess
from collections.abc import Sequence


class Guardian:
    """Runs `command` when the process that made it is gone, unless it was dismissed before.

    It stands in a session of its own, so that Ctrl-C in a terminal, which signals the whole foreground group,
    does not take it along. `user` and `group` (ids) are whom the command runs as; None means like this
    process.
    """

    def __init__(self, command: Sequence[str], *, user: int | None = None, group: int | None = None) -> None:
        self._shell = subprocess.Popen(  # noqa: S603 - programs of this package, no words of a stranger
            ["/bin/sh", "-c", 'read -r word || "$@"', "guardian", *command],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            start_new_session=True,
            user=user,
            group=group,
            extra_groups=None if user is None else [],
        )

    @property
    def pid(self) -> int:
        """The process id of the guardian's shell."""
        return self._shell.pid

    def dismiss(self) -> None:
        """Let it go without acting; dismissing twice is nothing."""
        if self._shell.stdin is None or self._shell.stdin.closed:
            return
        try:
            self._shell.stdin.write(b"dismissed\n")
            self._shell.stdin.close()
        except BrokenPipeError:
            self._shell.stdin.close()
        self._shell.wait()
