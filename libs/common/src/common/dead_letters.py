"""Dead letters: looked at, and tried again in the order in which their events came.

A dead letter keeps back all later events of its subject in its group. Redriving works on one subject at a time, from
its first letter on, each letter in a transaction of its own that makes the effect and closes the letter together. What
fails again stays first, with its new error; what is closed stays as history.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

import asyncpg

from common.bus.protocol import Delivered
from common.clock import Clock
from common.consuming import PARKED, TRANSIENT, Handlers, Unreadable, read_message
from common.context import system_context
from common.db import Database, Tx
from common.effects import Effects
from common.errors import DomainError, Kind, NotFound
from common.events import RESTRICTED_TOPICS

log = logging.getLogger("anshin.dead-letters")

PREFIX = "dlt_"
_LONGEST_NUMBER = 18  # digits; what a bigint column holds
PURGE = "DELETE FROM dead_letter WHERE redriven_at < now() - interval '90 days'"

_CHOSEN = """
WHERE ($1::bigint[] IS NULL OR number = ANY ($1)) AND ($2::text IS NULL OR consumer_group = $2)
  AND ($3::text IS NULL OR subject = $3) AND ($4::text IS NULL OR reason = $4) AND ($5::text IS NULL OR topic = $5)
"""
_LIST = f"""
SELECT * FROM dead_letter {_CHOSEN} AND number > $6 AND ($7::boolean IS NULL OR (redriven_at IS NOT NULL) = $7)
ORDER BY number LIMIT $8
"""  # noqa: S608 - put together from constants
_FIND = "SELECT * FROM dead_letter WHERE number = $1"
_LINES = f"""
SELECT number, consumer_group, subject, event_id, attempts, redriven_at FROM dead_letter {_CHOSEN}
  AND (redriven_at IS NULL OR $1 IS NOT NULL) ORDER BY number
"""  # noqa: S608 - put together from constants
_FIRST = """
SELECT * FROM dead_letter WHERE consumer_group = $1 AND redriven_at IS NULL
  AND CASE WHEN $2::text IS NULL THEN number = $3 ELSE subject = $2 END
ORDER BY number LIMIT 1 FOR UPDATE
"""
# A redriven letter of a restricted topic has nothing personal left: the event itself was applied.
_CLOSE = """
UPDATE dead_letter SET redriven_at = clock_timestamp(), redriven_by = $2,
    value = CASE WHEN $3 THEN '' ELSE value END, error = CASE WHEN $3 THEN '' ELSE error END
