"""Technicians see their own visits, partners their own contracts, nobody without a right sees anything."""

from __future__ import annotations

from typing import Any

import asyncpg
import pytest

from dispatch.testing import CONTRACT

ACME = "ctr_" + "c" * 32


async def of_acme(world: Any) -> dict[str, Any]:
    await world.contract(ACME, partner="acme")
    return dict(await world.booked(await world.isolation_request(ACME, "acme"), "2026-06-03 10:00"))


async def test_a_technician_reads_and_reports_own_visits_only(world: Any) -> None:
    mine = await world.booked(await world.isolation_request())
    await world.contract(ACME)
    other = await world.booked(await world.isolation_request(ACME), "2026-06-03 10:00", who=world.repair_2)
    async with world.suite.client("technician", subject="tech-1") as technician:
        listed = (await world.get("/visits", technician)).json()["items"]
        assert [item["id"] for item in listed] == [mine["id"]]
        theirs = (await world.get("/visits", technician, technician_id=world.repair_2)).json()["items"]
        assert [item["id"] for item in theirs] == [mine["id"]]
        assert (await world.get(f"/visits/{mine['id']}", technician)).status_code == 200
        assert (await world.get(f"/visits/{mine['id']}/why", technician)).status_code == 200
        for path in (f"/visits/{other['id']}", f"/visits/{other['id']}/why"):
            assert (await world.get(path, technician)).status_code == 404
        await world.refused(f"/visits/{other['id']}/departure", None, "visit_unknown", status=404, client=technician)
        moved = await world.made(f"/visits/{mine['id']}/departure", status=200, client=technician)
        assert moved["status"] == "departed"
    async with world.suite.client("technician", subject="nobody-known") as stranger:
        assert (await world.get("/visits", stranger)).json()["items"] == []


async def test_a_partner_follows_own_visits_and_nothing_else(world: Any) -> None:
    house = await world.booked(await world.isolation_request())
    own = await of_acme(world)
    async with (
        world.suite.client("partner", partner="acme") as acme,
        world.suite.client("partner", partner="other") as rival,
    ):
        assert [v["id"] for v in (await world.get("/visits", acme)).json()["items"]] == [own["id"]]
        assert [v["contract_id"] for v in (await world.get("/visit-requests", acme)).json()["items"]] == [ACME]
        assert (await world.get(f"/visits/{own['id']}", acme)).json()["status"] == "booked"
        assert (await world.get("/menu", acme)).status_code == 200
        assert (await world.get(f"/visits/{house['id']}", acme)).status_code == 404
        assert (await world.get(f"/visits/{own['id']}", rival)).status_code == 404
        assert (await world.get(f"/visit-requests/{own['visit_request_id']}", rival)).status_code == 404
        assert (await world.get("/visits", rival, contract_id=ACME)).json()["items"] == []


