"""All that counts for everybody begins where no other number lies, so that whoever is shown such a count is found."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg

from common.events import RESTRICTED_TOPICS
from common.provision import SERVICES

_FAR = 700_000_000
_COUNTS = re.compile(rb"(?<![0-9A-Za-z])70000\d{4}(?![0-9A-Za-z])")

_SEQUENCES = """
SELECT format('%I.%I', n.nspname, c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = ANY ($1) AND c.relkind = 'S'
"""
_EVENT = """
INSERT INTO {schema}.published_event (position, id, topic, key, aggregatetype, aggregateid, aggregate_version, type,
                                      payload, headers, recorded_at)
VALUES ($1, 'evt_far', $2, 'far', 'far', 'far', 1, 'far', '{{}}', '{{}}', now())
"""


@asynccontextmanager
async def counting_from_afar(admin_url: str) -> AsyncIterator[None]:
    """Sequences of every service go on from there, and so do the positions of events published meanwhile."""
    connection = await asyncpg.connect(admin_url)
    try:
        for row in await connection.fetch(_SEQUENCES, list(SERVICES)):
            await connection.execute(f"ALTER SEQUENCE {row[0]} RESTART WITH {_FAR}")
        for service in SERVICES:
            await connection.execute(_EVENT.format(schema=service), _FAR, min(RESTRICTED_TOPICS))
        yield
        for service in SERVICES:
            await connection.execute(f"DELETE FROM {service}.published_event WHERE position = $1", _FAR)
    finally:
        await connection.close()


def counts_in(*parts: bytes) -> list[str]:
    """Which numbers that count for everybody stand there."""
    return [found.decode() for part in parts for found in _COUNTS.findall(part)]
