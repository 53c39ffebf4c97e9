"""The suite behind one address until it is told to stop; on an empty database it plays the demo first."""

from __future__ import annotations

import asyncio
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import uvicorn

from common.http.claims import Role
from common.http.server import server_config
from common.http.stream import close_streams
from evaluation.business_time import settle
from evaluation.demo import play_demo
from evaluation.master_data import lay_master_data
from evaluation.settings import EvaluationSettings
from evaluation.suite import Suite

STOP_SECONDS = 5


def build(settings: EvaluationSettings, database_url_of: Callable[[str], str]) -> Suite:
    """The suite on a database that is up to date, not yet started."""
    return Suite(settings, database_url_of)


class _Server(uvicorn.Server):
    """Stops in order on Ctrl-C and SIGTERM; uvicorn's own raises the signal again afterwards, past our cleaning up."""

    def __init__(self, suite: Suite, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._suite = suite

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Both signals ask for the same: stop taking requests, finish, go."""
        loop = asyncio.get_running_loop()
        for signum in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(signum, self._stop)
        yield

    def _stop(self) -> None:
        for app in self._suite.apps.values():
            close_streams(app)
        self.should_exit = True


async def serve(suite: Suite, started: float) -> int:
    """Serve until stopped; the exit code of the process. `started` (perf_counter) is when the user began to wait."""
    settings = suite.settings
    server = _Server(
        suite,
        server_config(
            suite.asgi, host=settings.host, port=settings.port, lifespan="off", timeout_graceful_shutdown=STOP_SECONDS
        ),
    )
    async with suite.running():
        serving = asyncio.create_task(server.serve())
        while not server.started and not serving.done():  # noqa: ASYNC110 - a flag of uvicorn
            await asyncio.sleep(0.005)
        played = 0
        if server.started:
            empty = await _lay_master_data(suite)
            _say(f"ready  {settings.address}  docs at {settings.address}/docs  ({time.perf_counter() - started:.1f} s)")
            played = await _demo(suite, server, empty=empty)
        await serving
    return played


async def _lay_master_data(suite: Suite) -> bool:
    """Whether the suite is empty; with an issuer of its own, a site has master data of its own, too."""
    if suite.settings.issuer is not None:
        return False
    await settle(suite.services)
    token = suite.issuer.token("system-evaluation", [Role.SUPERVISOR, Role.DEPOT], None)
    return await lay_master_data(suite.settings.address, token)


async def _demo(suite: Suite, server: uvicorn.Server, *, empty: bool) -> int:
    if not (suite.settings.demo and suite.settings.sandbox and empty):
        return 0
    code = await play_demo(suite.settings.address, stopping=lambda: server.should_exit)
    if suite.settings.exit_after_demo:
        server.should_exit = True
        return code
    _say(f"serving at {suite.settings.address} — Ctrl-C stops, `make run` goes on where this stopped")
    return 0


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
