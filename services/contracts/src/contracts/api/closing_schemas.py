"""Closing runs and adjustments on the wire."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from common.http import Answer, Command, Line, Moment, MomentIn, Prose
from contracts.domain.adjustments import Adjustment
from contracts.domain.closing import ClosingFailure, ClosingRun
from contracts.usecases.adjust_statement import AdjustStatement

_MOST = 10_000_000


class ClosingRunIn(Command):
    """Close all fee months that ended at `until` (default: now) or earlier."""

    until: MomentIn | None = None


class ClosingRunOut(Answer):
    """A closing run and how far it is; `left` contracts have still a month to close (absent in lists)."""

    id: str
    status: str
    until: Moment
    automatic: bool
    started_at: Moment
    started_by: str
    finished_at: Moment | None
    statements: int
    total: int
    failures: int
    left: int | None
    version: int

    @classmethod
    def of(cls, run: ClosingRun, left: int | None = None) -> ClosingRunOut:
        """As shown."""
        return cls(
            id=run.id,
            status=run.status,
            until=run.until,
            automatic=run.automatic,
            started_at=run.started_at,
            started_by=run.started_by,
            finished_at=run.finished_at,
            statements=run.statements,
            total=run.total,
            failures=run.failures,
            left=left,
            version=run.version,
        )


class ClosingFailureOut(Answer):
    """A contract whose month could not be closed, and why; gone once it was."""

    id: str
    run_id: str
    fee_month: str
    at: Moment
    code: str
    why: str

    @classmethod
    def of(cls, failure: ClosingFailure) -> ClosingFailureOut:
        """As shown; `id` is the contract's."""
        return cls(
            id=failure.contract_id,
            run_id=failure.run_id,
            fee_month=failure.fee_month,
            at=failure.at,
            code=failure.code,
            why=failure.why,
        )


class AdjustmentIn(Command):
    """So many tax-included yen for the next statement; `text` is for the customer, `reason` for the house."""

    amount: Annotated[int, Field(strict=True, ge=-_MOST, le=_MOST, examples=[-1100])]
    text: Line
    reason: Prose
    tax_rate: Annotated[int | None, Field(strict=True, ge=0, le=100)] = None

    def command(self, contract_id: str) -> AdjustStatement:
        """What is asked for."""
        return AdjustStatement(contract_id=contract_id, **self.model_dump())


class AdjustmentOut(Answer):
    """An adjustment; `alone`: one person was enough."""

    id: str
    contract_id: str
    subscriber_id: str
    fee_month: str
    amount: int
    tax_rate: int
    text: str
    reason: str
    status: str
    alone: bool
    asked_by: str
    asked_at: Moment
    decided_by: str | None
    decided_at: Moment | None
    statement_id: str | None
    version: int
    rule_ids: list[str]

    @classmethod
    def of(cls, adjustment: Adjustment) -> AdjustmentOut:
        """As shown."""
        names = set(cls.model_fields) - {"rule_ids"}
        shown = {name: getattr(adjustment, name) for name in names}
        return cls(**shown, rule_ids=["R-ADJUSTMENT", "R-INVOICE"])
