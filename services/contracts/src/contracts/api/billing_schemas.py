"""Closings and statements on the wire."""

from __future__ import annotations

from datetime import date
from typing import Any

from common.http import Answer, Moment
from contracts.domain.statements import Statement, StatementLine


class StatementLineOut(Answer):
    """A line: tax-included yen, the month of the service, the rules and the event that caused it."""

    position: int
    kind: str
    code: str
    name_ja: str
    name_en: str
    amount: int
    tax_rate: int
    service_month: str
    rule_ids: list[str]
    event_id: str | None


class TaxRateOut(Answer):
    """What was charged at one rate, and the tax contained in it."""

    rate: int
    total: int
    tax: int


class StatementOut(Answer):
    """A closed statement; it never changes."""

    id: str
    kind: str
    contract_id: str
    subscriber_id: str
    fee_month: str
    first_day: date
    last_day: date
    lines: list[StatementLineOut]
    total: int
    tax: int
    tax_rates: list[TaxRateOut]
    closed_at: Moment
    closed_by: str
    rule_ids: list[str]

    @classmethod
    def of(cls, statement: Statement) -> StatementOut:
        """As shown."""
        return cls(
            id=statement.id,
            kind=statement.kind,
            contract_id=statement.contract_id,
            subscriber_id=statement.subscriber_id,
            fee_month=statement.fee_month,
            first_day=statement.first_day,
            last_day=statement.last_day,
            lines=[StatementLineOut.model_validate(line) for line in statement.lines],
            total=statement.total,
            tax=statement.tax,
            tax_rates=[TaxRateOut.model_validate(rate) for rate in statement.tax_rates],
            closed_at=statement.closed_at,
            closed_by=statement.closed_by,
            rule_ids=["R-INVOICE", "R-FEE-MONTH"],
        )


class ClosingOut(Answer):
    """The statement of the month; the same one however often it is asked for."""

    statement_id: str
    contract_id: str
    fee_month: str
    total: int
    tax: int

    @classmethod
    def of(cls, statement: Statement) -> ClosingOut:
        """As shown."""
        return cls(
            statement_id=statement.id,
            contract_id=statement.contract_id,
            fee_month=statement.fee_month,
            total=statement.total,
            tax=statement.tax,
        )


class LineWhyOut(Answer):
    """Why a line is there: which rules, which inputs, which event."""

    position: int
    code: str
    amount: int
    rule_ids: list[str]
    event_id: str | None
    charge_id: str | None
    why: dict[str, Any]

    @classmethod
    def of(cls, line: StatementLine) -> LineWhyOut:
        """As shown."""
        return cls.model_validate(line)


class StatementWhyOut(Answer):
    """Why a statement is what it is."""

    statement_id: str
    total: int
    tax: int
    rule_ids: list[str]
    tax_rates: list[TaxRateOut]
    lines: list[LineWhyOut]

    @classmethod
    def of(cls, statement: Statement) -> StatementWhyOut:
        """As shown."""
        return cls(
            statement_id=statement.id,
            total=statement.total,
            tax=statement.tax,
            rule_ids=["R-INVOICE"],
            tax_rates=[TaxRateOut.model_validate(rate) for rate in statement.tax_rates],
            lines=[LineWhyOut.of(line) for line in statement.lines],
        )
