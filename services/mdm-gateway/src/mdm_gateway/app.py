"""The one file that knows all parts of the MDM gateway."""

from __future__ import annotations

from fastapi import FastAPI

from common.assembly import ServiceParts, assemble
from common.bus.protocol import Bus
from common.clock import Clock
from common.settings import ServiceSettings
from mdm_gateway.agent.access import AGENT_ACCESS
from mdm_gateway.agent.routes import router as agent_router
from mdm_gateway.api.access import ACCESS
from mdm_gateway.api.commands import router as commands_router
from mdm_gateway.api.devices import router as devices_router
from mdm_gateway.consumers import PROJECTION_TABLES, PROJECTIONS, REACTIONS
from mdm_gateway.sweeps import SWEEPS


def create_app(settings: ServiceSettings, bus: Bus, clock: Clock) -> FastAPI:
    """The application; `settings` are `MdmGatewaySettings`."""
    parts = ServiceParts(
        name="mdm-gateway",
        package="mdm_gateway",
        title="Anshin MDM gateway",
        routers=(devices_router, commands_router, agent_router),
        access={**ACCESS, **AGENT_ACCESS},
        projections=PROJECTIONS,
        projection_tables=PROJECTION_TABLES,
        reactions=REACTIONS,
        sweeps=SWEEPS,
        api="mdm",
    )
    return assemble(parts, settings=settings, bus=bus, clock=clock)
