"""All a contract may use, from its dated rows: what every other service judges by."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from common.entitlements import consent_missing
from common.events.contracts import (
    AddressPeriod,
    ConsentGiven,
    EntitlementsChanged,
    ExtraInquiries,
    Period,
    PlanPeriod,
    RequiredConsent,
    Site,
    WeeklyBlock,
)
from common.events.contracts import StatusPeriod as StatusSpan
from contracts.domain.contract import AddressTime, Contract, PlanTime
from contracts.domain.plans import (
    Hours,
    OptionKind,
)


def entitlements_of(contract: Contract, *, actor: str) -> EntitlementsChanged:
    """The full state with every past and scheduled period, in the contract's present version of it."""
    hours = [o for o in contract.options if o.kind is OptionKind.HOURS_EXTENSION]
    extra = [o for o in contract.options if o.kind is OptionKind.EXTRA_INQUIRIES]
    return EntitlementsChanged(
        actor=actor,
        contract_id=contract.id,
        version=contract.entitlements_version,
        partner=contract.partner,
        subscriber_id=contract.subscriber_id,
        fee_month_start_day=contract.fee_month_start_day,
        status_periods=tuple(StatusSpan(from_=p.starts, to=p.ends, status=p.status.value) for p in contract.statuses),
        plan_periods=tuple(_plan_period(p) for p in contract.plans),
        hours_extension_periods=tuple(Period(from_=o.starts, to=o.ends) for o in hours),
        extra_inquiries=tuple(ExtraInquiries(fee_month=o.fee_month or "", units=o.units) for o in extra),
        address_periods=tuple(_address_period(a) for a in contract.addresses),
        sites=tuple(Site(site_id=s.id, from_=s.starts, to=s.ends) for s in contract.sites),
        consents=tuple(
            ConsentGiven(
                document=c.document,
                version=c.version,
                accepted_at=c.accepted_at,
                holds_from=c.holds_from,
                holds_until=c.holds_until,
            )
            for c in contract.consents
        ),
    )


def documents_missing(contract: Contract, required: Sequence[RequiredConsent], purpose: str, at: datetime) -> list[str]:
    """The documents that `purpose` needs and that are not accepted, or in too old a version (R-CONSENT)."""
    return consent_missing(entitlements_of(contract, actor=""), required, purpose, at)


def _plan_period(time: PlanTime) -> PlanPeriod:
    terms = time.terms
    return PlanPeriod(
        from_=time.starts,
        to=time.ends,
        code=terms.code,
        family=terms.family.value,
        closed_plan=terms.closed_plan,
        inquiry_limit=terms.inquiry_limit,
        seats=terms.seats,
        isolation=terms.isolation,
        loan=terms.loan,
        loan_kinds_limit=terms.loan_kinds_limit,
        setup_visit=terms.setup_visit,
        management_tool=terms.management_tool,
        telework=terms.telework,
        support_hours=_weekly(terms.support_hours),
        visit_hours=_weekly(terms.visit_hours),
    )


def _address_period(time: AddressTime) -> AddressPeriod:
    return AddressPeriod(
        from_=time.starts,
        to=time.ends,
        address_id=time.id,
        postal_code=time.address.postal_code,
        prefecture_code=time.address.prefecture_code,
        municipality_code=time.address.municipality_code,
    )


def _weekly(hours: tuple[Hours, ...]) -> tuple[WeeklyBlock, ...]:
    return tuple(WeeklyBlock(weekdays=h.weekdays, opens=h.opens, closes=h.closes) for h in hours)