WHERE number = $1
"""
_FAIL = "UPDATE dead_letter SET attempts = attempts + 1, reason = $2, error = $3 WHERE number = $1"


class DeadLetterUnknown(NotFound):
    """There is no dead letter with this id."""

    code = "dead_letter_unknown"
    en = "There is no such dead letter."
    ja = "該当するデッドレターがありません。"


@dataclass(frozen=True, kw_only=True)
class Letter:
    """An event that a group could not apply, as it came, and why. `redriven_at` is None while it stands open."""

    id: str
    group: str
    event_id: str
    topic: str
    partition: int
    offset: int
    key: str | None
    subject: str | None
    headers: Mapping[str, str]
    value: bytes
    reason: str
    error: str
    attempts: int
    recorded_at: datetime
    redriven_at: datetime | None
    redriven_by: str | None


@dataclass(frozen=True, kw_only=True)
class Choice:
    """Which dead letters are meant: all that fit everything that is named."""

    ids: Sequence[str] | None = None
    group: str | None = None
    subject: str | None = None
    reason: str | None = None
    topic: str | None = None

    def arguments(self) -> list[Any]:
        """For the statements of this module."""
        numbers = None if self.ids is None else [number for each in self.ids if (number := _number(each)) is not None]
        return [numbers, self.group, self.subject, self.reason, self.topic]


class Outcome(StrEnum):
    """What became of an attempt.

    `already`: somebody else was quicker. `waits`: an earlier letter of its subject, which was not chosen, has to go
    first. `unavailable`: something it needs does not answer now; it was not counted as an attempt.
    """

    REDRIVEN = "redriven"
    ALREADY = "already"
    FAILED = "failed"
    WAITS = "waits"
    UNAVAILABLE = "unavailable"


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """One letter that was tried; `error` says why it failed, `behind` which letter it waits for."""

    id: str
    group: str
    event_id: str
    subject: str | None
    outcome: Outcome
    error: str | None = None
    behind: str | None = None


def _id(number: int) -> str:
    return f"{PREFIX}{number}"


def _number(letter_id: str) -> int | None:
    digits = letter_id.removeprefix(PREFIX)
    if not letter_id.startswith(PREFIX) or not digits.isascii() or not digits.isdigit():
        return None
    return int(digits) if len(digits) <= _LONGEST_NUMBER else None


def _letter(row: asyncpg.Record) -> Letter:
    values = {name: value for name, value in row.items() if name not in {"number", "consumer_group"}}
    return Letter(id=_id(row["number"]), group=row["consumer_group"], **values)


async def letters(
    tx: Tx, choice: Choice, *, redriven: bool | None = False, after: str | None = None, most: int = 100
) -> list[Letter]:
    """Dead letters in the order in which they came, from behind the id `after`; with `redriven` None open or not."""
    begin = 0 if after is None else _number(after) or 0
    return [_letter(row) for row in await tx.connection.fetch(_LIST, *choice.arguments(), begin, redriven, most)]


async def find(tx: Tx, letter_id: str) -> Letter:
    """One dead letter. Raises `DeadLetterUnknown`."""
    number = _number(letter_id)
    row = None if number is None else await tx.connection.fetchrow(_FIND, number)
    if row is None:
        raise DeadLetterUnknown(id=letter_id)
    return _letter(row)


@dataclass(frozen=True, kw_only=True)
class _Line:
    """The chosen letters of one subject in one group: number and row of each, in order."""

    group: str
    subject: str | None
    chosen: dict[int, asyncpg.Record] = field(default_factory=dict)

    def wants(self, head: asyncpg.Record) -> bool:
        """Whether the first open letter is a chosen one, or merely waited behind chosen ones that have gone."""
        return head["number"] in self.chosen or (head["reason"] == PARKED and min(self.chosen) < head["number"])


class Redriver:
    """Tries dead letters of a service again, through the handlers of their groups."""

    def __init__(self, database: Database, groups: Mapping[str, Handlers], clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._effects = {group: Effects(group, handlers, clock) for group, handlers in groups.items()}

    async def redrive(self, choice: Choice, *, by: str, most: int | None = None) -> list[Attempt]:
        """Try the chosen letters, and what is parked behind them, subject by subject; at most `most` attempts.

        Those tried least often come first, so that failing ones keep no others from their turn. `by` is kept with
        what went through. Many may do this at once: each letter takes effect once.
        """
        done: list[Attempt] = []
        for line in await self._lines(choice):
            done += await self._line(line, by=by, most=None if most is None else most - len(done))
            if most is not None and len(done) >= most:
                break
        return done

    async def _lines(self, choice: Choice) -> list[_Line]:
        lines: dict[tuple[str, str | int], _Line] = {}
        async with self._database.transaction(system_context(self._database.service), readonly=True) as tx:
            for row in await tx.connection.fetch(_LINES, *choice.arguments()):
                place = (row["consumer_group"], row["number"] if row["subject"] is None else row["subject"])
                line = lines.setdefault(place, _Line(group=row["consumer_group"], subject=row["subject"]))
                line.chosen[row["number"]] = row
        return sorted(lines.values(), key=lambda line: next(iter(line.chosen.values()))["attempts"])

    async def _line(self, line: _Line, *, by: str, most: int | None) -> list[Attempt]:
        done: list[Attempt] = []
        while most is None or len(done) < most:
            try:
                attempt = await self._first_of(line, by=by)
            except TRANSIENT as error:
                attempt = _attempt(line.chosen[min(line.chosen)], Outcome.UNAVAILABLE, error=type(error).__name__)
            if attempt is not None:
                done.append(attempt)
            if attempt is None or attempt.outcome is not Outcome.REDRIVEN:
                break
        gone = {attempt.id for attempt in done}
        if not done or done[-1].outcome is Outcome.REDRIVEN:
            done += [_attempt(row, Outcome.ALREADY) for number, row in line.chosen.items() if _id(number) not in gone]
        return done

    async def _first_of(self, line: _Line, *, by: str) -> Attempt | None:
        """Try the first open letter of a subject; None when nothing is left to do."""
        effects = self._effects.get(line.group) or Effects(line.group, {}, self._clock)
        async with self._database.transaction(system_context(self._database.service)) as tx:
            if line.subject is not None:
                await effects.hold(tx, line.subject)
            head = await tx.connection.fetchrow(_FIRST, line.group, line.subject, min(line.chosen))
            if head is None or (head["number"] > max(line.chosen) and head["reason"] != PARKED):
                return None
            if not line.wants(head):
                waiting = next(row for number, row in line.chosen.items() if number > head["number"])
                return _attempt(waiting, Outcome.WAITS, behind=_id(head["number"]))
            try:
                async with tx.savepoint():
                    await self._apply(tx, effects, head)
            except TRANSIENT:
                raise
            except Exception as error:  # noqa: BLE001 - whatever it is, it is written down with the letter
                return await self._failed(tx, head, error)
            await tx.connection.execute(_CLOSE, head["number"], by, head["topic"] in RESTRICTED_TOPICS)
        log.info("dead letter redriven", extra={"group": line.group, "event_id": head["event_id"], "actor": by})
        return _attempt(head, Outcome.REDRIVEN)

    async def _apply(self, tx: Tx, effects: Effects, letter: asyncpg.Record) -> None:
        place = {name: letter[name] for name in ("topic", "partition", "offset", "key", "headers", "value")}
        event = read_message(Delivered(**place), effects.kinds)
        if event is not None:
            await effects.claim(tx, event.id)
            await effects.make_again(tx, event)

    async def _failed(self, tx: Tx, letter: asyncpg.Record, error: Exception) -> Attempt:
        if isinstance(error, DomainError) and error.kind is Kind.UNAVAILABLE:
            return _attempt(letter, Outcome.UNAVAILABLE, error=error.code)
        reason = error.code if isinstance(error, DomainError) else type(error).__name__
        words = f"{type(error).__name__}: {error}"[:4000]
        await tx.connection.execute(
            _FAIL, letter["number"], "unreadable" if isinstance(error, Unreadable) else reason, words
        )
        return _attempt(letter, Outcome.FAILED, error=words)


def _attempt(
    letter: asyncpg.Record, outcome: Outcome, *, error: str | None = None, behind: str | None = None
) -> Attempt:
    return Attempt(
        id=_id(letter["number"]),
        group=letter["consumer_group"],
        event_id=letter["event_id"],
        subject=letter["subject"],
        outcome=outcome,
        error=error,
        behind=behind,
    )
