"""Contracts on the wire: applications, and the contract as it stands."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

from pydantic import Field

from common.civil import jst_day
from common.http import Answer, Code, Command, IdText, Moment, Prose
from common.http import Line as OneLine
from contracts.api.subscriber_schemas import AddressIn, ContractAddressOut
from contracts.domain.contract import Contract, in_force
from contracts.domain.lines import Line
from contracts.domain.plans import (
    Hours,
)
from contracts.storage.history import HistoryEntry
from contracts.usecases.apply_for_contract import ApplyForContract
from contracts.usecases.enter_legacy_contract import Entered, EnterLegacyContract, RecordedLimits


class LineIn(Command):
    """An Internet line. What kinds there are is the catalogue's to say."""

    kind: Code
    carrier: OneLine | None = None
    number: OneLine | None = None

    def line(self) -> Line:
        """The line."""
        return Line(kind=self.kind, carrier=self.carrier, number=self.number)


class LineOut(Answer):
    """An Internet line."""

    kind: str
    carrier: str | None
    number: str | None


class ContractIn(Command):
    """An application. Light plans name a `line`; Standard plans may name `access_lines` and a `service_id`."""

    subscriber_id: IdText
    plan_code: Code
    line: LineIn | None = None
    access_lines: Annotated[tuple[LineIn, ...], Field(max_length=20)] = ()
    contract_address: AddressIn | None = None
    start_on: date
    fee_month_start_day: Annotated[int, Field(ge=1, le=28)] = 1
    partner: IdText | None = None
    service_id: IdText | None = None

    def command(self) -> ApplyForContract:
        """The command; raises `PrefectureUnknown`."""
        return ApplyForContract(
            subscriber_id=self.subscriber_id,
            plan_code=self.plan_code,
            line=self.line.line() if self.line else None,
            access_lines=tuple(line.line() for line in self.access_lines),
            contract_address=self.contract_address.address() if self.contract_address else None,
            start_on=self.start_on,
            fee_month_start_day=self.fee_month_start_day,
            partner=self.partner,
            service_id=self.service_id,
        )


class HoursIn(Command):
    """Opening hours on ISO weekdays (1 = Monday), JST."""

    weekdays: Annotated[list[Annotated[int, Field(ge=1, le=7)]], Field(min_length=1, max_length=7)]
    opens: Annotated[str, Field(max_length=5, examples=["09:00"])]
    closes: Annotated[str, Field(max_length=5, examples=["18:00"])]

    def hours(self) -> Hours:
        """The hours; raises `OpeningHoursUnreadable`."""
        return Hours(weekdays=tuple(self.weekdays), opens=self.opens, closes=self.closes)


class RecordedLimitsIn(Command):
    """What an old contract may use; without `support_hours` the basic hours."""

    inquiry_limit: Annotated[int, Field(ge=0, le=10_000)]
    support_hours: Annotated[list[HoursIn], Field(max_length=14)] | None = None
    seats: Annotated[int, Field(ge=0, le=10_000)] | None = None
    setup_visit: bool = False

    def limits(self) -> RecordedLimits:
        """The limits; raises `OpeningHoursUnreadable`."""
        hours = None if self.support_hours is None else tuple(h.hours() for h in self.support_hours)
        return RecordedLimits(
            inquiry_limit=self.inquiry_limit,
            support_hours=hours or None,
            seats=self.seats,
            setup_visit=self.setup_visit,
        )


class LegacyContractIn(ContractIn):
    """A contract of a closed plan. Without `recorded_limits` it is imported for billing only."""

    legacy_number: IdText
    recorded_limits: RecordedLimitsIn | None = None

    def legacy(self) -> EnterLegacyContract:
        """The command; raises `PrefectureUnknown`, `OpeningHoursUnreadable`."""
        asked = self.command()
        return EnterLegacyContract(
            legacy_number=self.legacy_number,
            subscriber_id=asked.subscriber_id,
            plan_code=asked.plan_code,
            line=asked.line,
            access_lines=asked.access_lines,
            contract_address=asked.contract_address,
            start_on=asked.start_on,
            fee_month_start_day=asked.fee_month_start_day,
            partner=asked.partner,
            service_id=asked.service_id,
            limits=self.recorded_limits.limits() if self.recorded_limits else None,
        )


