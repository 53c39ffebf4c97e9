"""What other services' facts do here.

`PROJECTIONS` keep what was told; they are upserts and may be replayed. `REACTIONS` change this service's own cases.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from common.consumers import REVOCATIONS
from common.consuming import Handlers
from common.db import Tx
from common.events import contract_lifecycle as lifecycle
from common.events import contracts, dispatch, loaner, mdm_gateway
from common.events.base import EventData, Received
from helpdesk.domain.onsite import OnsiteStatus
from helpdesk.domain.verdicts import Finding
from helpdesk.storage import inquiries, tables, timeline, told, verdicts
from helpdesk.usecases.forget_subscriber import forget_subscriber
from helpdesk.usecases.learn_catalogue import learn_calendar, learn_part
from helpdesk.usecases.learn_entitlements import learn_entitlements
from helpdesk.usecases.record_visit_finding import RecordVisitFinding, failed_device, record_visit_finding

UNTOLD = "unknown"
"""Stands where a fact that came first does not say what an earlier one would have said."""

VISIT_STATUS: dict[type[EventData], str] = {
    dispatch.VisitBooked: "booked",
    dispatch.VisitRebooked: "booked",
    dispatch.VisitCancelled: "cancelled",
    dispatch.CrewDeparted: "departed",
    dispatch.CrewArrived: "arrived",
    dispatch.VisitCompleted: "completed",
    dispatch.VisitFailed: "failed",
}
VISIT_REMARKS: tuple[type[EventData], ...] = (
    dispatch.VisitHeld,
    dispatch.VisitReleased,
    dispatch.VisitFlagged,
    dispatch.SetupQuoteChanged,
    dispatch.SetupQuoteAccepted,
)
"""Facts about a visit after which it stands where it stood."""

LOAN_STATUS: dict[type[EventData], str] = {
    loaner.LoanRequested: "requested",
    loaner.LoanReserved: "reserved",
    loaner.LoanWaitlisted: "waitlisted",
    loaner.LoanIssued: "shipped",
    loaner.LoanDelivered: "delivered",
    loaner.LoanExtended: "delivered",
    loaner.LoanOverdue: "overdue",
    loaner.LoanReturned: "returned",
    loaner.LoanClosed: "closed",
    loaner.LoanCancelled: "cancelled",
    loaner.LoanLost: "lost",
}
STORY: tuple[type[EventData], ...] = (
    loaner.LoanDueSoon,
    loaner.LoanRefused,
    *(kind for kind in mdm_gateway.EVENTS if issubclass(kind, mdm_gateway.CommandData)),
)
"""Facts that change nothing on a screen but belong to the story of their case."""
OF_CONTRACT: tuple[type[EventData], ...] = (
    lifecycle.ContractSuspended,
    lifecycle.ContractResumed,
    lifecycle.ContractTerminationScheduled,
    lifecycle.ContractTerminated,
    lifecycle.PlanChanged,
    lifecycle.OptionAdded,
    lifecycle.OptionEnded,
    lifecycle.LineChanged,
    lifecycle.LineCancelled,
    lifecycle.ContractMoved,
    lifecycle.ContractSucceeded,
    lifecycle.ConsentRecorded,
)
"""Facts about a contract that whoever works on one of its cases must know."""


async def project_entitlements(event: Received[contracts.EntitlementsChanged], tx: Tx, now: datetime) -> None:
    """What a contract may use; the limits of its months move with it."""
    await learn_entitlements(event.data, tx, now, known_at=event.time)


async def project_catalogue(event: Received[contracts.CatalogueChanged], tx: Tx, now: datetime) -> None:
    """A part of the catalogue."""
    await learn_part(event.data, tx, now, known_at=event.time)


async def project_calendar(event: Received[contracts.CalendarChanged], tx: Tx, now: datetime) -> None:
    """The closed days."""
    await learn_calendar(event.data, tx, now, known_at=event.time)


async def project_subscriber(event: Received[contracts.SubscriberDirectoryChanged], tx: Tx, now: datetime) -> None:
    """Who a subscriber is."""
    row = {
        "id": event.data.subscriber_id,
        "name": event.data.name,
        "name_kana": event.data.name_kana,
        "phones": list(event.data.phones),
        "known_at": event.time,
    }
    await told.put(tx, tables.subscriber, row)


async def erase_subscriber(event: Received[contracts.SubscriberErased], tx: Tx, now: datetime) -> None:
    """Every copy of a subscriber's personal data goes."""
    await forget_subscriber(event.data.subscriber_id, tx)


