"""What a crew does with a visit, over REST: reported by its technician, or by an operator."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends

from common.http import Caller, IfMatch, Now, Router, TxDep, answer
from dispatch.api.schemas import ReasonIn, ordered
from dispatch.api.visit_schemas import CompletionIn, FailureIn, QuoteAcceptanceIn, QuoteChangeIn, VisitOut
from dispatch.api.visits import technician_subject
from dispatch.usecases.agree_quote import AcceptQuote, ChangeQuote, agree_to_quote, requote
from dispatch.usecases.complete_visit import CompleteVisit
from dispatch.usecases.complete_visit import complete_visit as complete
from dispatch.usecases.end_visit import CancelVisit, FailVisit
from dispatch.usecases.end_visit import cancel_visit as cancel
from dispatch.usecases.end_visit import fail_visit as fail
from dispatch.usecases.own_visit import Whose
from dispatch.usecases.report_progress import report_arrival, report_departure

router = Router(prefix="/api/dispatch/v1", tags=["visit steps"])


async def _whose(visit_id: str, caller: Caller, version: IfMatch) -> Whose:
    return Whose(visit_id=visit_id, technician_subject=technician_subject(caller), version=version)


TheVisit = Annotated[Whose, Depends(_whose)]


@router.post("/visits/{visit_id}/departure", response_model=VisitOut)
async def depart(whose: TheVisit, tx: TxDep, now: Now) -> object:
    """The crew is on its way."""
    return answer(await report_departure(whose, tx, now), VisitOut.of)


@router.post("/visits/{visit_id}/arrival", response_model=VisitOut)
async def arrive(whose: TheVisit, tx: TxDep, now: Now) -> object:
    """The crew is there."""
    return answer(await report_arrival(whose, tx, now), VisitOut.of)


@router.post("/visits/{visit_id}/quote-change", response_model=VisitOut)
async def change_quote(whose: TheVisit, body: QuoteChangeIn, tx: TxDep, now: Now) -> object:
    """Other work than ordered: a new price, to be accepted anew."""
    return answer(await requote(ChangeQuote(whose=whose, items=ordered(body.items)), tx, now), VisitOut.of)


@router.post("/visits/{visit_id}/quote-acceptance", response_model=VisitOut)
async def accept_quote(whose: TheVisit, body: QuoteAcceptanceIn, tx: TxDep, now: Now) -> object:
    """The customer accepts the price before the work."""
    command = AcceptQuote(whose=whose, total=body.total, accepted_by=body.accepted_by)
    return answer(await agree_to_quote(command, tx, now), VisitOut.of)


@router.post("/visits/{visit_id}/completion", response_model=VisitOut)
async def complete_visit(whose: TheVisit, body: CompletionIn, tx: TxDep, now: Now) -> object:
    """Done and signed; isolation visits bring their verdict, setup visits raise their charge."""
    command = CompleteVisit(
        whose=whose,
        verdict=body.verdict.reported() if body.verdict else None,
        signature=body.signature.signature() if body.signature else None,
        work=body.work,
    )
    return answer(await complete(command, tx, now), VisitOut.of)


@router.post("/visits/{visit_id}/failure", response_model=VisitOut)
async def fail_visit(whose: TheVisit, body: FailureIn, tx: TxDep, now: Now) -> object:
    """It came to nothing."""
    command = FailVisit(whose=whose, failure=body.reason, through_us=body.through_us, note=body.note)
    return answer(await fail(command, tx, now), VisitOut.of)


@router.post("/visits/{visit_id}/cancellation", response_model=VisitOut)
async def cancel_visit(whose: TheVisit, body: ReasonIn, tx: TxDep, now: Now) -> object:
    """Called off."""
    return answer(await cancel(CancelVisit(whose=whose, reason=body.reason), tx, now), VisitOut.of)
