"""What a contract used, built from the other services' events; each event delivered twice."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from common.events.base import EventData
from common.events.dispatch import VisitBooked, VisitCancelled, VisitCompleted, VisitFailed, VisitRebooked
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
from contracts.consumers import PROJECTIONS, REACTIONS
from contracts.testing import MONDAY_MORNING, Desk, jst


def inquiry(kind: Any, contract_id: str, n: int, **over: Any) -> EventData:
    """An event about inquiry `n` in June."""
    given = {
        "actor": "op-sato", "inquiry_id": f"inq_{n}", "contract_id": contract_id, "fee_month": "2026-06",
        "kind": "trouble", "channel": "phone", "site": "contract_address", "received_at": MONDAY_MORNING,
        "units": 1, "unit_source": "plan", "allowed": 5, "used": 1, "reason": "wrong",
        "target_inquiry_id": "inq_0", "source_inquiry_id": "inq_0",
    }  # fmt: skip
    return _built(kind, {**given, **over})


def visit(kind: Any, contract_id: str, n: int, **over: Any) -> EventData:
    """An event about visit `n` on 10 June."""
    given = {
        "actor": "op-sato", "visit_id": f"vis_{n}", "visit_request_id": f"vrq_{n}",
        "contract_id": contract_id,
        "purpose": "isolation", "right": "held", "right_fee_month": "2026-06", "technician_id": "tec_1",
        "start": jst(2026, 6, 10, 10), "end": jst(2026, 6, 10, 12), "previous_start": jst(2026, 6, 9, 10),
        "completed_at": jst(2026, 6, 10, 11), "reason": "other",
    }  # fmt: skip
    return _built(kind, {**given, **over})


def loan(event: Any, contract_id: str, n: int, **over: Any) -> EventData:
    """An event about loan `n`, of a router unless told otherwise."""
    at = MONDAY_MORNING
    given = {
        "actor": "op-sato", "loan_id": f"loan_{n}", "inquiry_id": "inq_1", "contract_id": contract_id,
        "kind": "soho_router", "days": 14, "unit_id": "unit_1", "position": 1, "carrier": "yamato",
        "tracking_number": "1", "shipped_at": at,
        "delivered_at": at, "due_at": at, "handed_over_at": at, "received_at": at, "days_late": 0,
        "condition": "good",
        "reason": "none",
    }  # fmt: skip
    return _built(event, {**given, **over})


def device(kind: Any, contract_id: str, n: int, **over: Any) -> EventData:
    """An event about device `n`."""
    given = {
        "actor": "agent", "device_id": f"dev_{n}", "contract_id": contract_id, "os": "android",
        "os_version": "16",
        "model": "Tab", "enrolment_generation": 1, "seats_used": 1, "seats": 3,
        "reason": "released_by_operator",
    }  # fmt: skip
    return _built(kind, {**given, **over})


def _built(kind: Any, given: dict[str, Any]) -> EventData:
    built: EventData = kind(**{name: value for name, value in given.items() if name in kind.model_fields})
    return built


async def usage(desk: Desk, contract_id: str, month: str = "2026-06") -> Any:
    return await desk.get(f"/contracts/{contract_id}/usage?fee_month={month}")


async def tell(desk: Desk, *events: EventData, subject: str) -> None:
    for sequence, event in enumerate(events, start=1):
        place: dict[str, Any] = {
            "subject": subject,
            "sequence": sequence,
            "key": subject,
            "event_id": f"evt_{subject}_{sequence}",
        }
        message = desk.suite.message(event, **place)
        await desk.suite.deliver_messages([message])
        await desk.suite.deliver_messages([message])


async def test_before_any_event_nothing_is_used_and_nothing_is_known(desk: Desk) -> None:
    contract = await desk.active()
    found = await usage(desk, contract["id"])
    assert (found["inquiries_allowed"], found["inquiries_used"], found["inquiries_remaining"]) == (5, 0, 5)
    assert (found["known_up_to"], found["heard"]) == (None, {})


@pytest.mark.rule("R-QUOTA-COUNT")
async def test_inquiries_count_once_and_come_back_to_the_month_they_were_taken_from(desk: Desk) -> None:
    contract_id = (await desk.active())["id"]
    await tell(desk, inquiry(InquiryAccepted, contract_id, 1), subject="inq_1")
    await tell(
        desk,
        inquiry(InquiryAccepted, contract_id, 2),
        inquiry(InquiryVoided, contract_id, 2, units=-1),
        subject="inq_2",
    )
    await tell(
        desk,
        inquiry(InquiryAccepted, contract_id, 3),
        inquiry(InquiriesMerged, contract_id, 3, units=-1),
        subject="inq_3",
    )
    undone = inquiry(InquiryMergeUndone, contract_id, 6, target_inquiry_id="inq_3", status="accepted")
    await tell(
        desk,
        inquiry(InquiryAccepted, contract_id, 6),
        inquiry(InquiriesMerged, contract_id, 6, units=-1),
        undone,
        subject="inq_6",
    )
    # Of an outage: the unit goes back and the case stays; what becomes of the case then moves no unit.
    over = {"reason": "an outage", "outage_id": "out_1", "target_inquiry_id": "inq_1", "status": "accepted"}
    of_outage = [
        inquiry(InquiryAccepted, contract_id, 7),
        inquiry(InquiryUnitReturned, contract_id, 7, units=-1, **over),
        inquiry(InquiriesMerged, contract_id, 7, units=0, **over),
        inquiry(InquiryMergeUndone, contract_id, 7, units=0, **over),
    ]
    await tell(desk, *of_outage, subject="inq_7")
    assert (await usage(desk, contract_id))["inquiries_used"] == 2
    await tell(desk, *of_outage, inquiry(InquiryCountedAgain, contract_id, 7, **over), subject="inq_7")
    assert (await usage(desk, contract_id))["inquiries_used"] == 3
    await tell(desk, *of_outage, subject="inq_7")
    await tell(desk, inquiry(InquirySplit, contract_id, 4), subject="inq_4")
    await tell(desk, inquiry(InquiryAccepted, contract_id, 5, fee_month="2026-07"), subject="inq_5")
    found = await usage(desk, contract_id)
    assert (found["inquiries_accepted"], found["inquiries_returned"], found["inquiries_used"]) == (6, 2, 4)
    assert found["inquiries_remaining"] == 1
    assert (await usage(desk, contract_id, "2026-07"))["inquiries_used"] == 1
    assert found["heard"] == {"helpdesk.cases.v1": "2026-06-01T10:00:00+09:00"}


@pytest.mark.rule("R-ISOLATION-QUOTA")
async def test_the_isolation_right_is_where_the_visit_has_it(desk: Desk) -> None:
    contract_id = (await desk.active())["id"]
    booked = visit(VisitBooked, contract_id, 1)
    moved = visit(VisitRebooked, contract_id, 1, right_fee_month="2026-07", start=jst(2026, 7, 3, 10))
    await tell(desk, booked, subject="vis_1")
    assert (await usage(desk, contract_id))["isolation_right"] == "held"
    await tell(desk, booked, moved, subject="vis_1")
    assert (await usage(desk, contract_id))["isolation_visits"] == 0
    done = visit(VisitCompleted, contract_id, 1, right="used", right_fee_month="2026-07")
    await tell(desk, booked, moved, done, subject="vis_1")
    july = await usage(desk, contract_id, "2026-07")
    assert (july["isolation_visits"], july["isolation_right"]) == (1, "used")
    await tell(
        desk,
        visit(VisitBooked, contract_id, 2),
        visit(VisitCancelled, contract_id, 2, right="returned"),
        subject="vis_2",
    )
    await tell(
        desk,
        visit(VisitBooked, contract_id, 3),
        visit(VisitFailed, contract_id, 3, right="returned"),
        subject="vis_3",
    )
    assert (await usage(desk, contract_id))["isolation_visits"] == 0


async def test_setup_visits_count_in_the_month_in_which_they_were_done(desk: Desk) -> None:
    contract_id = (await desk.active())["id"]
    plain = {"purpose": "setup", "right": None, "right_fee_month": None}
    await tell(
        desk,
        visit(VisitBooked, contract_id, 1, **plain),
        visit(VisitCompleted, contract_id, 1, **plain),
        subject="vis_1",
    )
    await tell(desk, visit(VisitBooked, contract_id, 2, **plain), subject="vis_2")
    assert [(await usage(desk, contract_id, month))["setup_visits"] for month in ("2026-06", "2026-07")] == [1, 0]


async def test_a_loan_is_open_until_it_is_back_lost_or_cancelled(desk: Desk) -> None:
    contract_id = (await desk.active())["id"]
    still = [LoanRequested, LoanWaitlisted, LoanReserved, LoanIssued, LoanDelivered, LoanOverdue]
    over = [LoanReturned, LoanClosed, LoanCancelled, LoanLost]
    for n, last in enumerate([*still, *over]):
        steps = loan(LoanRequested, contract_id, n), loan(last, contract_id, n, kind=last.__name__)
        await tell(desk, *steps, subject=f"loan_{n}")
    assert (await usage(desk, contract_id))["open_loans"] == sorted(kind.__name__ for kind in still)


async def test_devices_are_those_that_hold_a_seat(desk: Desk) -> None:
    contract_id = (await desk.active())["id"]
    await tell(desk, device(DeviceEnrolled, contract_id, 1), subject="dev_1")
    await tell(
        desk,
        device(DeviceEnrolled, contract_id, 2),
        device(DeviceUnenrolled, contract_id, 2),
        subject="dev_2",
    )
    assert (await usage(desk, contract_id))["devices"] == ["dev_1"]


async def test_known_up_to_is_the_time_of_the_last_event_not_of_its_arrival(desk: Desk) -> None:
    contract_id = (await desk.active())["id"]
    late = MONDAY_MORNING + timedelta(hours=2)
    await desk.hear(inquiry(InquiryAccepted, contract_id, 1), "inq_1", at=late)
    await desk.hear(inquiry(InquiryAccepted, contract_id, 2), "inq_2", at=MONDAY_MORNING)
    assert (await usage(desk, contract_id))["known_up_to"] == "2026-06-01T12:00:00+09:00"


async def test_events_about_a_contract_not_known_here_are_kept_not_refused(desk: Desk) -> None:
    await tell(desk, inquiry(InquiryAccepted, "ctr_0", 1), subject="inq_1")
    await desk.charge("ctr_0", day=date(2026, 6, 1))


async def test_a_partner_sees_the_usage_of_its_contract(desk: Desk) -> None:
    contract_id = (await desk.active(partner="mihon"))["id"]
    await desk.hear(inquiry(InquiryAccepted, contract_id, 1), "inq_1", partner="mihon")
    found = await desk.get(f"/contracts/{contract_id}/usage", partner="mihon")
    assert (found["inquiries_used"], len(found["heard"])) == (1, 1)


def test_every_event_that_is_handled_is_tried_here() -> None:
    tried = {
        InquiryAccepted, InquirySplit, InquiryVoided, InquiriesMerged, InquiryMergeUndone, InquiryUnitReturned,
        InquiryCountedAgain, VisitBooked, VisitRebooked, VisitCancelled, VisitCompleted, VisitFailed, LoanRequested,
        LoanWaitlisted, LoanReserved, LoanIssued, LoanDelivered, LoanOverdue, LoanReturned, LoanClosed, LoanCancelled,
        LoanLost, DeviceEnrolled, DeviceUnenrolled,
    }  # fmt: skip
    assert tried == set(PROJECTIONS)
    assert [kind.__name__ for kind in REACTIONS] == ["ChargeRaised"]
