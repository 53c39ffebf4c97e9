"""What the routes about loans take and answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, model_validator

from common.db import Record
from common.http import Answer, Code, Command, IdText, Line, Moment, MomentIn, Prose
from loaner.domain.lending import days_late_now
from loaner.domain.loan import Loan, LoanStatus
from loaner.domain.returning import Condition
from loaner.domain.terms import due_on
from loaner.usecases.explain_loan import Explanation
from loaner.usecases.label_loan import Label

_DAYS_READABLE = 1000


def _written(value: object) -> object:
    """Days are written, YYYY-MM-DD; a number is no day."""
    if not isinstance(value, str) or len(value) != len("YYYY-MM-DD"):
        message = "a day is written YYYY-MM-DD"
        raise ValueError(message)
    return value


Day = Annotated[date, BeforeValidator(_written)]
Days = Annotated[int, Field(strict=True, ge=1, le=_DAYS_READABLE)]


class LoanIn(Command):
    """A wish for a loaner. Without `days` it is lent for the longest term."""

    inquiry_id: IdText
    kind: Annotated[Code, Field(examples=["soho_router"])]
    wished_by: Annotated[Line | None, Field(description="Who of the customer wished for it.")] = None
    days: Annotated[Days | None, Field(examples=[14])] = None
    depot_id: Annotated[IdText | None, Field(description="From this depot; else the first with a unit.")] = None


class ShipmentIn(Command):
    """A parcel. `unit_id` is the scanned unit; without it the reserved one leaves."""

    unit_id: IdText | None = None
    carrier: Annotated[Line, Field(examples=["yamato"])]
    tracking_number: Annotated[Line, Field(examples=["1234-5678-9012"])]


class DeliveryIn(Command):
    """When the carrier handed it to the customer."""

    delivered_at: MomentIn


class ExtensionIn(Command):
    """Either `days`, so many days more than now, or `due_on`, the new last day in Japan."""

    days: Annotated[Days | None, Field(examples=[3])] = None
    due_on: Annotated[Day | None, Field(examples=["2026-06-15"])] = None

    @model_validator(mode="after")
    def _one_of_both(self) -> ExtensionIn:
        if (self.days is None) == (self.due_on is None):
            message = "give either days or due_on"
            raise ValueError(message)
        return self


class ReturnIn(Command):
    """When the customer handed it to the carrier, and when the depot received it."""

    handed_over_at: MomentIn
    received_at: MomentIn


class InspectionIn(Command):
    """The inspector's word, and the accessories that came back."""

    condition: Condition
    accessories: Annotated[tuple[Line, ...], Field(max_length=50, examples=[["ac_adapter"]])] = ()


class ReasonIn(Command):
    """Why."""

    reason: Prose


class HoldOut(Answer):
    """What no longer stands; before shipment the loan waits for it."""

    kept_from_shipping: bool
    since: Moment
    codes: Sequence[str]


class LoanOut(Answer):
    """A loan. `position` is its place on the waitlist now, where the caller may know it."""

    id: str
    status: LoanStatus
    inquiry_id: str
    contract_id: str
    kind: str
    days: int
    depot_id: str
    wished_by: str | None
    unit_id: str | None
    position: int | None
    hold: HoldOut | None
    requested_at: Moment
    carrier: str | None
    tracking_number: str | None
    shipped_at: Moment | None
    delivered_at: Moment | None
    due_at: Annotated[Moment | None, Field(description="The first instant that is too late.")]
    due_on: Annotated[date | None, Field(description="The last day of the loan, in Japan.")]
    days_late: int
    handed_over_at: Moment | None
    received_at: Moment | None
    condition: str | None
    missing_accessories: Sequence[str]
    ended_at: Moment | None
    end_reason: str | None
    version: int

    @classmethod
    def of(cls, loan: Loan, now: datetime, position: int | None = None) -> LoanOut:
        """The answer about a loan as it stands at `now`."""
        fields: dict[str, Any] = {name: getattr(loan, name) for name in _SAME}
        return cls(
            **fields,
            position=position,
            hold=_hold(loan),
            due_on=due_on(loan.due_at) if loan.due_at else None,
            days_late=days_late_now(loan, now),
        )


