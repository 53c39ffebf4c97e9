"""Erase a subscriber whose contracts are over, everywhere."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

from common.civil import jst_day, jst_midnight
from common.db import Tx
from common.errors import StaleVersion
from common.events.base import NewEvent
from common.events.contracts import SubscriberErased
from contracts.domain.change import Change
from contracts.domain.change_refusals import SubscriberGone, SubscriberNotErasable
from contracts.domain.contract import LIVE, Contract
from contracts.domain.subscriber import Subscriber
from contracts.storage import catalogue, contracts, erasure, subscribers
from contracts.usecases.directory import tell_address_gone
from contracts.usecases.read_contract import locked
from contracts.usecases.record_change import record


async def erase_subscriber(
    subscriber_id: str, tx: Tx, now: datetime, *, reason: str, expected: int | None
) -> Subscriber:
    """What is left of the subscriber.

    Raises `SubscriberUnknown`, `SubscriberGone`, `SubscriberNotErasable` while a contract runs or is to be billed.
    """
    subscriber = await subscribers.load(tx, subscriber_id, lock=True)
    if expected is not None and subscriber.version != expected:
        raise StaleVersion(expected=expected, version=subscriber.version)
    if subscriber.erased_at is not None:
        raise SubscriberGone(subscriber_id=subscriber_id, erased_at=subscriber.erased_at)
    held = [await locked(id_, tx) for id_ in sorted(subscriber.contract_ids)]
    _refuse_unless_over(held, now)
    billed = await erasure.last_statement_day(tx, subscriber_id)
    if billed is not None:
        years = (await catalogue.current(tx, now)).settings["tax_record_years"]
        await erasure.keep_for_tax(tx, subscriber_id, now=now, keep_until=kept_until(billed, years))
    addresses = {address.id for address in await erasure.erase(tx, subscriber_id)}
    for contract in held:
        for address in contract.addresses:
            if address.id in addresses:
                await tell_address_gone(contract, address, tx, now)
        erased = await contracts.load(tx, contract.id)
        change = Change(contract=erased, act="holder_erased", details={"reason": reason})
        await record(erased, change, tx, now)
    version = subscriber.version + 1
    await erasure.mark_erased(tx, subscriber_id, version=version, now=now)
    await tell_erased(replace(subscriber, version=version), tx, now)
    return await subscribers.load(tx, subscriber_id)


async def tell_erased(subscriber: Subscriber, tx: Tx, now: datetime) -> None:
    """Every copy is to be erased; on the compacted topic nothing older of the subscriber stays."""
    await tx.publish(
        NewEvent(
            data=SubscriberErased(actor=tx.actor, subscriber_id=subscriber.id),
            subject=subscriber.id,
            sequence=subscriber.version,
            key=subscriber.id,
            time=now,
            partner=subscriber.partner,
            correlation_id=subscriber.id,
        )
    )


def kept_until(last_billed: date, years: int) -> date:
    """The end of the year in which the years after the tax return of the last billed year are over."""
    return date(last_billed.year + 1 + years, 12, 31)


async def drop_due_tax_records(tx: Tx, now: datetime) -> int:
    """Tax records that were kept long enough go; how many."""
    return await erasure.drop_tax_records(tx, today=jst_day(now))


async def next_tax_record_due(tx: Tx) -> datetime | None:
    """When the next of them goes: the day after its last."""
    day = await erasure.next_tax_record_due(tx)
    return None if day is None else jst_midnight(date.fromordinal(day.toordinal() + 1))


def _refuse_unless_over(held: list[Contract], now: datetime) -> None:
    running = [contract.id for contract in held if contract.state(now) in LIVE]
    owing = [contract.id for contract in held if contract.open_month_ends_at is not None]
    if running or owing:
        raise SubscriberNotErasable(running=running, still_to_be_billed=owing)
