"""Contracts: applications and their life."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query

from common.http import Code, IdText, IfMatch, MomentIn, Now, PageOf, Paging, Router, TxDep, page
from contracts.api.contract_schemas import (
    ContractIn,
    ContractOut,
    LegacyContractIn,
    LegacyContractOut,
    ReasonIn,
    RecordedLimitsIn,
)
from contracts.domain.registration import as_of
from contracts.storage import contracts
from contracts.usecases.apply_for_contract import apply_for_contract
from contracts.usecases.decide_application import (
    activate_contract,
    reject_application,
    review_application,
    withdraw_application,
)
from contracts.usecases.end_contract import go_on, resume_contract, suspend_contract, terminate_contract
from contracts.usecases.enter_legacy_contract import enter_legacy_contract, record_legacy_limits

router = Router(prefix="/api/contracts/v1", tags=["contracts"])


@router.post("/contracts", status_code=201, response_model=ContractOut)
async def post_contract(body: ContractIn, tx: TxDep, now: Now) -> object:
    """Apply for a contract."""
    return ContractOut.of(await apply_for_contract(body.command(), tx, now), now)


@router.get("/contracts", response_model=PageOf[ContractOut])
async def list_contracts(
    tx: TxDep,
    now: Now,
    paging: Paging,
    subscriber_id: Annotated[IdText | None, Query()] = None,
    status: Annotated[Code | None, Query()] = None,
) -> object:
    """Contracts in the order of their application."""
    subscribers = None if subscriber_id is None else [subscriber_id]
    rows = await contracts.listed(
        tx, subscriber_ids=subscribers, status=status, after=paging.after, limit=paging.limit + 1
    )
    return page(rows, paging, to=lambda contract: ContractOut.of(contract, now))


@router.get("/contracts/{contract_id}", response_model=ContractOut)
async def get_contract(
    contract_id: str, tx: TxDep, now: Now, at: Annotated[MomentIn | None, Query(alias="as_of")] = None
) -> object:
    """One contract as it stands; with `as_of` as it stood then, or by what is scheduled will stand."""
    contract = await contracts.load(tx, contract_id)
    return ContractOut.of(contract, now) if at is None else ContractOut.of(as_of(contract, at), at)


@router.post("/contracts/{contract_id}/review", response_model=ContractOut)
async def post_review(contract_id: str, tx: TxDep, now: Now, if_match: IfMatch) -> object:
    """The line was judged fit by a person; the application goes on (R-ELIGIBLE-LINE)."""
    return ContractOut.of(await review_application(contract_id, tx, now, expected=if_match), now)


@router.post("/contracts/{contract_id}/rejection", response_model=ContractOut)
async def post_rejection(contract_id: str, body: ReasonIn, tx: TxDep, now: Now, if_match: IfMatch) -> object:
    """Turn an application down."""
    done = await reject_application(contract_id, tx, now, reason=body.reason, expected=if_match)
    return ContractOut.of(done, now)


@router.post("/contracts/{contract_id}/withdrawal", response_model=ContractOut)
async def post_withdrawal(contract_id: str, tx: TxDep, now: Now, if_match: IfMatch) -> object:
    """Take an application back."""
    return ContractOut.of(await withdraw_application(contract_id, tx, now, expected=if_match), now)


@router.post("/contracts/{contract_id}/activation", response_model=ContractOut)
async def post_activation(contract_id: str, tx: TxDep, now: Now, if_match: IfMatch) -> object:
    """Put a contract in force (R-CONSENT)."""
    return ContractOut.of(await activate_contract(contract_id, tx, now, expected=if_match), now)


@router.post("/contracts/{contract_id}/suspensions", status_code=201, response_model=ContractOut)
async def post_suspension(contract_id: str, body: ReasonIn, tx: TxDep, now: Now, if_match: IfMatch) -> object:
    """Stop the use of a contract."""
    done = await suspend_contract(contract_id, tx, now, reason=body.reason, expected=if_match)
    return ContractOut.of(done, now)


@router.post("/contracts/{contract_id}/resumption", response_model=ContractOut)
async def post_resumption(contract_id: str, tx: TxDep, now: Now, if_match: IfMatch) -> object:
    """Let the use of a suspended contract go on."""
    return ContractOut.of(await resume_contract(contract_id, tx, now, expected=if_match), now)


@router.post("/contracts/{contract_id}/termination", response_model=ContractOut)
async def post_termination(contract_id: str, body: ReasonIn, tx: TxDep, now: Now, if_match: IfMatch) -> object:
    """End a contract with its current fee month (R-FEE-MONTH)."""
    done = await terminate_contract(contract_id, tx, now, reason=body.reason, expected=if_match)
    return ContractOut.of(done, now)


@router.post("/contracts/{contract_id}/termination/cancellation", response_model=ContractOut)
async def post_termination_cancellation(
    contract_id: str, body: ReasonIn, tx: TxDep, now: Now, if_match: IfMatch
) -> object:
    """Take a scheduled termination back before its day; changes and options it called off stay called off."""
    return ContractOut.of(await go_on(contract_id, tx, now, reason=body.reason, expected=if_match), now)


@router.post("/legacy-contracts", status_code=201, response_model=LegacyContractOut)
async def post_legacy_contract(body: LegacyContractIn, tx: TxDep, now: Now) -> object:
    """Enter a contract of a closed plan; without recorded limits for billing only."""
    return LegacyContractOut.entered(await enter_legacy_contract(body.legacy(), tx, now), now)


@router.put("/contracts/{contract_id}/recorded-limits", response_model=ContractOut)
async def put_recorded_limits(
    contract_id: str, body: RecordedLimitsIn, tx: TxDep, now: Now, if_match: IfMatch
) -> object:
    """Record what a contract of a closed plan may use."""
    done = await record_legacy_limits(contract_id, body.limits(), tx, now, expected=if_match)
    return ContractOut.of(done, now)
