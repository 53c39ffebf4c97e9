"""A visit's step is saved, published and kept in its journal with what it was judged by."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from common.db import Tx
from common.events.dispatch import VisitData
from dispatch.domain.visits import Visit
from dispatch.storage import records
from dispatch.storage.records import JournalEntry

log = logging.getLogger("anshin.dispatch")


async def tell_visit(
    tx: Tx,
    visit: Visit,
    event: VisitData,
    *,
    now: datetime,
    rule_ids: Sequence[str] = (),
    inputs: Mapping[str, Any] | None = None,
) -> None:
    """Publish the event of a step that has just been saved, and keep why it was taken."""
    (event_id,) = await tx.publish(visit.fact(event, now))
    await records.add_journal(
        tx,
        JournalEntry(
            visit_id=visit.id,
            version=visit.version,
            event_id=event_id,
            event=type(event).__name__,
            at=now,
            actor=tx.actor,
            rule_ids=tuple(rule_ids),
            inputs=inputs or {},
        ),
    )


def alert(message: str, **about: Any) -> None:
    """Something operations must look at."""
    log.warning(message, extra={"service": "dispatch", **about})
