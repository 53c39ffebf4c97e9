"""Cases, verdicts, and what dispatch, loaner and mdm-gateway would tell about them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from common.events.dispatch import Finding as VisitFinding
from common.events.dispatch import VisitBooked, VisitCompleted, VisitData
from common.events.loaner import LoanData
from common.events.mdm_gateway import DeviceEnrolled
from helpdesk.domain.inquiry import Inquiry, InquiryKind, InquiryStatus, Site, UnitSource
from helpdesk.domain.verdicts import Origin, Result, Verdict
from helpdesk.testing.contracts_told import CONTRACT, MONDAY_10, SUBSCRIBER, jst


def an_inquiry(**over: Any) -> Inquiry:
    """A trouble at the contract address, just accepted with a unit of the plan."""
    fields: dict[str, Any] = {
        "id": "inq_a",
        "contract_id": CONTRACT,
        "subscriber_id": SUBSCRIBER,
        "partner": None,
        "status": InquiryStatus.ACCEPTED,
        "kind": InquiryKind.TROUBLE,
        "channel": "phone",
        "site": Site.CONTRACT_ADDRESS,
        "summary": "No Internet",
        "device_kind": "soho_router",
        "device_os": None,
        "suspected": None,
        "received_at": MONDAY_10,
        "fee_month": "2026-06",
        "unit_source": UnitSource.PLAN,
        "version": 2,
    }
    return Inquiry(**{**fields, **over})


def a_verdict(**over: Any) -> Verdict:
    """Phone and remote work could not locate the fault."""
    fields: dict[str, Any] = {
        "id": "vdt_a",
        "inquiry_id": "inq_a",
        "contract_id": CONTRACT,
        "partner": None,
        "result": Result.NOT_ISOLATED_REMOTELY,
        "cause": None,
        "failed_device": None,
        "evidence": "Rebooted everything, still dark.",
        "origin": Origin.REMOTE,
        "visit_id": None,
        "supersedes": None,
        "rests_on": {"triage": ["tri_a"]},
        "actor": "op-sato",
        "at": MONDAY_10 + timedelta(minutes=30),
    }
    return Verdict(**{**fields, **over})


def a_completed_visit(inquiry_id: str | None, *, visit_id: str = "vis_a", **finding: Any) -> VisitCompleted:
    """An isolation visit that found a broken router."""
    found = {
        "result": "isolated",
        "cause": "device_fault",
        "failed_device_kind": "soho_router",
        "evidence": "No power LED with a known good adapter.",
    }
    return VisitCompleted(
        actor="tech-ito",
        visit_id=visit_id,
        visit_request_id="vrq_a",
        inquiry_id=inquiry_id,
        contract_id=CONTRACT,
        purpose="isolation",
        right="used",
        right_fee_month="2026-06",
        finding=VisitFinding(**{**found, **finding}),
        completed_at=MONDAY_10,
    )


def a_visit(kind: type[VisitData], inquiry_id: str | None, **over: Any) -> VisitData:
    """A step of an isolation visit whose right of June is held."""
    fields: dict[str, Any] = {
        "actor": "op-dispatch",
        "visit_id": "vis_a",
        "visit_request_id": "vrq_a",
        "inquiry_id": inquiry_id,
        "contract_id": CONTRACT,
        "purpose": "isolation",
        "right": "held",
        "right_fee_month": "2026-06",
    }
    return kind(**{**fields, **over})


def a_booked_visit(inquiry_id: str | None, **over: Any) -> VisitData:
    """Tuesday, 13:00 to 15:00."""
    window = {"technician_id": "tec_a", "start": jst(6, 2, 13), "end": jst(6, 2, 15)}
    return a_visit(VisitBooked, inquiry_id, **{**window, **over})


def a_loan(kind: type[LoanData], inquiry_id: str, **over: Any) -> LoanData:
    """A step of the loan of a router."""
    fields: dict[str, Any] = {"actor": "op-depot", "loan_id": "loan_a", "inquiry_id": inquiry_id}
    return kind(**{**fields, "contract_id": CONTRACT, "kind": "soho_router", **over})


def an_enrolled_tablet(generation: int = 1) -> DeviceEnrolled:
    """An Android tablet that took a seat."""
    return DeviceEnrolled(
        actor="op-sato",
        device_id="dev_a",
        contract_id=CONTRACT,
        os="android",
        os_version="16",
        model="Tab A9",
        enrolment_generation=generation,
        seats_used=1,
        seats=3,
    )
