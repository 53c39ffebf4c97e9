"""How a service stands with the bus, in numbers: what waits to be published, how far consumers are, what died.

Consumers report on themselves every few seconds, since only the process that runs one knows how far it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from common.bus.protocol import BusUnavailable
from common.consuming import Consumer
from common.db import Database, Tx
from common.errors import NotFound

REPORT_SECONDS = 5.0

_REPORT = """
INSERT INTO consumer_report (consumer_group, member, lag, stopped) VALUES ($1, $2, $3, $4)
ON CONFLICT (consumer_group, member) DO UPDATE
SET lag = excluded.lag, stopped = excluded.stopped, reported_at = clock_timestamp()
"""
_FORGET = "DELETE FROM consumer_report WHERE reported_at < clock_timestamp() - interval '1 minute'"
_REPORTS = """
SELECT * FROM consumer_report WHERE reported_at > clock_timestamp() - interval '1 minute'
ORDER BY consumer_group, member
"""
_OUTBOX = """
SELECT count(*) AS waiting, count(*) FILTER (WHERE parked_reason IS NOT NULL) AS parked,
       coalesce(extract(epoch FROM clock_timestamp() - min(recorded_at)), 0)::float8 AS oldest_seconds
FROM outbox
"""
_LETTERS = """
SELECT consumer_group, count(*) AS n, min(recorded_at) AS oldest FROM dead_letter WHERE redriven_at IS NULL
GROUP BY consumer_group
"""
_PARKED = """
SELECT o.id, o.topic, o.type, o.aggregatetype, o.aggregateid, o.aggregate_version, o.recorded_at, o.parked_reason,
       (SELECT count(*) FROM outbox b WHERE b.aggregatetype = o.aggregatetype AND b.aggregateid = o.aggregateid
        AND b.seq > o.seq) AS waiting
FROM outbox o WHERE o.parked_reason IS NOT NULL AND ($1::text IS NULL OR o.id > $1) ORDER BY o.id LIMIT $2
"""
_UNPARK = "UPDATE outbox SET parked_reason = NULL WHERE id = $1 AND parked_reason IS NOT NULL RETURNING id"


class ParkedEventUnknown(NotFound):
    """No event with this id is parked in the outbox: it never was, or was released, or is published."""

    code = "parked_event_unknown"
    en = "No event with this id is parked."
    ja = "該当する保留イベントがありません。"


@dataclass(frozen=True, kw_only=True)
class OutboxFigures:
    """Events not yet published, those parked among them, and the age in seconds of the oldest."""

    waiting: int
    parked: int
    oldest_seconds: float


@dataclass(frozen=True, kw_only=True)
class ConsumerFigures:
    """What one running consumer reported last. `lag` is None when the bus did not answer it."""

    member: str
    lag: int | None
    stopped: bool
    reported_at: datetime


@dataclass(frozen=True, kw_only=True)
class GroupFigures:
    """One group: its running consumers and its open dead letters. Without a consumer nobody works for it."""

    group: str
    consumers: Sequence[ConsumerFigures]
    dead_letters: int
    oldest_dead_letter: datetime | None


@dataclass(frozen=True, kw_only=True)
class BusFigures:
    """All of it."""

    outbox: OutboxFigures
    groups: Sequence[GroupFigures]


@dataclass(frozen=True, kw_only=True)
class ParkedEvent:
    """An event that could never be published as it is, and how many events of its aggregate wait behind it."""

    id: str
    topic: str
    type: str
    aggregate: str
    subject: str
    sequence: int
    reason: str
    waiting: int
    recorded_at: datetime


async def report(database: Database, member: str, consumers: Sequence[Consumer]) -> None:
    """Write down how far the consumers of this process are; what long-gone processes wrote is removed."""
    for consumer in consumers:
        try:
            lag = None if consumer.stopped else await consumer.lag()
        except (BusUnavailable, TimeoutError):
            lag = None
        async with database.connection() as connection:
            await connection.execute(_REPORT, consumer.group, member, lag, consumer.stopped)
    async with database.connection() as connection:
        await connection.execute(_FORGET)


async def figures(tx: Tx, groups: Sequence[str]) -> BusFigures:
    """The figures of a service with these groups; a group of the past counts while it has open dead letters."""
    outbox = await tx.connection.fetchrow(_OUTBOX)
    letters = {row["consumer_group"]: row for row in await tx.connection.fetch(_LETTERS)}
    reports = await tx.connection.fetch(_REPORTS)
    return BusFigures(
        outbox=OutboxFigures(**dict(outbox or {})),
        groups=[
            GroupFigures(
                group=group,
                consumers=[
                    ConsumerFigures(**{name: row[name] for name in ("member", "lag", "stopped", "reported_at")})
                    for row in reports
                    if row["consumer_group"] == group
                ],
                dead_letters=letters[group]["n"] if group in letters else 0,
                oldest_dead_letter=letters[group]["oldest"] if group in letters else None,
            )
            for group in sorted({*groups, *letters})
        ],
    )


async def parked(tx: Tx, *, after: str | None, most: int) -> list[ParkedEvent]:
    """Events parked in the outbox, by id, behind the id `after`."""
    return [
        ParkedEvent(
            id=row["id"],
            topic=row["topic"],
            type=row["type"],
            aggregate=row["aggregatetype"],
            subject=row["aggregateid"],
            sequence=row["aggregate_version"],
            reason=row["parked_reason"],
            waiting=row["waiting"],
            recorded_at=row["recorded_at"],
        )
        for row in await tx.connection.fetch(_PARKED, after, most)
    ]


async def release(tx: Tx, event_id: str) -> None:
    """Let the relay try a parked event again, and what waits behind it. Raises `ParkedEventUnknown`."""
    if await tx.connection.fetchval(_UNPARK, event_id) is None:
        raise ParkedEventUnknown(event_id=event_id)
