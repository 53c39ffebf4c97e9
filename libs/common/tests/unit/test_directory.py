"""A directory finds the route that FastAPI would have found, and leaves the rest to it."""

from __future__ import annotations

import httpx
import pytest
from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute

from common.http.directory import Directory

ASKED = [
    ("GET", "/things/all"),
    ("GET", "/things/7"),
    ("DELETE", "/things/7"),
    ("GET", "/things/all/parts/3"),
    ("GET", "/things/7/parts/all"),
    ("POST", "/things/7"),
    ("GET", "/things/7/parts"),
    ("GET", "/things//7"),
    ("GET", "/things/"),
    ("GET", "/"),
]


def _router() -> APIRouter:
    router = APIRouter()
    for method, path in [
        ("GET", "/things/all"),
        ("GET", "/things/{thing}"),
        ("DELETE", "/things/{thing}"),
        ("GET", "/things/{thing}/parts/{part}"),
        ("GET", "/things/7/parts/all"),
    ]:

        async def answer(_told: str = f"{method} {path}") -> str:
            return _told

        router.add_api_route(path, answer, methods=[method])
    return router


@pytest.mark.asyncio
@pytest.mark.parametrize("asked", ASKED, ids=" ".join)
async def test_it_answers_as_the_routes_alone(asked: tuple[str, str]) -> None:
    answers = []
    for directory in (True, False):
        app, router = FastAPI(redirect_slashes=False), _router()
        if directory:
            app.router.routes.insert(0, Directory(each for each in router.routes if isinstance(each, APIRoute)))
        app.include_router(router)
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://here") as client:
            answer = await client.request(*asked)
        answers.append((answer.status_code, answer.json(), answer.headers.get("allow")))
    assert answers[0] == answers[1]


def test_it_finds_by_itself_what_is_there() -> None:
    routes = [each for each in _router().routes if isinstance(each, APIRoute)]
    directory = Directory(routes)
    found = [
        child["route"].path
        if (child := directory.matches({"type": "http", "method": method, "path": path})[1])
        else None
        for method, path in ASKED[:6]
    ]
    assert found == [
        "/things/all",
        "/things/{thing}",
        "/things/{thing}",
        "/things/{thing}/parts/{part}",
        "/things/{thing}/parts/{part}",
        None,
    ]
