"""What goes in and out about reports that are taken at any time."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from common.http import Answer, Command, Line, Moment
from helpdesk.domain.reports import KeptReport


class WithdrawalIn(Command):
    """Why it is not wanted any more."""

    reason: Line


class ReportOut(Answer):
    """A report as it stands; what became of it, once somebody was there."""

    id: str
    contract_id: str
    kind: str
    channel: str
    site: str
    summary: str
    status: Annotated[str, Field(description="reported | accepted | refused | withdrawn", examples=["reported"])]
    reported_at: Moment
    judge_at: Annotated[Moment | None, Field(description="When somebody will be there; null: it is over.")]
    inquiry_id: Annotated[str | None, Field(description="What it became.")]
    refusal_id: Annotated[str | None, Field(description="Under which its reasons are kept (GET /refusals/{id}).")]
    reason: str | None
    ended_at: Moment | None

    @classmethod
    def of(cls, report: KeptReport) -> ReportOut:
        """From the domain."""
        return ReportOut.model_validate(report)
