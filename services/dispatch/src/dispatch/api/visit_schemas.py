"""Visits as the API speaks of them."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from typing import Annotated, Any, Self

from pydantic import Field, StringConstraints, model_validator

from common.events.contracts import AddressChanged
from common.events.dispatch import Finding
from common.http import Answer, Code, Command, IdText, Line, Moment, MomentIn, Prose
from dispatch.api.schemas import Items, QuoteOut
from dispatch.domain.findings import FailedDevice, ReportedVerdict
from dispatch.domain.signatures import Signature, read_signature
from dispatch.domain.visits import FailureReason, Visit
from dispatch.domain.windows import Window
from dispatch.storage.records import JournalEntry, Signed
from dispatch.usecases.place_visit import Choice, ChosenSlot, ChosenWindow

SlotId = Annotated[str, StringConstraints(min_length=1, max_length=300)]
ImageText = Annotated[str, StringConstraints(min_length=1, max_length=400_000)]


class PlaceIn(Command):
    """Either an offer (`slot_id`), or a technician and a window."""

    slot_id: SlotId | None = None
    technician_id: IdText | None = None
    start: MomentIn | None = None
    end: MomentIn | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        window = (self.technician_id, self.start, self.end)
        offered = self.slot_id is not None and window == (None, None, None)
        by_hand = self.slot_id is None and None not in window
        if not (offered or by_hand):
            message = "give slot_id, or technician_id, start and end"
            raise ValueError(message)
        return self

    def choice(self) -> Choice:
        """As the use case takes it."""
        if self.slot_id is not None:
            return ChosenSlot(self.slot_id)
        if self.technician_id is None or self.start is None or self.end is None:
            raise ValueError(self)
        return ChosenWindow(self.technician_id, Window(self.start, self.end))


class VisitIn(PlaceIn):
    """Book a visit for a request."""

    visit_request_id: IdText


class ReleaseIn(Command):
    """Why a held visit may go on."""

    note: Line


class QuoteAcceptanceIn(Command):
    """The total the customer accepts, in yen with tax included, and who."""

    total: Annotated[int, Field(ge=0, le=100_000_000, strict=True, examples=[18040])]
    accepted_by: Line


class QuoteChangeIn(Command):
    """What is to be done instead; needs a new acceptance."""

    items: Items


class FailedDeviceIn(Command):
    """The device at fault."""

    kind: Code | None = None
    maker: Line | None = None
    model: Line | None = None
    serial: Line | None = None


class VerdictIn(Command):
    """What the visit found."""

    result: Annotated[Code, Field(description="isolated | not_isolated_on_site", examples=["isolated"])]
    cause: Annotated[Code | None, Field(examples=["device_fault"])] = None
    failed_device: FailedDeviceIn | None = None
    evidence: Prose

    def reported(self) -> ReportedVerdict:
        """As the domain takes it."""
        device = self.failed_device
        return ReportedVerdict(
            result=self.result,
            cause=self.cause,
            failed_device=FailedDevice(**device.model_dump()) if device else None,
            evidence=self.evidence,
        )


class SignatureIn(Command):
    """Who signed, and the signature as a PNG picture."""

    name: Line
    image_png_base64: ImageText

    def signature(self) -> Signature:
        """As the domain takes it; raises `SignatureUnreadable`."""
        return read_signature(self.name, self.image_png_base64)


class CompletionIn(Command):
    """Isolation visits bring their verdict; every visit is signed."""

    verdict: VerdictIn | None = None
    signature: SignatureIn | None = None
    work: Prose | None = None


class FailureIn(Command):
    """Why it came to nothing. `through_us` is asked for `other`: whether it was our doing."""

    reason: FailureReason
    through_us: bool = True
    note: Line | None = None


class AddressOut(Answer):
    """Where the visit goes."""

    postal_code: str
    prefecture: str
    city: str
    street: str
    building: str | None


class FindingOut(Answer):
    """What an isolation visit found."""

    result: str
    cause: str | None
    failed_device_kind: str | None
    failed_device_maker: str | None
    failed_device_model: str | None
    failed_device_serial: str | None
    evidence: str


class VisitOut(Answer):
    """A visit. `right` is what became of the isolation right of `right_fee_month`."""

    id: str
    visit_request_id: str
    inquiry_id: str | None
    contract_id: str
    purpose: str
    status: str
    technician_id: str
    start: Moment
    end: Moment
    address_id: str | None
    address: AddressOut | None = None
    right: str | None
    right_fee_month: str | None
    quote: QuoteOut | None
    accepted_total: int | None
    on_hold: bool
    hold_reasons: list[str]
    flags: list[str]
    finding: FindingOut | None
    work: str | None
    failure: str | None
    reason: str | None
    booked_at: Moment
    departed_at: Moment | None
    arrived_at: Moment | None
    ended_at: Moment | None
    version: int

    @classmethod
    def of(cls, visit: Visit, address: AddressChanged | None = None) -> VisitOut:
        """From the domain, with the address when it is to be shown."""
        return cls(
            id=visit.id,
            visit_request_id=visit.request_id,
            inquiry_id=visit.inquiry_id,
            contract_id=visit.contract_id,
            purpose=visit.purpose,
            status=visit.status,
            technician_id=visit.technician_id,
            start=visit.window.start,
            end=visit.window.end,
            address_id=visit.address_id,
            address=AddressOut.model_validate(address) if address else None,
            right=visit.right,
            right_fee_month=visit.right_fee_month,
            quote=QuoteOut.of(visit.quote) if visit.quote else None,
            accepted_total=visit.acceptance.total if visit.acceptance else None,
            on_hold=visit.on_hold,
            hold_reasons=list(visit.hold_reasons),
            flags=list(visit.flags),
            finding=_finding(visit.finding),
            work=visit.work,
            failure=visit.failure,
            reason=visit.reason,
            booked_at=visit.booked_at,
            departed_at=visit.departed_at,
            arrived_at=visit.arrived_at,
            ended_at=visit.ended_at,
            version=visit.version,
        )


def _finding(finding: Finding | None) -> FindingOut | None:
    return FindingOut.model_validate(finding) if finding else None


class SignatureOut(Answer):
    """The customer's signature."""

    name: str
    image_png_base64: str
    signed_at: Moment

    @classmethod
    def of(cls, signed: Signed) -> SignatureOut:
        """From storage."""
        image = b64encode(signed.signature.image_png).decode()
        return cls(name=signed.signature.name, image_png_base64=image, signed_at=signed.signed_at)


class StepOut(Answer):
    """One step of a visit: the rules that were judged, by which inputs, and the event that tells it."""

    at: Moment
    actor: str
    event: str
    event_id: str
    sequence: int
    rule_ids: list[str]
    inputs: Mapping[str, Any]

    @classmethod
    def of(cls, entry: JournalEntry) -> StepOut:
        """From storage."""
        return cls(
            at=entry.at,
            actor=entry.actor,
            event=entry.event,
            event_id=entry.event_id,
            sequence=entry.version,
            rule_ids=list(entry.rule_ids),
            inputs=entry.inputs,
        )


class WhyOut(Answer):
    """Why a visit is as it is."""

    visit_id: str
    status: str
    charge_id: str | None
    steps: list[StepOut]
