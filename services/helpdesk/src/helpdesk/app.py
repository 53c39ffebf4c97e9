"""The one file that knows all parts of this service."""

from __future__ import annotations

from fastapi import FastAPI

from common.assembly import ServiceParts, assemble
from common.bus.protocol import Bus
from common.clock import Clock
from common.settings import ServiceSettings
from helpdesk.api import (
    articles,
    attachments,
    bookings,
    callbacks,
    calls,
    case_steps,
    contracts,
    credentials,
    desk,
    goals,
    inquiries,
    outage_inquiries,
    outages,
    presence,
    products,
    record,
    referrals,
    reports,
    search,
    triage,
    work,
)
from helpdesk.api.access import ACCESS
from helpdesk.consumers import PROJECTION_TABLES, PROJECTIONS, REACTIONS
from helpdesk.storage.timeline import unsealed
from helpdesk.sweeps import SWEEPS, sealing_anew
from helpdesk.usecases.load_shipped import load_shipped


def create_app(settings: ServiceSettings, bus: Bus, clock: Clock) -> FastAPI:
    """The helpdesk, ready to be served."""
    return assemble(
        ServiceParts(
            name="helpdesk",
            package="helpdesk",
            title="Anshin helpdesk",
            routers=(
                inquiries.router,
                work.router,
                triage.router,
                referrals.router,
                case_steps.router,
                contracts.router,
                calls.router,
                callbacks.router,
                search.router,
                goals.router,
                desk.router,
                attachments.router,
                articles.router,
                presence.router,
                record.router,
                products.router,
                credentials.router,
                bookings.router,
                reports.router,
                outages.router,
                outage_inquiries.router,
            ),
            access=ACCESS,
            projections=PROJECTIONS,
            projection_tables=PROJECTION_TABLES,
            reactions=REACTIONS,
            sweeps=(*SWEEPS, sealing_anew(settings)),
            unsealed=unsealed,
            on_start=load_shipped,
        ),
        settings=settings,
        bus=bus,
        clock=clock,
    )
