"""A visit request: what is wanted, for which contract or case, and whether a visit lives for it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Literal

from common.errors import WrongState
from common.events.base import EventData, NewEvent
from common.events.dispatch import VisitRequestClosed, VisitRequested
from dispatch.domain.quotes import Quote
from dispatch.domain.workforce import Purpose


class RequestStatus(StrEnum):
    """States of a visit request."""

    OPEN = "open"
    BOOKED = "booked"
    ON_HOLD = "on_hold"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


LIVE = frozenset({RequestStatus.OPEN, RequestStatus.BOOKED, RequestStatus.ON_HOLD})
BOOKABLE = frozenset({RequestStatus.OPEN, RequestStatus.ON_HOLD})


@dataclass(frozen=True, kw_only=True)
class VisitRequest:
    """Someone wants a visit. Isolation requests belong to an inquiry and its verdict; setup requests carry a quote."""

    id: str
    contract_id: str
    partner: str | None
    purpose: Purpose
    status: RequestStatus
    created_at: datetime
    inquiry_id: str | None = None
    verdict_id: str | None = None
    suspected: str | None = None
    quote: Quote | None = None
    hold_reasons: tuple[str, ...] = ()
    reason: str | None = None
    version: int = 1

    @property
    def key(self) -> str:
        """What its events belong to: the case, without one the request itself."""
        return self.inquiry_id or self.id

    @property
    def menu_codes(self) -> frozenset[str]:
        """Ordered menu items."""
        return self.quote.menu_codes if self.quote else frozenset()

    def fact(self, data: EventData, now: datetime) -> NewEvent:
        """An event about this request at its present version."""
        return NewEvent(
            data=data,
            subject=self.id,
            sequence=self.version,
            key=self.key,
            time=now,
            partner=self.partner,
            correlation_id=self.inquiry_id or self.contract_id,
        )


def requested(request: VisitRequest, *, actor: str) -> VisitRequested:
    """The first event of a request."""
    return VisitRequested(
        actor=actor,
        visit_request_id=request.id,
        inquiry_id=request.inquiry_id,
        contract_id=request.contract_id,
        purpose=request.purpose.value,
        lines=request.quote.told if request.quote else (),
        total=request.quote.total if request.quote else None,
    )


def cancel(request: VisitRequest, *, reason: str, actor: str) -> tuple[VisitRequest, VisitRequestClosed]:
    """Nobody wants it any more. Raises `WrongState`; a booked visit is cancelled first."""
    if request.status not in BOOKABLE:
        raise WrongState(status=request.status, possible_from=sorted(BOOKABLE))
    return _moved(request, "cancelled", reason=reason, actor=actor)


def hold(
    request: VisitRequest, reasons: frozenset[str], *, actor: str
) -> tuple[VisitRequest, VisitRequestClosed] | None:
    """Put an open request aside, or take it up again, as `reasons` now stand (R-ISOLATION-EVIDENCE); None: no change.

    A booked request keeps its state: its visit carries the hold.
    """
    wanted = tuple(sorted(reasons))
    if request.status is RequestStatus.OPEN and wanted:
        held = replace(request, hold_reasons=wanted)
        return _moved(held, "on_hold", reason=", ".join(wanted), actor=actor)
    if request.status is RequestStatus.ON_HOLD and not wanted:
        released = replace(request, hold_reasons=())
        return _moved(released, "open", reason="evidence_stands", actor=actor)
    return None


def follow(request: VisitRequest, status: RequestStatus) -> VisitRequest:
    """The request after its visit was booked, completed or came to nothing; the visit's event tells it."""
    return replace(request, status=status, hold_reasons=(), version=request.version + 1)


def _moved(
    request: VisitRequest, status: Literal["cancelled", "on_hold", "open"], *, reason: str, actor: str
) -> tuple[VisitRequest, VisitRequestClosed]:
    after = replace(request, status=RequestStatus(status), reason=reason, version=request.version + 1)
    event = VisitRequestClosed(
        actor=actor,
        visit_request_id=request.id,
        inquiry_id=request.inquiry_id,
        contract_id=request.contract_id,
        status=status,
        reason=reason,
    )
    return after, event
