"""Which inquiries are an outage's, one inquiry at a time: at its acceptance or afterwards."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from common.db import Tx
from common.errors import Forbidden, Refused
from common.ids import new_id
from helpdesk.domain import outages as domain
from helpdesk.domain.inquiry import Inquiry
from helpdesk.storage import outages
from helpdesk.usecases.accept_inquiry import Accepted, AcceptInquiry, accept_inquiry
from helpdesk.usecases.keep_outages import read_outage
from helpdesk.usecases.recording import record, taken_up


async def link_inquiry(outage_id: str, inquiry_id: str, tx: Tx, now: datetime) -> Inquiry | None:
    """Link it, also when the outage is over; None: it was linked already.

    Raises `OutageUnknown`, `InquiryUnknown`, `InquiryOfAnotherOutage`, `WrongState`.
    """
    await read_outage(outage_id, tx)
    inquiry = await taken_up(tx, inquiry_id)
    step = domain.link(inquiry, outage_id, linked_to=await outages.outage_of(tx, inquiry.id), actor=tx.actor)
    if step is None:
        return None
    await outages.add_link(tx, new_id("olk"), outage_id, inquiry, now)
    return await record(tx, inquiry, step, now)


async def unlink_inquiry(outage_id: str, inquiry_id: str, tx: Tx, now: datetime) -> Inquiry | None:
    """It is not this outage's after all; None: it was not anyway. Raises `OutageUnknown`, `InquiryUnknown`."""
    await read_outage(outage_id, tx)
    inquiry = await taken_up(tx, inquiry_id)
    step = domain.unlink(inquiry, outage_id, linked_to=await outages.outage_of(tx, inquiry.id), actor=tx.actor)
    if step is None:
        return None
    await outages.end_link(tx, inquiry.id, now)
    return await record(tx, inquiry, step, now)


async def accept_for_outage(command: AcceptInquiry, outage_id: str, tx: Tx, now: datetime) -> Accepted | Refused:
    """Accept an inquiry as this outage's, in one transaction; whose it is, the house says.

    Raises `OutageUnknown`, `Forbidden` for a tenant, and what `accept_inquiry` raises.
    """
    if tx.partner is not None:
        raise Forbidden(reason="outages are linked by the house")
    await read_outage(outage_id, tx)
    accepted = await accept_inquiry(command, tx, now)
    if isinstance(accepted, Refused):
        return accepted
    linked = await link_inquiry(outage_id, accepted.inquiry.id, tx, now)
    return replace(accepted, inquiry=linked or accepted.inquiry)
