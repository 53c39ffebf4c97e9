"""Events that the probe's projection cannot bear until they are repaired, and what a supervisor does about them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import httpx

from common.bus.protocol import Delivered
from common.consuming import Consumer
from common.events.loaner import UnitRestocked
from common.testing import RunningService

API = "/api/loaner/v1"
LETTERS = f"{API}/dead-letters"
GROUP = "loaner.projections"


def restocked(suite: RunningService, subject: str, sequence: int) -> Delivered:
    data = UnitRestocked(actor="op-sato", unit_id=subject, kind="hub")
    return suite.message(data, subject=subject, sequence=sequence, key=subject)


def consumer(suite: RunningService) -> Consumer:
    return suite.consumers()[0]


async def ail(suite: RunningService, subject: str, *sequences: int, passes: bool = False) -> None:
    async with suite.database.connection() as connection:
        await connection.executemany(
            "INSERT INTO ailment VALUES ($1, $2, $3)", [(subject, sequence, passes) for sequence in sequences]
        )


async def repair(suite: RunningService, subject: str | None = None) -> None:
    async with suite.database.connection() as connection:
        await connection.execute("DELETE FROM ailment WHERE $1::text IS NULL OR subject = $1", subject)


async def heard(suite: RunningService) -> list[tuple[str, int]]:
    async with suite.database.connection() as connection:
        rows = await connection.fetch("SELECT subject, sequence FROM heard ORDER BY number")
    return [(row["subject"], row["sequence"]) for row in rows]


async def sick_line(suite: RunningService, subject: str = "sick", *, length: int = 3) -> list[Delivered]:
    """The first event of a subject died, the others are parked behind it."""
    await ail(suite, subject, 1)
    messages = [restocked(suite, subject, sequence) for sequence in range(1, length + 1)]
    await consumer(suite).apply(messages)
    return messages


async def listed(client: httpx.AsyncClient, **query: Any) -> list[dict[str, Any]]:
    answer = await client.get(LETTERS, params=query)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def redrive(client: httpx.AsyncClient, path: str = "redrive", **body: Any) -> list[tuple[str, str]]:
    """Event sequence and outcome of every attempt."""
    answer = await client.post(f"{LETTERS}/{path}", json=body or None)
    assert answer.status_code == 200, answer.text
    return [(item["event_id"], item["outcome"]) for item in answer.json()["items"]]


def outcomes(messages: Sequence[Delivered], *found: str) -> list[tuple[str, str]]:
    return [(message.headers["ce_id"], outcome) for message, outcome in zip(messages, found, strict=True)]
