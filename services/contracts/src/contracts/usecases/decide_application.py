"""What becomes of an application: reviewed, rejected, withdrawn, activated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from common.db import Tx
from contracts.domain import application, corrections
from contracts.domain.contract import Contract, Fault
from contracts.storage import catalogue, contracts
from contracts.usecases.read_contract import locked
from contracts.usecases.record_change import record


async def review_application(contract_id: str, tx: Tx, now: datetime, *, expected: int | None) -> Contract:
    """A person found the line fit; raises `NotInThisState`."""
    contract = await locked(contract_id, tx, expected=expected)
    return await record(contract, application.review(contract, now=now, by=tx.actor), tx, now)


async def reject_application(contract_id: str, tx: Tx, now: datetime, *, reason: str, expected: int | None) -> Contract:
    """The application is turned down; raises `NotInThisState`."""
    contract = await locked(contract_id, tx, expected=expected)
    change = application.reject(contract, reason=reason, now=now, by=tx.actor)
    return await record(contract, change, tx, now)


async def withdraw_application(contract_id: str, tx: Tx, now: datetime, *, expected: int | None) -> Contract:
    """The applicant takes it back; raises `NotInThisState`."""
    contract = await locked(contract_id, tx, expected=expected)
    return await record(contract, application.withdraw(contract, now=now, by=tx.actor), tx, now)


async def activate_contract(contract_id: str, tx: Tx, now: datetime, *, expected: int | None) -> Contract:
    """The contract comes into force; raises `NotInThisState`, `ConsentMissing`."""
    contract = await locked(contract_id, tx, expected=expected)
    book = await catalogue.current(tx, now)
    change = application.activate(contract, book, now=now, by=tx.actor)
    numbered = replace(change.contract, support_number=await contracts.fresh_support_number(tx))
    return await record(contract, replace(change, contract=numbered), tx, now)


async def return_for_correction(
    contract_id: str, faults: Sequence[Fault], tx: Tx, now: datetime, *, expected: int | None
) -> Contract:
    """The application waits for its applicant; raises `NotInThisState`, `CorrectionNotPossible`."""
    contract = await locked(contract_id, tx, expected=expected)
    return await record(contract, corrections.return_application(contract, faults, now=now, by=tx.actor), tx, now)
