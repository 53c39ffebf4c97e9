"""What this service makes of the other services' events: usage as it is told, charges onto statements."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from common.civil import jst_day
from common.consuming import Handlers
from common.db import Tx
from common.events.base import EventData, Received
from common.events.dispatch import (
    ChargeRaised,
    VisitBooked,
    VisitCancelled,
    VisitCompleted,
    VisitData,
    VisitFailed,
    VisitRebooked,
)
from common.events.helpdesk import (
    InquiriesMerged,
    InquiryAccepted,
    InquiryCountedAgain,
    InquiryMergeUndone,
    InquirySplit,
    InquiryUnitReturned,
    InquiryVoided,
)
from common.events.loaner import (
    LoanCancelled,
    LoanClosed,
    LoanData,
    LoanDelivered,
    LoanIssued,
    LoanLost,
    LoanOverdue,
    LoanRequested,
    LoanReserved,
    LoanReturned,
    LoanWaitlisted,
)
from common.events.mdm_gateway import DeviceEnrolled, DeviceUnenrolled
from contracts.storage import tables, usage
from contracts.usecases.take_charge import take_charge

_INQUIRY_OUTCOME: dict[type[EventData], str] = {
    InquiryAccepted: "accepted",
    InquirySplit: "accepted",
    InquiryVoided: "voided",
    InquiriesMerged: "merged",
    InquiryMergeUndone: "accepted",
    InquiryUnitReturned: "returned",
    InquiryCountedAgain: "accepted",
}
_VISIT_STATUS: dict[type[EventData], str] = {
    VisitBooked: "booked",
    VisitRebooked: "booked",
    VisitCancelled: "cancelled",
    VisitCompleted: "completed",
    VisitFailed: "failed",
}
_LOAN_STATUS: dict[type[EventData], str] = {
    LoanRequested: "requested",
    LoanWaitlisted: "waitlisted",
    LoanReserved: "reserved",
    LoanIssued: "shipped",
    LoanDelivered: "delivered",
    LoanOverdue: "overdue",
    LoanReturned: "returned",
    LoanClosed: "closed",
    LoanCancelled: "cancelled",
    LoanLost: "lost",
}


async def project_inquiry(event: Received[Any], tx: Tx, now: datetime) -> None:
    """An inquiry took a unit of a fee month, or gave it back to the month it came from (R-QUOTA-COUNT)."""
    data = event.data
    await usage.keep(
        tx,
        tables.usage_inquiry,
        {
            "inquiry_id": data.inquiry_id,
            "contract_id": data.contract_id,
            "partner": event.partner,
            "fee_month": data.fee_month,
            "units": max(0, data.units),
            "outcome": _INQUIRY_OUTCOME[type(data)],
        },
    )
    await _heard(event, data.contract_id, tx)


async def project_visit(event: Received[VisitData], tx: Tx, now: datetime) -> None:
    """A visit holds, uses or gives back the month's isolation right (R-ISOLATION-QUOTA)."""
    data = event.data
    row = {
        "contract_id": data.contract_id,
        "partner": event.partner,
        "purpose": data.purpose,
        "status": _VISIT_STATUS[type(data)],
        "right_state": data.right,
        "right_fee_month": data.right_fee_month,
    }
    day = _day_of(data)
    if day is None:
        await usage.change(tx, tables.usage_visit, data.visit_id, row)
    else:
        await usage.keep(tx, tables.usage_visit, {"visit_id": data.visit_id, **row, "day": day})
    await _heard(event, data.contract_id, tx)


async def project_loan(event: Received[LoanData], tx: Tx, now: datetime) -> None:
    """A loan is where it is."""
    data = event.data
    await usage.keep(
        tx,
        tables.usage_loan,
        {
            "loan_id": data.loan_id,
            "contract_id": data.contract_id,
            "partner": event.partner,
            "kind": data.kind,
            "status": _LOAN_STATUS[type(data)],
        },
    )
    await _heard(event, data.contract_id, tx)


async def project_device(event: Received[DeviceEnrolled] | Received[DeviceUnenrolled], tx: Tx, now: datetime) -> None:
    """A device holds a seat or gave it back (R-MDM-PLAN)."""
    data = event.data
    await usage.keep(
        tx,
        tables.usage_device,
        {
            "device_id": data.device_id,
            "contract_id": data.contract_id,
            "partner": event.partner,
            "enrolled": isinstance(data, DeviceEnrolled),
        },
    )
    await _heard(event, data.contract_id, tx)


def _day_of(visit: VisitData) -> date | None:
    """The day (JST) of the work, as far as this event says it."""
    match visit:
        case VisitBooked() | VisitRebooked():
            return jst_day(visit.start)
        case VisitCompleted():
            return jst_day(visit.completed_at)
        case _:
            return None


async def _heard(event: Received[Any], contract_id: str, tx: Tx) -> None:
    await usage.heard(tx, contract_id=contract_id, topic=event.data.topic, partner=event.partner, at=event.time)


PROJECTIONS: Handlers = {
    **dict.fromkeys(_INQUIRY_OUTCOME, project_inquiry),
    **dict.fromkeys(_VISIT_STATUS, project_visit),
    **dict.fromkeys(_LOAN_STATUS, project_loan),
    DeviceEnrolled: project_device,
    DeviceUnenrolled: project_device,
}
REACTIONS: Handlers = {ChargeRaised: take_charge}
PROJECTION_TABLES = ("usage_inquiry", "usage_visit", "usage_loan", "usage_device", "usage_known")
"""Tables that nothing but these handlers writes: they can be thrown away and built again."""
