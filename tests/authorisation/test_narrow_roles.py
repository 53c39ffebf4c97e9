"""Technicians reach their own visits, depots units and loans, analysts nothing that names a person."""

from __future__ import annotations

import pytest

from tests.authorisation.conftest import World, told
from tests.authorisation.sweep import Sweep, changing, reading
from tests.authorisation.two_partners import Tenant

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(300)]

SHARED = ("/api/contracts/v1/plans", "/api/contracts/v1/plan-sheet", "/api/contracts/v1/closed-days")
# What people are called, where they live, how they are reached, and what was written about them.
OF_PERSONS = (
    "KK", "kana", "street", "building", "manager", "caller", "summary", "note", "internal note", "question", "answer",
    "evidence", "void", "split", "tablet", "reason", "evidence on site", "signature", "work", "wish", "site", "hub",
)  # fmt: skip


def personal(tenant: Tenant) -> set[str]:
    return {*map(tenant.named, OF_PERSONS), tenant.phone, tenant.phone.replace("-", "")}


async def test_a_technician_sees_nothing_of_visits_of_others(world: World, request: pytest.FixtureRequest) -> None:
    """B's visits are another technician's, so all that is B's is foreign to A's."""
    token = world.ground.token(f"tc-{world.a.partner}", "technician")
    sweep = Sweep(world.ground, [token], world.secrets)
    leaks = await sweep.ask(reading(world.ground, world.a, world.b))
    leaks += await sweep.ask(changing(world.ground, world.a, world.b))
    told(request, f"a technician: {sweep.asked:,} requests, {sweep.succeeded} succeeded, {len(leaks)} leaks")
    assert [str(leak) for leak in leaks] == []
    assert sweep.succeeded > 5


async def test_a_depot_reaches_units_and_loans_only(world: World) -> None:
    token = world.ground.token("dp-1", "depot")
    reached = set()
    for question in reading(world.ground, world.a, world.b):
        answer = await world.ground.call(question.method, question.path, token=token)
        if answer.status == 200:
            reached.add(question.path.split("?")[0])
    assert {path for path in reached if not path.startswith(("/api/loaner/v1/", *SHARED))} == set()
    assert not any(path.startswith(("/api/loaner/v1/events", "/api/loaner/v1/stream")) for path in reached)
    assert len(reached) > 8


async def test_nothing_that_an_analyst_reads_names_a_person(world: World, request: pytest.FixtureRequest) -> None:
    secrets = frozenset(personal(world.a) | personal(world.b))
    sweep = Sweep(world.ground, [world.ground.token("an-1", "analyst")], secrets)
    leaks = await sweep.ask(reading(world.ground, world.a, world.b))
    told(request, f"an analyst: {sweep.asked:,} requests, {sweep.succeeded} succeeded, {len(leaks)} names found")
    assert [str(leak) for leak in leaks] == []
    assert sweep.succeeded > 50
