"""Finds the route of a request among those with its method and as many segments, not among all of them.

FastAPI asks one route after the other, and those of included routers twice. A directory stands before them and knows
what they know: what it does not find goes on to them, who then say 404 or 405.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from fastapi.routing import APIRoute
from starlette._utils import get_route_path
from starlette.routing import BaseRoute, Match
from starlette.types import Receive, Scope, Send


class Directory(BaseRoute):
    """Routes by method and number of segments, each in the order in which they were made."""

    def __init__(self, routes: Iterable[APIRoute]) -> None:
        self._shelves: defaultdict[tuple[str, int], list[APIRoute]] = defaultdict(list)
        for route in routes:
            for method in route.methods or ():
                self._shelves[method, route.path.count("/")].append(route)

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        if scope["type"] == "http":
            place = scope["method"], get_route_path(scope).count("/")
            for route in self._shelves.get(place, ()):
                match, child = route.matches(scope)
                if match is Match.FULL:
                    return match, child
        return Match.NONE, {}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        await scope["route"].app(scope, receive, send)
