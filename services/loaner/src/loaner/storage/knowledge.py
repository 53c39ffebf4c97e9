"""What contracts told: entitlements, the catalogue, addresses."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from common.db import Record, Tx
from common.events.base import body_of, read_body
from common.events.contracts import AddressChanged, CatalogueChanged, EntitlementsChanged
from loaner.storage.tables import (
    address,
    catalogue,
    entitlement,
    loan,
    loan_refusal,
    loan_step,
    support_case,
)


async def entitlements(tx: Tx, contract_id: str, *, lock: bool = False) -> tuple[EntitlementsChanged, datetime] | None:
    """The last known entitlements of a contract and when they were told; None when it has not been heard of.

    With `lock` decisions about this contract come one at a time.
    """
    chosen = sa.select(entitlement).where(entitlement.c.contract_id == contract_id)
    row = await tx.first(chosen.with_for_update(key_share=True) if lock else chosen)
    return None if row is None else (read_body(EntitlementsChanged, row["state"]), row["known_at"])


async def keep_entitlements(tx: Tx, state: EntitlementsChanged, at: datetime) -> None:
    """The newest entitlements of a contract; older versions change nothing."""
    new = insert(entitlement).values(
        contract_id=state.contract_id,
        partner=state.partner,
        version=state.version,
        state=body_of(state),
        known_at=at,
    )
    await tx.run(
        new.on_conflict_do_update(
            index_elements=[entitlement.c.contract_id],
            set_={name: new.excluded[name] for name in ("partner", "version", "state", "known_at")},
            where=entitlement.c.version < new.excluded.version,
        )
    )


async def give_to_partner(tx: Tx, contract_id: str) -> None:
    """Hand all rows of a contract to the partner that its entitlements name now."""
    partner = await tx.scalar(sa.select(entitlement.c.partner).where(entitlement.c.contract_id == contract_id))
    of_contract = sa.select(loan.c.id).where(loan.c.contract_id == contract_id)
    for table in (loan, loan_refusal, support_case, address):
        moved = sa.update(table).where(table.c.contract_id == contract_id, table.c.partner.is_distinct_from(partner))
        await tx.run(moved.values(partner=partner))
    steps = sa.update(loan_step).where(
        loan_step.c.loan_id.in_(of_contract), loan_step.c.partner.is_distinct_from(partner)
    )
    await tx.run(steps.values(partner=partner))


async def forget_subscriber(tx: Tx, subscriber_id: str) -> None:
    """Erase who wished for loans on the contracts of a subscriber."""
    theirs = sa.select(entitlement.c.contract_id).where(entitlement.c.state["subscriber_id"].astext == subscriber_id)
    await tx.run(sa.update(loan).where(loan.c.contract_id.in_(theirs)).values(wished_by=None))


async def keep_catalogue(tx: Tx, told: CatalogueChanged, *, sequence: int, at: datetime) -> None:
    """The newest state of a part of the catalogue."""
    new = insert(catalogue).values(part=told.part, sequence=sequence, body=body_of(told), known_at=at)
    await tx.run(
        new.on_conflict_do_update(
            index_elements=[catalogue.c.part],
            set_={name: new.excluded[name] for name in ("sequence", "body", "known_at")},
            where=catalogue.c.sequence < new.excluded.sequence,
        )
    )


async def catalogue_part(tx: Tx, part: str) -> CatalogueChanged | None:
    """A part of the catalogue as last told."""
    row = await tx.first(sa.select(catalogue.c.body).where(catalogue.c.part == part))
    return None if row is None else read_body(CatalogueChanged, row["body"])


async def keep_address(tx: Tx, told: AddressChanged, *, sequence: int) -> None:
    """The newest wording of an address: personal data, for labels only."""
    fields: dict[str, Any] = told.model_dump(exclude={"actor", "address_id"})
    new = insert(address).values(id=told.address_id, sequence=sequence, **fields)
    await tx.run(
        new.on_conflict_do_update(
            index_elements=[address.c.id],
            set_={name: new.excluded[name] for name in (*fields, "sequence")},
            where=address.c.sequence < new.excluded.sequence,
        )
    )


async def forget_address(tx: Tx, address_id: str) -> None:
    """The address is nobody's any more; loans sent there keep its id only."""
    await tx.run(sa.delete(address).where(address.c.id == address_id))


async def find_address(tx: Tx, address_id: str) -> Record | None:
    """An address in full, if it was told."""
    return await tx.first(sa.select(address).where(address.c.id == address_id))
