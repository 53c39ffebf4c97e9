"""What must be on the table before a visit is done, the price and the charge that follows (R-SETUP-PRICE)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, datetime

from common.errors import DomainError, refuse_if_any
from common.events.base import NewEvent
from common.events.dispatch import ChargeRaised, Finding, SetupQuoteAccepted, SetupQuoteChanged
from dispatch.domain.completion_refusals import (
    QuoteMismatch,
    QuoteNotAccepted,
    QuoteNotApplicable,
    SignatureMissing,
    VerdictInvalid,
    VerdictMissing,
)
from dispatch.domain.findings import ReportedVerdict, judge_finding
from dispatch.domain.quotes import Quote
from dispatch.domain.signatures import Signature
from dispatch.domain.visits import Acceptance, Visit, VisitStep, require_arrived, require_live, tell
from dispatch.domain.workforce import Purpose


def judge_papers(
    visit: Visit,
    *,
    reported: ReportedVerdict | None,
    signature: Signature | None,
    loan_kinds: Collection[str],
) -> Finding | None:
    """The finding of a visit that may be completed. Raises every named refusal at once.

    Unsigned, a setup visit whose price was not accepted (R-SETUP-PRICE), an isolation visit without a sound verdict.
    """
    require_arrived(visit)
    found: list[DomainError] = []
    finding = None
    if visit.purpose is Purpose.SETUP and not quote_accepted(visit):
        quoted = visit.quote.total if visit.quote else None
        accepted = visit.acceptance.total if visit.acceptance else None
        found.append(QuoteNotAccepted(quoted=quoted, accepted=accepted))
    if visit.purpose is Purpose.SETUP and reported is not None:
        found.append(VerdictInvalid(problem="setup_visits_have_no_verdict"))
    if visit.purpose is Purpose.ISOLATION:
        try:
            finding = _finding(reported, loan_kinds)
        except (VerdictMissing, VerdictInvalid) as refusal:
            found.append(refusal)
    if signature is None:
        found.append(SignatureMissing())
    refuse_if_any(found)
    return finding


def _finding(reported: ReportedVerdict | None, loan_kinds: Collection[str]) -> Finding:
    if reported is None:
        raise VerdictMissing(purpose=Purpose.ISOLATION)
    return judge_finding(reported, loan_kinds)


def quote_accepted(visit: Visit) -> bool:
    """Whether the price as it now stands was accepted."""
    return visit.quote is not None and visit.acceptance is not None and visit.acceptance.total == visit.quote.total


def accept_quote(visit: Visit, *, total: int, accepted_by: str, now: datetime, actor: str) -> VisitStep:
    """The customer agrees to the price, to the yen (R-SETUP-PRICE). Raises `QuoteNotApplicable`, `QuoteMismatch`."""
    quote = _quote(visit)
    require_live(visit)
    if total != quote.total:
        raise QuoteMismatch(quoted=quote.total, accepted=total)
    after = replace(visit, acceptance=Acceptance(total, accepted_by, now), version=visit.version + 1)
    return after, tell(SetupQuoteAccepted, after, actor, total=total)


def change_quote(visit: Visit, quote: Quote, *, actor: str) -> VisitStep:
    """Other work than ordered: a new price that needs a new acceptance (R-SETUP-PRICE)."""
    _quote(visit)
    require_live(visit)
    after = replace(visit, quote=quote, acceptance=None, version=visit.version + 1)
    return after, tell(SetupQuoteChanged, after, actor, lines=quote.told, total=quote.total)


@dataclass(frozen=True, kw_only=True)
class Charge:
    """What a finished setup visit costs on the contract's statement, in yen with tax included, on its JST day."""

    id: str
    visit: Visit
    quote: Quote
    day: date

    def fact(self, now: datetime, *, actor: str) -> NewEvent:
        """`ChargeRaised`, an aggregate of its own."""
        data = ChargeRaised(
            actor=actor,
            charge_id=self.id,
            visit_id=self.visit.id,
            visit_request_id=self.visit.request_id,
            contract_id=self.visit.contract_id,
            day=self.day,
            lines=self.quote.told,
            total=self.quote.total,
        )
        return NewEvent(
            data=data,
            subject=self.id,
            sequence=1,
            key=self.visit.key,
            time=now,
            partner=self.visit.partner,
            correlation_id=self.visit.inquiry_id or self.visit.contract_id,
        )


def charge_of(visit: Visit, *, charge_id: str, day: date) -> Charge | None:
    """The charge of a completed visit; isolation visits are free."""
    return Charge(id=charge_id, visit=visit, quote=visit.quote, day=day) if visit.quote else None


def _quote(visit: Visit) -> Quote:
    if visit.quote is None:
        raise QuoteNotApplicable(purpose=visit.purpose)
    return visit.quote