async def project_visit_request(
    event: Received[dispatch.VisitRequested | dispatch.VisitRequestClosed], tx: Tx, now: datetime
) -> None:
    """A visit is wanted, put aside, or wanted no longer."""
    data = event.data
    wanted = isinstance(data, dispatch.VisitRequested)
    row = {
        "id": data.visit_request_id,
        "partner": await _partner(event, tx, data.contract_id),
        "contract_id": data.contract_id,
        "inquiry_id": data.inquiry_id,
        "purpose": data.purpose if isinstance(data, dispatch.VisitRequested) else UNTOLD,
        "status": data.status if isinstance(data, dispatch.VisitRequestClosed) else "open",
        "known_at": event.time,
    }
    await told.put(tx, tables.visit_request, row, only_if_new=frozenset() if wanted else frozenset({"purpose"}))
    await _tell(event, tx, data.inquiry_id, data.contract_id)


async def project_visit(event: Received[dispatch.VisitData], tx: Tx, now: datetime) -> None:
    """A step of a visit, or a remark on it, with the month's right."""
    data = event.data
    row: dict[str, Any] = {
        "id": data.visit_id,
        "partner": await _partner(event, tx, data.contract_id),
        "visit_request_id": data.visit_request_id,
        "contract_id": data.contract_id,
        "inquiry_id": data.inquiry_id,
        "purpose": data.purpose,
        "status": VISIT_STATUS.get(type(data), UNTOLD),
        "right": data.right,
        "right_fee_month": data.right_fee_month,
        "known_at": event.time,
    }
    if isinstance(data, dispatch.VisitBooked | dispatch.VisitRebooked):
        row |= {"planned_start": data.start, "planned_end": data.end}
    remark = type(data) not in VISIT_STATUS
    await told.put(tx, tables.visit, row, only_if_new=frozenset({"status"}) if remark else frozenset())
    await _tell(event, tx, data.inquiry_id, data.contract_id)


async def project_loan(event: Received[loaner.LoanData], tx: Tx, now: datetime) -> None:
    """A step of a loan."""
    data = event.data
    row: dict[str, Any] = {
        "id": data.loan_id,
        "partner": await _partner(event, tx, data.contract_id),
        "contract_id": data.contract_id,
        "inquiry_id": data.inquiry_id,
        "kind": data.kind,
        "status": LOAN_STATUS[type(data)],
        "known_at": event.time,
    }
    if isinstance(data, loaner.LoanDelivered | loaner.LoanExtended | loaner.LoanOverdue):
        row["due_at"] = data.due_at
    await told.put(tx, tables.loan, row)
    await _tell(event, tx, data.inquiry_id, data.contract_id)


async def project_loan_hold(event: Received[loaner.LoanHeld | loaner.LoanReleased], tx: Tx, now: datetime) -> None:
    """A loan is kept from shipping or may go on; where it stands does not change."""
    data = event.data
    row = {
        "id": data.loan_id,
        "partner": await _partner(event, tx, data.contract_id),
        "contract_id": data.contract_id,
        "inquiry_id": data.inquiry_id,
        "kind": data.kind,
        "status": UNTOLD,
        "held": data.held if isinstance(data, loaner.LoanHeld) else False,
        "known_at": event.time,
    }
    await told.put(tx, tables.loan, row, only_if_new=frozenset({"status"}))
    await _tell(event, tx, data.inquiry_id, data.contract_id)


async def project_device(
    event: Received[mdm_gateway.DeviceEnrolled | mdm_gateway.DeviceUnenrolled], tx: Tx, now: datetime
) -> None:
    """A device came under management or left it; either way it is no longer a lost one."""
    data = event.data
    row: dict[str, Any] = {
        "id": data.device_id,
        "partner": await _partner(event, tx, data.contract_id),
        "contract_id": data.contract_id,
        "enrolled": isinstance(data, mdm_gateway.DeviceEnrolled),
        "lost_report_id": None,
        "known_at": event.time,
    }
    if isinstance(data, mdm_gateway.DeviceEnrolled):
        row |= {"os": data.os, "os_version": data.os_version, "model": data.model}
    await told.put(tx, tables.device, row)


async def project_device_state(event: Received[mdm_gateway.DeviceStateReported], tx: Tx, now: datetime) -> None:
    """When a device last spoke."""
    data = event.data
    row = {
        "id": data.device_id,
        "partner": await _partner(event, tx, data.contract_id),
        "contract_id": data.contract_id,
        "reported_at": data.reported_at,
        "known_at": event.time,
    }
    await told.put(tx, tables.device, row)


