"""`python -m evaluation`: the whole suite with one command, nothing installed but Python."""

from __future__ import annotations

import asyncio
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn

from common.logs import configure_logging
from evaluation.business_time import settle
from evaluation.demo import play_demo
from evaluation.master_data import lay_master_data
from evaluation.postgres import EmbeddedPostgres
from evaluation.schema import DATABASE, bring_up_to_date
from evaluation.settings import EvaluationSettings
from evaluation.suite import Suite, data_directory


def main() -> int:
    """Start PostgreSQL, bring the schemas up to date, serve, play the demo on an empty database; until told to stop."""
    started = time.perf_counter()
    settings = EvaluationSettings()
    settings = settings.model_copy(update={"data_dir": data_directory(settings)})
    configure_logging(settings.log_level)
    with EmbeddedPostgres(settings.data_dir / "postgres") as postgres:
        bring_up_to_date(postgres.admin_url(), postgres.admin_url(DATABASE), settings.data_dir / "schema-stamp")
        suite = Suite(settings, lambda role: postgres.role_url(role, DATABASE))
        return asyncio.run(_serve(suite, started))


class _Server(uvicorn.Server):
    """Stops in order on Ctrl-C and SIGTERM; uvicorn's own raises the signal again afterwards, past our cleaning up."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Both signals ask for the same: stop taking requests, finish, go."""
        loop = asyncio.get_running_loop()
        for signum in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(signum, self._stop)
        yield

    def _stop(self) -> None:
        self.should_exit = True


async def _serve(suite: Suite, started: float) -> int:
    settings = suite.settings
    server = _Server(
        uvicorn.Config(
            suite.asgi,
            host=settings.host,
            port=settings.port,
            log_config=None,
            access_log=False,
            lifespan="off",
            timeout_graceful_shutdown=5,
        )
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
    return await lay_master_data(suite.settings.address, suite.issuer)


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


if __name__ == "__main__":
    sys.exit(main())
