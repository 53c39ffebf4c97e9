"""What was scheduled for a contract and has come: the end of options, another plan or address, the contract's end."""

from __future__ import annotations

from datetime import datetime

from common.db import Tx
from contracts.domain.contract import Contract
from contracts.domain.schedule import due_step
from contracts.storage import contracts
from contracts.usecases.record_change import record


async def carry_out_schedule(contract_id: str, tx: Tx, now: datetime) -> Contract:
    """Everything of one contract that is due at `now`, each told once."""
    contract = await contracts.load(tx, contract_id, lock=True)
    while (change := due_step(contract, now=now, by=tx.actor)) is not None:
        contract = await record(contract, change, tx, now)
    return contract
