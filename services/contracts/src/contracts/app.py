"""The contracts service, put together."""

from __future__ import annotations

from fastapi import FastAPI

from common.assembly import ServiceParts, assemble
from common.bus.protocol import Bus
from common.clock import Clock
from common.settings import ServiceSettings
from contracts.api import (
    billing,
    catalogue,
    changes,
    closing,
    contacts,
    contract_file,
    contracts,
    debits,
    entitlements,
    exports,
    figures,
    invoices,
    legacy_imports,
    papers,
    subscribers,
    token_revocations,
)
from contracts.api.access import ACCESS
from contracts.consumers import PROJECTION_TABLES, PROJECTIONS, REACTIONS
from contracts.sweeps import SWEEPS, sealing_anew
from contracts.usecases.load_catalogue import load_catalogue


def create_app(settings: ServiceSettings, bus: Bus, clock: Clock) -> FastAPI:
    """The application; the shipped catalogue is loaded before requests are taken."""
    return assemble(
        ServiceParts(
            name="contracts",
            package="contracts",
            title="Anshin contracts",
            routers=(
                catalogue.router,
                subscribers.router,
                contracts.router,
                legacy_imports.router,
                contract_file.router,
                changes.router,
                contacts.router,
                papers.router,
                entitlements.router,
                billing.router,
                closing.router,
                invoices.router,
                token_revocations.router,
                debits.router,
                figures.router,
                exports.router,
            ),
            access=ACCESS,
            projections=PROJECTIONS,
            projection_tables=PROJECTION_TABLES,
            reactions=REACTIONS,
            sweeps=(*SWEEPS, sealing_anew(lambda: debits.bank_seal(settings))),
            on_start=load_catalogue,
        ),
        settings=settings,
        bus=bus,
        clock=clock,
    )
