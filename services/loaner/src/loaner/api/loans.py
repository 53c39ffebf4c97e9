"""Loans: request, ship, deliver, extend, return, inspect, lose, cancel, and look at them."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query

from common.http import Caller, IdText, IfMatch, Now, PageOf, Paging, Router, TxDep, answer, page
from loaner.api.schemas import (
    DeliveryIn,
    ExtensionIn,
    InspectionIn,
    LabelOut,
    LoanIn,
    LoanOut,
    ReasonIn,
    ReturnIn,
    ShipmentIn,
    WhyOut,
)
from loaner.domain.loan import LoanStatus
from loaner.storage import loans
from loaner.usecases.cancel_loan import CancelLoan, cancel_loan
from loaner.usecases.deliver_loan import DeliverLoan, deliver_loan
from loaner.usecases.explain_loan import explain_loan
from loaner.usecases.extend_loan import ExtendLoan, extend_loan
from loaner.usecases.inspect_loan import InspectLoan, inspect_loan
from loaner.usecases.label_loan import label_loan
from loaner.usecases.lose_loan import LoseLoan, lose_loan
from loaner.usecases.request_loan import RequestLoan, request_loan
from loaner.usecases.return_loan import ReturnLoan, return_loan
from loaner.usecases.ship_loan import ShipLoan, ship_loan

router = Router(prefix="/api/loaner/v1", tags=["loans"])
Filter = Annotated[IdText | None, Query()]


@router.post("/loans", status_code=201, response_model=LoanOut)
async def post_loan(body: LoanIn, tx: TxDep, now: Now) -> object:
    """Lend a device on an inquiry: a unit is reserved, or the loan joins the waitlist."""
    granted = await request_loan(RequestLoan(**body.model_dump()), tx, now)
    return answer(granted, lambda done: LoanOut.of(done.loan, now, done.position))


@router.get("/loans", response_model=PageOf[LoanOut])
async def get_loans(
    tx: TxDep,
    now: Now,
    paging: Paging,
    status: LoanStatus | None = None,
    overdue: Annotated[bool, Query(description="Only loans that are late now.")] = False,
    contract_id: Filter = None,
    inquiry_id: Filter = None,
    kind: Filter = None,
) -> object:
    """Loans in the order in which they were requested."""
    rows = await loans.listed(
        tx,
        after=paging.after,
        limit=paging.limit + 1,
        late_at=now if overdue else None,
        equal={"status": status, "contract_id": contract_id, "inquiry_id": inquiry_id, "kind": kind},
    )
    return page(rows, paging, to=lambda loan: LoanOut.of(loan, now))


@router.get("/loans/{loan_id}", response_model=LoanOut)
async def get_loan(loan_id: IdText, tx: TxDep, now: Now, caller: Caller) -> object:
    """One loan; its place on the waitlist is the house's knowledge."""
    loan = await loans.find(tx, loan_id)
    position = await loans.position(tx, loan) if caller.partner is None else None
    return LoanOut.of(loan, now, position)


@router.get("/loans/{loan_id}/why", response_model=WhyOut)
async def get_why(loan_id: IdText, tx: TxDep) -> object:
    """Which rules, which inputs, which events made this loan what it is."""
    return WhyOut.of(await explain_loan(loan_id, tx), tx.partner)


@router.get("/loans/{loan_id}/label", response_model=LabelOut)
async def get_label(loan_id: IdText, tx: TxDep, now: Now) -> object:
    """The address for the parcel: personal data."""
    return LabelOut.of(await label_loan(loan_id, tx, now))


@router.post("/loans/{loan_id}/shipment", response_model=LoanOut)
async def post_shipment(loan_id: IdText, body: ShipmentIn, tx: TxDep, now: Now, version: IfMatch) -> object:
    """A unit leaves for the contract address; the scan may swap it for another of its kind."""
    parcel = ShipLoan(loan_id=loan_id, version=version, **body.model_dump())
    return LoanOut.of(await ship_loan(parcel, tx, now), now)


@router.post("/loans/{loan_id}/delivery", response_model=LoanOut)
async def post_delivery(loan_id: IdText, body: DeliveryIn, tx: TxDep, now: Now, version: IfMatch) -> object:
    """Delivered: day 1 is the next day in Japan."""
    delivery = DeliverLoan(loan_id=loan_id, delivered_at=body.delivered_at, version=version)
    return LoanOut.of(await deliver_loan(delivery, tx, now), now)


@router.post("/loans/{loan_id}/extension", response_model=LoanOut)
async def post_extension(loan_id: IdText, body: ExtensionIn, tx: TxDep, now: Now, version: IfMatch) -> object:
    """Due later, never past the longest term from the first delivery."""
    wish = ExtendLoan(loan_id=loan_id, more_days=body.days, due_on=body.due_on, version=version)
    return LoanOut.of(await extend_loan(wish, tx, now), now)


@router.post("/loans/{loan_id}/return", response_model=LoanOut)
async def post_return(loan_id: IdText, body: ReturnIn, tx: TxDep, now: Now, version: IfMatch) -> object:
    """Back at the depot; lateness is judged by the hand-over to the carrier."""
    back = ReturnLoan(loan_id=loan_id, version=version, **body.model_dump())
    return LoanOut.of(await return_loan(back, tx, now), now)


@router.post("/loans/{loan_id}/inspection", response_model=LoanOut)
async def post_inspection(loan_id: IdText, body: InspectionIn, tx: TxDep, now: Now, version: IfMatch) -> object:
    """Held against its kit; the loan is closed."""
    found = InspectLoan(loan_id=loan_id, condition=body.condition, accessories=body.accessories, version=version)
    return LoanOut.of(await inspect_loan(found, tx, now), now)


@router.post("/loans/{loan_id}/loss", response_model=LoanOut)
async def post_loss(loan_id: IdText, body: ReasonIn, tx: TxDep, now: Now, version: IfMatch) -> object:
    """The unit will not come back."""
    loss = LoseLoan(loan_id=loan_id, reason=body.reason, version=version)
    return LoanOut.of(await lose_loan(loss, tx, now), now)


@router.post("/loans/{loan_id}/cancellation", response_model=LoanOut)
async def post_cancellation(loan_id: IdText, body: ReasonIn, tx: TxDep, now: Now, version: IfMatch) -> object:
    """Taken back before shipment; the unit goes to the head of the waitlist."""
    cancellation = CancelLoan(loan_id=loan_id, reason=body.reason, version=version)
    return LoanOut.of(await cancel_loan(cancellation, tx, now), now)
