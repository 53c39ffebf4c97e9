"""Waiting for what other processes do: look again until it has happened or time is up."""

from __future__ import annotations

import threading
from collections.abc import Callable
from time import monotonic


class TookTooLong(Exception):
    """What was waited for did not happen in time."""


def wait_until(happened: Callable[[], bool], *, within: float, what: str, look_every: float = 0.01) -> None:
    """Return as soon as `happened()` is true. `within` and `look_every` are seconds.

    Raises `TookTooLong` with `what` in its words when it is still false at the end.
    """
    deadline = monotonic() + within
    pause = threading.Event()
    while not happened():
        if monotonic() >= deadline:
            raise TookTooLong(f"{what}: not within {within:g} seconds")
        pause.wait(look_every)
