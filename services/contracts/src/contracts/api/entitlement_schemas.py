"""What a contract may use and what it used, on the wire."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from common.civil import FeeMonth
from common.closed_days import ClosedDays
from common.entitlements import Standing, consent_missing, standing, support_hours, visit_hours
from common.events.contracts import EntitlementsChanged, WeeklyBlock
from common.http import Answer, Moment
from common.opening_hours import OpeningHours
from contracts.domain.catalogue import Catalogue
from contracts.domain.contract import Contract
from contracts.domain.entitlements import entitlements_of
from contracts.storage.usage import Usage


class FeeMonthOut(Answer):
    """A fee month of the contract (R-FEE-MONTH)."""

    name: str
    first_day: date
    last_day: date
    rule_ids: list[str]

    @classmethod
    def of(cls, month: FeeMonth) -> FeeMonthOut:
        """As shown."""
        return cls(name=month.name, first_day=month.first_day, last_day=month.last_day, rule_ids=["R-FEE-MONTH"])


class InForceOptionOut(Answer):
    """An option that is in force."""

    id: str
    option_code: str
    starts_at: Moment
    ends_at: Moment | None


class InquiriesOut(Answer):
    """Inquiries allowed in the fee month; null: the plan's limit was never recorded."""

    limit: int | None
    plan: int | None
    extra: int
    rule_ids: list[str]


class WeeklyOut(Answer):
    """Hours on ISO weekdays (1 = Monday), JST."""

    weekdays: list[int]
    opens: str
    closes: str


class HoursOut(Answer):
    """When it is open; `always_open`: 24 hours on every day."""

    always_open: bool
    open: bool
    weekly: list[WeeklyOut]
    rule_ids: list[str]

    @classmethod
    def of(cls, hours: OpeningHours, weekly: tuple[WeeklyBlock, ...], at: datetime, rule_ids: list[str]) -> HoursOut:
        """As shown at `at`."""
        return cls(
            always_open=hours.always_open,
            open=hours.is_open(at),
            weekly=[WeeklyOut.model_validate(block) for block in weekly],
            rule_ids=rule_ids,
        )


class RightOut(Answer):
    """Whether something is in the plan, and how much of it."""

    available: bool
    limit: int | None = None
    days_max: int | None = None
    rule_ids: list[str]


class ConsentsOut(Answer):
    """Documents that are missing or too old, by what needs them (R-CONSENT)."""

    missing: dict[str, list[str]]
    rule_ids: list[str]


class EntitlementsOut(Answer):
    """What the contract may use at `at`, with the rules behind it."""

    contract_id: str
    version: int
    at: Moment
    status: str | None
    active: bool
    plan_code: str | None
    family: str | None
    options: list[InForceOptionOut]
    fee_month: FeeMonthOut
    inquiries: InquiriesOut
    support_hours: HoursOut
    isolation_visit_hours: HoursOut
    setup_visit_hours: HoursOut
    visit_right: RightOut
    loans: RightOut
    seats: RightOut
    setup_visit: RightOut
    telework: RightOut
    site_ids: list[str]
    address_id: str | None
    consents: ConsentsOut
    flags: list[str]

    @classmethod
    def of(cls, contract: Contract, *, at: datetime, book: Catalogue, calendar: ClosedDays) -> EntitlementsOut:
        """As shown; read from the very state that other services judge by."""
        state = entitlements_of(contract, actor="")
        found = standing(state, at)
        plan = found.plan
        return cls(
            contract_id=contract.id,
            version=state.version,
            at=at,
            status=found.status,
            active=found.active,
            plan_code=plan.code if plan else None,
            family=plan.family if plan else None,
            options=[
                InForceOptionOut(id=o.id, option_code=o.code, starts_at=o.starts, ends_at=o.ends)
                for o in contract.options
                if o.holds_at(at)
            ],
            fee_month=FeeMonthOut.of(found.fee_month),
            inquiries=_inquiries(found),
            site_ids=[site.site_id for site in found.sites],
            address_id=found.address.address_id if found.address else None,
            consents=_consents(state, book, at),
            flags=_flags(found),
            **_hours(found, calendar),
            **_rights(found, book),
        )


