"""What is known of a case from helpdesk's events: its place, its latest verdict, whether it still stands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

DEVICE_FAULT = "device_fault"
ISOLATED = "isolated"
CONTRACT_ADDRESS = "contract_address"


class CaseStatus(StrEnum):
    """Where a case stands, as far as loans care."""

    OPEN = "open"
    CLOSED = "closed"
    VOIDED = "voided"
    MERGED = "merged"


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """The latest verdict of a case."""

    verdict_id: str
    result: str
    cause: str | None
    failed_device_kind: str | None
    site: str

    @property
    def is_device_fault(self) -> bool:
        """Whether it found a device at fault (R-LOAN-EVIDENCE)."""
        return self.result == ISOLATED and self.cause == DEVICE_FAULT


@dataclass(frozen=True, kw_only=True)
class Case:
    """An inquiry as projected here.

    For a merged inquiry `status`, `verdict` and `known_at` are those of the inquiry it became part of, where
    that has any: the fault goes on there. `known_at` is the time of the last projected event.
    """

    inquiry_id: str
    contract_id: str
    status: CaseStatus
    site: str | None
    verdict: Verdict | None
    known_at: datetime
    merged_into: str | None = None

    @property
    def telework_site(self) -> str | None:
        """The place of the fault when it is not the contract address (R-ADDRESS)."""
        sites = (self.site, self.verdict.site if self.verdict else None)
        return next((site for site in sites if site is not None and site != CONTRACT_ADDRESS), None)
