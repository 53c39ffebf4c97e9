"""A visit's states, and what becomes of the month's right."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from common.errors import WrongState
from common.events.dispatch import VisitBooked, VisitRebooked
from dispatch.domain.visits import (
    FailureReason,
    Right,
    Visit,
    VisitStatus,
    VisitStep,
    arrive,
    booked,
    cancel,
    complete,
    depart,
    fail,
    rebook,
)
from dispatch.testing import a_setup_visit, a_visit, at, window

NOW = at("2026-06-02 09:30")


def in_state(status: VisitStatus) -> Visit:
    ended = status in {VisitStatus.COMPLETED, VisitStatus.FAILED, VisitStatus.CANCELLED}
    return a_visit(status=status, right=Right.USED if ended else Right.HELD)


def absent(visit: Visit) -> VisitStep:
    return fail(visit, FailureReason.CUSTOMER_ABSENT, through_us=False, note=None, now=NOW, actor="t")


def unable(visit: Visit) -> VisitStep:
    return fail(visit, FailureReason.CREW_UNABLE, through_us=False, note=None, now=NOW, actor="t")


def called_off(visit: Visit) -> VisitStep:
    return cancel(visit, reason="no need", now=NOW, actor="t")


def departed(visit: Visit) -> VisitStep:
    return depart(visit, now=NOW, actor="t")


def arrived(visit: Visit) -> VisitStep:
    return arrive(visit, now=NOW, actor="t")


def completed(visit: Visit) -> VisitStep:
    return complete(visit, finding=None, work=None, now=NOW, actor="t")


def moved(visit: Visit) -> VisitStep:
    july = window("2026-07-02 10:00")
    return rebook(visit, july, technician_id="tec_2", address_id=None, right_fee_month="2026-07", actor="t")


STEPS: dict[Callable[[Visit], VisitStep], set[str]] = {
    departed: {"booked"},
    arrived: {"departed"},
    completed: {"arrived"},
    absent: {"departed", "arrived"},
    unable: {"booked", "departed", "arrived"},
    called_off: {"booked", "departed", "arrived"},
    moved: {"booked"},
}


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("status", VisitStatus)
def test_each_step_leads_from_its_states_only(step: Callable[[Visit], VisitStep], status: VisitStatus) -> None:
    visit = in_state(status)
    if status.value in STEPS[step]:
        after, event = step(visit)
        assert after.version == visit.version + 1
        assert event.visit_id == visit.id
    else:
        with pytest.raises(WrongState):
            step(visit)


@pytest.mark.rule("R-ISOLATION-QUOTA")
@pytest.mark.parametrize(
    ("step", "status", "right"),
    [
        (called_off, VisitStatus.BOOKED, Right.RETURNED),
        (called_off, VisitStatus.DEPARTED, Right.USED),
        (called_off, VisitStatus.ARRIVED, Right.USED),
        (absent, VisitStatus.ARRIVED, Right.USED),
        (unable, VisitStatus.BOOKED, Right.RETURNED),
        (unable, VisitStatus.ARRIVED, Right.RETURNED),
        (completed, VisitStatus.ARRIVED, Right.USED),
        (departed, VisitStatus.BOOKED, Right.HELD),
    ],
)
def test_what_becomes_of_the_months_right(
    step: Callable[[Visit], VisitStep], status: VisitStatus, right: Right
) -> None:
    after, event = step(in_state(status))
    assert after.right is right
    assert (event.right, event.right_fee_month) == (right.value, "2026-06")


@pytest.mark.rule("R-ISOLATION-QUOTA")
@pytest.mark.parametrize(("through_us", "right"), [(True, Right.RETURNED), (False, Right.USED)])
def test_another_failure_returns_the_right_when_it_was_our_doing(through_us: bool, right: Right) -> None:
    after, _ = fail(
        in_state(VisitStatus.DEPARTED), FailureReason.OTHER, through_us=through_us, note="rain", now=NOW, actor="t"
    )
    assert after.right is right


@pytest.mark.rule("R-ISOLATION-QUOTA")
def test_rebooking_moves_the_right_to_the_month_of_the_new_day() -> None:
    after, event = moved(a_visit())
    assert (after.right, after.right_fee_month) == (Right.HELD, "2026-07")
    assert isinstance(event, VisitRebooked)
    assert (event.right_fee_month, event.previous_right_fee_month) == ("2026-07", "2026-06")
    assert event.previous_start == at("2026-06-02 10:00")


def test_setup_visits_have_no_right_to_lose() -> None:
    after, event = called_off(a_setup_visit())
    assert (after.right, event.right) == (None, None)


def test_events_of_a_visit_belong_to_its_case_or_its_request() -> None:
    event = booked(a_visit(), actor="op-sato")
    assert isinstance(event, VisitBooked)
    fact = a_visit(partner="acme").fact(event, NOW)
    assert (fact.key, fact.correlation_id, fact.partner) == (a_visit().inquiry_id, a_visit().inquiry_id, "acme")
    setup = a_setup_visit()
    fact = setup.fact(booked(setup, actor="op-sato"), NOW)
    assert (fact.key, fact.correlation_id) == (setup.request_id, setup.contract_id)
    assert replace(setup, version=3).fact(event, NOW).sequence == 3
