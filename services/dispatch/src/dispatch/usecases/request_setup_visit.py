"""Somebody wants setting work done: a request with its quote (R-SETUP-PRICE)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from common.db import Tx
from common.errors import DomainError, refuse_if_any
from common.ids import new_id
from dispatch.domain.completion_refusals import MenuItemUnknown
from dispatch.domain.eligibility import request_refusals
from dispatch.domain.quotes import Ordered, price
from dispatch.domain.refusals import IsolationEvidenceMissing, PurposeUnknown
from dispatch.domain.requests import RequestStatus, VisitRequest, requested
from dispatch.domain.workforce import Purpose
from dispatch.storage import knowledge, requests
from dispatch.usecases.facts import facts_of


@dataclass(frozen=True, kw_only=True)
class RequestSetupVisit:
    """A contract, a purpose as the caller wrote it, and the menu items wanted."""

    contract_id: str
    purpose: str
    items: tuple[Ordered, ...]


async def request_setup_visit(cmd: RequestSetupVisit, tx: Tx, now: datetime) -> VisitRequest:
    """Price the order and open a request.

    Raises `ContractUnknown`, `CatalogueUnknown` and, all at once, what speaks against it: contract, plan, consent,
    menu.
    Isolation visits are asked for at the inquiry, where their evidence is (R-ISOLATION-EVIDENCE).
    """
    if cmd.purpose == Purpose.ISOLATION:
        raise IsolationEvidenceMissing(requested_through="the inquiry's onsite-requests")
    if cmd.purpose != Purpose.SETUP:
        raise PurposeUnknown(purpose=cmd.purpose, allowed=list(Purpose))
    facts = await facts_of(tx, purpose=Purpose.SETUP, contract_id=cmd.contract_id, now=now)
    refused: list[DomainError] = request_refusals(facts)
    quote = None
    menu = await knowledge.menu(tx)
    try:
        quote = price(menu, cmd.items)
    except DomainError as refusal:
        if not all(isinstance(reason, MenuItemUnknown) for reason in refusal.reasons):
            raise
        refused.append(refusal)
    refuse_if_any(refused)
    request = VisitRequest(
        id=new_id("vrq"),
        contract_id=cmd.contract_id,
        partner=facts.entitlements.partner,
        purpose=Purpose.SETUP,
        status=RequestStatus.OPEN,
        created_at=now,
        quote=quote,
    )
    await requests.add(tx, request)
    await tx.publish(request.fact(requested(request, actor=tx.actor), now))
    return request
