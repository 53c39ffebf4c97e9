"""Whether an inquiry is accepted: every rule is asked, every rule that says no is named."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from common.civil import FeeMonth, jst_day
from common.closed_days import ClosedDays
from common.entitlements import Standing, support_hours
from common.errors import DomainError, refuse_if_any
from common.events.helpdesk import CaseData, InquiryAccepted, TroubleReported
from common.opening_hours import NeverOpens, OpeningHours
from helpdesk.domain import help as would_help
from helpdesk.domain.inquiry import Channel, Inquiry, InquiryKind, Site, UnitSource
from helpdesk.domain.products import Scope, in_scope, scope_inputs
from helpdesk.domain.quota import Allowance, Counter, next_source
from helpdesk.domain.refusals import (
    ChannelUnknown,
    ContractNotActive,
    FollowUpUnknown,
    InquiryKindUnknown,
    InquiryQuotaExhausted,
    LimitsNotRecorded,
    OutsideSupportHours,
    SiteUnknown,
    TeleworkRequiresStandard,
)

_KINDS, _CHANNELS, _SITES = (tuple(known.value for known in words) for words in (InquiryKind, Channel, Site))


@dataclass(frozen=True, kw_only=True)
class Report:
    """What the caller says; kind, channel and site are judged here, not by the schema."""

    kind: str
    channel: str
    site: str
    follow_up_of: str | None = None
    product_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What the decision rests on: the contract's standing, the month's units, the calendar, the time of the call.

    `follows_up_contract` is the contract of the earlier inquiry that this one follows up, when there is such a one;
    `scope` is what the list of supported products says on that day of the product, when one is named.
    """

    standing: Standing
    allowance: Allowance
    counter: Counter
    calendar: ClosedDays
    received_at: datetime
    known_up_to: datetime
    follows_up_contract: str | None = None
    scope: Scope | None = None


@dataclass(frozen=True, kw_only=True)
class Admission:
    """Yes: the judged words, which unit of which month is to be taken, how many facts the inquiry is born with."""

    kind: InquiryKind
    channel: Channel
    site: Site
    fee_month: FeeMonth
    allowance: Allowance
    unit_source: UnitSource
    facts: int
    inputs: dict[str, Any]


def judge(report: Report, facts: Facts) -> Admission:
    """The admission of an inquiry received at `facts.received_at`, or a refusal that names every rule that failed.

    Asks R-QUOTA-INQUIRY, R-EXTRA-INQUIRIES, R-HOURS-SUPPORT, R-HOURS-EXT, R-CLOSED-DAYS, R-TELEWORK, R-PRODUCT-SCOPE.
    """
    refuse_if_any(
        [
            *_unknown_words(report),
            _follow_up(report, facts),
            _in_force(facts),
            limits_recorded(facts.standing, known_up_to=facts.known_up_to),
            telework_allowed(report.site, facts.standing, known_up_to=facts.known_up_to),
            in_scope(facts.scope),
            _open(facts),
            _units_left(facts),
        ]
    )
    source = next_source(facts.allowance, facts.counter)
    if source is None:
        raise InquiryQuotaExhausted(**_month_inputs(facts))
    kind = InquiryKind(report.kind)
    return Admission(
        kind=kind,
        channel=Channel(report.channel),
        site=Site(report.site),
        fee_month=facts.standing.fee_month,
        allowance=facts.allowance,
        unit_source=source,
        facts=facts_at_birth(kind),
        inputs=_inputs(facts),
    )


def facts_at_birth(kind: InquiryKind) -> int:
    """How many facts an inquiry is born with: its acceptance, and for a trouble the report of it."""
    return 2 if kind is InquiryKind.TROUBLE else 1


def opened(inquiry: Inquiry, *, allowance: Allowance, used: int, actor: str) -> tuple[CaseData, ...]:
    """The facts of an accepted inquiry: `InquiryAccepted`, and for a trouble `TroubleReported`."""
    accepted = InquiryAccepted(
        actor=actor,
        inquiry_id=inquiry.id,
        contract_id=inquiry.contract_id,
        kind=inquiry.kind.value,
        channel=inquiry.channel,
        site=inquiry.site.value,
        device_kind=inquiry.device_kind,
        device_os=inquiry.device_os,
        received_at=inquiry.received_at,
        fee_month=inquiry.fee_month,
        units=1,
        unit_source=inquiry.unit_source.value,
        allowed=allowance.limit,
        used=used,
    )
    return (accepted, *trouble_of(inquiry, actor=actor))


def trouble_of(inquiry: Inquiry, *, actor: str) -> tuple[CaseData, ...]:
    """`TroubleReported` when the inquiry is a trouble, else nothing."""
    if inquiry.kind is not InquiryKind.TROUBLE:
        return ()
    return (
        TroubleReported(
            actor=actor,
            inquiry_id=inquiry.id,
            contract_id=inquiry.contract_id,
            site=inquiry.site.value,
            device_kind=inquiry.device_kind,
            device_os=inquiry.device_os,
        ),
    )


