"""The effects of events, for one group of consumers: once each, in order per aggregate.

Whoever makes them (the consumer of a group, a supervisor who has a dead letter tried again) owns the transaction in
which the inbox row and the effect become true together.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from typing import Any

from common.clock import Clock
from common.context import Context, event_id_var
from common.db import Tx
from common.events.base import EventData, Received
from common.tracing import continued

Handler = Callable[[Received[Any], Tx, datetime], Awaitable[None]]
Handlers = Mapping[type[EventData], Handler]

# One statement a batch. What is new enters the inbox; how far its aggregates have come is raised under the lock of
# their rows, so that `known` is what everybody before has done, committed a moment ago or not. An aggregate that is
# as far already is not among them. `new` is null when all are.
TAKE_IN = """
WITH told AS (
    SELECT * FROM unnest($2::text::text[], $3::text::text[], $4::text::text[], $5::text::int[])
                  AS t (event_id, aggregate, subject, sequence)
), fresh AS (
    INSERT INTO inbox (consumer_group, event_id) SELECT $1, event_id FROM told ON CONFLICT DO NOTHING RETURNING event_id
), risen AS (
    INSERT INTO consumed_subject AS c (consumer_group, aggregate, subject, sequence)
    SELECT $1, aggregate, subject, max(sequence) FROM told WHERE event_id IN (SELECT event_id FROM fresh)
    GROUP BY aggregate, subject
    ON CONFLICT (consumer_group, aggregate, subject) DO UPDATE SET sequence = excluded.sequence
    WHERE c.sequence < excluded.sequence
    RETURNING c.aggregate, c.subject, coalesce(old.sequence, -1) AS known
)
SELECT EXISTS (SELECT FROM dead_letter WHERE consumer_group = $1 AND redriven_at IS NULL
                  AND subject = ANY (ARRAY (SELECT subject FROM told))),
       CASE WHEN (SELECT count(*) FROM fresh) < (SELECT count(*) FROM told)
            THEN ARRAY (SELECT event_id FROM fresh) END,
       array_agg(aggregate), array_agg(subject), array_agg(known)
FROM risen
"""
_RISE = """
INSERT INTO consumed_subject AS c (consumer_group, aggregate, subject, sequence) VALUES ($1, $2, $3, $4)
ON CONFLICT (consumer_group, aggregate, subject) DO UPDATE SET sequence = excluded.sequence
WHERE c.sequence < excluded.sequence RETURNING true
"""
_CLAIM = "INSERT INTO inbox (consumer_group, event_id) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING true"
_SEEN = "SELECT 1 FROM inbox WHERE consumer_group = $1 AND event_id = $2"
_PARKED = """
SELECT 1 FROM dead_letter WHERE consumer_group = $1 AND subject = ANY ($2::text[]) AND redriven_at IS NULL LIMIT 1
"""
_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('dead-letter ' || $1 || ' ' || $2, 0))"


class Parked(Exception):
    """An earlier event of a subject among those that were to be made is a dead letter."""


class Effects:
    """What the events of `handlers`' types do in one group."""

    def __init__(self, group: str, handlers: Handlers, clock: Clock) -> None:
        self._handlers = handlers
        self._clock = clock
        self.group = group
        self.kinds = {kind.type_name(): kind for kind in handlers}

    async def claim(self, tx: Tx, event_id: str) -> bool:
        """Enter an event in the inbox; whether it was not there yet."""
        return bool(await tx.connection.fetchval(_CLAIM, self.group, event_id))

    async def seen(self, tx: Tx, event_id: str) -> bool:
        """Whether the inbox holds an event: it was applied, or is kept as a dead letter."""
        return bool(await tx.connection.fetchval(_SEEN, self.group, event_id))

    async def parked(self, tx: Tx, subjects: Sequence[str]) -> bool:
        """Whether events of one of these subjects have to wait behind a dead letter."""
        return bool(await tx.connection.fetchval(_PARKED, self.group, subjects))

    async def hold(self, tx: Tx, subject: str) -> None:
        """Until this transaction ends nobody else redrives this subject's dead letters or parks behind them."""
        await tx.connection.execute(_LOCK, self.group, subject)

    async def make(self, tx: Tx, events: Sequence[Received[EventData]]) -> bool:
        """Enter events in the inbox and make the effects of those that were not there yet; whether there were any.

        An event below what its aggregate has reached changes nothing. Raises `Parked`; the transaction must then be
        rolled back.
        """
        subjects = [event.subject for event in events]
        [row] = await tx.connection.fetch(
            TAKE_IN,
            self.group,
            _array([event.id for event in events]),
            _array([event.data.aggregate for event in events]),
            _array(subjects),
            f"{{{','.join([str(event.sequence) for event in events])}}}",
        )
        parked, fresh, *risen = row
        # What is not fresh may have become a dead letter while this waited for whoever made it one.
        if parked or (fresh is not None and await self.parked(tx, subjects)):
            raise Parked
        aggregates, risen_subjects, known = risen
        if aggregates is None:
            return False
        reached = dict(zip(zip(aggregates, risen_subjects, strict=True), known, strict=True))
        left = None if fresh is None else set(fresh)
        with _naming_events():
            for event in events:
                place = (event.data.aggregate, event.subject)
                if event.sequence <= reached.get(place, event.sequence):
                    continue
                if left is not None:
                    if event.id not in left:
                        continue
                    left.discard(event.id)
                reached[place] = event.sequence
                await self._effect(tx, event)
        return True

    async def make_again(self, tx: Tx, event: Received[EventData]) -> bool:
        """The effect of an event that the inbox holds as a dead letter; whether its aggregate had not moved past it."""
        risen = await tx.connection.fetchval(_RISE, self.group, event.data.aggregate, event.subject, event.sequence)
        if risen:
            with _naming_events():
                await self._effect(tx, event)
        return bool(risen)

    def _effect(self, tx: Tx, event: Received[EventData]) -> Awaitable[None]:
        event_id_var.set(event.id)
        tx.continue_as(partial(_origin_of, event))
        return self._handlers[type(event.data)](event, tx, self._clock.now())


def _array(texts: Sequence[str]) -> str:
    """Texts as PostgreSQL reads an array: the driver would look at each of an array's elements several times."""
    joined = '","'.join(texts)
    if "\\" in joined or joined.count('"') != 2 * (len(texts) - 1):
        joined = '","'.join([each.replace("\\", "\\\\").replace('"', '\\"') for each in texts])
    return f'{{"{joined}"}}'


def _origin_of(event: Received[EventData]) -> Context:
    return Context(
        actor=event.data.actor,
        correlation_id=event.correlation_id,
        causation_id=event.id,
        traceparent=continued(event.traceparent),
    )


@contextmanager
def _naming_events() -> Iterator[None]:
    """Logs name the event at work; afterwards what was named before."""
    token = event_id_var.set(None)
    try:
        yield
    finally:
        event_id_var.reset(token)
