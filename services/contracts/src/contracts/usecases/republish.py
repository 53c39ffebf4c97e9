"""Telling again, as a new version with the same content, what stands in the compacted topics.

For a bus that lost them, and for consumers that missed them: versions rise without a gap, so everybody takes them. The
caller gives each of these a transaction of its own.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from common.db import Tx
from contracts.storage import catalogue, contracts, subscribers
from contracts.usecases.directory import tell_address, tell_address_gone, tell_subscriber
from contracts.usecases.erase_subscriber import tell_erased
from contracts.usecases.keep_calendar import tell_calendar_again
from contracts.usecases.load_catalogue import parts_to_tell, tell_part
from contracts.usecases.record_change import tell_entitlements


async def republish_contract(contract_id: str, tx: Tx, now: datetime) -> str:
    """What a contract may use, and its addresses; the id of its subscriber. Raises `ContractUnknown`."""
    contract = await contracts.load(tx, contract_id, lock=True)
    again = replace(contract, entitlements_version=contract.entitlements_version + 1)
    await contracts.update_head(tx, again)
    await tell_entitlements(again, tx, now)
    for held in sorted(contract.addresses, key=lambda address: address.id):
        if not held.address.street:
            await tell_address_gone(contract, held, tx, now)
            continue
        version = await subscribers.count_republication_of_address(tx, held.id, contract)
        await tell_address(contract, held, tx, now, sequence=version)
    return contract.subscriber_id


async def republish_subscriber(subscriber_id: str, tx: Tx, now: datetime) -> None:
    """The directory entry of a subscriber. Raises `SubscriberUnknown`."""
    subscriber = await subscribers.load(tx, subscriber_id, lock=True)
    again = replace(subscriber, version=subscriber.version + 1)
    await subscribers.set_version(tx, again)
    await (tell_subscriber if again.erased_at is None else tell_erased)(again, tx, now)


async def republish_catalogue(tx: Tx, now: datetime) -> int:
    """Every part of the catalogue that others judge by, and the calendar; how many events that is."""
    await catalogue.one_loader(tx)
    book = await catalogue.current(tx, now)
    parts = parts_to_tell(book, tx.actor)
    for told in parts:
        await tell_part(told, await catalogue.count_republication(tx, told.part), tx, now)
    await tell_calendar_again(book, tx, now)
    return len(parts) + 1
