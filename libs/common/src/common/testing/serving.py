"""A started application behind a real port of this machine, for clients that share nothing with it."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
from fastapi import FastAPI

from common.http.stream import close_streams

_BACKLOG = 512


@asynccontextmanager
async def serving(app: FastAPI) -> AsyncIterator[int]:
    """Serve an application whose lifespan has begun; its port."""
    config = uvicorn.Config(app, log_config=None, lifespan="off", timeout_graceful_shutdown=30)
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0), backlog=_BACKLOG) as listening:
        task = asyncio.create_task(server.serve([listening]))
        try:
            yield listening.getsockname()[1]
        finally:
            close_streams(app)
            server.should_exit = True
            await task
