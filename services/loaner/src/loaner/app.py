"""The loaner service, put together: the one file that knows all its parts."""

from __future__ import annotations

from fastapi import FastAPI

from common.assembly import ServiceParts, assemble
from common.bus.protocol import Bus
from common.clock import Clock
from common.settings import ServiceSettings
from loaner.api import loans, refusals, units, waitlist
from loaner.api.access import ACCESS
from loaner.consumers import PROJECTION_TABLES, PROJECTIONS, REACTIONS
from loaner.sweeps import SWEEPS


def create_app(settings: ServiceSettings, bus: Bus, clock: Clock) -> FastAPI:
    """The application with its consumers and sweeps."""
    return assemble(
        ServiceParts(
            name="loaner",
            package="loaner",
            title="Anshin loaner devices",
            routers=(loans.router, waitlist.router, refusals.router, units.router),
            access=ACCESS,
            projections=PROJECTIONS,
            projection_tables=PROJECTION_TABLES,
            reactions=REACTIONS,
            sweeps=SWEEPS,
        ),
        settings=settings,
        bus=bus,
        clock=clock,
    )
