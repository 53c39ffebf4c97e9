"""The audit trail: who did what, from where, on which thing, when, and whether it was allowed.

One table per service, one place of writing. The entry of an allowed change lies in the transaction of that change, so
neither is there without the other; a refusal is written after its transaction was rolled back. Bodies, names of people
and tokens are never part of it. Entries are append-only and sealed into a chain (`common.sealing`).
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import asyncpg

from common.db import Tx
from common.sealing import Chain

log = logging.getLogger("anshin.audit")

CHAIN = Chain("audit", "audit_entry")
PREFIX = "aud_"
MOST_CONCERNS = 20
_LONGEST_NUMBER = 18  # digits; what a bigint column holds
# Ids, codes, days and months. Whatever else was put into a path may be anything, a telephone number included.
_NAME = re.compile(r"[a-z][A-Za-z0-9._:-]{0,63}|\d{4}-\d{2}(-\d{2})?")

_WRITE = """
INSERT INTO audit_entry (business_at, subject, person, client_id, token_id, roles, partner, peer, agent, action,
                         concerns, request_id, outcome, status, code, replayed, times, first_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)
"""
_CHOSEN = {
    "subject": "e.subject = ${}",
    "thing": "e.concerns @> ARRAY[${}::text]",
    "action": "e.action = ${}",
    "outcome": "e.outcome = ${}",
    "since": "e.recorded_at >= ${}",
    "until": "e.recorded_at < ${}",
    "before": "e.number < ${}",
    "after": "e.number > ${}",
}


class Outcome(StrEnum):
    """What became of it. `begun`: work of several transactions was started; another entry says how it ended."""

    ALLOWED = "allowed"
    REFUSED = "refused"
    FAILED = "failed"
    BEGUN = "begun"

    @classmethod
    def of(cls, status: int) -> Outcome:
        """From the status of an HTTP answer."""
        if status >= 500:  # noqa: PLR2004 - HTTP's own border
            return cls.FAILED
        return cls.REFUSED if status >= 400 else cls.ALLOWED  # noqa: PLR2004 - HTTP's own border


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One line of the trail, in the order of the table's columns.

    `action` is the method and template of a route, or `cli` and the words of a command. `concerns` are the ids and
    codes of what it was about: of the path, of the aggregates whose facts were recorded, of their case or contract.
    With `times` above one it stands for so many alike since `first_at`.
    """

    business_at: datetime
    subject: str | None
    person: str | None = None
    client_id: str | None = None
    token_id: str | None = None
    roles: Sequence[str] = ()
    partner: str | None = None
    peer: str | None = None
    agent: str | None = None
    action: str
    concerns: Sequence[str] = ()
    request_id: str | None = None
    outcome: Outcome
    status: int | None = None
    code: str | None = None
    replayed: bool = False
    times: int = 1
    first_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Recorded(Entry):
    """An entry as it lies in the table; `recorded_at` is real time."""

    id: str
    recorded_at: datetime


@dataclass(frozen=True, kw_only=True)
class Filter:
    """Which entries are meant: all that fit everything that is named.

    `since` is part of the span, `until` is not; `before` and `after` are numbers of entries.
    """

    subject: str | None = None
    thing: str | None = None
    action: str | None = None
    outcome: Outcome | None = None
    since: datetime | None = None
    until: datetime | None = None
    before: int | None = None
    after: int | None = None

    def sql(self) -> tuple[str, list[Any]]:
        """The condition over row `e`, and its arguments."""
        wanted = {name: value for name in _CHOSEN if (value := getattr(self, name)) is not None}
        terms = [_CHOSEN[name].format(place) for place, name in enumerate(wanted, 1)]
        return " AND ".join(["true", *terms]), list(wanted.values())


def named(values: Iterable[object]) -> list[str]:
    """Those of `values` that are ids, codes, days or months, each once."""
    found = dict.fromkeys(text for value in values if _NAME.fullmatch(text := str(value)))
    return list(found)[:MOST_CONCERNS]


async def write(connection: asyncpg.Connection, *entries: Entry) -> None:
    """Write entries, in the open transaction if there is one."""
    rows = [_columns(entry) for entry in entries]
    if len(rows) == 1:
        await connection.execute(_WRITE, *rows[0])
    else:
        await connection.executemany(_WRITE, rows)


def _columns(entry: Entry) -> list[Any]:
    """The values of an entry in the order of the table's columns (`astuple` would copy each)."""
    return [getattr(entry, column.name) for column in fields(Entry)]


async def entries(tx: Tx, wanted: Filter, *, most: int = 100) -> list[Recorded]:
    """Entries, the newest first."""
    condition, arguments = wanted.sql()
    query = f"SELECT * FROM audit_entry e WHERE {condition} ORDER BY e.number DESC LIMIT {most}"  # noqa: S608 - constants
    return [_recorded(row) for row in await tx.connection.fetch(query, *arguments)]


def number_of(entry_id: str) -> int:
    """The number in the id of an entry; 0 for what is none."""
    digits = entry_id.removeprefix(PREFIX)
    good = digits.isascii() and digits.isdigit() and len(digits) <= _LONGEST_NUMBER
    return int(digits) if good and entry_id.startswith(PREFIX) else 0


def _recorded(row: Any) -> Recorded:
    told = {each.name: row[each.name] for each in fields(Entry)}
    return Recorded(id=f"{PREFIX}{row['number']}", recorded_at=row["recorded_at"], **told)


class Tally:
    """Refusals of which one alone says little and a flood says nothing more: counted, and written now and then.

    At most `most` kinds are kept apart until they are taken; the rest is counted together, so that no flood, from
    however many addresses, fills the table.
    """

    def __init__(self, *, most: int = 100) -> None:
        self._most = most
        self._counted: dict[tuple[object, ...], Entry] = {}

    def add(self, entry: Entry) -> None:
        """Count one more."""
        alike: tuple[object, ...] = (
            entry.subject,
            entry.client_id,
            entry.partner,
            entry.peer,
            entry.action,
            entry.status,
            entry.code,
        )
        if alike not in self._counted and len(self._counted) >= self._most:
            entry = Entry(business_at=entry.business_at, subject=None, action="*", outcome=entry.outcome)
            alike = (entry.outcome,)
        known = self._counted.get(alike)
        if known is None:
            self._counted[alike] = replace(entry, first_at=datetime.now(UTC))
        else:
            self._counted[alike] = replace(known, times=known.times + 1, business_at=entry.business_at)

    def take(self) -> list[Entry]:
        """All that was counted; it is forgotten here."""
        taken, self._counted = list(self._counted.values()), {}
        return [entry if entry.times > 1 else replace(entry, first_at=None) for entry in taken]
