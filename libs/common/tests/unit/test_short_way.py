"""The short way through a route ends where FastAPI's does, and is gone by good requests only."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from datetime import date
from typing import Annotated, Any

import httpx
import pytest
from fastapi import FastAPI, Path
from fastapi.routing import APIRoute
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import Response

from common.http.short_way import short_way

GOOD = b'{"name": "a", "day": "2026-06-01", "units": 99999999999999999999}'
ASKED = [
    ("/things/7", "application/json", GOOD),
    ("/things/7", "application/json; charset=utf-8", GOOD),
    ("/things/7", "application/merge-patch+json", GOOD),
    ("/things/seven", "application/json", GOOD),
    ("/things/7", "text/plain", GOOD),
    ("/things/7", None, GOOD),
    ("/things/7", "application/json", b""),
    ("/things/7", "application/json", b"null"),
    ("/things/7", "application/json", b"[]"),
    ("/things/7", "application/json", b'{"name": "a"'),
    ("/things/7", "application/json", b'{"name": "a", "day": "2026-06-01", "weight": NaN}'),
    ("/things/7", "application/json", b'{"name": "", "day": "today", "other": 1}'),
    ("/things/7", "application/json", b'{"name": "away", "day": "2026-06-01"}'),
    ("/things/7", "application/json", b"[" * 100_000),
]


class Thing(BaseModel):
    """What comes in."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(min_length=1)]
    day: date
    units: int = 1
    weight: float = 0.0


class Answered(BaseModel):
    """What goes out."""

    number: int
    thing: Thing


class _Plain(APIRoute):
    """FastAPI's own."""


class _Short(APIRoute):
    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        fastapis = super().get_route_handler()

        async def told(request: Request) -> Response:
            response = await fastapis(request)
            response.headers["x-way"] = "long"
            return response

        return short_way(self, told)


async def put(number: Annotated[int, Path()], thing: Thing, request: Request) -> Any:
    if thing.name == "away":
        return Response(request.method, 404)
    return {"number": number, "thing": thing}


async def _answer(kind: type[APIRoute], path: str, content_type: str | None, body: bytes) -> httpx.Response:
    app = FastAPI()
    route = kind("/things/{number}", put, methods=["PUT"], status_code=201, response_model=Answered)
    app.router.routes.append(route)
    headers = {"content-type": content_type} if content_type else {}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://here") as client:
        return await client.put(path, content=body, headers=headers)


@pytest.mark.asyncio
@pytest.mark.parametrize("asked", ASKED)
async def test_it_answers_as_fastapi_does(asked: tuple[str, str | None, bytes]) -> None:
    plain, short = await _answer(_Plain, *asked), await _answer(_Short, *asked)
    assert (short.status_code, short.content) == (plain.status_code, plain.content)
    assert short.headers.get("content-type") == plain.headers.get("content-type")


@pytest.mark.asyncio
async def test_a_good_request_goes_it() -> None:
    answer = await _answer(_Short, *ASKED[0])
    assert (answer.status_code, answer.headers.get("x-way")) == (201, None)
    assert (await _answer(_Short, *ASKED[1])).headers["x-way"] == "long"
