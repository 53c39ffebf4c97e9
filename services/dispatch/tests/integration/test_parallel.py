"""Many callers at once: one visit a slot, one isolation visit a month."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

import asyncpg
import pytest

from common.events.dispatch import VisitBooked
from dispatch.testing import CONTRACT


@pytest.mark.rule("R-VISIT-CREW")
async def test_fifty_parallel_bookings_of_one_slot_make_one_visit(world: Any) -> None:
    requests = [await world.setup_request() for _ in range(50)]
    answers = await asyncio.gather(*(world.post("/visits", world.wish(r, "2026-06-02 10:00")) for r in requests))
    assert Counter(answer.status_code for answer in answers) == {201: 1, 409: 49}
    problems = [answer.json() for answer in answers if answer.status_code == 409]
    assert {problem["code"] for problem in problems} == {"slot_taken"}
    assert all(problem["why"]["alternatives"] for problem in problems)
    assert len(await world.suite.published(VisitBooked)) == 1
    statuses = Counter([(await world.get(f"/visit-requests/{request['id']}")).json()["status"] for request in requests])
    assert statuses == {"booked": 1, "open": 49}


async def test_fifty_parallel_bookings_of_one_offer_make_one_visit(world: Any) -> None:
    request = await world.isolation_request()
    search = {"visit_request_id": request["id"], "from": "2026-06-02", "to": "2026-06-02"}
    slot_id = (await world.made("/slot-searches", search, status=200))["slots"][0]["slot_id"]
    body = {"visit_request_id": request["id"], "slot_id": slot_id}
    answers = await asyncio.gather(*(world.post("/visits", body) for _ in range(50)))
    assert Counter(answer.status_code for answer in answers) == {201: 1, 409: 49}
    reasons = {tuple(r["code"] for r in a.json()["reasons"]) for a in answers if a.status_code == 409}
    assert reasons == {("slot_taken", "visit_already_booked")}
    assert len(await world.suite.published(VisitBooked)) == 1


@pytest.mark.rule("R-ISOLATION-QUOTA")
async def test_two_cases_race_for_the_months_isolation_visit_and_one_wins(world: Any) -> None:
    requests = [await world.isolation_request() for _ in range(10)]
    wishes = [
        world.wish(request, f"2026-06-{2 + n // 5:02d} {9 + n % 5:02d}:00", who=(world.repair, world.repair_2)[n % 2])
        for n, request in enumerate(requests)
    ]
    answers = await asyncio.gather(*(world.post("/visits", wish) for wish in wishes))
    assert Counter(answer.status_code for answer in answers) == {201: 1, 409: 9}
    assert {a.json()["code"] for a in answers if a.status_code == 409} == {"isolation_visit_used"}


async def test_parallel_rebookings_never_put_a_technician_in_two_places(world: Any) -> None:
    visits = []
    for n in range(6):
        contract_id = await world.contract(f"ctr_{n:032x}")
        request = await world.isolation_request(contract_id)
        visits.append(await world.booked(request, f"2026-06-{3 + n // 3:02d} {9 + 2 * (n % 3):02d}:00"))
    where = {
        "technician_id": world.repair_2,
        "start": "2026-06-08T10:00:00+09:00",
        "end": "2026-06-08T11:00:00+09:00",
    }
    answers = await asyncio.gather(*(world.post(f"/visits/{visit['id']}/rebooking", where) for visit in visits))
    assert Counter(answer.status_code for answer in answers) == {200: 1, 409: 5}
    assert {a.json()["code"] for a in answers if a.status_code == 409} == {"slot_taken"}


async def test_parallel_endings_of_one_visit_have_one_outcome(world: Any) -> None:
    visit = await world.booked(await world.isolation_request())
    steps = ["cancellation", "departure"] * 5
    answers = await asyncio.gather(
        *(
            world.post(f"/visits/{visit['id']}/{step}", {"reason": "no"} if step == "cancellation" else None)
            for step in steps
        )
    )
    assert 1 <= sum(answer.status_code == 200 for answer in answers) <= 2
    events = [e for e in await world.told() if e in {"VisitCancelled", "CrewDeparted"}]
    assert len(events) == sum(answer.status_code == 200 for answer in answers)
    assert events.count("VisitCancelled") <= 1


@pytest.mark.rule("R-VISIT-CREW", "R-ISOLATION-QUOTA")
@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ("right_fee_month = '2026-06'", "uq_visit_right"),
        ("technician_id = $2, occupied = (SELECT occupied FROM visit WHERE id <> $1)", "ex_visit_technician_occupied"),
        ("request_id = (SELECT request_id FROM visit WHERE id <> $1)", "uq_visit_live_request"),
    ],
)
async def test_the_database_itself_forbids_it(world: Any, change: str, constraint: str) -> None:
    await world.booked(await world.isolation_request(), "2026-06-02 10:00")
    other = await world.booked(await world.isolation_request(), "2026-07-02 10:00", who=world.repair_2)
    moved = "start_at = '2026-06-02 01:00Z', end_at = '2026-06-02 02:00Z'" if "occupied" in change else "version = 9"
    more = (world.repair,) if "$2" in change else ()
    async with world.suite.transaction() as tx:
        with pytest.raises(asyncpg.IntegrityConstraintViolationError) as refused:
            async with tx.savepoint():
                await tx.connection.execute(f"UPDATE visit SET {change}, {moved} WHERE id = $1", other["id"], *more)
    assert refused.value.constraint_name == constraint
    assert other["contract_id"] == CONTRACT
