"""The command line of a service: `python -m <service> api | worker | migrate | audit | dead-letters | …`."""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from types import FrameType

import uvicorn
import uvloop
from fastapi import FastAPI

from common.assembly import Service
from common.audit_orders import AUDIT, recorded
from common.bus.choice import bus_from
from common.bus.protocol import Bus
from common.clock import Clock, SystemClock
from common.command_line import DEAD_LETTERS, REBUILD, Order
from common.http.server import server_config
from common.http.stream import close_streams
from common.logs import configure_logging
from common.migrations import upgrade
from common.settings import ServiceSettings

CreateApp = Callable[[ServiceSettings, Bus, Clock], FastAPI]


def main(
    package: str,
    settings_type: Callable[[], ServiceSettings],
    create_app: CreateApp,
    arguments: Sequence[str] | None = None,
    *,
    orders: Sequence[Order] = (),
) -> None:
    """Serve requests, do the background work, migrate the schema, or carry out an order of the person on duty.

    `migrate` and `rebuild` take the administrative URL from `<PREFIX>MIGRATE_URL`; all but `migrate` take their
    settings from the environment. `orders` are those that only this service knows.
    """
    known = {order.name: order for order in (DEAD_LETTERS, REBUILD, AUDIT, *orders)}
    options = _parser(package, known).parse_args(arguments)
    configure_logging()
    if options.what == "migrate":
        upgrade(os.environ[f"{package.upper()}_MIGRATE_URL"], package)
        return
    order = known.get(options.what)
    if order is not None and order.offline is not None and (status := order.offline(options)) is not None:
        sys.exit(status)
    settings = settings_type().model_copy(update={"background": options.what == "worker"})
    app = create_app(settings, bus_from(settings), SystemClock())
    if options.what == "api":
        _Server(app, server_config(app, host=settings.host, port=settings.port)).run()
    elif options.what == "worker":
        uvloop.run(_work(app))  # the loop that uvicorn chooses for the API
    elif order is not None:
        sys.exit(asyncio.run(_carry_out(order, app, options)))


class _Server(uvicorn.Server):
    """Ends what would go on by itself as soon as it is asked to stop."""

    def __init__(self, app: FastAPI, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._app = app

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        close_streams(self._app)
        super().handle_exit(sig, frame)


def _parser(package: str, orders: Mapping[str, Order]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=f"python -m {package}")
    words = parser.add_subparsers(dest="what", required=True)
    words.add_parser("api", help="serve requests")
    words.add_parser("worker", help="relay, consumers and sweeps")
    words.add_parser("migrate", help="bring the schema to its newest version")
    for order in orders.values():
        order.arguments(words.add_parser(order.name, help=order.meaning))
    return parser


async def _carry_out(order: Order, app: FastAPI, options: argparse.Namespace) -> int:
    service: Service = app.state.service
    async with service.connected():
        return await recorded(order, service, options)


async def _work(app: FastAPI) -> None:
    stop = asyncio.Event()
    for signum in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(signum, stop.set)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(app.router.lifespan_context(app))
        await stop.wait()
