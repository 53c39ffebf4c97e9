"""The HTTP server of a process: no connection may cost more than it is worth.

uvicorn bounds neither how long a client takes to say what it wants nor how much it says; both are bounded here. Bodies
are bounded by the edge.
"""

from __future__ import annotations

import asyncio
from typing import Any

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

HEAD_SECONDS = 10.0
"""From the connection, or the end of the pause after an answer, to the last line of the request's head."""
LINGER_SECONDS = 5.0
"""After an answer that did not wait for the whole body, until the connection is closed."""
IDLE_SECONDS = 20
LONGEST_URL = 8 * 1024
LARGEST_HEAD = 32 * 1024
MOST_CONNECTIONS = 4096
SHUTDOWN_SECONDS = 10

_URL_TOO_LONG, _HEAD_TOO_LARGE, _TOO_SLOW = 414, 431, 408


class _HeadRefused(Exception):
    """The head of the request is larger than any honest one."""


class BoundedProtocol(HttpToolsProtocol):
    """One connection, whose request heads have a largest size and a longest time."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._clock: asyncio.TimerHandle | None = None
        self._head_open = False
        self._head_bytes = 0
        self._header_bytes = 0
        self._refusal = 400

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._wind(HEAD_SECONDS, self._head_too_slow)

    def connection_lost(self, exc: Exception | None) -> None:
        self._unwind()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._clock is None and not self._answering():
            self._wind(HEAD_SECONDS, self._head_too_slow)
        super().data_received(data)
        if self._head_open:
            self._head_bytes += len(data)
            if self._head_bytes > LARGEST_HEAD and not self.transport.is_closing():
                self._refusal = _HEAD_TOO_LARGE
                self.send_400_response("Too much.")

    def _answering(self) -> bool:
        cycle: RequestResponseCycle | None = self.cycle
        return cycle is not None and not cycle.response_complete

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._head_open, self._head_bytes, self._header_bytes = True, 0, 0

    def on_url(self, url: bytes) -> None:
        super().on_url(url)
        if len(self.url) > LONGEST_URL:
            self._refusal = _URL_TOO_LONG
            raise _HeadRefused

    def on_header(self, name: bytes, value: bytes) -> None:
        super().on_header(name, value)
        self._header_bytes += len(name) + len(value)
        if self._header_bytes > LARGEST_HEAD:
            self._refusal = _HEAD_TOO_LARGE
            raise _HeadRefused

    def on_headers_complete(self) -> None:
        self._head_open = False
        self._unwind()
        super().on_headers_complete()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self.cycle.more_body:
            self._wind(LINGER_SECONDS, self.transport.close)

    def send_400_response(self, msg: str) -> None:
        if self._refusal == 400:  # noqa: PLR2004 - what uvicorn itself answers
            super().send_400_response(msg)
            return
        self.transport.write(STATUS_LINE[self._refusal] + b"content-length: 0\r\nconnection: close\r\n\r\n")
        self.transport.close()

    def _head_too_slow(self) -> None:
        if self._head_open and not self.transport.is_closing():
            self._refusal = _TOO_SLOW
            self.send_400_response("Too slow.")
        self.transport.close()

    def _wind(self, seconds: float, then: Any) -> None:
        self._unwind()
        self._clock = self.loop.call_later(seconds, then)

    def _unwind(self) -> None:
        if self._clock is not None:
            self._clock.cancel()
            self._clock = None


def server_config(
    app: ASGIApp, *, host: str, port: int, timeout_graceful_shutdown: int = SHUTDOWN_SECONDS, **more: Any
) -> uvicorn.Config:
    """How every process serves: bounded, and silent about what it runs on.

    Addresses of proxies are judged by the edge (`trusted_proxies`), so uvicorn believes none.
    """
    return uvicorn.Config(
        app,
        host=host,
        port=port,
        http=BoundedProtocol,
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        limit_concurrency=MOST_CONNECTIONS,
        timeout_keep_alive=IDLE_SECONDS,
        timeout_graceful_shutdown=timeout_graceful_shutdown,
        **more,
    )