_SAME = tuple(set(LoanOut.model_fields) - {"position", "hold", "due_on", "days_late"})


def _hold(loan: Loan) -> HoldOut | None:
    if loan.hold_since is None:
        return None
    return HoldOut(kept_from_shipping=loan.held, since=loan.hold_since, codes=loan.hold_codes)


class WaitingOut(Answer):
    """A place on the waitlist of a depot and kind."""

    loan_id: str
    inquiry_id: str
    contract_id: str
    depot_id: str
    kind: str
    position: int
    number: Annotated[int | None, Field(description="Given once per depot and kind.")]
    requested_at: Moment
    hold: HoldOut | None

    @classmethod
    def of(cls, loan: Loan, position: int) -> WaitingOut:
        """One who waits."""
        return cls(
            loan_id=loan.id,
            inquiry_id=loan.inquiry_id,
            contract_id=loan.contract_id,
            depot_id=loan.depot_id,
            kind=loan.kind,
            position=position,
            number=loan.waitlist_number,
            requested_at=loan.requested_at,
            hold=_hold(loan),
        )


class StepOut(Answer):
    """A fact about the loan: its event, the rules it rests on and the inputs that were judged."""

    sequence: int
    event: str
    event_id: Annotated[str | None, Field(description="On the bus; absent until it is published.")]
    at: Moment
    actor: str
    rule_ids: Sequence[str]
    inputs: Mapping[str, Any]

    @classmethod
    def of(cls, step: Record, hidden: frozenset[str]) -> StepOut:
        """A step from its row, without the inputs that are `hidden`."""
        inputs = {name: value for name, value in step["body"].items() if name not in hidden}
        return cls(
            sequence=step["sequence"],
            event=step["event"],
            event_id=step["event_id"],
            at=step["at"],
            actor=step["actor"],
            rule_ids=step["body"]["rule_ids"],
            inputs=inputs,
        )


_NAMES = frozenset({"actor", "loan_id", "inquiry_id", "contract_id", "kind", "rule_ids"})
_OF_ALL = frozenset({"position"})  # how many of others wait is the house's knowledge


class WhyOut(Answer):
    """Which rules, which inputs, which events."""

    loan_id: str
    status: LoanStatus
    rule_ids: Sequence[str]
    evidence: Annotated[Mapping[str, Any], Field(description="The inputs it was granted with.")]
    hold: HoldOut | None
    steps: Sequence[StepOut]

    @classmethod
    def of(cls, found: Explanation, partner: str | None) -> WhyOut:
        """The answer from an explanation, as this tenant may know it (None: the house)."""
        hidden = _NAMES if partner is None else _NAMES | _OF_ALL
        return cls(
            loan_id=found.loan.id,
            status=found.loan.status,
            rule_ids=found.rule_ids,
            evidence=found.loan.evidence,
            hold=_hold(found.loan),
            steps=[StepOut.of(step, hidden) for step in found.steps],
        )


class LabelOut(Answer):
    """What stands on the parcel."""

    loan_id: str
    carrier: str | None
    tracking_number: str | None
    postal_code: str
    prefecture: str
    city: str
    street: str
    building: str | None

    @classmethod
    def of(cls, label: Label) -> LabelOut:
        """The answer from a label."""
        address = {name: label.address[name] for name in _ADDRESS}
        loan = label.loan
        return cls(loan_id=loan.id, carrier=loan.carrier, tracking_number=loan.tracking_number, **address)


_ADDRESS = ("postal_code", "prefecture", "city", "street", "building")


class LoanRefusalOut(Answer):
    """A refusal that was recorded."""

    id: str
    inquiry_id: str
    contract_id: str
    kind: str
    reasons: Sequence[Mapping[str, Any]]
    refused_at: Moment

    @classmethod
    def of(cls, row: Record) -> LoanRefusalOut:
        """The answer from its row."""
        return cls(**{name: row[name] for name in cls.model_fields})