class ReasonIn(Command):
    """Why."""

    reason: Prose


class FaultOut(Answer):
    """What an application lacks."""

    field: str
    note: str | None


class ContractOut(Answer):
    """A contract as it stands now.

    `flags` name what a person should know: `limits_not_recorded`, `correction_pending`, `line_missing`. `corrections`
    are what a returned application lacks; `parked_until` is when a contract without a line is given up.
    """

    id: str
    version: int
    status: str
    partner: str | None
    subscriber_id: str
    plan_code: str
    family: str
    monthly_price: int
    line: LineOut | None
    service_id: str | None
    access_lines: list[LineOut]
    contract_address: ContractAddressOut | None
    start_on: date
    fee_month_start_day: int
    applied_at: Moment
    active_from: Moment | None
    ends_at: Moment | None
    next_plan_code: str | None
    next_plan_from: Moment | None
    legacy_number: str | None
    support_number: str | None
    parked_until: Moment | None
    corrections: list[FaultOut]
    flags: list[str]

    @classmethod
    def of(cls, contract: Contract, now: datetime) -> ContractOut:
        """As shown at `now`."""
        plan = contract.plan_at(now)
        address = in_force(contract.addresses, now)
        change = contract.scheduled_change
        return cls(
            id=contract.id,
            version=contract.version,
            status=contract.state(now).value,
            partner=contract.partner,
            subscriber_id=contract.subscriber_id,
            plan_code=plan.terms.code,
            family=plan.terms.family.value,
            monthly_price=plan.price,
            line=LineOut.model_validate(contract.line) if contract.line else None,
            service_id=contract.service_id,
            access_lines=[LineOut.model_validate(line) for line in contract.access_lines],
            contract_address=ContractAddressOut.of(address) if address else None,
            start_on=jst_day(contract.start),
            fee_month_start_day=contract.fee_month_start_day,
            applied_at=contract.applied_at,
            active_from=contract.active_from,
            ends_at=contract.ends_at,
            next_plan_code=change.to_plan if change else None,
            next_plan_from=change.effective_from if change else None,
            legacy_number=contract.legacy_number,
            support_number=contract.support_number,
            parked_until=contract.parked_until,
            corrections=[FaultOut.model_validate(f) for f in contract.correction.faults] if contract.correction else [],
            flags=_flags(contract, now),
        )


def _flags(contract: Contract, now: datetime) -> list[str]:
    found = {
        "limits_not_recorded": not contract.plan_at(now).terms.limits_recorded,
        "correction_pending": contract.correction is not None,
        "line_missing": contract.parked_until is not None,
    }
    return [flag for flag, holds in found.items() if holds]


class WarningOut(Answer):
    """Something about an import that a person may want to look at."""

    code: str
    start_on: date
    sold_to: date | None


class LegacyContractOut(ContractOut):
    """An imported contract."""

    warnings: list[WarningOut]

    @classmethod
    def entered(cls, entered: Entered, now: datetime) -> LegacyContractOut:
        """As shown at `now`."""
        shown = ContractOut.of(entered.contract, now)
        warnings = [WarningOut.model_validate(warning) for warning in entered.warnings]
        return cls(**dict(shown), warnings=warnings)


class HistoryEntryOut(Answer):
    """Who did what, when, why, from which request, and the events that were told of it."""

    id: str
    at: Moment
    actor: str
    request_id: str | None
    act: str
    reason: str | None
    details: dict[str, Any]
    event_ids: list[str]

    @classmethod
    def of(cls, entry: HistoryEntry) -> HistoryEntryOut:
        """As shown."""
        return cls(
            id=entry.id,
            at=entry.at,
            actor=entry.actor,
            request_id=entry.request_id,
            act=entry.act,
            reason=entry.details.get("reason"),
            details=dict(entry.details),
            event_ids=list(entry.event_ids),
        )
