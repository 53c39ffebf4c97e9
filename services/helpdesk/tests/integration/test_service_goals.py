"""Service goals over the API: callbacks, lists by period, numbers, promises that change, who sees them."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from common.events.contracts import CatalogueChanged, ServiceGoal
from common.events.helpdesk_desk import ServiceGoalAtRisk, ServiceGoalBreached
from common.testing import RunningService
from helpdesk.testing import CONTRACT, accepted, entitlements, get, jst, light, post, since_begin, tell

JUNE = "from=2026-06-01T00:00:00%2B09:00&to=2026-07-01T00:00:00%2B09:00"


@pytest.fixture(autouse=True)
async def promises(suite: RunningService) -> None:
    await promise(suite, 1)


async def promise(suite: RunningService, sequence: int, **over: int) -> None:
    minutes = {"first_response_minutes": 60, "callback_minutes": 120, "resolution_minutes": 540, **over}
    goal = ServiceGoal(plans=("light-anshin-1",), **minutes)
    part = CatalogueChanged(actor="system:contracts", part="service_goals", service_goals=(goal,))
    await suite.deliver(part, subject="service_goals", sequence=sequence, key="service_goals")


async def goals_of(client: httpx.AsyncClient, inquiry_id: str) -> dict[str, dict[str, Any]]:
    return {line["goal"]: line for line in (await get(client, f"/inquiries/{inquiry_id}/goals"))["items"]}


async def test_a_callback_is_due_as_the_plan_promises_and_stands_until_the_customer_wants_it(
    suite: RunningService, operator: httpx.AsyncClient
) -> None:
    wish = {"number": "0312345678", "promised_at": jst(6, 1, 11).isoformat(), "contract_id": CONTRACT}
    callback = (await post(operator, "/callbacks", wish)).json()["id"]
    await suite.sweep()
    (line,) = (await get(operator, "/service-goals?goal=callback"))["items"]
    assert (line["callback_id"], line["due_at"]) == (callback, jst(6, 1, 12).isoformat())
    suite.clock.move_to(jst(6, 1, 11))
    later = {"promised_at": jst(6, 2, 10).isoformat()}
    assert (await post(operator, f"/callbacks/{callback}/postponement", later)).is_success
    await suite.sweep()
    (line,) = (await get(operator, "/service-goals?goal=callback"))["items"]
    assert line["due_at"] == jst(6, 2, 11).isoformat(), "an hour was used up before, one is left from the wish on"
    suite.clock.move_to(jst(6, 2, 11, 30))
    assert (await post(operator, f"/callbacks/{callback}/completion", {"outcome": "reached"})).is_success
    await suite.sweep()
    (line,) = (await get(operator, "/service-goals?goal=callback&breached=true"))["items"]
    assert (line["state"], line["spent_seconds"]) == ("ended", 150 * 60)
    (event,) = await suite.published(ServiceGoalBreached)
    assert (event.key, event.data.callback_id, event.data.inquiry_id) == (callback, callback, None)


async def test_what_was_breached_while_nobody_swept_is_told_once_although_it_is_done_by_now(
    suite: RunningService, operator: httpx.AsyncClient
) -> None:
    found = (await accepted(operator))["id"]
    suite.clock.move_to(jst(6, 1, 11, 30))
    assert (await post(operator, f"/inquiries/{found}/waiting", {"reason": "new cable"})).is_success
    suite.clock.move_to(jst(6, 1, 15))
    await asyncio.gather(*(suite.sweep() for _ in range(4)))
    for kind in (ServiceGoalAtRisk, ServiceGoalBreached):
        (event,) = await suite.published(kind)
        assert (event.subject, event.key, event.data.due_at) == (f"{found}/first_response", found, jst(6, 1, 11))
    shown = await goals_of(operator, found)
    assert (shown["first_response"]["breached"], shown["first_response"]["spent_seconds"]) == (True, 90 * 60)
    assert (shown["resolution"]["state"], shown["resolution"]["due_at"]) == ("paused", None)
    assert shown["resolution"]["spent_seconds"] == 90 * 60


async def test_goals_are_listed_and_counted_by_the_period_in_which_they_began(
    suite: RunningService, operator: httpx.AsyncClient
) -> None:
    late, voided = (await accepted(operator))["id"], (await accepted(operator))["id"]
    assert (await post(operator, f"/inquiries/{voided}/void", {"reason": "wrong number"})).is_success
    suite.clock.move_to(jst(6, 1, 10, 50))
    kept = (await accepted(operator))["id"]
    await suite.sweep()
    at_risk = await get(operator, f"/service-goals?at_risk=true&{JUNE}")
    assert [line["id"] for line in at_risk["items"]] == [f"{late}/first_response"]
    assert (await post(operator, f"/inquiries/{kept}/resolution", {"outcome": "solved_remotely"})).is_success
    suite.clock.move_to(jst(6, 1, 11))
    await suite.sweep()
    breached = await get(operator, f"/service-goals?breached=true&{JUNE}")
    assert [line["id"] for line in breached["items"]] == [f"{late}/first_response"]
    async with suite.client("supervisor") as supervisor:
        first, resolution = (await get(supervisor, f"/service-goals/report?{JUNE}"))["items"]
        assert (await get(supervisor, f"/service-goals/report?{JUNE.replace('2026-0', '2027-0')}"))["items"] == []
    numbers = ("begun", "kept", "breached", "open", "withdrawn", "median_seconds")
    assert [first[name] for name in numbers] == [2, 1, 1, 0, 0, 0]
    assert [resolution[name] for name in numbers] == [2, 1, 0, 1, 0, 0]


async def test_other_promises_hold_for_open_cases_and_not_for_what_is_done(
    suite: RunningService, operator: httpx.AsyncClient
) -> None:
    done, still_open = (await accepted(operator))["id"], (await accepted(operator))["id"]
    suite.clock.move_to(jst(6, 1, 10, 30))
    assert (await post(operator, f"/inquiries/{done}/resolution", {"outcome": "solved_remotely"})).is_success
    await suite.sweep()
    await promise(suite, 2, first_response_minutes=20, resolution_minutes=25)
    await tell(suite, entitlements(light(inquiry_limit=6), version=2))
    await suite.sweep()
    assert {line["minutes"] for line in (await goals_of(operator, done)).values()} == {60, 540}
    assert {line["due_at"] for line in (await goals_of(operator, still_open)).values()} == {
        jst(6, 1, 10, 20).isoformat(),
        jst(6, 1, 10, 25).isoformat(),
    }


async def test_longer_hours_that_are_told_while_a_clock_runs_bring_its_due_time_forward(
    suite: RunningService, operator: httpx.AsyncClient
) -> None:
    found = (await accepted(operator))["id"]
    await suite.sweep()
    before = (await goals_of(operator, found))["resolution"]["due_at"]
    await tell(suite, entitlements(version=2, hours_extension_periods=(since_begin(),)))
    await suite.sweep()
    after = (await goals_of(operator, found))["resolution"]["due_at"]
    assert (before, after) == (jst(6, 2, 10).isoformat(), jst(6, 1, 19).isoformat())


async def test_a_partner_sees_the_goals_of_its_own_cases_only(suite: RunningService) -> None:
    await tell(suite, entitlements(version=2, partner="north"))
    async with suite.client("partner", partner="north") as north, suite.client("partner", partner="south") as south:
        found = (await accepted(north, channel="partner"))["id"]
        await suite.sweep()
        assert set(await goals_of(north, found)) == {"first_response", "resolution"}
        assert (await south.get(f"/api/helpdesk/v1/inquiries/{found}/goals")).status_code == 404
        assert (await north.get("/api/helpdesk/v1/service-goals")).status_code == 403
