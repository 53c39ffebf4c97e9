"""Outages: known, described anew, with news, over."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from common.db import Tx
from common.events.base import NewEvent
from common.events.keys import key_of
from common.ids import new_id
from helpdesk.domain import outages as domain
from helpdesk.domain.outage_refusals import OutageUnknown
from helpdesk.domain.outages import Described, Outage, Told
from helpdesk.storage import outages
from helpdesk.storage.outages import OutageUpdate


async def open_outage(described: Described, tx: Tx, now: datetime) -> Outage:
    """An outage is known from now on; raises `OutageTimesImpossible`."""
    new, fact = domain.opened(described, outage_id=new_id("out"), actor=tx.actor, now=now)
    await outages.add(tx, new)
    await tx.publish(_event((new, fact), now))
    return new


async def read_outage(outage_id: str, tx: Tx) -> Outage:
    """An outage as it stands; raises `OutageUnknown`."""
    found = await outages.find(tx, outage_id)
    if found is None:
        raise OutageUnknown(outage_id=outage_id)
    return found


async def describe_outage(
    outage_id: str, described: Described, tx: Tx, now: datetime, *, expected: int | None
) -> Outage:
    """Describe it anew; raises `OutageUnknown`, `StaleVersion`, `WrongState`, `OutageTimesImpossible`."""

    def step(before: Outage) -> Told:
        return domain.described_anew(before, described, expected=expected, actor=tx.actor, now=now)

    return await _changed(outage_id, step, tx, now)


async def resolve_outage(outage_id: str, at: datetime | None, tx: Tx, now: datetime, *, expected: int | None) -> Outage:
    """It ended, now or at `at`; raises `OutageUnknown`, `StaleVersion`, `WrongState`, `OutageTimesImpossible`."""

    def step(before: Outage) -> Told:
        return domain.resolved(before, at=at or now, expected=expected, actor=tx.actor, now=now)

    return await _changed(outage_id, step, tx, now)


async def tell_news(outage_id: str, words_ja: str, words_en: str, tx: Tx, now: datetime) -> OutageUpdate:
    """Write down what became known, also when it is over; raises `OutageUnknown`."""
    new = OutageUpdate(
        id=new_id("oup"), outage_id=outage_id, words_ja=words_ja, words_en=words_en, actor=tx.actor, at=now
    )
    await _changed(outage_id, lambda before: domain.with_news(before, update_id=new.id, actor=tx.actor), tx, now)
    await outages.add_update(tx, new)
    return new


async def _changed(outage_id: str, step: Callable[[Outage], Told], tx: Tx, now: datetime) -> Outage:
    before = await outages.find(tx, outage_id, lock=True)
    if before is None:
        raise OutageUnknown(outage_id=outage_id)
    after, fact = step(before)
    await outages.save(tx, after)
    await tx.publish(_event((after, fact), now))
    return after


def _event(told: Told, now: datetime) -> NewEvent:
    """An outage is the house's: no tenant's stream tells of it."""
    after, fact = told
    return NewEvent(
        data=fact,
        subject=after.id,
        sequence=after.version,
        key=key_of(fact),
        time=now,
        partner=None,
        correlation_id=after.id,
    )
