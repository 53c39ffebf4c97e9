"""From the bus to effects: each event takes effect exactly once per group, in order per aggregate.

A batch is one transaction: its inbox rows, then the effects; afterwards the bus learns that the group goes on. When a
batch fails it is taken apart, one transaction a message. What fails for good becomes a dead-letter row together with
its inbox row, and later events of that subject park behind it; when many in a row fail, the consumer stops, for then
the code is wrong.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, assert_never

import asyncpg
from pydantic import ValidationError

from common.bus.protocol import BusUnavailable, Delivered, Subscription
from common.clock import Clock
from common.context import system_context
from common.db import Transactor, Tx
from common.effects import Effects, Handler, Handlers, Parked
from common.errors import DomainError, Kind
from common.events import EVENTS_BY_TYPE
from common.events.base import EventData, Received, read_body

__all__ = [
    "BREAKER", "PARKED", "TRANSIENT", "Consumer", "ConsumerStopped", "DeadLetter", "Done", "Duplicate", "Handler",
    "Handlers", "Outcome", "Retry", "Unreadable", "read_message",
]  # fmt: skip
log = logging.getLogger("anshin.consumer")

BATCH = 500
BREAKER = 20
PARKED = "parked"

_WAIT = 1.0
_FIRST_PAUSE = 0.1

TRANSIENT = (
    OSError,  # `ConnectionLost` among them; what else the driver complains of is a mistake of ours and stays one
    asyncpg.InternalClientError,  # what the driver says when the server ends in the middle of an answer
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.TransactionRollbackError,
    asyncpg.LockNotAvailableError,
)


@dataclass(frozen=True)
class Done:
    """Applied now."""


@dataclass(frozen=True)
class Duplicate:
    """Was applied before, or a later state of its aggregate was."""


@dataclass(frozen=True)
class Retry:
    """Something it needs does not answer now."""

    reason: str


@dataclass(frozen=True)
class DeadLetter:
    """Kept aside for good, with its reason."""

    reason: str


Outcome = Done | Duplicate | Retry | DeadLetter


class ConsumerStopped(Exception):
    """Too many messages in a row failed for good: the code is wrong, not the data."""


class Unreadable(Exception):
    """A message that is no event of this suite."""


def read_message(
    message: Delivered, kinds: Mapping[str, type[EventData]] = EVENTS_BY_TYPE
) -> Received[EventData] | None:
    """The event in a message; None when its type is not among `kinds`. Raises `Unreadable`."""
    headers = message.headers
    if "ce_type" not in headers:
        raise Unreadable("no ce_type")
    kind = kinds.get(headers["ce_type"])
    if kind is None:
        return None
    if "\0" in headers.get("ce_id", "") + headers.get("ce_subject", ""):
        raise Unreadable("NUL in ce_id or ce_subject")
    told = headers.get
    try:
        return Received(  # in the order of its fields: naming them takes as long as reading three
            headers["ce_id"],
            read_body(kind, message.value),
            headers["ce_source"],
            headers["ce_subject"],
            int(headers["ce_sequence"]),
            message.key or "",
            datetime.fromisoformat(headers["ce_time"]),
            datetime.fromisoformat(headers["ce_recordedtime"]),
            told("ce_partner"),
            headers["ce_correlationid"],
            told("ce_causationid"),
            told("ce_traceparent"),
        )
    except (KeyError, ValueError, ValidationError) as error:
        raise Unreadable(f"{type(error).__name__}: {error}") from error


def _storable(text: str) -> str:
    """The database keeps no NUL; the bytes of the body are kept as they are."""
    return text.replace("\0", "\ufffd")


_DEAD = """
INSERT INTO dead_letter (consumer_group, event_id, topic, partition, "offset", key, subject, headers, value, reason,
                         error, attempts)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
