"""What this service was told of contracts and of the catalogue."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from common.db import Record, Tx
from common.events.base import body_of, read_body
from common.events.contracts import CatalogueChanged, EntitlementsChanged
from mdm_gateway.domain.rights import Catalogue, Entitlement
from mdm_gateway.storage.tables import TENANT_TABLES, catalogue_part, entitlement


async def find(tx: Tx, contract_id: str) -> Entitlement | None:
    """What is known of a contract, as the caller may see it."""
    return _entitlement(await tx.first(_one(contract_id)))


async def hold(tx: Tx, contract_id: str) -> Entitlement | None:
    """The same, kept from changing until this transaction ends."""
    return _entitlement(await tx.first(_one(contract_id).with_for_update(read=True)))


def _one(contract_id: str) -> sa.Select[tuple[object, ...]]:
    return sa.select(entitlement.c.state, entitlement.c.known_at).where(entitlement.c.contract_id == contract_id)


def _entitlement(row: Record | None) -> Entitlement | None:
    if row is None:
        return None
    return Entitlement(state=read_body(EntitlementsChanged, row["state"]), known_up_to=row["known_at"])


async def learn(tx: Tx, state: EntitlementsChanged, *, now: datetime) -> None:
    """Keep the newest state of a contract; when its partner changed, its rows change hands."""
    before = await tx.first(
        sa.select(entitlement.c.partner)
        .where(entitlement.c.contract_id == state.contract_id, entitlement.c.version <= state.version)
        .with_for_update()
    )
    values = {"partner": state.partner, "version": state.version, "state": body_of(state), "known_at": now}
    new = insert(entitlement).values(contract_id=state.contract_id, **values)
    await tx.run(
        new.on_conflict_do_update(
            index_elements=["contract_id"], set_=values, where=entitlement.c.version <= state.version
        )
    )
    if before is not None and before["partner"] != state.partner:
        for table in TENANT_TABLES:
            await tx.run(sa.update(table).where(table.c.contract_id == state.contract_id).values(partner=state.partner))


async def learn_catalogue(tx: Tx, event: CatalogueChanged, *, now: datetime) -> None:
    """Keep the newest state of one part of the catalogue."""
    values = {"body": body_of(event), "known_at": now}
    new = insert(catalogue_part).values(part=event.part, **values)
    await tx.run(new.on_conflict_do_update(index_elements=["part"], set_=values))


async def catalogue(tx: Tx) -> Catalogue:
    """The parts of the catalogue that decide here."""
    rows = await tx.all(
        sa.select(catalogue_part.c.part, catalogue_part.c.body).where(
            catalogue_part.c.part.in_(["tool_matrix", "required_consents"])
        )
    )
    parts = {row["part"]: read_body(CatalogueChanged, row["body"]) for row in rows}
    matrix, consents = parts.get("tool_matrix"), parts.get("required_consents")
    return Catalogue(
        tool_matrix=None if matrix is None else matrix.tool_matrix,
        required_consents=None if consents is None else consents.required_consents,
    )
