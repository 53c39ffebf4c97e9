"""Telling the restricted directory about subscribers and contract addresses."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from common.db import Tx
from common.events.base import NewEvent
from common.events.contracts import AddressErased
from contracts.domain.contract import AddressTime, Contract
from contracts.domain.subscriber import Subscriber, address_entry, directory_entry
from contracts.storage import subscribers


async def tell_subscriber(subscriber: Subscriber, tx: Tx, now: datetime) -> None:
    """The directory entry of a subscriber whose row was written or locked in this transaction."""
    await tx.publish(
        NewEvent(
            data=directory_entry(subscriber, actor=tx.actor),
            subject=subscriber.id,
            sequence=subscriber.version,
            key=subscriber.id,
            time=now,
            partner=subscriber.partner,
            correlation_id=subscriber.id,
        )
    )


async def tell_new_contract(contract: Contract, holder: Subscriber, tx: Tx, now: datetime) -> None:
    """The subscriber has another contract, and the contract an address."""
    named = replace(holder, version=holder.version + 1, contract_ids=(*holder.contract_ids, contract.id))
    await subscribers.set_version(tx, named)
    await tell_subscriber(named, tx, now)
    for held in contract.addresses:
        await tell_address(contract, held, tx, now, sequence=1)


async def tell_subscriber_again(subscriber_id: str, tx: Tx, now: datetime) -> Subscriber:
    """What the directory says of a subscriber has changed; the subscriber as it is now. Raises `SubscriberUnknown`."""
    found = await subscribers.load(tx, subscriber_id, lock=True)
    counted = replace(found, version=found.version + 1)
    await subscribers.set_version(tx, counted)
    await tell_subscriber(counted, tx, now)
    return counted


async def tell_address_gone(contract: Contract, held: AddressTime, tx: Tx, now: datetime) -> None:
    """An address that is nobody's any more; the contract's row was written or locked in this transaction."""
    await tx.publish(
        NewEvent(
            data=AddressErased(actor=tx.actor, address_id=held.id, contract_id=contract.id),
            subject=held.id,
            sequence=await subscribers.count_republication_of_address(tx, held.id, contract),
            key=held.id,
            time=now,
            partner=contract.partner,
            correlation_id=contract.id,
        )
    )


async def tell_address(contract: Contract, held: AddressTime, tx: Tx, now: datetime, *, sequence: int) -> None:
    """An address of a contract whose row was written or locked in this transaction."""
    await tx.publish(
        NewEvent(
            data=address_entry(contract, held, actor=tx.actor),
            subject=held.id,
            sequence=sequence,
            key=held.id,
            time=now,
            partner=contract.partner,
            correlation_id=contract.id,
        )
    )
