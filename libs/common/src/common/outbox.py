"""Writing facts down in the transaction that makes them true."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import asyncpg
import orjson

from common.context import Context
from common.events.base import NewEvent
from common.ids import new_id

_FEW = 4
_INTO = """
INSERT INTO outbox (id, topic, key, aggregatetype, aggregateid, aggregate_version, type, payload, headers, partner)"""
_KINDS = ("", "", "", "", "", "", "", "::text::json", "::text::jsonb", "")
_INSERT = f"""{_INTO}
SELECT id, topic, key, aggregatetype, aggregateid, aggregate_version, type, payload::json, headers::jsonb, partner
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::int[], $7::text[], $8::text[], $9::text[],
            $10::text[]) WITH ORDINALITY
     AS t (id, topic, key, aggregatetype, aggregateid, aggregate_version, type, payload, headers, partner, n)
ORDER BY n
"""  # noqa: S608 - constants


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
    rows = [_row(event, service, context) for event in events]
    if len(rows) <= _FEW:
        await connection.execute(_of_few(len(rows)), *(value for row in rows for value in row))
    else:
        await connection.execute(_INSERT, *zip(*rows, strict=True))
    return [row[0] for row in rows]


def _row(event: NewEvent, service: str, context: Context) -> tuple[Any, ...]:
    data, event_id = event.data, new_id("evt")
    return (
        event_id,
        data.topic,
        event.key,
        data.aggregate,
        event.subject,
        event.sequence,
        data.type_name(),
        data.__pydantic_serializer__.to_json(data, by_alias=True).decode(),
        orjson.dumps(headers_of(event, event_id=event_id, service=service, context=context)).decode(),
        event.partner,
    )


@lru_cache(maxsize=_FEW)
def _of_few(number: int) -> str:
    """The statement for so many rows, each value a parameter: the driver looks at every element of an array."""
    rows = (", ".join(f"${10 * row + n}{kind}" for n, kind in enumerate(_KINDS, 1)) for row in range(number))
    return f"{_INTO} VALUES ({'), ('.join(rows)})"