async def project_lost_device(event: Received[mdm_gateway.LostDeviceReported], tx: Tx, now: datetime) -> None:
    """A device is lost and being locked."""
    data = event.data
    row = {
        "id": data.device_id,
        "partner": await _partner(event, tx, data.contract_id),
        "contract_id": data.contract_id,
        "lost_report_id": data.lost_report_id,
        "known_at": event.time,
    }
    await told.put(tx, tables.device, row)
    await _tell(event, tx, data.inquiry_id, data.contract_id)


async def tell(event: Received[Any], tx: Tx, now: datetime) -> None:
    """What only belongs to the story of its case, when it names one."""
    if event.data.contract_id is not None:
        await _tell(event, tx, event.data.inquiry_id, event.data.contract_id)


async def tell_open_cases(event: Received[lifecycle.LifecycleData], tx: Tx, now: datetime) -> None:
    """What happens to a contract belongs to the story of each of its cases that is open."""
    for case in await inquiries.open_of_contract(tx, event.data.contract_id):
        await timeline.tell(tx, event, inquiry_id=case.id, contract_id=case.contract_id)


async def take_visit_finding(event: Received[dispatch.VisitCompleted], tx: Tx, now: datetime) -> None:
    """The visit's finding becomes the case's verdict; the request it came from is done."""
    data = event.data
    if data.inquiry_id is None or data.purpose != "isolation":
        return
    if data.finding is not None:
        command = RecordVisitFinding(inquiry_id=data.inquiry_id, visit_id=data.visit_id, finding=_finding(data.finding))
        await record_visit_finding(command, tx, now)
    await verdicts.finish_request(tx, data.inquiry_id, OnsiteStatus.DONE)


def _finding(found: dispatch.Finding) -> Finding:
    return Finding(
        result=found.result,
        cause=found.cause,
        failed_device=failed_device(
            found.failed_device_kind,
            maker=found.failed_device_maker,
            model=found.failed_device_model,
            serial=found.failed_device_serial,
        ),
        evidence=found.evidence,
    )


async def end_onsite_request(event: Received[dispatch.VisitRequestClosed], tx: Tx, now: datetime) -> None:
    """A cancelled visit request frees its inquiry for another one; one put on hold still lives."""
    if event.data.inquiry_id is not None and event.data.status == "cancelled":
        await verdicts.finish_request(tx, event.data.inquiry_id, OnsiteStatus.CANCELLED)


async def _partner(event: Received[Any], tx: Tx, contract_id: str) -> str | None:
    """The tenant: by the contract as known here, else by the event."""
    return await told.tenant_of(tx, contract_id, otherwise=event.partner)


async def _tell(event: Received[Any], tx: Tx, inquiry_id: str | None, contract_id: str) -> None:
    if inquiry_id is not None:
        await timeline.tell(tx, event, inquiry_id=inquiry_id, contract_id=contract_id)


PROJECTIONS: Handlers = {
    **REVOCATIONS,
    contracts.EntitlementsChanged: project_entitlements,
    contracts.CatalogueChanged: project_catalogue,
    contracts.CalendarChanged: project_calendar,
    contracts.SubscriberDirectoryChanged: project_subscriber,
    contracts.SubscriberErased: erase_subscriber,
    dispatch.VisitRequested: project_visit_request,
    dispatch.VisitRequestClosed: project_visit_request,
    **dict.fromkeys((*VISIT_STATUS, *VISIT_REMARKS), project_visit),
    **dict.fromkeys(LOAN_STATUS, project_loan),
    loaner.LoanHeld: project_loan_hold,
    loaner.LoanReleased: project_loan_hold,
    mdm_gateway.DeviceEnrolled: project_device,
    mdm_gateway.DeviceUnenrolled: project_device,
    mdm_gateway.DeviceStateReported: project_device_state,
    mdm_gateway.LostDeviceReported: project_lost_device,
    **dict.fromkeys(STORY, tell),
    **dict.fromkeys(OF_CONTRACT, tell_open_cases),
}
REACTIONS: Handlers = {
    dispatch.VisitCompleted: take_visit_finding,
    dispatch.VisitRequestClosed: end_onsite_request,
}
PROJECTION_TABLES = (
    "entitlement",
    "catalogue_part",
    "subscriber",
    "visit_request",
    "visit",
    "loan",
    "device",
    "token_revocation",
)
"""Tables that nothing but these handlers writes: they can be thrown away and built again."""
