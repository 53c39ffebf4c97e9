"""What dispatch has been told by `contracts`: entitlements, addresses, catalogue, calendar."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from common.closed_days import ClosedDays
from common.db import Tx
from common.entitlements import closed_days
from common.events.base import body_of, read_body
from common.events.contracts import (
    AddressChanged,
    CalendarChanged,
    CatalogueChanged,
    EntitlementsChanged,
    MenuItem,
    RequiredConsent,
)
from dispatch.domain.refusals import CatalogueUnknown, ContractUnknown
from dispatch.storage.tables import address, catalogue_part, entitlement, visit, visit_request

CALENDAR = "calendar"


@dataclass(frozen=True, kw_only=True)
class KnownContract:
    """A contract's entitlements and when they were last heard of."""

    state: EntitlementsChanged
    known_at: datetime


async def learn_entitlements(tx: Tx, state: EntitlementsChanged, known_at: datetime) -> None:
    """Keep a contract's newest state; a changed partner takes its rows along. What is not newer is left alone."""
    values = {
        "partner": state.partner,
        "version": state.version,
        "state": body_of(state),
        "known_at": known_at,
    }
    statement = insert(entitlement).values(contract_id=state.contract_id, **values)
    newer = await tx.run(
        statement.on_conflict_do_update(
            index_elements=["contract_id"], set_=values, where=entitlement.c.version < state.version
        )
    )
    if not newer:
        return
    for table in (visit_request, visit, address):
        await tx.run(
            sa.update(table)
            .where(table.c.contract_id == state.contract_id, table.c.partner.is_distinct_from(state.partner))
            .values(partner=state.partner)
        )


async def contract(tx: Tx, contract_id: str, *, lock: bool = False) -> KnownContract:
    """What is known of a contract; `lock` keeps it from changing until the end of the transaction.

    Raises `ContractUnknown`.
    """
    statement = sa.select(entitlement.c.state, entitlement.c.known_at).where(entitlement.c.contract_id == contract_id)
    row = await tx.first(statement.with_for_update(read=True) if lock else statement)
    if row is None:
        raise ContractUnknown(contract_id=contract_id)
    return KnownContract(state=read_body(EntitlementsChanged, row["state"]), known_at=row["known_at"])


async def learn_catalogue(tx: Tx, part: CatalogueChanged, known_at: datetime) -> None:
    """Keep the newest state of a part of the catalogue."""
    await _keep(tx, part.part, body_of(part), known_at)


async def learn_calendar(tx: Tx, calendar: CalendarChanged, known_at: datetime) -> None:
    """Keep the newest closed days (R-CLOSED-DAYS)."""
    await _keep(tx, CALENDAR, body_of(calendar), known_at)


async def _keep(tx: Tx, part: str, state: Mapping[str, Any], known_at: datetime) -> None:
    values = {"state": dict(state), "known_at": known_at}
    statement = insert(catalogue_part).values(part=part, **values)
    await tx.run(statement.on_conflict_do_update(index_elements=["part"], set_=values))


async def _part(tx: Tx, part: str) -> CatalogueChanged | None:
    state = await tx.scalar(sa.select(catalogue_part.c.state).where(catalogue_part.c.part == part))
    return None if state is None else read_body(CatalogueChanged, state)


async def menu(tx: Tx) -> tuple[MenuItem, ...]:
    """The setup-visit menu. Raises `CatalogueUnknown`."""
    found = await _part(tx, "visit_menu")
    if found is None:
        raise CatalogueUnknown(part="visit_menu")
    return found.visit_menu


async def required_consents(tx: Tx) -> tuple[RequiredConsent, ...]:
    """Which consents are needed for what (R-CONSENT). Raises `CatalogueUnknown`."""
    found = await _part(tx, "required_consents")
    if found is None:
        raise CatalogueUnknown(part="required_consents")
    return found.required_consents


async def calendar(tx: Tx) -> ClosedDays:
    """The closed days. Raises `CatalogueUnknown`."""
    state = await tx.scalar(sa.select(catalogue_part.c.state).where(catalogue_part.c.part == CALENDAR))
    if state is None:
        raise CatalogueUnknown(part=CALENDAR)
    return closed_days(read_body(CalendarChanged, state))


async def loan_kinds(tx: Tx) -> frozenset[str]:
    """Codes of the kinds of devices that are lent; empty while the catalogue has not told."""
    found = await _part(tx, "loan_kinds")
    return frozenset(kind.code for kind in found.loan_kinds) if found else frozenset()


async def setting(tx: Tx, name: str) -> int | None:
    """A number of the catalogue's settings."""
    found = await _part(tx, "settings")
    return found.settings.get(name) if found else None


async def learn_address(tx: Tx, data: AddressChanged) -> None:
    """Keep an address for the visit sheet."""
    values = {
        "contract_id": data.contract_id,
        "partner": data.partner,
        "postal_code": data.postal_code,
        "prefecture": data.prefecture,
        "city": data.city,
        "street": data.street,
        "building": data.building,
    }
    statement = insert(address).values(id=data.address_id, **values)
    await tx.run(statement.on_conflict_do_update(index_elements=["id"], set_=values))


async def forget_address(tx: Tx, address_id: str) -> None:
    """The address is nobody's any more; visits to it keep its id only."""
    await tx.run(sa.delete(address).where(address.c.id == address_id))


async def address_by_id(tx: Tx, address_id: str) -> AddressChanged | None:
    """An address in full, if it has been told."""
    row = await tx.first(sa.select(address).where(address.c.id == address_id))
    if row is None:
        return None
    return AddressChanged(actor="system:dispatch", address_id=row["id"], **{k: row[k] for k in _ADDRESS})


_ADDRESS = ("contract_id", "partner", "postal_code", "prefecture", "city", "street", "building")
