"""Enter many contracts at once: what `record` and the directory do for one, statement by statement for all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from common.db import Tx
from common.events.base import EventData, NewEvent
from common.ids import new_id
from contracts.domain.contract import Contract
from contracts.domain.entitlements import entitlements_of
from contracts.domain.legacy_import import Entry
from contracts.domain.registration import registered
from contracts.domain.subscriber import Subscriber, address_entry, directory_entry
from contracts.storage import legacy_imports, subscribers
from contracts.storage.history import HistoryEntry


async def enter_many(
    entries: Sequence[Entry], people: Mapping[str, Subscriber], tx: Tx, now: datetime, *, by: str
) -> None:
    """New contracts, each with one fact, for new and known subscribers, who are told once each; `by` did it all.

    Raises `LineAlreadyContracted`, `ServiceIdTaken`, `LegacyNumberTaken`.
    """
    if not entries:
        return
    contracts = [
        replace(registered(None, entry.change.contract, now), version=1, entitlements_version=1) for entry in entries
    ]
    new = {entry.subscriber_id for entry in entries if entry.new}
    touched = {entry.subscriber_id for entry in entries}
    told = [replace(person, version=person.version + 1) for id_, person in people.items() if id_ in touched]
    await legacy_imports.insert_heads(tx, [person for person in told if person.id in new], contracts)
    for person in told:
        if person.id not in new:
            await subscribers.set_version(tx, person)
    event_ids = await tx.publish(
        *(
            _of(fact, contract.id, 1, contract, now)
            for entry, contract in zip(entries, contracts, strict=True)
            for fact in entry.change.facts
        )
    )
    caused = [
        replace(contract, plans=tuple(replace(plan, event_id=event_id) for plan in contract.plans))
        for contract, event_id in zip(contracts, event_ids, strict=True)
    ]
    await tx.publish(
        *(_of(entitlements_of(contract, actor=by), contract.id, 1, contract, now) for contract in caused),
        *(
            _of(address_entry(contract, held, actor=by), held.id, 1, contract, now)
            for contract in caused
            for held in contract.addresses
        ),
        *(_directory(person, by, now) for person in told),
    )
    entries_of_history = [
        _history(entry, contract, event_id, tx, now, by)
        for entry, contract, event_id in zip(entries, caused, event_ids, strict=True)
    ]
    await legacy_imports.insert_parts(tx, caused, entries_of_history)


def _of(data: EventData, subject: str, sequence: int, contract: Contract, now: datetime) -> NewEvent:
    """An event about a contract or its address; either is its own key."""
    return NewEvent(
        data=data,
        subject=subject,
        sequence=sequence,
        key=subject,
        time=now,
        partner=contract.partner,
        correlation_id=contract.id,
    )


def _directory(person: Subscriber, by: str, now: datetime) -> NewEvent:
    return NewEvent(
        data=directory_entry(person, actor=by),
        subject=person.id,
        sequence=person.version,
        key=person.id,
        time=now,
        partner=person.partner,
        correlation_id=person.id,
    )


def _history(entry: Entry, contract: Contract, event_id: str, tx: Tx, now: datetime, by: str) -> HistoryEntry:
    return HistoryEntry(
        id=new_id("hst"),
        contract_id=contract.id,
        partner=contract.partner,
        at=now,
        actor=by,
        request_id=tx.context.request_id,
        act=entry.change.act,
        details=entry.change.details,
        event_ids=[event_id],
    )
