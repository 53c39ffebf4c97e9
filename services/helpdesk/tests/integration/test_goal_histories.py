"""Service goals through random histories: due times, and what is told, are those of a desk that counts minutes."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import AsyncIterator, Callable
from datetime import datetime
from typing import Any

import httpx
import pytest

from common.events.helpdesk_desk import ServiceGoalAtRisk, ServiceGoalBreached, ServiceGoalData
from common.testing import RunningService, running
from helpdesk.app import create_app
from helpdesk.settings import HelpdeskSettings
from helpdesk.testing import MONDAY_10, get, jst, tell_catalogue
from helpdesk.testing.goal_histories import GoalHistory, promises
from helpdesk.testing.slow_desk import minute

HISTORIES = int(os.environ.get("ANSHIN_GOAL_HISTORIES", "3"))
STEPS = 35
EVERYTHING = (
    "waiting", "resumption", "reopening", "merge", "merge-undo", "day", "plan", "extension", "sweeper", "reassigned",
)  # fmt: skip
TOLD = {"at_risk": ServiceGoalAtRisk, "breached": ServiceGoalBreached}


@pytest.fixture
async def suite(service_url: Callable[[str], str]) -> AsyncIterator[RunningService]:
    """Merges can be taken back for as long as a history lasts."""
    url = service_url("helpdesk")
    async with running(create_app, HelpdeskSettings, url=url, at=MONDAY_10, merge_undo_hours=9999) as service:
        await tell_catalogue(service)
        yield service


@pytest.mark.timeout(60 + 30 * HISTORIES)
@pytest.mark.rule("R-HOURS-SUPPORT", "R-HOURS-EXT", "R-CLOSED-DAYS")
async def test_goals_are_due_and_told_as_counting_minutes_says(
    suite: RunningService, operator: httpx.AsyncClient
) -> None:
    await suite.deliver(promises(), subject="service_goals", sequence=1, key="service_goals")
    done: Counter[str] = Counter()
    for seed in range(HISTORIES):
        suite.clock.move_to(jst(6, 1, 10))
        history = GoalHistory(suite, operator, seed)
        await history.begin()
        for _ in range(STEPS):
            await history.step()
            if not history.slow.down:
                await due_times_are_those_of_the_slow_desk(history, operator)
        if history.slow.down:
            history.slow.down = False
            await history.sweep()
        await each_was_told_once_and_within_a_minute(history)
        done += Counter(history.done)
    for step in EVERYTHING:
        assert done[step], f"no history had any {step}: {done}"
    assert done["told"], done


async def due_times_are_those_of_the_slow_desk(history: GoalHistory, operator: httpx.AsyncClient) -> None:
    shown = await get(operator, f"/service-goals?contract_id={history.contract_id}&limit=100")
    assert len(shown["items"]) == 2 * len(history.slow.cases)
    for line in shown["items"]:
        at_risk, due = history.slow.due(line["inquiry_id"], line["goal"])
        ended = history.slow.ended(line["inquiry_id"], line["goal"])
        expected = {"at_risk_at": at_risk, "due_at": due, "ended_at": ended}
        assert {name: minute_of(line[name]) for name in expected} == expected, (line, history.done)


async def each_was_told_once_and_within_a_minute(history: GoalHistory) -> None:
    for name, kind in TOLD.items():
        told = [event for event in await history.suite.published(kind) if of(event.data, history)]
        found = {event.subject: minute(event.time) for event in told}
        assert len(found) == len(told), "told twice"
        assert found == {goal: at for (goal, what), at in history.slow.told.items() if what == name}
        history.done["told"] = history.done.get("told", 0) + len(told)


def of(data: ServiceGoalData, history: GoalHistory) -> bool:
    return data.contract_id == history.contract_id


def minute_of(text: Any) -> int | None:
    return None if text is None else minute(datetime.fromisoformat(text))
