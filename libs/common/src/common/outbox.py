"""Writing facts down in the transaction that makes them true."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import asyncpg
import orjson

from common.context import Context
from common.events.base import NewEvent
from common.ids import new_id

_INSERT = """
INSERT INTO outbox (id, topic, key, aggregatetype, aggregateid, aggregate_version, type, payload, headers, partner)
SELECT id, topic, key, aggregatetype, aggregateid, aggregate_version, type, payload::json, headers::jsonb, partner
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::int[], $7::text[], $8::text[], $9::text[],
            $10::text[]) WITH ORDINALITY
     AS t (id, topic, key, aggregatetype, aggregateid, aggregate_version, type, payload, headers, partner, n)
ORDER BY n
"""


def source_of(service: str) -> str:
    """The CloudEvents source of a service."""
    return f"/anshin/{service}"


def headers_of(event: NewEvent, *, event_id: str, service: str, context: Context) -> dict[str, str]:
    """CloudEvents 1.0 attributes in Kafka binary mode; absent attributes are left out."""
    data = event.data
    headers = {
        "ce_specversion": "1.0",
        "ce_id": event_id,
        "ce_source": source_of(service),
        "ce_type": data.type_name(),
        "ce_subject": event.subject,
        "ce_time": event.time.astimezone(UTC).isoformat(),
        "ce_sequence": str(event.sequence),
        "ce_recordedtime": datetime.now(UTC).isoformat(),
        "ce_dataversion": data.dataversion,
        "ce_correlationid": event.correlation_id,
        "content-type": "application/json",
    }
    if context.causation_id is not None:
        headers["ce_causationid"] = context.causation_id
    if event.partner is not None:
        headers["ce_partner"] = event.partner
    if context.traceparent is not None:
        headers["ce_traceparent"] = context.traceparent
    return headers


async def insert(
    connection: asyncpg.Connection, context: Context, *, service: str, events: Sequence[NewEvent]
) -> list[str]:
    """Append events, in their order, to the outbox of the open transaction; the ids they got."""
    ids = [new_id("evt") for _ in events]
    await connection.execute(
        _INSERT,
        ids,
        [event.data.topic for event in events],
        [event.key for event in events],
        [event.data.aggregate for event in events],
        [event.subject for event in events],
        [event.sequence for event in events],
        [event.data.type_name() for event in events],
        [event.data.model_dump_json(by_alias=True) for event in events],
        [
            orjson.dumps(headers_of(event, event_id=event_id, service=service, context=context)).decode()
            for event, event_id in zip(events, ids, strict=True)
        ],
        [event.partner for event in events],
    )
    return ids
