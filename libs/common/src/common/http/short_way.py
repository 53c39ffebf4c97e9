"""The short way through a route, for a good request that brings a JSON body and what its path names, and no more.

FastAPI looks for everything that a request might bring, at every request. Where a route asks for nothing else, its body
and path are held against the same models here, and its answer goes through the same one. Whatever is not as it should
be takes FastAPI's way from the beginning, which knows what to say about it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Coroutine
from typing import Any

from fastapi._compat import ModelField
from fastapi.datastructures import DefaultPlaceholder
from fastapi.dependencies.utils import request_params_to_args
from fastapi.params import Body, Form
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response

Handle = Callable[[Request], Coroutine[Any, Any, Response]]


def short_way(route: APIRoute, otherwise: Handle) -> Handle:
    """How to handle a request of `route`; `otherwise` is FastAPI's way."""
    asked, body, answer = route.dependant, _body_of(route), route.response_field
    more = (asked.dependencies, asked.query_params, asked.header_params, asked.cookie_params)
    taken = (asked.http_connection_param_name, asked.response_param_name, asked.background_tasks_param_name)
    endpoint, of_request, status = route.endpoint, asked.request_param_name, route.status_code or 200
    plain = isinstance(route.response_class, DefaultPlaceholder)
    if body is None or answer is None or of_request is None or not plain or any(more) or any(taken):
        return otherwise

    async def handle(request: Request) -> Response:
        values = await _good(request, asked.path_params, body)
        if values is None:
            return await otherwise(request)
        outcome = await endpoint(**values, **{of_request: request})
        if isinstance(outcome, Response):
            return outcome
        told, errors = answer.validate(outcome)
        if errors:
            raise TypeError(errors)  # an answer that is none of ours
        return Response(answer.serialize_json(told), status, media_type="application/json")

    return handle


def _body_of(route: APIRoute) -> ModelField | None:
    """The one model that is the whole body of a request, if it is so."""
    fields = route.dependant.body_params
    if len(fields) != 1 or fields[0] is not route.body_field:
        return None
    told = fields[0].field_info
    return fields[0] if isinstance(told, Body) and not isinstance(told, Form) else None


async def _good(request: Request, path: list[ModelField], body: ModelField) -> dict[str, Any] | None:
    """What the request brings; None when something is not as it should be."""
    if request.headers.get("content-type") != "application/json":
        return None
    try:
        told = json.loads(await request.body())
    except (ValueError, RecursionError):
        return None
    if told is None:
        return None
    command, errors = body.validate(told)
    values, unfit = request_params_to_args(path, request.path_params)
    return None if errors or unfit else {**values, body.name: command}
