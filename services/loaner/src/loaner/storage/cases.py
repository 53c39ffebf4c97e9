"""What helpdesk told about cases.

Each kind of news is guarded by its own sequence, so that it does not matter which of this service's two
consumer groups hears it first, nor how often.
"""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from common.db import Record, Tx
from loaner.domain.cases import Case, CaseStatus, Verdict
from loaner.storage.tables import support_case

_CHAIN = 20
"""How many merges are followed; helpdesk resolves chains itself."""


def _case(row: Record) -> Case:
    verdict = row["verdict"]
    return Case(
        inquiry_id=row["inquiry_id"],
        contract_id=row["contract_id"],
        status=CaseStatus(row["status"]),
        site=row["site"],
        verdict=Verdict(**verdict) if verdict else None,
        known_at=row["known_at"],
        merged_into=row["merged_into"],
    )


async def _row(tx: Tx, inquiry_id: str, *, share: bool) -> Record | None:
    chosen = sa.select(support_case).where(support_case.c.inquiry_id == inquiry_id)
    return await tx.first(chosen.with_for_update(read=True) if share else chosen)


async def find(tx: Tx, inquiry_id: str, *, share: bool = False) -> Case | None:
    """A case as loans see it; None when it has not been heard of.

    A merged inquiry is judged by the one it became part of: that one's state, and its verdict once it has
    one. With `share` the rows stay as they are until the transaction ends.
    """
    row = await _row(tx, inquiry_id, share=share)
    if row is None:
        return None
    case = _case(row)
    for _ in range(_CHAIN):
        target = await _row(tx, row["merged_into"], share=share) if row["merged_into"] else None
        if target is None:
            break
        row, seen = target, _case(target)
        case = replace(
            case,
            status=seen.status,
            verdict=seen.verdict or case.verdict,
            known_at=max(seen.known_at, case.known_at),
        )
    return case


async def merged_with(tx: Tx, inquiry_id: str) -> list[str]:
    """The inquiry and all that became part of it, over any number of merges."""
    tree = (
        sa.select(support_case.c.inquiry_id).where(support_case.c.inquiry_id == inquiry_id).cte("tree", recursive=True)
    )
    child = support_case.alias("child")
    tree = tree.union(sa.select(child.c.inquiry_id).where(child.c.merged_into == tree.c.inquiry_id))
    return [row["inquiry_id"] for row in await tx.all(sa.select(tree.c.inquiry_id))]


async def accepted(tx: Tx, *, inquiry_id: str, contract_id: str, partner: str | None, site: str, at: datetime) -> None:
    """A case exists, at this place; said once, and never changed."""
    new = insert(support_case).values(
        inquiry_id=inquiry_id, contract_id=contract_id, partner=partner, site=site, known_at=at
    )
    await tx.run(
        new.on_conflict_do_update(
            index_elements=[support_case.c.inquiry_id],
            set_={
                "site": new.excluded.site,
                "known_at": sa.func.greatest(support_case.c.known_at, new.excluded.known_at),
            },
        )
    )


async def judged(
    tx: Tx,
    *,
    inquiry_id: str,
    contract_id: str,
    partner: str | None,
    verdict: Verdict,
    sequence: int,
    at: datetime,
) -> None:
    """The latest verdict of a case."""
    new = insert(support_case).values(
        inquiry_id=inquiry_id,
        contract_id=contract_id,
        partner=partner,
        verdict=asdict(verdict),
        verdict_sequence=sequence,
        known_at=at,
    )
    await tx.run(
        new.on_conflict_do_update(
            index_elements=[support_case.c.inquiry_id],
            set_={
                "verdict": new.excluded.verdict,
                "verdict_sequence": new.excluded.verdict_sequence,
                "known_at": sa.func.greatest(support_case.c.known_at, new.excluded.known_at),
            },
            where=support_case.c.verdict_sequence < new.excluded.verdict_sequence,
        )
    )


async def stands(
    tx: Tx,
    *,
    inquiry_id: str,
    contract_id: str,
    partner: str | None,
    status: CaseStatus,
    merged_into: str | None,
    sequence: int,
    at: datetime,
) -> None:
    """Where a case stands now."""
    new = insert(support_case).values(
        inquiry_id=inquiry_id,
        contract_id=contract_id,
        partner=partner,
        status=status.value,
        merged_into=merged_into,
        status_sequence=sequence,
        known_at=at,
    )
    await tx.run(
        new.on_conflict_do_update(
            index_elements=[support_case.c.inquiry_id],
            set_={
                "status": new.excluded.status,
                "merged_into": new.excluded.merged_into,
                "status_sequence": new.excluded.status_sequence,
                "known_at": sa.func.greatest(support_case.c.known_at, new.excluded.known_at),
            },
            where=support_case.c.status_sequence < new.excluded.status_sequence,
        )
    )
