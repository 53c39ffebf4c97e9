"""The outage is over, and so is a case that was its."""

from __future__ import annotations

from datetime import datetime

from common.db import Tx
from helpdesk.domain.inquiry import Inquiry, InquiryStatus
from helpdesk.domain.outage_refusals import InquiryNotLinked, OutageGoesOn
from helpdesk.domain.outages import OutageStatus
from helpdesk.storage import outages
from helpdesk.usecases.keep_outages import read_outage
from helpdesk.usecases.recording import taken_up
from helpdesk.usecases.resolve_inquiry import ResolveInquiry, resolve_inquiry

_ENDED = frozenset({InquiryStatus.RESOLVED, InquiryStatus.CLOSED})


async def require_over(outage_id: str, tx: Tx) -> None:
    """Raise `OutageUnknown`, or `OutageGoesOn` unless the outage is over."""
    found = await read_outage(outage_id, tx)
    if found.status is not OutageStatus.RESOLVED:
        raise OutageGoesOn(outage_id=outage_id)


async def resolve_for_outage(outage_id: str, command: ResolveInquiry, tx: Tx, now: datetime) -> Inquiry | None:
    """Resolve a case of the outage; None: it was resolved or closed already.

    Raises `InquiryUnknown`, `InquiryNotLinked`, `WrongState`, `RemoteSessionRunning`.
    """
    inquiry = await taken_up(tx, command.inquiry_id)
    linked_to = await outages.outage_of(tx, inquiry.id)
    if linked_to != outage_id:
        raise InquiryNotLinked(outage_id=outage_id, linked_to=linked_to)
    return None if inquiry.status in _ENDED else await resolve_inquiry(command, tx, now)
