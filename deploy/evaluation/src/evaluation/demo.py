"""The demo: the main job, told step by step on the terminal."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

import httpx

from evaluation.walk.desk import Desk, WalkFailed
from evaluation.walk.main_job import play
from evaluation.walk.teller import Terminal


async def play_demo(address: str, *, stopping: Callable[[], bool]) -> int:
    """Play the main job against the running suite; 0 when every answer was right, 1 otherwise.

    A suite that is being stopped meanwhile is no failure of the demo.
    """
    started = time.perf_counter()
    async with httpx.AsyncClient(base_url=address, timeout=60.0) as client:
        desk = Desk(client, Terminal())
        try:
            await play(desk)
        except (WalkFailed, httpx.HTTPError, LookupError) as error:
            if stopping():
                return 0
            sys.stdout.write(f"\nThe demo stopped: {error!r}\n")
            sys.stdout.flush()
            return 1
    sys.stdout.write(
        f"\nThe main job is done: {len(desk.seen.refusals)} refusals, {desk.seen.events.total()} events, "
        f"{time.perf_counter() - started:.1f} s\n"
    )
    sys.stdout.flush()
    return 0
