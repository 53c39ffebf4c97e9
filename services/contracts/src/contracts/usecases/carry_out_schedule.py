"""What was scheduled for a contract and has come: the end of options, another plan or address, the contract's end."""

from __future__ import annotations

from datetime import datetime

from common.db import Tx
from contracts.domain.contract import LIVE, Contract
from contracts.domain.lifecycle import end
from contracts.domain.line_changes import give_up_parked
from contracts.domain.moves import told_moved
from contracts.domain.options import told_ended
from contracts.domain.plan_changes import take_effect
from contracts.storage import contracts
from contracts.usecases.record_change import record


async def carry_out_schedule(contract_id: str, tx: Tx, now: datetime) -> Contract:
    """Everything of one contract that is due at `now`, each told once."""
    contract = await contracts.load(tx, contract_id, lock=True)
    if any(not o.ended and o.ends is not None and o.ends <= now for o in contract.options):
        contract = await record(contract, told_ended(contract, now=now, by=tx.actor), tx, now)
    change = contract.scheduled_change
    if change is not None and change.effective_from <= now:
        contract = await record(contract, take_effect(contract, now=now, by=tx.actor), tx, now)
    if any(not a.announced and a.starts <= now for a in contract.addresses):
        contract = await record(contract, told_moved(contract, now=now, by=tx.actor), tx, now)
    if contract.parked_until is not None and contract.parked_until <= now:
        contract = await record(contract, give_up_parked(contract, by=tx.actor), tx, now)
    if contract.status in LIVE and contract.ends_at is not None and contract.ends_at <= now:
        contract = await record(contract, end(contract, by=tx.actor), tx, now)
    return contract