async def test_row_level_security_holds_when_a_query_forgets_its_filter(world: Any) -> None:
    await world.booked(await world.isolation_request())
    own = await of_acme(world)
    async with world.suite.transaction() as tx:
        await tx.connection.execute("SELECT set_config('role', 'dispatch_partner', true)")
        await tx.connection.execute("SELECT set_config('app.partner', 'acme', true)")
        assert [row["id"] for row in await tx.connection.fetch("SELECT id FROM visit")] == [own["id"]]
        assert len(await tx.connection.fetch("SELECT id FROM visit_request")) == 1
        for table in ("technician", "visit_signature", "charge", "visit_journal", "inquiry_case", "entitlement"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                async with tx.savepoint():
                    await tx.connection.fetch(f"SELECT * FROM {table}")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with tx.savepoint():
                await tx.connection.execute("UPDATE visit SET work = 'x'")


async def test_a_contract_that_changes_hands_takes_its_visits_along(world: Any) -> None:
    own = await of_acme(world)
    await world.contract(ACME, partner="other")
    async with (
        world.suite.client("partner", partner="acme") as acme,
        world.suite.client("partner", partner="other") as other,
    ):
        assert (await world.get(f"/visits/{own['id']}", acme)).status_code == 404
        assert (await world.get(f"/visits/{own['id']}", other)).status_code == 200


FORBIDDEN = [
    ("GET", "/visits", None, 401),
    ("GET", "/visits", "depot", 403),
    ("GET", "/technicians", "technician", 403),
    ("GET", "/technicians", "partner", 403),
    ("POST", "/technicians", "operator", 403),
    ("POST", "/branches", "operator", 403),
    ("POST", "/visits", "technician", 403),
    ("POST", "/visits", "partner", 403),
    ("POST", "/visit-requests", "partner", 403),
    ("POST", "/slot-searches", "analyst", 403),
    ("POST", "/visits/vis_x/departure", "partner", 403),
    ("GET", "/visits/vis_x/why", "partner", 403),
    ("GET", "/visits/vis_x/signature", "technician", 403),
]


async def test_nobody_does_what_the_table_does_not_allow(world: Any) -> None:
    for method, path, role, status in FORBIDDEN:
        partner = "acme" if role == "partner" else None
        async with world.suite.client(role, partner=partner) as client:
            response = await client.request(method, f"/api/dispatch/v1{path}", json={})
        assert response.status_code == status, (method, path, role)
        assert response.headers["content-type"].startswith("application/problem+json")


async def test_a_stale_version_is_refused(world: Any) -> None:
    visit = await world.booked(await world.isolation_request())
    stale = {"If-Match": '"7"'}
    await world.refused(f"/visits/{visit['id']}/departure", None, "stale_version", status=412, headers=stale)
    current = await world.get(f"/visits/{visit['id']}")
    assert current.headers["etag"] == '"1"'
    fresh = {"If-Match": current.headers["etag"]}
    await world.made(f"/visits/{visit['id']}/departure", status=200, headers=fresh)


async def test_the_same_booking_twice_with_one_key_is_one_booking(world: Any) -> None:
    request = await world.isolation_request()
    key = {"Idempotency-Key": "book-1"}
    body = world.wish(request, "2026-06-02 10:00")
    first = await world.post("/visits", body, headers=key)
    second = await world.post("/visits", body, headers=key)
    assert (first.status_code, second.status_code, second.headers["Idempotent-Replayed"]) == (201, 201, "true")
    assert first.json() == second.json()
    other = await world.post("/visits", world.wish(request, "2026-06-03 10:00"), headers=key)
    assert other.status_code == 422


BAD_INPUT: list[tuple[str, dict[str, Any]]] = [
    ("/visit-requests", {}),
    ("/visit-requests", {"contract_id": CONTRACT, "purpose": "setup", "items": []}),
    ("/visit-requests", {"contract_id": CONTRACT, "purpose": "setup", "items": [{"menu_code": "a", "units": -1}]}),
    ("/visit-requests", {"contract_id": CONTRACT, "purpose": "setup", "items": [{"menu_code": "a", "units": "2"}]}),
    ("/visit-requests", {"contract_id": "c\x00", "purpose": "setup", "items": [{"menu_code": "a", "units": 1}]}),
    ("/slot-searches", {"visit_request_id": "vrq_x", "from": "2026-02-30", "to": "2026-03-01"}),
    ("/slot-searches", {"visit_request_id": "vrq_x", "from": "2026-06-02", "to": "2026-06-02", "who": "me"}),
    ("/visits", {"visit_request_id": "vrq_x"}),
    ("/visits", {"visit_request_id": "vrq_x", "slot_id": "s", "technician_id": "t"}),
    ("/visits", {"visit_request_id": "vrq_x", "slot_id": "x" * 1_000_000}),
    ("/visits", {"visit_request_id": "vrq_x", "technician_id": "t", "start": "2026-06-02", "end": "2026-06-03"}),
    (
        "/visits",
        {
            "visit_request_id": "vrq_x",
            "technician_id": "t",
            "start": "2026-06-02T10:00:00+09:00",
            "end": "2026-06-02T10:00:00+09:00",
        },
    ),
    ("/visits/vis_x/failure", {"reason": "boredom"}),
    ("/visits/vis_x/quote-acceptance", {"total": -5, "accepted_by": "a"}),
    ("/absences", {"technician_id": "t", "start": "x", "end": "y", "reason": ""}),
]


async def test_bad_input_is_a_named_problem(world: Any) -> None:
    for path, body in BAD_INPUT:
        response = await world.post(path, body)
        assert response.status_code == 422, (path, response.text)
        assert response.json()["code"]
    assert await world.told() == []
