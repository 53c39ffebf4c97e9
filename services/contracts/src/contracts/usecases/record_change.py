"""Writing down what a command made of a contract: rows, history, facts, entitlements, in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from common.db import Tx
from common.events.base import EventData, NewEvent
from common.ids import new_id
from contracts.domain.change import Change
from contracts.domain.contract import Contract
from contracts.domain.entitlements import entitlements_of
from contracts.domain.registration import registered
from contracts.storage import contracts, history, tenancy
from contracts.storage.history import HistoryEntry


async def record(before: Contract | None, change: Change, tx: Tx, now: datetime) -> Contract:
    """Record a change of a contract that was read under lock (`before` None: a new one); the contract as it is now.

    Its facts take the next sequences of the contract. `EntitlementsChanged` has a gapless version of its own and is
    told whenever what the contract may use is another than before.
    """
    facts = change.facts
    after = registered(before, change.contract, now)
    after = replace(after, version=change.contract.version + max(1, len(facts)))
    entitled = before is None or _entitles(before) != _entitles(after)
    after = replace(after, entitlements_version=after.entitlements_version + int(entitled))
    await (contracts.insert_head if before is None else contracts.update_head)(tx, after)
    first = change.contract.version + 1
    event_ids = await tx.publish(*(_of(fact, after, first + n, now) for n, fact in enumerate(facts)))
    after = _caused_by(after, event_ids)
    await contracts.write_parts(tx, before, after)
    if before is not None and before.partner != after.partner:
        await tenancy.hand_over(tx, after)
    if entitled:
        await tell_entitlements(after, tx, now)
    await history.append(
        tx,
        HistoryEntry(
            id=new_id("hst"),
            contract_id=after.id,
            partner=after.partner,
            at=now,
            actor=tx.actor,
            request_id=tx.context.request_id,
            act=change.act,
            details=change.details,
            event_ids=event_ids,
        ),
    )
    return after


async def tell_entitlements(contract: Contract, tx: Tx, now: datetime) -> None:
    """What a contract may use, under its newest version; its row was written or locked in this transaction."""
    state = entitlements_of(contract, actor=tx.actor)
    await tx.publish(_of(state, contract, contract.entitlements_version, now))


def _of(data: EventData, contract: Contract, sequence: int, now: datetime) -> NewEvent:
    return NewEvent(
        data=data,
        subject=contract.id,
        sequence=sequence,
        key=contract.id,
        time=now,
        partner=contract.partner,
        correlation_id=contract.id,
    )


def _entitles(contract: Contract) -> EventData:
    return entitlements_of(replace(contract, entitlements_version=0), actor="")


def _caused_by(contract: Contract, event_ids: Sequence[str]) -> Contract:
    """Plans and options that this change put in force name its first fact."""
    if not event_ids:
        return contract
    cause = event_ids[0]
    return replace(
        contract,
        plans=tuple(p if p.event_id else replace(p, event_id=cause) for p in contract.plans),
        options=tuple(o if o.event_id else replace(o, event_id=cause) for o in contract.options),
    )
