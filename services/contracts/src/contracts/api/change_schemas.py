"""Corrections, lines, addresses, holders and partners on the wire."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import Field

from common.http import Answer, Code, Command, IdText, Moment, Prose
from contracts.api.contract_file_schemas import ConsentIn
from contracts.api.contract_schemas import LineIn
from contracts.api.subscriber_schemas import AddressIn, ContractAddressOut
from contracts.domain.contract import AddressTime, Fault
from contracts.usecases.change_line import ChangeLine
from contracts.usecases.complete_application import CompleteApplication
from contracts.usecases.move_contract import MoveContract, Moved
from contracts.usecases.pass_contract_on import Succeed


class FaultIn(Command):
    """A field of the application, and what is wrong with it in words."""

    field: Code
    note: Prose | None = None


class CorrectionIn(Command):
    """What an application lacks."""

    faults: Annotated[tuple[FaultIn, ...], Field(max_length=20)]

    def named(self) -> list[Fault]:
        """The faults."""
        return [Fault(field=fault.field, note=fault.note) for fault in self.faults]


class CompletionIn(Command):
    """What the applicant states anew; what is left out stays as it was."""

    plan_code: Code | None = None
    line: LineIn | None = None
    access_lines: Annotated[tuple[LineIn, ...], Field(max_length=20)] | None = None
    service_id: IdText | None = None
    contract_address: AddressIn | None = None
    start_on: date | None = None

    def command(self, contract_id: str) -> CompleteApplication:
        """The command; raises `PrefectureUnknown`."""
        return CompleteApplication(
            contract_id=contract_id,
            plan_code=self.plan_code,
            line=self.line.line() if self.line else None,
            access_lines=None if self.access_lines is None else tuple(line.line() for line in self.access_lines),
            service_id=self.service_id,
            contract_address=self.contract_address.address() if self.contract_address else None,
            start_on=self.start_on,
        )


class LineChangeIn(Command):
    """Why the line is another one (`relocation`, `diversion`, `carrier_change`), and which.

    A Light contract names its `line`, a Standard one its `access_lines`. `line_reviewed`: a person found it fit.
    """

    change: Annotated[Code, Field(examples=["relocation"])]
    line: LineIn | None = None
    access_lines: Annotated[tuple[LineIn, ...], Field(max_length=20)] | None = None
    line_reviewed: bool = False
    reason: Prose | None = None

    def command(self, contract_id: str) -> ChangeLine:
        """The command."""
        return ChangeLine(
            contract_id=contract_id,
            change=self.change,
            line=self.line.line() if self.line else None,
            access_lines=None if self.access_lines is None else tuple(line.line() for line in self.access_lines),
            line_reviewed=self.line_reviewed,
            reason=self.reason,
        )


class LineCancellationIn(Command):
    """Why the line is gone."""

    reason: Prose


class AddressChangeIn(Command):
    """The new contract address, from a day (JST) on: today or later."""

    contract_address: AddressIn
    effective_on: date
    reason: Prose | None = None

    def command(self, contract_id: str) -> MoveContract:
        """The command; raises `PrefectureUnknown`."""
        return MoveContract(
            contract_id=contract_id,
            address=self.contract_address.address(),
            effective_on=self.effective_on,
            reason=self.reason,
        )


class AddressPeriodOut(ContractAddressOut):
    """A contract address and when it is one."""

    starts_at: Moment
    ends_at: Moment | None

    @classmethod
    def of(cls, held: AddressTime) -> AddressPeriodOut:
        """As shown."""
        return cls(**ContractAddressOut.of(held).model_dump(), starts_at=held.starts, ends_at=held.ends)


class AffectedOut(Answer):
    """Booked visits from that day on and loans that have not left, as far as they were heard of by `known_up_to`."""

    visit_ids: list[str]
    loan_ids: list[str]
    known_up_to: Moment | None


class AddressChangeOut(Answer):
    """A change of the contract address, and what is judged again because of it (R-ADDRESS)."""

    contract_id: str
    address: AddressPeriodOut
    affected: AffectedOut
    rule_ids: list[str]

    @classmethod
    def of(cls, moved: Moved) -> AddressChangeOut:
        """As shown."""
        affected = moved.affected
        return cls(
            contract_id=moved.contract.id,
            address=AddressPeriodOut.of(moved.address),
            affected=AffectedOut(
                visit_ids=list(affected.visits), loan_ids=list(affected.loans), known_up_to=affected.known_up_to
            ),
            rule_ids=["R-ADDRESS"],
        )


class SuccessionIn(Command):
    """Who takes the contract over, and the consents of the new holder (R-CONSENT)."""

    subscriber_id: IdText
    consents: Annotated[tuple[ConsentIn, ...], Field(max_length=20)] = ()
    partner: IdText | None = None
    reason: Prose | None = None

    def command(self, contract_id: str) -> Succeed:
        """The command."""
        return Succeed(
            contract_id=contract_id,
            subscriber_id=self.subscriber_id,
            consents=tuple(consent.command(contract_id) for consent in self.consents),
            partner=self.partner,
            reason=self.reason,
        )


class PartnerChangeIn(Command):
    """The partner that looks after the subscriber from now on; null: the house. Why."""

    partner: IdText | None
    reason: Prose
