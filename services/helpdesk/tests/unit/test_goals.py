"""Clocks of service goals: what counts, what was promised, what is told."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from common.entitlements import closed_days
from common.events.contracts import EntitlementsChanged, ServiceGoal, StatusPeriod
from helpdesk.domain.goals import Clock, Goal, GoalState, Judged, judge, together
from helpdesk.testing import BEGIN, MONDAY_10, calendar, closed_plan, entitlements, jst, light, standard

OFFERED = (
    ServiceGoal(plans=("light-anshin-1",), resolution_minutes=540),
    ServiceGoal(plans=("standard-anshin-1",), resolution_minutes=270),
)


def a_clock(**over: Any) -> Clock:
    fields: dict[str, Any] = {
        "id": "inq_a/resolution",
        "goal": Goal.RESOLUTION,
        "state": GoalState.RUNNING,
        "contract_id": "ctr_a",
        "partner": None,
        "inquiry_id": "inq_a",
        "callback_id": None,
        "began_at": MONDAY_10,
        "spans": ((MONDAY_10, None),),
        "promise": None,
        "at_risk_told": False,
        "breach_told": False,
    }
    return Clock(**{**fields, **over})


def judged(clock: Clock, state: EntitlementsChanged, at: Any = MONDAY_10, *, closed: tuple[date, ...] = ()) -> Judged:
    return judge(clock, state, closed_days(calendar(closed=closed)), OFFERED, at)


@pytest.mark.rule("R-HOURS-SUPPORT", "R-CLOSED-DAYS")
def test_a_goal_is_due_when_its_minutes_of_opening_hours_are_used_up() -> None:
    found = judged(a_clock(), entitlements())
    assert (found.at_risk_at, found.due_at, found.judge_at) == (jst(6, 1, 17, 12), jst(6, 2, 10), jst(6, 1, 17, 12))
    assert judged(a_clock(), entitlements(), closed=(date(2026, 6, 2),)).due_at == jst(6, 3, 10)


def test_what_was_in_force_when_it_came_in_is_promised_and_hours_are_those_of_each_instant() -> None:
    plans = (light(to=jst(6, 1, 12)), standard(**{"from": jst(6, 1, 12)}))
    assert judged(a_clock(), entitlements(plan_periods=plans)).due_at == jst(6, 2, 10)
    statuses = [
        ("active", BEGIN, jst(6, 1, 15)),
        ("suspended", jst(6, 1, 15), jst(6, 3, 9)),
        ("active", jst(6, 3, 9), None),
    ]
    periods = tuple(
        StatusPeriod.model_validate({"status": status, "from": since, "to": until}) for status, since, until in statuses
    )
    suspended = entitlements(status_periods=periods)
    assert judged(a_clock(), suspended).due_at == jst(6, 3, 13), "nobody is there for a suspended contract"


def test_nothing_is_promised_where_no_plan_says_so() -> None:
    assert judged(a_clock(), entitlements(closed_plan())) == Judged()
    assert judged(a_clock(goal=Goal.CALLBACK), entitlements()) == Judged()
    assert judged(a_clock(state=GoalState.WITHDRAWN, spans=()), entitlements()) == Judged()


def test_while_the_customer_is_waited_for_nothing_is_due() -> None:
    paused = a_clock(state=GoalState.PAUSED, spans=((MONDAY_10, jst(6, 1, 12)),))
    found = judged(paused, entitlements(), jst(6, 10))
    assert (found.due_at, found.spent, found.judge_at) == (None, timedelta(hours=2), None)


def test_what_is_done_is_judged_by_its_own_time_however_late() -> None:
    done = a_clock(state=GoalState.ENDED, spans=((MONDAY_10, jst(6, 1, 17, 30)),))
    found = judged(done, entitlements(), jst(6, 20))
    assert (found.tell_at_risk, found.tell_breach, found.due_at) == (True, False, jst(6, 2, 10))
    assert (found.ended_at, found.spent) == (jst(6, 1, 17, 30), timedelta(hours=7, minutes=30))


def test_a_goal_that_ended_as_it_began_is_kept() -> None:
    found = judged(a_clock(state=GoalState.ENDED, spans=()), entitlements(), jst(6, 20))
    assert (found.ended_at, found.spent, found.tell_at_risk) == (MONDAY_10, timedelta(0), False)


def test_the_clocks_of_merged_cases_run_together_once() -> None:
    ten, eleven, twelve, one = (jst(6, 1, hour) for hour in (10, 11, 12, 13))
    assert together([[(eleven, one)], [(ten, twelve)], [(jst(6, 2, 9), None)]]) == ((ten, one), (jst(6, 2, 9), None))
    assert together([[(ten, None)], [(eleven, twelve)]]) == ((ten, None),)