"""


class _Batch(NamedTuple):
    """Messages, and the events in those that concern this group; None when one cannot be read."""

    messages: Sequence[Delivered]
    events: Sequence[Received[EventData]] | None


class Consumer:
    """One consumer of one group of a service; `run` until cancelled."""

    def __init__(
        self, database: Transactor, subscription: Subscription, *, group: str, handlers: Handlers, clock: Clock
    ) -> None:
        self._database = database
        self._subscription = subscription
        self._effects = Effects(group, handlers, clock)
        self._failures = 0
        self._pause = _FIRST_PAUSE
        self.group = group
        self.stopped = False

    async def run(self) -> None:
        """Fetch, apply, commit; pauses with growing, jittered waits while something is unavailable."""
        try:
            while True:
                try:
                    await self._follow()
                except ConsumerStopped:
                    self.stopped = True
                    log.exception("consumer stopped: too many failures in a row", extra={"group": self.group})
                    return
                except Exception as error:  # noqa: BLE001 - what was for good was buried; the rest may pass
                    log.warning("consumer pauses: %s: %s", type(error).__name__, error, extra={"group": self.group})
                    with suppress(BusUnavailable):
                        await self._subscription.rewind()
                    await asyncio.sleep(self._pause * (0.5 + random.random()))  # noqa: S311
                    self._pause = min(self._pause * 2, 10.0)
        finally:
            await self._subscription.close()

    async def _follow(self) -> None:
        """Batch after batch, until something fails.

        While the transaction of one waits for the database the next is fetched and read, and the bus is told of the
        one before.
        """
        coming = asyncio.create_task(self._fetch(wait=_WAIT))
        telling: asyncio.Task[None] | None = None
        try:
            while True:
                batch = await coming
                coming = asyncio.create_task(self._fetch(wait=_WAIT))
                await self._apply(batch)
                if telling is not None and (batch.messages or telling.done()):
                    await telling
                    telling = None
                if batch.messages:
                    telling = asyncio.create_task(self._subscription.commit(batch.messages))
                self._pause = _FIRST_PAUSE
        finally:
            coming.cancel()
            await asyncio.gather(coming, *([telling] if telling else ()), return_exceptions=True)

    async def step(self, *, wait: float) -> int:
        """One fetch and all its effects; the number of messages. Raises what is transient, and `ConsumerStopped`."""
        batch = await self._fetch(wait=wait)
        await self._apply(batch)
        if batch.messages:
            await self._subscription.commit(batch.messages)
        return len(batch.messages)

    async def _fetch(self, *, wait: float) -> _Batch:
        return self._read(await self._subscription.fetch(most=BATCH, wait=wait))

    def _read(self, messages: Sequence[Delivered]) -> _Batch:
        kinds = self._effects.kinds
        try:
            events = [event for message in messages if (event := read_message(message, kinds)) is not None]
        except Unreadable:
            return _Batch(messages, None)
        return _Batch(messages, events)

    async def lag(self) -> int:
        """Messages not yet applied and committed."""
        return await self._subscription.lag()

    async def apply(self, messages: Sequence[Delivered]) -> None:
        """Make the effects of all messages, in order; raises what is transient."""
        await self._apply(self._read(messages))

    async def _apply(self, batch: _Batch) -> None:
        if not await self._applied_at_once(batch.events):
            for message in batch.messages:
                self._judge(await self.apply_one(message))

    async def _applied_at_once(self, events: Sequence[Received[EventData]] | None) -> bool:
        """Whether all went well in one transaction; otherwise nothing was done, and each is to be judged by itself."""
        if not events:
            return events is not None
        try:
            async with self._database.transaction(system_context(self._database.service)) as tx:
                await self._effects.make(tx, events)
        except TRANSIENT:
            raise
        except Exception:  # noqa: BLE001 - taken apart, where each failure is named
            return False
        self._failures = 0
        return True

    def _judge(self, outcome: Outcome) -> None:
        match outcome:
            case Retry(reason):
                raise BusUnavailable(reason=reason)
            case Done() | Duplicate():
                self._failures = 0
            case DeadLetter(reason):
                # What parks behind a dead letter says nothing about the code.
                self._failures += reason != PARKED
                if self._failures >= BREAKER:
                    raise ConsumerStopped(self.group)
            case other:
                assert_never(other)

    async def apply_one(self, message: Delivered) -> Outcome:
        """One message in a transaction of its own; what fails for good is kept as a dead letter."""
        try:
            event = read_message(message, self._effects.kinds)
            return Done() if event is None else await self._apply_alone(message, event)
        except Unreadable as error:
            return await self._bury(message, "unreadable", error)
        except (*TRANSIENT, Parked) as error:
            return Retry(type(error).__name__)
        except DomainError as error:
            if error.kind is Kind.UNAVAILABLE:
                return Retry(error.code)
            return await self._bury(message, error.code, error)
        except Exception as error:
            log.exception("event failed", extra={"group": self.group, "event_id": message.headers.get("ce_id")})
            return await self._bury(message, type(error).__name__, error)

    async def _apply_alone(self, message: Delivered, event: Received[EventData]) -> Outcome:
        effects = self._effects
        async with self._database.transaction(system_context(self._database.service)) as tx:
            if await effects.seen(tx, event.id):
                return Duplicate()
            if await effects.parked(tx, [event.subject]):
                # Whoever redrives this subject right now comes to an end first: park behind what is left, or go on.
                await effects.hold(tx, event.subject)
                if await effects.parked(tx, [event.subject]):
                    return await self._keep(tx, message, PARKED, "an earlier event of this subject is a dead letter")
            return Done() if await effects.make(tx, [event]) else Duplicate()

    async def _bury(self, message: Delivered, reason: str, error: Exception) -> Outcome:
        async with self._database.transaction(system_context(self._database.service)) as tx:
            return await self._keep(tx, message, reason, f"{type(error).__name__}: {error}")

    async def _keep(self, tx: Tx, message: Delivered, reason: str, error: str) -> Outcome:
        """Keep a message aside, unless another consumer of the group was done with it meanwhile."""
        headers = {_storable(name): _storable(value) for name, value in message.headers.items()}
        event_id = headers.get("ce_id") or f"{message.topic}/{message.partition}/{message.offset}"
        if not await self._effects.claim(tx, event_id):
            return Duplicate()
        await tx.connection.execute(
            _DEAD,
            self.group,
            event_id,
            message.topic,
            message.partition,
            message.offset,
            None if message.key is None else _storable(message.key),
            headers.get("ce_subject"),
            headers,
            message.value,
            reason,
            _storable(error)[:4000],
            0 if reason == PARKED else 1,
        )
        log.error("dead letter: %s", reason, extra={"group": self.group, "event_id": event_id})
        return DeadLetter(reason)
