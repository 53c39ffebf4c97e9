"""Headers that every answer carries, and which pages of others may read answers."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Sequence

from fastapi import FastAPI
from fastapi.openapi.docs import get_swagger_ui_html
from starlette.middleware.cors import CORSMiddleware

_ORIGIN = re.compile(r"https?://[A-Za-z0-9.-]+(:\d{1,5})?")
_NOTHING = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
_FEATURES = ("accelerometer", "camera", "display-capture", "geolocation", "gyroscope", "microphone", "payment", "usb")
_INLINE = re.compile(r"<script>(.*?)</script>", re.DOTALL)
_FOREVER = "max-age=63072000; includeSubDomains"
_ASKED_WITH = ("Authorization", "Content-Type", "Idempotency-Key", "If-Match", "X-Request-Id", "traceparent")
_SHOWN = (
    "Anshin-Last", "ETag", "Idempotent-Replayed", "Location", "RateLimit", "RateLimit-Policy", "Retry-After",
    "WWW-Authenticate", "X-Request-Id",
)  # fmt: skip

Fields = tuple[tuple[bytes, bytes], ...]


def _fields(policy: str, *, https: bool) -> Fields:
    told = {
        "content-security-policy": policy,
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
        "permissions-policy": ", ".join(f"{feature}=()" for feature in _FEATURES),
        "referrer-policy": "no-referrer",
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
    }
    if https:
        told["strict-transport-security"] = _FOREVER
    return tuple((name.encode(), value.encode()) for name, value in told.items())


class SecurityHeaders:
    """The headers for data, and those for pages, of which one has scripts: the documentation of `app`."""

    def __init__(self, *, https: bool, app: FastAPI | None = None) -> None:
        self.of_data = _fields(_NOTHING, https=https)
        self.of_pages = _fields(_NOTHING if app is None else _documentation(app), https=https)


def _documentation(app: FastAPI) -> str:
    """The policy of a documentation page: the viewer's files from their one place, this service's document, no more."""
    page = get_swagger_ui_html(openapi_url=app.openapi_url or "", title=f"{app.title} - Swagger UI")
    (script,) = _INLINE.findall(bytes(page.body).decode())
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    viewer = "https://cdn.jsdelivr.net"
    allowed = (
        f"script-src {viewer} 'sha256-{digest}'; style-src {viewer} 'unsafe-inline'; "
        "img-src data: https://fastapi.tiangolo.com; connect-src 'self'"
    )
    return f"{_NOTHING}; {allowed}"


def origins(texts: Sequence[str]) -> Sequence[str]:
    """The same, when each names one origin. Raises ValueError: no asterisk opens everything by accident."""
    for text in texts:
        if not _ORIGIN.fullmatch(text):
            raise ValueError(f"{text} is no origin such as https://console.example")
    return texts


def let_in(app: FastAPI, allowed: Sequence[str]) -> None:
    """Let pages of these origins read answers; without any nothing is said, and browsers keep answers to themselves.

    Callers show tokens, not cookies, so credentials of browsers are never let in.
    """
    if allowed:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=list(allowed),
            allow_methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
            allow_headers=list(_ASKED_WITH),
            expose_headers=list(_SHOWN),
            allow_credentials=False,
            max_age=600,
        )
