"""What evaluation answers itself: the whole's health, the list of APIs, the issuer's keys, the sandbox."""

from __future__ import annotations

import html
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import FastAPI, Header, Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from common.assembly import Service
from common.http import Answer, Command, IdText, Moment, MomentIn, Role
from common.http.access import allow
from common.http.application import PROBLEM_HANDLERS
from common.http.auth import Authenticator
from common.http.middleware import RequestFrame
from common.http.security import SecurityHeaders
from common.metrics import CONTENT_TYPE, exposition
from evaluation.business_time import BusinessTime
from evaluation.catalogues.asyncapi import asyncapi
from evaluation.catalogues.described import groups_of
from evaluation.issuer import LIFETIME_SECONDS, EvaluationIssuer

_MAY_MOVE = allow(Role.SUPERVISOR, scope="contracts:write")
_BODY_LIMIT = 64 * 1024


class ClockOut(Answer):
    """Business time of all five services."""

    now: Moment


class ClockIn(Command):
    """The instant to go to; forward only."""

    now: MomentIn


class TokenIn(Command):
    """Whose token: any subject, any roles, for a partner its name."""

    subject: IdText
    roles: tuple[Role, ...]
    partner: IdText | None = None


class TokenOut(Answer):
    """A bearer token."""

    access_token: str
    token_type: str = "Bearer"  # noqa: S105 - the name of a scheme
    expires_in: int


def front_app(
    *,
    services: Mapping[str, FastAPI],
    issuer: EvaluationIssuer,
    authenticator: Authenticator,
    business_time: BusinessTime | None,
) -> FastAPI:
    """Answers whatever belongs to no single service; without `business_time` there is no sandbox."""
    app = FastAPI(
        title="Anshin sandbox",
        openapi_url="/api/sandbox/openapi.json" if business_time else None,
        docs_url=None,
        redoc_url=None,
        exception_handlers=dict(PROBLEM_HANDLERS),
    )
    _whole(app, services)
    _asyncapi(app, services)
    _metrics(app, services)
    _keys(app, issuer)
    if business_time is not None:
        _clock(app, business_time, authenticator)
        _tokens(app, issuer)
    app.add_middleware(RequestFrame, body_limit=_BODY_LIMIT, security=SecurityHeaders(https=False))
    return app


def _whole(app: FastAPI, services: Mapping[str, FastAPI]) -> None:
    @app.get("/healthz", include_in_schema=False)
    async def healthz() -> dict[str, str]:
        return {"status": "ok"}

    @app.get("/readyz", include_in_schema=False)
    async def readyz() -> Response:
        parts: dict[str, Any] = {}
        for name, each in services.items():
            service: Service = each.state.service
            parts[name] = dict(await service.ready())
        well = all(state == "ok" for part in parts.values() for state in part.values())
        return JSONResponse({"status": "ready" if well else "not_ready", "services": parts}, 200 if well else 503)

    @app.get("/docs", include_in_schema=False)
    @app.get("/", include_in_schema=False)
    async def docs() -> Response:
        rows = "".join(
            f'<li><a href="{each.docs_url}">{html.escape(each.title)}</a> — '
            f'<a href="{each.openapi_url}">OpenAPI</a></li>'
            for each in services.values()
        )
        return HTMLResponse(
            '<!doctype html><html lang="en"><meta charset="utf-8"><title>Anshin</title>'
            f"<h1>Anshin</h1><p>Five services, one address.</p><ul>{rows}</ul>"
            '<p>Events: <a href="/asyncapi.json">AsyncAPI</a>. <a href="/metrics">Metrics</a>.</p></html>'
        )


def _metrics(app: FastAPI, services: Mapping[str, FastAPI]) -> None:
    @app.get("/metrics", include_in_schema=False)
    async def metrics() -> Response:
        running: list[Service] = [each.state.service for each in services.values()]
        families = [family for service in running for family in await service.metrics()]
        return Response(exposition(families), media_type=CONTENT_TYPE)


def _asyncapi(app: FastAPI, services: Mapping[str, FastAPI]) -> None:
    made: dict[str, Any] = {}

    @app.get("/asyncapi.json", include_in_schema=False)
    async def events() -> Response:
        if not made:
            running: list[Service] = [each.state.service for each in services.values()]
            made.update(asyncapi({group: kinds for each in running for group, kinds in groups_of(each.parts).items()}))
        return JSONResponse(made)


def _keys(app: FastAPI, issuer: EvaluationIssuer) -> None:
    @app.get("/.well-known/jwks.json", include_in_schema=False)
    async def jwks() -> dict[str, Any]:
        return issuer.jwks


def _clock(app: FastAPI, business_time: BusinessTime, authenticator: Authenticator) -> None:
    @app.get("/api/sandbox/clock", response_model=ClockOut)
    async def read_clock() -> object:
        """Business time."""
        return ClockOut(now=business_time.now())

    @app.put("/api/sandbox/clock", response_model=ClockOut)
    async def move_clock(body: ClockIn, authorization: Annotated[str | None, Header()] = None) -> object:
        """Move business time forward; whatever becomes due on the way happens, in order, before this answers."""
        _MAY_MOVE.check(await authenticator.principal(authorization))
        return ClockOut(now=await business_time.move_to(body.now))


def _tokens(app: FastAPI, issuer: EvaluationIssuer) -> None:
    @app.post("/api/sandbox/tokens", response_model=TokenOut)
    async def issue(body: TokenIn, _: Request) -> object:
        """A token of the evaluation issuer."""
        return TokenOut(access_token=issuer.token(body.subject, body.roles, body.partner), expires_in=LIFETIME_SECONDS)
