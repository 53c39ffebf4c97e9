"""All that belongs to one tenant and may be shown to no other: its ids, names, numbers and texts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import asyncpg

from common.provision import SERVICES
from tests.authorisation.two_partners import Tenant

_ID = re.compile(r"\b[a-z]{2,8}_[0-9a-f]{32}\b")
_TABLES = """
SELECT format('%I.%I', n.nspname, c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = ANY ($1) AND c.relkind = 'r' ORDER BY 1
"""


async def secrets_of(admin_url: str, tenant: Tenant, other: Tenant) -> frozenset[str]:
    """Ids that stand in rows of `tenant` in any table of any service and in none of `other`; its names and numbers.

    A row is a tenant's when it names the partner, its mark, or a thing already known to be that tenant's alone.
    """
    connection = await asyncpg.connect(admin_url)
    try:
        tables = [row[0] for row in await connection.fetch(_TABLES, list(SERVICES))]
        rows = [row[0] for table in tables for row in await connection.fetch(f"SELECT t::text FROM {table} t")]
    finally:
        await connection.close()
    digits = re.sub(r"\D", "", tenant.phone)
    return frozenset({*_ids(rows, tenant, other), tenant.mark, tenant.partner, tenant.phone, digits})


def _ids(rows: Sequence[str], tenant: Tenant, other: Tenant) -> set[str]:
    known = {each.partner: {each.mark, each.partner} for each in (tenant, other)}
    words = [(row, set(_ID.findall(row))) for row in rows]
    while True:
        found = {partner: _named(words, own) for partner, own in known.items()}
        both = found[tenant.partner] & found[other.partner]
        new = {partner: ids - both - known[partner] for partner, ids in found.items()}
        if not any(new.values()):
            return known[tenant.partner] - {tenant.mark, tenant.partner}
        known = {partner: own | new[partner] for partner, own in known.items()}


def _named(words: Iterable[tuple[str, set[str]]], own: set[str]) -> set[str]:
    texts = {word for word in own if not _ID.fullmatch(word)}
    theirs = [ids for row, ids in words if not ids.isdisjoint(own) or any(text in row for text in texts)]
    return set().union(*theirs)
