"""Around every request: its id, the limit of its body, headers that belong on every answer, one line in the log."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Mapping

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from common.context import request_id_var
from common.errors import DomainError, Kind
from common.http.metrics import RequestMetrics
from common.http.security import SecurityHeaders
from common.ids import new_id

log = logging.getLogger("anshin.access")
FIELDS = "anshin.fields"
_REQUEST_ID = re.compile(r"^[A-Za-z0-9._-]{1,64}$")


class BodyTooLarge(DomainError):
    """The body is larger than this service takes."""

    kind = Kind.TOO_LARGE
    code = "body_too_large"
    en = "The request body is too large."
    ja = "リクエスト本文が大きすぎます。"


class RequestFrame:
    """Pure ASGI middleware: request id, body limit, security headers, access log, metrics.

    What the edge puts into the scope under `FIELDS` becomes headers of the answer, whatever answer it is. `larger` are
    the limits of methods and paths that take more than others.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        body_limit: int,
        security: SecurityHeaders,
        larger: Mapping[tuple[str, str], int] | None = None,
        metrics: RequestMetrics | None = None,
    ) -> None:
        self._app = app
        self._limit = body_limit
        self._security = security
        self._larger = larger or {}
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        asked = headers.get("x-request-id", "")
        request_id = asked if _REQUEST_ID.match(asked) else new_id("req")
        token = request_id_var.set(request_id)
        started = time.perf_counter()
        status = 0

        async def framed(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                out = MutableHeaders(scope=message)
                out["X-Request-Id"] = request_id
                out.setdefault("Cache-Control", "no-store")
                page = out.get("content-type", "").startswith("text/html")
                out.raw.extend(self._security.of_pages if page else self._security.of_data)
                out.raw.extend(scope.get(FIELDS, ()))
            await send(message)

        try:
            limit = self._larger.get((scope["method"], scope["path"]), self._limit)
            await self._app(scope, _counted(receive, headers.get("content-length", ""), limit), framed)
        finally:
            request_id_var.reset(token)
            seconds = time.perf_counter() - started
            if self._metrics is not None:
                self._metrics.note(scope, status, seconds)
            log.info(
                "%s %s",
                scope["method"],
                scope["path"],
                extra={
                    "status": status,
                    "ms": round(seconds * 1000, 1),
                    "request_id": request_id,
                },
            )


def _counted(receive: Receive, told: str, limit: int) -> Receive:
    """The body as it comes, until it is too large; one that says so beforehand is not waited for."""
    taken = 0
    too_large = told.isdigit() and int(told) > limit

    async def counted() -> Message:
        nonlocal taken
        if too_large:
            raise BodyTooLarge(limit_bytes=limit)
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > limit:
            raise BodyTooLarge(limit_bytes=limit)
        return message

    return counted
