"""Dispatch, put together: the one file that knows all its parts."""

from __future__ import annotations

from fastapi import FastAPI

from common.assembly import ServiceParts, assemble
from common.bus.protocol import Bus
from common.clock import Clock
from common.settings import ServiceSettings
from dispatch.api import requests, visit_steps, visits, workforce
from dispatch.api.access import ACCESS
from dispatch.consumers import PROJECTION_TABLES, PROJECTIONS, REACTIONS


def create_app(settings: ServiceSettings, bus: Bus, clock: Clock) -> FastAPI:
    """The application of dispatch."""
    parts = ServiceParts(
        name="dispatch",
        package="dispatch",
        title="Anshin dispatch: technicians, slots, isolation and setup visits",
        routers=(workforce.router, requests.router, visits.router, visit_steps.router),
        access=ACCESS,
        projections=PROJECTIONS,
        projection_tables=PROJECTION_TABLES,
        reactions=REACTIONS,
    )
    return assemble(parts, settings=settings, bus=bus, clock=clock)
