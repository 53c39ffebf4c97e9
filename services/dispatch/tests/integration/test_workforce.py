"""Master data of the workforce by REST."""

from __future__ import annotations

from typing import Any

import pytest

PATH = "/api/dispatch/v1"


async def test_a_branch_is_read_changed_and_listed(world: Any) -> None:
    path = f"/branches/{world.branch_id}"
    branch = (await world.get(path)).json()
    assert (branch["prefectures"], branch["version"]) == (["13", "14"], 1)
    body = {"name": "首都圏", "prefectures": ["11", "13"]}
    put = await world.supervisor.put(PATH + path, json=body, headers={"If-Match": '"1"'})
    assert (put.json()["prefectures"], put.headers["etag"]) == (["11", "13"], '"2"')
    stale = await world.supervisor.put(PATH + path, json=body, headers={"If-Match": '"1"'})
    assert stale.status_code == 412
    assert [item["name"] for item in (await world.get("/branches")).json()["items"]] == ["首都圏"]


async def test_a_prefecture_belongs_to_one_branch(world: Any) -> None:
    body = {"name": "横浜", "prefectures": ["14"]}
    await world.refused("/branches", body, "prefecture_already_served", client=world.supervisor)
    assert len((await world.get("/branches")).json()["items"]) == 1
    assert (await world.post("/branches", {**body, "prefectures": ["48"]}, client=world.supervisor)).status_code == 422


@pytest.mark.rule("R-VISIT-CREW")
async def test_a_technician_belongs_to_a_crew_and_holds_skills_on_record(world: Any) -> None:
    body = {"name": "見本 四郎", "crew": "kitchen", "branch_id": world.branch_id, "skills": ["cooking"]}
    await world.refused("/technicians", body, "crew_unknown", "skill_unknown", client=world.supervisor)
    elsewhere = {**body, "crew": "setup", "skills": [], "branch_id": "brn_x"}
    await world.refused("/technicians", elsewhere, "branch_unknown", status=404, client=world.supervisor)
    twice = {**elsewhere, "branch_id": world.branch_id, "subject": "tech-1"}
    await world.refused("/technicians", twice, "subject_taken", client=world.supervisor)


async def test_a_skill_is_recorded_and_changed(world: Any) -> None:
    body = {"name_ja": "プリンタ", "name_en": "Printer", "menu_codes": ["printer-setup"]}
    await world.supervisor.put(f"{PATH}/skills/printer", json=body)
    await world.supervisor.put(f"{PATH}/skills/printer", json={**body, "purposes": ["setup"]})
    (skill,) = (await world.get("/skills")).json()["items"]
    assert skill == {**body, "code": "printer", "purposes": ["setup"]}


async def test_a_technician_is_changed_with_a_version(world: Any) -> None:
    known = (await world.get(f"/technicians/{world.repair}")).json()
    body = {"name": "見本 五郎", "crew": "fault_repair", "branch_id": world.branch_id, "home_base": "新宿"}
    put = await world.supervisor.put(f"{PATH}/technicians/{world.repair}", json=body)
    assert (put.json()["home_base"], put.json()["version"]) == ("新宿", known["version"] + 1)
    stale = await world.supervisor.put(f"{PATH}/technicians/{world.repair}", json=body, headers={"If-Match": '"1"'})
    assert stale.status_code == 412
    listed = (await world.get("/technicians", limit=2)).json()
    assert len(listed["items"]) == 2
    rest = (await world.get("/technicians", cursor=listed["next"])).json()
    assert (len(rest["items"]), rest["next"]) == (1, None)


@pytest.mark.parametrize(
    "over",
    [
        {"weekdays": [0]},
        {"weekdays": [8]},
        {"from": "20:00"},
        {"to": "24:30"},
        {"to": "2500"},
        {"valid_to": "2026-01-01"},
    ],
)
async def test_a_shift_that_nobody_can_work_is_refused(world: Any, over: dict[str, Any]) -> None:
    shift = {
        "technician_id": world.repair,
        "weekdays": [1],
        "from": "09:00",
        "to": "18:00",
        "valid_from": "2026-06-01",
    }
    response = await world.post("/shifts", {**shift, **over}, client=world.supervisor)
    assert response.status_code in {409, 422}
    assert len((await world.get("/shifts", technician_id=world.repair)).json()["items"]) == 1


async def test_a_shift_ends_on_its_last_day(world: Any) -> None:
    (shift,) = (await world.get("/shifts", technician_id=world.repair)).json()["items"]
    assert (shift["from"], shift["to"], shift["valid_to"]) == ("08:00", "20:00", None)
    await world.made(f"/shifts/{shift['id']}/end", {"valid_to": "2026-06-02"}, status=200, client=world.supervisor)
    request = await world.isolation_request()
    await world.refused("/visits", world.wish(request, "2026-06-03 10:00"), "not_on_shift")
    assert (await world.booked(request, "2026-06-02 10:00"))["status"] == "booked"
    early = {"valid_to": "2026-01-01"}
    await world.refused(f"/shifts/{shift['id']}/end", early, "shift_unreadable", client=world.supervisor)
    await world.refused("/shifts/shf_x/end", early, "shift_unknown", status=404, client=world.supervisor)


async def test_an_absence_names_the_visits_it_touches_and_may_be_taken_back(world: Any) -> None:
    visit = await world.booked(await world.isolation_request())
    absence = {
        "technician_id": world.repair,
        "start": "2026-06-02T09:00:00+09:00",
        "end": "2026-06-02T12:00:00+09:00",
        "reason": "doctor",
    }
    made = await world.made("/absences", absence)
    assert made["affected_visits"] == [visit["id"]]
    assert (await world.get(f"/visits/{visit['id']}")).json()["status"] == "booked"
    assert len((await world.get("/absences", technician_id=world.repair)).json()["items"]) == 1
    assert (await world.operator.delete(f"{PATH}/absences/{made['id']}")).status_code == 204
    assert (await world.operator.delete(f"{PATH}/absences/{made['id']}")).status_code == 404