def kind_known(kind: str) -> DomainError | None:
    """`InquiryKindUnknown` unless it is a trouble, a how-to or a setting."""
    return None if kind in _KINDS else InquiryKindUnknown(kind=kind, allowed=list(_KINDS))


def site_known(site: str) -> DomainError | None:
    """`SiteUnknown` unless it is the contract address or a telework site."""
    return None if site in _SITES else SiteUnknown(site=site, allowed=list(_SITES))


def limits_recorded(standing: Standing, *, known_up_to: datetime) -> DomainError | None:
    """`LimitsNotRecorded` when the plan's number of inquiries or its hours were never recorded: none are guessed."""
    plan = standing.plan
    if plan is None:
        return None
    missing = [] if plan.inquiry_limit is not None else ["inquiry_limit"]
    if not plan.support_hours and not standing.hours_extension:
        missing.append("support_hours")
    return LimitsNotRecorded(plan_code=plan.code, missing=missing, known_up_to=known_up_to) if missing else None


def telework_allowed(site: str, standing: Standing, *, known_up_to: datetime) -> DomainError | None:
    """`TeleworkRequiresStandard` for a telework site on any other plan (R-TELEWORK)."""
    plan = standing.plan
    if site != Site.TELEWORK or plan is None or plan.telework:
        return None
    return TeleworkRequiresStandard(
        site=site, plan_code=plan.code, plan_family=plan.family, known_up_to=known_up_to, help=would_help.for_telework()
    )


def quota_inputs(fee_month: str, allowance: Allowance, counter: Counter) -> dict[str, Any]:
    """Limits and counters of a month, as a refusal or a `why` shows them."""
    return {
        "fee_month": fee_month,
        "allowed": allowance.limit,
        "plan_units": allowance.plan,
        "extra_units": allowance.extra,
        "used": counter.used,
        "remaining": max(0, allowance.limit - counter.used),
    }


def hours_of(standing: Standing, calendar: ClosedDays) -> OpeningHours | None:
    """The support hours in force (R-HOURS-SUPPORT, R-HOURS-EXT); None: no plan, or its hours were never recorded."""
    plan = standing.plan
    if plan is None or not (plan.support_hours or standing.hours_extension):
        return None
    return support_hours(standing, calendar)


def next_opening(hours: OpeningHours, at: datetime) -> datetime | None:
    """The next instant at which somebody is there; None: not within the engine's horizon."""
    try:
        return hours.next_open(at)
    except NeverOpens:
        return None


def _unknown_words(report: Report) -> list[DomainError | None]:
    told = report.channel
    channel = None if told in _CHANNELS else ChannelUnknown(channel=told, allowed=list(_CHANNELS))
    return [kind_known(report.kind), channel, site_known(report.site)]


def _follow_up(report: Report, facts: Facts) -> DomainError | None:
    if report.follow_up_of is None or facts.follows_up_contract == facts.standing.contract_id:
        return None
    return FollowUpUnknown(follow_up_of=report.follow_up_of)


def _in_force(facts: Facts) -> DomainError | None:
    standing = facts.standing
    if standing.active and standing.plan is not None:
        return None
    return ContractNotActive(status=standing.status, received_at=facts.received_at, known_up_to=facts.known_up_to)


def _open(facts: Facts) -> DomainError | None:
    plan, at = facts.standing.plan, facts.received_at
    hours = hours_of(facts.standing, facts.calendar)
    if plan is None or hours is None or hours.is_open(at):
        return None
    next_open_at = next_opening(hours, at)
    return OutsideSupportHours(
        received_at=at,
        next_open_at=next_open_at,
        closed_day=facts.calendar.reason(jst_day(at)),
        hours_extension=facts.standing.hours_extension,
        known_up_to=facts.known_up_to,
        help=would_help.for_hours(plan, next_open_at),
    )


def _units_left(facts: Facts) -> DomainError | None:
    plan, month = facts.standing.plan, facts.standing.fee_month
    if plan is None or plan.inquiry_limit is None or next_source(facts.allowance, facts.counter) is not None:
        return None
    return InquiryQuotaExhausted(
        **_month_inputs(facts),
        received_at=facts.received_at,
        known_up_to=facts.known_up_to,
        help=would_help.for_quota(plan, month, extra_bought=facts.allowance.extra > 0, now=facts.received_at),
    )


def _month_inputs(facts: Facts) -> dict[str, Any]:
    return quota_inputs(facts.standing.fee_month.name, facts.allowance, facts.counter)


def _inputs(facts: Facts) -> dict[str, Any]:
    plan = facts.standing.plan
    return {
        **_month_inputs(facts),
        "received_at": facts.received_at,
        "status": facts.standing.status,
        "plan_code": plan.code if plan is not None else None,
        "hours_extension": facts.standing.hours_extension,
        "known_up_to": facts.known_up_to,
        **({"product": scope_inputs(facts.scope)} if facts.scope is not None else {}),
    }
