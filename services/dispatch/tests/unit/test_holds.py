"""A promise whose ground is gone is held or flagged, never dropped."""

from __future__ import annotations

from typing import Any

import pytest

from common.errors import WrongState
from common.events.dispatch import VisitFlagged, VisitHeld, VisitReleased
from dispatch.domain.cases import CaseStatus, HoldReason, hold_reasons
from dispatch.domain.holds import judge_again, release
from dispatch.domain.refusals import VisitOnHold
from dispatch.domain.requests import RequestStatus, VisitRequest, cancel, hold
from dispatch.domain.visits import VisitStatus, depart
from dispatch.domain.workforce import Purpose
from dispatch.testing import CONTRACT, INQUIRY, REQUEST, a_case, a_visit, at

NOW = at("2026-06-01 12:00")
SUPERSEDED = frozenset({"evidence_superseded"})


def a_request(**over: Any) -> VisitRequest:
    values: dict[str, Any] = {
        "id": REQUEST,
        "contract_id": CONTRACT,
        "partner": None,
        "purpose": Purpose.ISOLATION,
        "status": RequestStatus.OPEN,
        "created_at": NOW,
        "inquiry_id": INQUIRY,
    }
    return VisitRequest(**values | over)


@pytest.mark.rule("R-ISOLATION-EVIDENCE")
@pytest.mark.parametrize(
    ("case", "reasons"),
    [
        ({}, set()),
        ({"verdict_result": "isolated"}, {HoldReason.EVIDENCE_SUPERSEDED}),
        ({"status": CaseStatus.VOIDED}, {HoldReason.CASE_VOIDED}),
        ({"status": CaseStatus.CLOSED}, {HoldReason.CASE_CLOSED}),
        ({"site": "telework"}, {HoldReason.TELEWORK_SITE}),
    ],
)
def test_what_speaks_against_a_promise(case: dict[str, Any], reasons: set[HoldReason]) -> None:
    assert hold_reasons(a_case(**case)) == reasons


@pytest.mark.rule("R-ISOLATION-EVIDENCE")
def test_before_departure_a_visit_is_held_and_cannot_depart() -> None:
    step = judge_again(a_visit(), SUPERSEDED, actor="op-sato")
    assert step is not None
    held, event = step
    assert isinstance(event, VisitHeld)
    assert event.reasons == ("evidence_superseded",)
    assert (held.status, held.on_hold, held.version) == (VisitStatus.BOOKED, True, 2)
    with pytest.raises(VisitOnHold):
        depart(held, now=NOW, actor="tech")


def test_nothing_happens_when_nothing_changes() -> None:
    assert judge_again(a_visit(), frozenset(), actor="a") is None
    held = a_visit(hold_reasons=("evidence_superseded",))
    assert judge_again(held, SUPERSEDED, actor="a") is None


def test_a_hold_ends_when_its_reason_does() -> None:
    step = judge_again(a_visit(hold_reasons=("evidence_superseded",)), frozenset(), actor="a")
    assert step is not None
    assert isinstance(step[1], VisitReleased)
    assert not step[0].on_hold


@pytest.mark.rule("R-ISOLATION-EVIDENCE")
@pytest.mark.parametrize("status", [VisitStatus.DEPARTED, VisitStatus.ARRIVED])
def test_once_under_way_a_visit_is_flagged_for_good(status: VisitStatus) -> None:
    step = judge_again(a_visit(status=status), SUPERSEDED, actor="a")
    assert step is not None
    flagged, event = step
    assert isinstance(event, VisitFlagged)
    assert (flagged.flags, flagged.status) == (("evidence_superseded",), status)
    assert judge_again(flagged, SUPERSEDED, actor="a") is None
    assert judge_again(flagged, frozenset(), actor="a") is None


@pytest.mark.parametrize("status", [VisitStatus.COMPLETED, VisitStatus.FAILED, VisitStatus.CANCELLED])
def test_what_is_over_stays_as_it_was(status: VisitStatus) -> None:
    assert judge_again(a_visit(status=status), SUPERSEDED, actor="a") is None


@pytest.mark.rule("R-ADDRESS")
def test_a_released_visit_goes_to_the_address_of_its_day() -> None:
    held = a_visit(hold_reasons=("address_moved",))
    after, _ = release(held, address_id="adr_new", actor="op-sato")
    assert (after.address_id, after.hold_reasons) == ("adr_new", ())
    with pytest.raises(WrongState):
        release(a_visit(), address_id="adr_new", actor="op-sato")


@pytest.mark.rule("R-ISOLATION-EVIDENCE")
def test_an_open_request_is_put_aside_and_taken_up_again() -> None:
    step = hold(a_request(), SUPERSEDED, actor="a")
    assert step is not None
    held, event = step
    assert (held.status, event.status, event.reason) == (RequestStatus.ON_HOLD, "on_hold", "evidence_superseded")
    assert hold(held, SUPERSEDED, actor="a") is None
    again = hold(held, frozenset(), actor="a")
    assert again is not None
    assert (again[0].status, again[0].hold_reasons, again[0].version) == (RequestStatus.OPEN, (), 3)


def test_a_booked_request_leaves_the_hold_to_its_visit() -> None:
    assert hold(a_request(status=RequestStatus.BOOKED), SUPERSEDED, actor="a") is None


@pytest.mark.parametrize("status", RequestStatus)
def test_only_a_request_without_a_visit_is_cancelled(status: RequestStatus) -> None:
    request = a_request(status=status)
    if status in {RequestStatus.OPEN, RequestStatus.ON_HOLD}:
        assert cancel(request, reason="solved", actor="a")[0].status is RequestStatus.CANCELLED
    else:
        with pytest.raises(WrongState):
            cancel(request, reason="solved", actor="a")
