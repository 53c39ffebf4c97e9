"""Facts about calls and callbacks, told in the name of whoever the contract belongs to."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from common.db import Tx
from common.events.base import EventData, NewEvent
from common.events.keys import key_of
from helpdesk.domain.callbacks import Callback
from helpdesk.domain.calls import Call
from helpdesk.storage import told


async def tell(tx: Tx, thing: Call | Callback, facts: Sequence[EventData], now: datetime) -> None:
    """Publish the facts that led to the thing's present version; its row is locked or new in this transaction."""
    partner = await told.tenant_of(tx, thing.contract_id, otherwise=None) if thing.contract_id is not None else None
    first = thing.version - len(facts) + 1
    await tx.publish(
        *[
            NewEvent(
                data=fact,
                subject=thing.id,
                sequence=sequence,
                key=key_of(fact),
                time=now,
                partner=partner,
                correlation_id=thing.inquiry_id or thing.contract_id or thing.id,
            )
            for sequence, fact in enumerate(facts, start=first)
        ]
    )
