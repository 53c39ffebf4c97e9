"""The command line of a service: `python -m <service> api | worker | migrate`."""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack

import uvicorn
from fastapi import FastAPI

from common.bus.choice import bus_from
from common.bus.protocol import Bus
from common.clock import Clock, SystemClock
from common.logs import configure_logging
from common.migrations import upgrade
from common.settings import ServiceSettings

CreateApp = Callable[[ServiceSettings, Bus, Clock], FastAPI]


def main(
    package: str,
    settings_type: Callable[[], ServiceSettings],
    create_app: CreateApp,
    arguments: Sequence[str] | None = None,
) -> None:
    """Serve requests, do the background work, or migrate the schema.

    `migrate` takes the administrative URL from `<PREFIX>MIGRATE_URL`; the others take their settings from the
    environment.
    """
    parser = argparse.ArgumentParser(prog=f"python -m {package}")
    parser.add_argument("what", choices=["api", "worker", "migrate"])
    what = parser.parse_args(arguments).what
    configure_logging()
    if what == "migrate":
        upgrade(os.environ[f"{package.upper()}_MIGRATE_URL"], package)
        return
    settings = settings_type().model_copy(update={"background": what == "worker"})
    app = create_app(settings, bus_from(settings), SystemClock())
    if what == "api":
        uvicorn.run(app, host=settings.host, port=settings.port, log_config=None)
    else:
        asyncio.run(_work(app))


async def _work(app: FastAPI) -> None:
    stop = asyncio.Event()
    for signum in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(signum, stop.set)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(app.router.lifespan_context(app))
        await stop.wait()
