"""The FastAPI application of a service: routes, access rules, problems, health, OpenAPI."""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from prometheus_client.metrics_core import Metric
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from common.context import request_id_var
from common.errors import DomainError, Invalid, NotFound
from common.http.access import AccessTable, Rule, RuleContradiction
from common.http.directory import Directory
from common.http.edge import EdgeRoute, language_of
from common.http.metrics import RequestMetrics
from common.http.middleware import RequestFrame
from common.http.problems import problem_response
from common.http.security import SecurityHeaders, let_in
from common.metrics import CONTENT_TYPE, exposition
from common.settings import ServiceSettings

_API = re.compile(r"^/api/[^/]+/v\d+(?=/)")
Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]


class ValidationFailed(Invalid):
    """Fields are missing, unknown, or of a wrong type or size."""

    code = "validation_failed"
    en = "Some fields are missing, unknown or malformed."
    ja = "入力項目に不足または誤りがあります。"


class MalformedJson(Invalid):
    """The body is no JSON."""

    code = "malformed_json"
    en = "The request body is not valid JSON."
    ja = "リクエスト本文が JSON として読めません。"


class MethodNotAllowed(NotFound):
    """The path exists, the method does not."""

    code = "method_not_allowed"
    en = "This method does not exist here."
    ja = "このメソッドは利用できません。"


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, DomainError)  # noqa: S101 - registered for this class only
    return problem_response(error, language=language_of(request), request_id=request_id_var.get())


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for this class only
    found = error.errors()
    language, request_id = language_of(request), request_id_var.get()
    if any(each["type"] == "json_invalid" for each in found):
        return problem_response(MalformedJson(), language=language, request_id=request_id)
    fields = [
        {"field": ".".join(str(part) for part in each["loc"]), "code": each["type"], "message": each["msg"]}
        for each in found[:50]
    ]
    return problem_response(ValidationFailed(), language=language, request_id=request_id, errors=fields)


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for this class only
    language, request_id = language_of(request), request_id_var.get()
    if isinstance(error.__cause__, DomainError):  # met while the body was read
        return problem_response(error.__cause__, language=language, request_id=request_id)
    match error.status_code:
        case 404:
            return problem_response(NotFound(path=request.url.path), language=language, request_id=request_id)
        case 405:
            response = problem_response(
                MethodNotAllowed(method=request.method), language=language, request_id=request_id
            )
            response.status_code = 405
            return response
        case _:
            return problem_response(MalformedJson(), language=language, request_id=request_id)


PROBLEM_HANDLERS: Mapping[int | type[Exception], Callable[[Request, Any], Coroutine[Any, Any, Response]]] = {
    DomainError: _refused,
    RequestValidationError: _invalid,
    HTTPException: _http,
}
"""What turns each kind of failure into a problem; every application registers them."""


class RouteWithoutRule(Exception):
    """A route that nobody said who may call, or a rule for a route that does not exist."""


def _rules(name: str, routes: Sequence[APIRoute], access: AccessTable) -> dict[tuple[str, str], Rule]:
    """Which rule governs which method and path of `/api/<name>`.

    Raises `RouteWithoutRule` unless routes and rules match one to one, `RuleContradiction` when a rule cannot govern
    its route.
    """
    rules, used = {}, set()
    for route in routes:
        for method in route.methods or ():
            names = [name for name in access if name in {f"{method} {route.path}", f"{method} {_below(route.path)}"}]
            if len(names) != 1:
                message = f"{name}: {method} {route.path} has {len(names)} access rules"
                raise RouteWithoutRule(message)
            try:
                access[names[0]].fits(method, name)
            except RuleContradiction as error:
                message = f"{name}: {method} {route.path}: {error}"
                raise RuleContradiction(message) from error
            rules[method, route.path] = access[names[0]]
            used.add(names[0])
    if idle := set(access) - used:
        message = f"{name}: access rules without a route: {sorted(idle)}"
        raise RouteWithoutRule(message)
    return rules


def _below(path: str) -> str:
    """The path below `/api/<service>/v1`."""
    return _API.sub("", path)


def build_application(
    *,
    title: str,
    name: str,
    routers: Sequence[Any],
    access: AccessTable,
    lifespan: Lifespan,
    ready: Callable[[], Awaitable[Mapping[str, str]]],
    settings: ServiceSettings,
    metrics: RequestMetrics,
) -> FastAPI:
    """Assemble the application; raises `RouteWithoutRule` or `RuleContradiction` when routes and table do not match."""
    prefix = f"/api/{name}"
    app = FastAPI(
        title=title,
        version="1.0.0",
        lifespan=lifespan,
        openapi_url=f"{prefix}/openapi.json",
        docs_url=f"{prefix}/docs",
        redoc_url=None,
        swagger_ui_oauth2_redirect_url=None,
        exception_handlers=dict(PROBLEM_HANDLERS),
        separate_input_output_schemas=False,
        telemetry={"tracing": False, "metrics": False, "logs": False},  # ours are `common.tracing` and `common.metrics`
    )
    routes = [route for router in routers for route in router.routes if isinstance(route, EdgeRoute)]
    app.router.routes.insert(0, Directory(routes))
    for router in routers:
        app.include_router(router)
    app.state.rules = _rules(name, routes, access)
    _health(app, prefix, ready)
    _describe_security(app, app.state.rules)
    let_in(app, settings.cors_origins)
    security = SecurityHeaders(https=settings.https, app=app)
    larger = {route: rule.body_limit for route, rule in app.state.rules.items() if rule.body_limit is not None}
    app.add_middleware(
        RequestFrame, body_limit=settings.body_limit_bytes, larger=larger, security=security, metrics=metrics
    )
    return app


def serve_metrics(app: FastAPI, figures: Callable[[], Awaitable[Iterable[Metric]]]) -> None:
    """Show `figures` at `/metrics`: outside `/api/`, where no reverse proxy leads, and without a token."""

    async def metrics(_: Request) -> Response:
        return Response(exposition(await figures()), media_type=CONTENT_TYPE)

    app.add_route("/metrics", metrics, include_in_schema=False)


def _health(app: FastAPI, prefix: str, ready: Callable[[], Awaitable[Mapping[str, str]]]) -> None:
    async def healthz(_: Request) -> Response:
        return JSONResponse({"status": "ok"})

    async def readyz(_: Request) -> Response:
        parts = await ready()
        well = all(state == "ok" for state in parts.values())
        return JSONResponse({"status": "ready" if well else "not_ready", "parts": dict(parts)}, 200 if well else 503)

    for path in ("", prefix):
        app.add_route(f"{path}/healthz", healthz, include_in_schema=False)
        app.add_route(f"{path}/readyz", readyz, include_in_schema=False)


def _describe_security(app: FastAPI, rules: Mapping[tuple[str, str], Rule]) -> None:
    plain = app.openapi

    def described() -> dict[str, Any]:
        if app.openapi_schema is None:
            document = json.loads(json.dumps(plain()))
            components = document.setdefault("components", {})
            components["securitySchemes"] = {"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}}
            for (method, path), rule in rules.items():
                operation = document["paths"][path][method.lower()]
                operation["security"] = [] if rule.open else [{"bearer": []}]
                operation["x-roles"] = sorted(rule.roles)
                operation["x-scope"] = rule.scope
                operation["x-tenant-rule"] = rule.tenants
            app.openapi_schema = document
        return app.openapi_schema

    app.openapi = described  # type: ignore[method-assign]