class UsageOut(Answer):
    """What the contract used in a fee month, built from the other services' events.

    `known_up_to` is the time of the last event heard; `heard` says it by topic. Loans and devices are as they are now.
    """

    contract_id: str
    fee_month: FeeMonthOut
    inquiries_allowed: int | None
    inquiries_accepted: int
    inquiries_returned: int
    inquiries_used: int
    inquiries_remaining: int | None
    isolation_visits: int
    isolation_right: str | None
    setup_visits: int
    open_loans: list[str]
    devices: list[str]
    known_up_to: Moment | None
    heard: dict[str, Moment]
    rule_ids: list[str]

    @classmethod
    def of(cls, contract: Contract, month: FeeMonth, used: Usage, *, now: datetime) -> UsageOut:
        """As shown; the limit is the one of now while the month runs, afterwards of its last instant."""
        at = min(max(now, month.start), month.end - timedelta(microseconds=1))
        allowed = standing(entitlements_of(contract, actor=""), at).inquiry_limit
        count = used.inquiries_accepted - used.inquiries_returned
        return cls(
            contract_id=contract.id,
            fee_month=FeeMonthOut.of(month),
            inquiries_allowed=allowed,
            inquiries_accepted=used.inquiries_accepted,
            inquiries_returned=used.inquiries_returned,
            inquiries_used=count,
            inquiries_remaining=None if allowed is None else max(0, allowed - count),
            isolation_visits=used.isolation_visits,
            isolation_right=used.isolation_right,
            setup_visits=used.setup_visits,
            open_loans=list(used.open_loans),
            devices=list(used.devices),
            known_up_to=max(used.known_up_to.values(), default=None),
            heard=dict(used.known_up_to),
            rule_ids=["R-QUOTA-COUNT", "R-ISOLATION-QUOTA", "R-LOAN-KINDS", "R-MDM-PLAN"],
        )


def _inquiries(found: Standing) -> InquiriesOut:
    return InquiriesOut(
        limit=found.inquiry_limit,
        plan=found.plan.inquiry_limit if found.plan else None,
        extra=found.extra_units,
        rule_ids=["R-QUOTA-INQUIRY", "R-EXTRA-INQUIRIES"],
    )


def _hours(found: Standing, calendar: ClosedDays) -> dict[str, Any]:
    support = found.plan.support_hours if found.plan else ()
    visit = found.plan.visit_hours if found.plan else ()
    rules = ["R-HOURS-VISIT", "R-HOURS-EXT", "R-CLOSED-DAYS"]
    of_support = ["R-HOURS-SUPPORT", "R-HOURS-EXT", "R-CLOSED-DAYS"]
    isolation, setup = (visit_hours(found, purpose, calendar) for purpose in ("isolation", "setup"))
    return {
        "support_hours": HoursOut.of(support_hours(found, calendar), support, found.at, of_support),
        "isolation_visit_hours": HoursOut.of(isolation, visit, found.at, rules),
        "setup_visit_hours": HoursOut.of(setup, visit, found.at, rules),
    }


def _rights(found: Standing, book: Catalogue) -> dict[str, Any]:
    plan = found.plan
    isolation = plan.isolation if plan else 0
    lent = plan is not None and plan.loan
    tool = plan is not None and plan.management_tool
    return {
        "visit_right": RightOut(available=isolation > 0, limit=isolation, rule_ids=["R-ISOLATION-QUOTA", "R-ADDRESS"]),
        "loans": RightOut(
            available=lent,
            limit=plan.loan_kinds_limit if plan else 0,
            days_max=book.settings["loan_days_max"] if lent else None,
            rule_ids=["R-LOAN-KINDS", "R-LOAN-TERM", "R-ADDRESS"],
        ),
        "seats": RightOut(available=tool, limit=plan.seats if plan and tool else 0, rule_ids=["R-MDM-PLAN"]),
        "setup_visit": RightOut(
            available=plan is not None and plan.setup_visit, rule_ids=["R-SETUP-PRICE", "R-ADDRESS"]
        ),
        "telework": RightOut(available=plan is not None and plan.telework, rule_ids=["R-TELEWORK"]),
    }


def _consents(state: EntitlementsChanged, book: Catalogue, at: datetime) -> ConsentsOut:
    required = book.required_consents
    missing = {
        purpose: consent_missing(state, required, purpose, at)
        for purpose in dict.fromkeys(need.purpose for need in required)
    }
    named = {purpose: documents for purpose, documents in missing.items() if documents}
    return ConsentsOut(missing=named, rule_ids=["R-CONSENT"])


def _flags(found: Standing) -> list[str]:
    recorded = found.plan is None or (found.inquiry_limit is not None and found.plan.support_hours)
    return [] if recorded else ["limits_not_recorded"]
