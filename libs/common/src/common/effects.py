"""The effects of events, for one group of consumers: once each, in order per aggregate.

Whoever makes them (the consumer of a group, a supervisor who has a dead letter tried again) owns the transaction in
which the inbox row and the effect become true together.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from common.clock import Clock
from common.context import Context, event_id_var
from common.db import Tx
from common.events.base import EventData, Received
from common.tracing import continued

Handler = Callable[[Received[Any], Tx, datetime], Awaitable[None]]
Handlers = Mapping[type[EventData], Handler]

_CLAIM = """
INSERT INTO inbox (consumer_group, event_id) SELECT $1, unnest($2::text[]) ON CONFLICT DO NOTHING RETURNING event_id
"""
_SEEN = "SELECT 1 FROM inbox WHERE consumer_group = $1 AND event_id = $2"
_KNOWN = (
    "SELECT aggregate, subject, sequence FROM consumed_subject WHERE consumer_group = $1 AND subject = ANY ($2::text[])"
)
_REMEMBER = """
INSERT INTO consumed_subject AS c (consumer_group, aggregate, subject, sequence)
SELECT $1, t.* FROM unnest($2::text[], $3::text[], $4::int[]) AS t (aggregate, subject, sequence)
ON CONFLICT (consumer_group, aggregate, subject) DO UPDATE SET sequence = greatest(c.sequence, excluded.sequence)
"""
_PARKED = """
SELECT 1 FROM dead_letter WHERE consumer_group = $1 AND subject = ANY ($2::text[]) AND redriven_at IS NULL LIMIT 1
"""
_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('dead-letter ' || $1 || ' ' || $2, 0))"


class Effects:
    """What the events of `handlers`' types do in one group."""

    def __init__(self, group: str, handlers: Handlers, clock: Clock) -> None:
        self._handlers = handlers
        self._clock = clock
        self.group = group
        self.kinds = {kind.type_name(): kind for kind in handlers}

    async def claim(self, tx: Tx, event_ids: Sequence[str]) -> set[str]:
        """Enter events in the inbox; those that were not there yet."""
        return {row["event_id"] for row in await tx.connection.fetch(_CLAIM, self.group, event_ids)}

    async def seen(self, tx: Tx, event_id: str) -> bool:
        """Whether the inbox holds an event: it was applied, or is kept as a dead letter."""
        return bool(await tx.connection.fetchval(_SEEN, self.group, event_id))

    async def parked(self, tx: Tx, subjects: Sequence[str]) -> bool:
        """Whether events of one of these subjects have to wait behind a dead letter."""
        return bool(await tx.connection.fetchval(_PARKED, self.group, subjects))

    async def hold(self, tx: Tx, subject: str) -> None:
        """Until this transaction ends nobody else redrives this subject's dead letters or parks behind them."""
        await tx.connection.execute(_LOCK, self.group, subject)

    async def make(self, tx: Tx, events: Sequence[Received[EventData]], new: Collection[str]) -> bool:
        """The effects of those events whose ids are `new`; whether there were any.

        An event below what its aggregate has reached changes nothing.
        """
        left = set(new)
        known_rows = await tx.connection.fetch(_KNOWN, self.group, [event.subject for event in events])
        known = {(row["aggregate"], row["subject"]): row["sequence"] for row in known_rows}
        risen: dict[tuple[str, str], int] = {}
        for event in events:
            place = (event.data.aggregate, event.subject)
            if event.id not in left or event.sequence <= known.get(place, -1):
                continue
            left.discard(event.id)
            known[place] = risen[place] = event.sequence
            await self._handle(tx, event)
        if risen:
            await tx.connection.execute(
                _REMEMBER, self.group, [a for a, _ in risen], [s for _, s in risen], list(risen.values())
            )
        return bool(risen)

    async def _handle(self, tx: Tx, event: Received[EventData]) -> None:
        tx.context = Context(
            actor=event.data.actor,
            correlation_id=event.correlation_id,
            causation_id=event.id,
            traceparent=continued(event.traceparent),
        )
        token = event_id_var.set(event.id)
        try:
            await self._handlers[type(event.data)](event, tx, self._clock.now())
        finally:
            event_id_var.reset(token)
