"""Suspend, resume, terminate, or not terminate after all."""

from __future__ import annotations

from datetime import datetime

from common.db import Tx
from contracts.domain import lifecycle
from contracts.domain.contract import Contract
from contracts.usecases.read_contract import locked
from contracts.usecases.record_change import record


async def suspend_contract(contract_id: str, tx: Tx, now: datetime, *, reason: str, expected: int | None) -> Contract:
    """Use stops at once; raises `NotInThisState`."""
    contract = await locked(contract_id, tx, expected=expected)
    return await record(contract, lifecycle.suspend(contract, reason=reason, now=now, by=tx.actor), tx, now)


async def resume_contract(contract_id: str, tx: Tx, now: datetime, *, expected: int | None) -> Contract:
    """Use goes on; raises `NotInThisState`."""
    contract = await locked(contract_id, tx, expected=expected)
    return await record(contract, lifecycle.resume(contract, now=now, by=tx.actor), tx, now)


async def terminate_contract(contract_id: str, tx: Tx, now: datetime, *, reason: str, expected: int | None) -> Contract:
    """The contract ends with its fee month; raises `NotInThisState`, `ContractEnding`."""
    contract = await locked(contract_id, tx, expected=expected)
    change = lifecycle.terminate(contract, reason=reason, now=now, by=tx.actor)
    return await record(contract, change, tx, now)


async def go_on(contract_id: str, tx: Tx, now: datetime, *, reason: str, expected: int | None) -> Contract:
    """The scheduled end is taken back; raises `NotInThisState`, `ContractNotEnding`, `LineMissing`."""
    contract = await locked(contract_id, tx, expected=expected)
    change = lifecycle.take_back_termination(contract, reason=reason, now=now, by=tx.actor)
    return await record(contract, change, tx, now)
