"""The call that rings: who it may be, and how their contracts stand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from common.db import Tx
from helpdesk.domain.call_refusals import CallUnknown
from helpdesk.domain.calls import Call
from helpdesk.storage import calls, entitlements, told
from helpdesk.storage.told import Subscriber
from helpdesk.usecases.contract_overview import Overview, contract_overview

MOST_CONTRACTS = 5


@dataclass(frozen=True, kw_only=True)
class Match:
    """A subscriber with this number and the newest of their contracts."""

    subscriber: Subscriber
    contracts: list[Overview]


@dataclass(frozen=True, kw_only=True)
class CallCard:
    """A call with everybody whose number it is."""

    call: Call
    matches: list[Match]


async def show_call(call_id: str, tx: Tx, now: datetime) -> CallCard:
    """The call as the person on the phone needs it; raises `CallUnknown`."""
    call = await calls.find(tx, call_id)
    if call is None:
        raise CallUnknown(call_id=call_id)
    found = await told.subscribers_of(tx, call.number) if call.number is not None else []
    matches = []
    for subscriber in found:
        ids = (await entitlements.contracts_of(tx, subscriber.id))[:MOST_CONTRACTS]
        matches.append(Match(subscriber=subscriber, contracts=[await contract_overview(id_, tx, now) for id_ in ids]))
    return CallCard(call=call, matches=matches)
