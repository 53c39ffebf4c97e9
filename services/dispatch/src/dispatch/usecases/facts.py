"""What a decision about a visit looks at, read in one place."""

from __future__ import annotations

from datetime import datetime, timedelta

from common.db import Tx
from dispatch.domain.eligibility import Facts
from dispatch.domain.offers import OfferTerms
from dispatch.domain.refusals import InquiryUnknown
from dispatch.domain.requests import VisitRequest
from dispatch.domain.workforce import Purpose
from dispatch.storage import cases, knowledge, requests, visits

ISOLATION_MINUTES = "isolation_visit_minutes"


async def lock_request(tx: Tx, request_id: str) -> VisitRequest:
    """A request and the knowledge it is judged by, locked in the order in which consumers lock them.

    Whoever changes that knowledge meanwhile judges the outcome again; whoever came before is seen.
    """
    seen = await requests.by_id(tx, request_id)
    await knowledge.contract(tx, seen.contract_id, lock=True)
    if seen.inquiry_id is not None:
        await cases.lock(tx, seen.inquiry_id)
    return await requests.by_id(tx, request_id, lock=True)


async def facts_of(
    tx: Tx,
    *,
    purpose: Purpose,
    contract_id: str,
    now: datetime,
    inquiry_id: str | None = None,
    request_id: str | None = None,
) -> Facts:
    """What is known for a visit of this contract. Raises `ContractUnknown`, `InquiryUnknown`, `CatalogueUnknown`.

    A live visit of `request_id` does not stand in its own way.
    """
    known = await knowledge.contract(tx, contract_id)
    case = None
    if purpose is Purpose.ISOLATION and inquiry_id is not None:
        case = await cases.followed(tx, inquiry_id)
        if case is None:
            raise InquiryUnknown(inquiry_id=inquiry_id)
    isolation = purpose is Purpose.ISOLATION
    return Facts(
        purpose=purpose,
        entitlements=known.state,
        known_up_to=known.known_at,
        required_consents=await knowledge.required_consents(tx),
        calendar=await knowledge.calendar(tx),
        case=case,
        rights_taken=await visits.rights_taken(tx, contract_id, except_request=request_id) if isolation else {},
        now=now,
    )


async def facts_for(tx: Tx, request: VisitRequest, *, now: datetime) -> Facts:
    """The same for a request."""
    return await facts_of(
        tx,
        purpose=request.purpose,
        contract_id=request.contract_id,
        inquiry_id=request.inquiry_id,
        request_id=request.id,
        now=now,
    )


async def planned_work(tx: Tx, request: VisitRequest, terms: OfferTerms) -> timedelta:
    """How long the crew is on site: menu minutes, or the catalogue's figure for isolation; up to the next grid step."""
    if request.quote is not None:
        work = timedelta(minutes=request.quote.minutes)
    else:
        minutes = await knowledge.setting(tx, ISOLATION_MINUTES)
        work = terms.isolation_work if minutes is None else timedelta(minutes=minutes)
    steps = max(1, -(-work // terms.grid))
    return steps * terms.grid
