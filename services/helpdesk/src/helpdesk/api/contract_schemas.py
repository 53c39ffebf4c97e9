"""What goes out about a contract: its overview, its ledger, its refusals, and why."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from common.http import Answer, Moment
from helpdesk.api.booking_schemas import BookingOut
from helpdesk.api.inquiry_schemas import InquiryStateOut, QuotaOut, ToldOut
from helpdesk.api.record_schemas import RecordLineOut
from helpdesk.api.work_schemas import OnsiteRequestOut, VerdictOut
from helpdesk.domain.outages import Matched, Origin
from helpdesk.domain.quota import LedgerEntry
from helpdesk.storage.refusals import Refusal
from helpdesk.usecases.contract_overview import Concern, Overview
from helpdesk.usecases.inquiry_story import Reasons


class HoursOut(Answer):
    """Whether somebody is there; null where it is not known."""

    open_now: bool | None
    next_open_at: Moment | None
    closes_at: Moment | None
    hours_extension: bool


class BalanceOut(QuotaOut):
    """The month's units, and which of them were bought on top."""

    plan_units: int
    extra_units: int


class VisitRightOut(Answer):
    """Isolation visits of the fee month."""

    fee_month: str
    allowed: int
    held: int
    used: int
    free: int


class VisitOut(Answer):
    """A visit that is booked or under way."""

    id: str
    inquiry_id: str | None
    purpose: str
    status: str
    planned_start: Moment | None
    planned_end: Moment | None


class LoanOut(Answer):
    """A loan that is not over."""

    id: str
    inquiry_id: str
    kind: str
    status: str
    due_at: Moment | None
    held: bool


class DeviceOut(Answer):
    """A managed device; `lost_report_id` is set while it is reported lost."""

    id: str
    os: str | None
    os_version: str | None
    model: str | None
    lost_report_id: str | None
    reported_at: Moment | None


class SubscriberOut(Answer):
    """Who the customer is; shown to the house only."""

    id: str
    name: str
    phones: list[str]


class ConcernOut(Answer):
    """An outage that goes on and may concern the contract, by its contract address; whose line it is, is not known."""

    id: str
    title_ja: str
    title_en: str
    origin: Origin
    party: str | None
    started_at: Moment
    expected_end_at: Moment | None
    matched: Annotated[Matched, Field(description="Why it may concern it.", examples=["municipality"])]

    @classmethod
    def of(cls, found: Concern) -> ConcernOut:
        """From the use case."""
        own = {name: getattr(found.outage, name) for name in cls.model_fields if name != "matched"}
        return cls(**own, matched=found.matched)


class OverviewOut(Answer):
    """One call, one screen."""

    contract_id: str
    status: str | None
    plan_code: str | None
    hours: HoursOut
    quota: BalanceOut | None
    open_inquiries: list[InquiryStateOut]
    remote_bookings: Annotated[list[BookingOut], Field(description="Remote sessions promised, the next one first.")]
    visit_right: VisitRightOut
    visits: list[VisitOut]
    loans: list[LoanOut]
    devices: list[DeviceOut]
    outages: list[ConcernOut]
    record: Annotated[list[RecordLineOut], Field(description="What is known of the customer's equipment, by kind.")]
    caller: SubscriberOut | None
    entitlements: ToldOut
    known_up_to: Annotated[Moment, Field(description="Business time of the latest fact told about the contract.")]

    @classmethod
    def of(cls, found: Overview) -> OverviewOut:
        """From the use case."""
        balance = None
        if found.balance is not None:
            balance = BalanceOut(
                **QuotaOut.of(found.balance).model_dump(),
                plan_units=found.plan_units,
                extra_units=found.extra_units,
            )
        return OverviewOut(
            contract_id=found.contract_id,
            status=found.status,
            plan_code=found.plan_code,
            hours=HoursOut.model_validate(found.hours),
            quota=balance,
            open_inquiries=[InquiryStateOut.of(inquiry) for inquiry in found.open_inquiries],
            remote_bookings=[BookingOut.of(booking) for booking in found.remote_bookings],
            visit_right=VisitRightOut.model_validate(found.visit_right),
            visits=[VisitOut.model_validate(visit) for visit in found.visits],
            loans=[LoanOut.model_validate(loan) for loan in found.loans],
            devices=[DeviceOut.model_validate(device) for device in found.devices],
            outages=[ConcernOut.of(concern) for concern in found.outages],
            record=[RecordLineOut.of(entry, found.secrets) for entry in found.record],
            caller=SubscriberOut.model_validate(found.caller) if found.caller is not None else None,
            entitlements=ToldOut.model_validate(found.told),
            known_up_to=found.known_up_to,
        )


class LedgerEntryOut(Answer):
    """One unit taken (+1) or given back (-1)."""

    id: str
    fee_month: str
    inquiry_id: str
    units: int
    unit_source: str
    reason: str
    rule_id: str
    evidence: dict[str, Any]
    actor: str
    at: Moment

    @classmethod
    def of(cls, entry: LedgerEntry) -> LedgerEntryOut:
        """From the domain."""
        return LedgerEntryOut.model_validate(entry)


class RefusalOut(Answer):
    """A refused inquiry with every reason."""

    id: str
    contract_id: str
    codes: list[str]
    rule_ids: list[str]
    reasons: list[dict[str, Any]]
    kind: str
    channel: str
    site: str
    received_at: Moment
    fee_month: str | None
    actor: str

    @classmethod
    def of(cls, refusal: Refusal) -> RefusalOut:
        """From storage."""
        return RefusalOut.model_validate(refusal)


class EventOut(Answer):
    """A fact that a decision led to or rested on."""

    event_id: str | None
    source: str
    type: str
    actor: str
    at: Moment


class WhyOut(Answer):
    """Which rules, which inputs, which events stand behind the decisions on an inquiry."""

    inquiry_id: str
    status: str
    rule_ids: list[str]
    acceptance: Annotated[dict[str, Any], Field(description="The inputs by which it was accepted.")]
    ledger: list[LedgerEntryOut]
    verdicts: list[VerdictOut]
    onsite_requests: list[OnsiteRequestOut]
    events: list[EventOut]

    @classmethod
    def of(cls, found: Reasons) -> WhyOut:
        """From the use case."""
        rules = [entry.rule_id for entry in found.ledger]
        if found.verdicts or found.onsite_requests:
            rules.append("R-ISOLATION-EVIDENCE")
        return WhyOut(
            inquiry_id=found.record.id,
            status=found.record.inquiry.status,
            rule_ids=list(dict.fromkeys(rules)),
            acceptance=found.record.decision,
            ledger=[LedgerEntryOut.of(entry) for entry in found.ledger],
            verdicts=[VerdictOut.of(verdict) for verdict in found.verdicts],
            onsite_requests=[OnsiteRequestOut.of(request) for request in found.onsite_requests],
            events=[EventOut.model_validate(entry) for entry in found.events],
        )
