"""What goes in and out about an inquiry as a whole."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any, Self

from pydantic import Field

from common.http import Answer, Code, Command, IdText, Line, Moment, Prose
from common.http.audit import VerificationOut
from common.verifying import Verification
from helpdesk.api.product_schemas import ScopeOut
from helpdesk.domain.acceptance import Report
from helpdesk.domain.inquiry import Inquiry
from helpdesk.domain.quota import Balance
from helpdesk.storage.case_work import Note
from helpdesk.storage.inquiries import InquiryRecord
from helpdesk.usecases.accept_inquiry import Accepted, AcceptInquiry
from helpdesk.usecases.inquiry_story import Line as StoryLine


class CallerIn(Command):
    """Who calls; kept here, never published."""

    name: Line | None = None
    phone: Annotated[str, Field(max_length=40)] | None = None


class DeviceIn(Command):
    """What it is about."""

    kind: Code | None = None
    os: Code | None = None


class InquiryIn(Command):
    """A report; `kind`, `channel` and `site` are judged by rules, not by the schema."""

    contract_id: IdText
    kind: Annotated[Code, Field(examples=["trouble"])]
    channel: Annotated[Code, Field(examples=["phone"])]
    site: Annotated[Code, Field(examples=["contract_address"])] = "contract_address"
    summary: Prose
    caller: CallerIn | None = None
    device: DeviceIn | None = None
    follow_up_of: Annotated[
        IdText | None, Field(description="An earlier inquiry of the contract that can no longer be reopened.")
    ] = None

    def command(self) -> AcceptInquiry:
        """The same for the use case."""
        caller, device = self.caller or CallerIn(), self.device or DeviceIn()
        return AcceptInquiry(
            contract_id=self.contract_id,
            report=Report(kind=self.kind, channel=self.channel, site=self.site, follow_up_of=self.follow_up_of),
            summary=self.summary,
            caller_name=caller.name,
            caller_phone=caller.phone,
            device_kind=device.kind,
            device_os=device.os,
        )


class AcceptanceIn(InquiryIn):
    """A report that is judged at once."""

    outage_id: Annotated[IdText | None, Field(description="The outage whose it is; said by the house only.")] = None
    product_id: Annotated[
        IdText | None,
        Field(description="Of the supported products; nothing is counted out of scope."),
    ] = None

    def command(self) -> AcceptInquiry:
        """The same for the use case."""
        told = super().command()
        return replace(told, report=replace(told.report, product_id=self.product_id))


class QuotaOut(Answer):
    """The month's units."""

    fee_month: Annotated[str, Field(examples=["2026-06"])]
    allowed: Annotated[int, Field(examples=[5])]
    used: Annotated[int, Field(examples=[1])]
    remaining: Annotated[int, Field(examples=[4])]

    @classmethod
    def of(cls, balance: Balance) -> Self:
        """From the domain."""
        return cls(
            fee_month=balance.fee_month,
            allowed=balance.allowed,
            used=balance.used,
            remaining=balance.remaining,
        )


class DeviceOut(Answer):
    """What an inquiry is about."""

    kind: str | None
    os: str | None


class InquiryStateOut(Answer):
    """An inquiry as it stands after a step."""

    id: str
    contract_id: str
    status: Annotated[str, Field(examples=["accepted"])]
    kind: str
    channel: str
    site: str
    summary: str
    device: DeviceOut
    suspected: str | None
    received_at: Moment
    fee_month: str
    unit_source: str
    counted: Annotated[bool, Field(description="False: its unit went back because of an outage; the case stays.")]
    verdict_id: str | None
    split_from: str | None
    merged_into: str | None
    merged_at: Moment | None
    follow_up_of: str | None
    resolved_at: Moment | None
    closed_at: Moment | None
    group: Annotated[str | None, Field(description="In whose queue it waits or waited; null: everybody's.")]
    assignee: Annotated[str | None, Field(description="Subject id of who has it; null: it waits in a queue.")]
    version: int

    @classmethod
    def fields_of(cls, inquiry: Inquiry) -> dict[str, Any]:
        """The fields that every answer about an inquiry has."""
        own = {"device": DeviceOut(kind=inquiry.device_kind, os=inquiry.device_os), "group": inquiry.group_code}
        return {name: getattr(inquiry, name) for name in InquiryStateOut.model_fields if name not in own} | own

    @classmethod
    def of(cls, inquiry: Inquiry) -> InquiryStateOut:
        """From the domain."""
        return InquiryStateOut(**cls.fields_of(inquiry))


class ToldOut(Answer):
    """When `contracts` last said what the contract may use, and how old that is."""

    told_at: Moment
    age_seconds: Annotated[int, Field(examples=[86400])]


class AcceptedOut(InquiryStateOut):
    """An inquiry that took a unit, with what is left of its month and how old the entitlements are that decided."""

    quota: QuotaOut
    entitlements: ToldOut | None
    product: Annotated[ScopeOut | None, Field(description="Of the product that was named, with a warning.")]

    @classmethod
    def of_accepted(cls, accepted: Accepted, warning_days: int = 0) -> AcceptedOut:
        """From the use case."""
        return AcceptedOut(
            **cls.fields_of(accepted.inquiry),
            quota=QuotaOut.of(accepted.balance),
            entitlements=ToldOut.model_validate(accepted.told) if accepted.told is not None else None,
            product=ScopeOut.of(accepted.scope, warning_days) if accepted.scope is not None else None,
        )


class CallerOut(Answer):
    """Who called."""

    name: str | None
    phone: str | None


class InquiryOut(InquiryStateOut):
    """An inquiry in full; the caller is shown to the house only."""

    accepted_by: str
    outcome: str | None
    solution: str | None
    caller: CallerOut | None

    @classmethod
    def of_record(cls, record: InquiryRecord, *, for_house: bool) -> InquiryOut:
        """From storage."""
        caller = CallerOut(name=record.caller_name, phone=record.caller_phone) if for_house else None
        return InquiryOut(
            **cls.fields_of(record.inquiry),
            accepted_by=record.accepted_by,
            outcome=record.outcome,
            solution=record.solution,
            caller=caller,
        )


class NoteIn(Command):
    """A note; internal ones are not for partners, and a partner's are always shared."""

    body: Prose
    internal: bool = True


class NoteOut(Answer):
    """A note."""

    id: str
    inquiry_id: str
    visibility: str
    body: str
    actor: str
    at: Moment

    @classmethod
    def of(cls, note: Note) -> NoteOut:
        """From storage."""
        return NoteOut.model_validate(note)


class TimelineLineOut(Answer):
    """One line of a case's story."""

    inquiry_id: str
    at: Moment
    source: Annotated[str, Field(description="The service that said it.", examples=["dispatch"])]
    type: Annotated[str, Field(examples=["VisitBooked"])]
    actor: str
    approver: Annotated[str | None, Field(description="The second person, of what needed one.")]
    event_id: str | None
    facts: dict[str, Any]

    @classmethod
    def of(cls, line: StoryLine) -> TimelineLineOut:
        """From the use case."""
        return TimelineLineOut.model_validate(line)


class TimelineOut(Answer):
    """A case's story, oldest first."""

    items: list[TimelineLineOut]
    next: None = None


class StoryVerificationOut(Answer):
    """Whether the story is what was written: a chain for the case, and one for each that was merged into it."""

    sound: Annotated[bool, Field(description="Nothing was found in any chain.")]
    items: list[VerificationOut]

    @classmethod
    def of(cls, found: list[Verification]) -> StoryVerificationOut:
        """From the use case."""
        return cls(sound=all(each.sound for each in found), items=[VerificationOut.of(each) for each in found])
