"""The customer wishes a loaner: all rules at once, then a unit or a place on the waitlist, in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from common.db import Tx
from common.errors import DomainError, Refused
from common.events.loaner import LoanRefused
from common.ids import new_id
from loaner.domain import lending
from loaner.domain import units as unit_steps
from loaner.domain.eligibility import Ask, Facts, inputs_of, request_refusals
from loaner.domain.loan import Loan, LoanStatus
from loaner.domain.refusals import ContractUnknown, InquiryUnknown, NoDepot, one_refusal
from loaner.domain.units import Unit
from loaner.storage import cases, knowledge, loans, refusals, units
from loaner.usecases.facts import entitled_at, known_catalogue


@dataclass(frozen=True, kw_only=True)
class RequestLoan:
    """Lend a device of `kind` on this inquiry, for `days` (None: the longest term), from a depot if one is named."""

    inquiry_id: str
    kind: str
    wished_by: str | None
    days: int | None = None
    depot_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class Granted:
    """The loan, and its place on the waitlist when no unit was free."""

    loan: Loan
    position: int | None


async def request_loan(wish: RequestLoan, tx: Tx, now: datetime) -> Granted | Refused:
    """Reserve a unit or join the waitlist; a refusal is recorded and told under an id of its own.

    Raises `InquiryUnknown`, `ContractUnknown`, `CatalogueUnknown`, `DepotUnknown`, `NoDepot`. The contract's row stays
    locked, so that its loans are judged one after the other; the case cannot change under the decision.
    """
    facts = await _facts(tx, wish.inquiry_id, now)
    errors = request_refusals(Ask(kind=wish.kind, days=wish.days, wished_by=wish.wished_by), facts)
    if errors:
        return await _refuse(tx, wish, facts, errors, now)
    depot_id, unit = await _place(tx, wish)
    fresh = Loan(
        id=new_id("loan"),
        inquiry_id=wish.inquiry_id,
        contract_id=facts.case.contract_id,
        partner=facts.entitled.partner,
        kind=wish.kind,
        depot_id=depot_id,
        days=wish.days or facts.catalogue.days_max,
        wished_by=wish.wished_by,
        status=LoanStatus.WAITLISTED,
        requested_at=now,
        evidence=inputs_of(facts),
    )
    return await _reserve(tx, fresh, unit, now) if unit else await _waitlist(tx, fresh, now)


async def _facts(tx: Tx, inquiry_id: str, now: datetime) -> Facts:
    seen = await cases.find(tx, inquiry_id)
    if seen is None:
        raise InquiryUnknown(inquiry_id=inquiry_id)
    known = await knowledge.entitlements(tx, seen.contract_id, lock=True)
    if known is None:
        raise ContractUnknown(contract_id=seen.contract_id, inquiry_id=inquiry_id)
    state, known_at = known
    return Facts(
        case=await cases.find(tx, inquiry_id, share=True) or seen,
        entitled=entitled_at(state, known_at=known_at, now=now),
        catalogue=await known_catalogue(tx),
        open_loans=await loans.open_loans(tx, seen.contract_id),
    )


async def _place(tx: Tx, wish: RequestLoan) -> tuple[str, Unit | None]:
    """The first depot that has a unit, else the first depot; their stocks are locked in the order of their ids."""
    named = wish.depot_id
    places = [await units.find_depot(tx, named)] if named is not None else await units.depots(tx)
    if not places:
        raise NoDepot
    for place in places:
        await units.lock_stock(tx, place.id, wish.kind)
        unit = await units.lock_free_unit(tx, place.id, wish.kind)
        if unit is not None:
            return place.id, unit
    return places[0].id, None


async def _reserve(tx: Tx, fresh: Loan, unit: Unit, now: datetime) -> Granted:
    reserved_unit, unit_told = unit_steps.reserve(unit)
    await units.save(tx, reserved_unit, unit_told, now)
    loan, told = lending.requested_and_reserved(fresh, unit_id=unit.id, actor=tx.actor)
    await loans.add(tx, loan, told, now)
    return Granted(loan=loan, position=None)


async def _waitlist(tx: Tx, fresh: Loan, now: datetime) -> Granted:
    number = await units.next_number(tx, fresh.depot_id, fresh.kind)
    position = 1 + await loans.waiting_ahead(tx, fresh.depot_id, fresh.kind, number=number)
    loan, told = lending.requested_and_waitlisted(fresh, number=number, position=position, actor=tx.actor)
    await loans.add(tx, loan, told, now)
    return Granted(loan=loan, position=position)


async def _refuse(tx: Tx, wish: RequestLoan, facts: Facts, errors: Sequence[DomainError], now: datetime) -> Refused:
    refusal_id, error = new_id("ref"), one_refusal(errors)
    reasons = [
        {"code": each.code, "rule_ids": list(each.rule_ids), "why": {k: refusals.plain(v) for k, v in each.why.items()}}
        for each in errors
    ]
    await refusals.add(
        tx,
        id=refusal_id,
        partner=facts.entitled.partner,
        inquiry_id=wish.inquiry_id,
        contract_id=facts.case.contract_id,
        kind=wish.kind,
        reasons=reasons,
        refused_at=now,
        actor=tx.actor,
    )
    told = LoanRefused(
        actor=tx.actor,
        refusal_id=refusal_id,
        inquiry_id=wish.inquiry_id,
        contract_id=facts.case.contract_id,
        kind=wish.kind,
        codes=tuple(each.code for each in errors),
        rule_ids=error.rule_ids,
    )
    await loans.publish_refusal(tx, told, partner=facts.entitled.partner, now=now)
    return Refused(error, refusal_id)
