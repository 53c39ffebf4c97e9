"""Requests in numbers: how many of which route ended how, and how long they took."""

from __future__ import annotations

from collections.abc import Iterable

from prometheus_client import CollectorRegistry, Histogram
from prometheus_client.metrics_core import Metric
from starlette.types import Scope

UNKNOWN = "unknown"
_BUCKETS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class RequestMetrics:
    """The requests of one service since its process began. Routes count by their template, never by what was asked."""

    def __init__(self, service: str) -> None:
        self._service = service
        self._registry = CollectorRegistry(auto_describe=False)
        self._seconds = Histogram(
            "anshin_http_request_seconds",
            "Requests by route and status, and their duration.",
            ["service", "method", "route", "status"],
            buckets=_BUCKETS,
            registry=self._registry,
        )
        self._known: dict[tuple[str, str, int], Histogram] = {}  # finding a child costs more than counting in it

    def note(self, scope: Scope, status: int, seconds: float) -> None:
        """Count one request that was answered."""
        method = scope["method"]
        route = _route(scope)
        place = (method if method in _METHODS else UNKNOWN, route, status)
        child = self._known.get(place)
        if child is None:
            child = self._known[place] = self._seconds.labels(self._service, place[0], route, str(status))
        child.observe(seconds)

    def families(self) -> Iterable[Metric]:
        """What was counted."""
        return self._registry.collect()


def _route(scope: Scope) -> str:
    """The template of the route that took the request."""
    template: str | None = getattr(scope.get("route"), "path", None)
    if template is not None:
        return template
    # Health, metrics and documents are plain routes without parameters: their path is their template.
    return str(scope["path"]) if "endpoint" in scope and not scope.get("path_params") else UNKNOWN
