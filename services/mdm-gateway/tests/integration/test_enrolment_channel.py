"""Invitations and enrolments over the API: R-MDM-PLAN, R-TOOL-OS, R-CONSENT, single use, generations."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from common.events.mdm_gateway import DeviceEnrolled
from mdm_gateway.testing import (
    CONTRACT,
    Office,
    a_consent,
    a_light_plan,
    a_standard_plan,
    a_status,
    refusal,
)

OTHER = "ctr_0197f3c29a7b7cc8a1f2c3d4e5f60799"


async def test_an_invited_device_enrols_and_takes_a_seat(office: Office) -> None:
    tablet = await office.enrol(label="受付のタブレット")
    device = (await office.operator.get(f"/api/mdm/v1/devices/{tablet.device_id}")).json()
    assert (device["status"], device["generation"], device["label"]) == ("enrolled", 1, "受付のタブレット")
    assert (await office.seats())["used"] == 1
    (enrolled,) = await office.suite.published(DeviceEnrolled)
    assert (enrolled.data.seats_used, enrolled.data.seats, enrolled.sequence) == (1, 3, 1)
    assert (enrolled.key, enrolled.correlation_id) == (tablet.device_id, CONTRACT)


@pytest.mark.rule("R-MDM-PLAN")
async def test_ten_parallel_enrolments_on_three_seats_enrol_exactly_three(office: Office) -> None:
    codes = [await office.code() for _ in range(10)]
    answers = await asyncio.gather(*(office.show(code, serial=f"SN-{number}") for number, code in enumerate(codes)))
    assert sorted(answer.status_code for answer in answers) == [201] * 3 + [409] * 7
    assert {refusal(answer)["code"] for answer in answers if answer.status_code == 409} == {"mdm_seats_exhausted"}
    assert (await office.seats())["used"] == 3
    enrolled = await office.suite.published(DeviceEnrolled)
    assert sorted(event.data.seats_used for event in enrolled) == [1, 2, 3]
    async with office.suite.transaction() as tx:
        assert await tx.connection.fetchval("SELECT count(*) FROM device WHERE status = 'enrolled'") == 3


@pytest.mark.rule("R-MDM-PLAN")
async def test_parallel_uses_of_one_code_enrol_one_device(office: Office) -> None:
    code = await office.code()
    answers = await asyncio.gather(*(office.show(code, serial=f"SN-{number}") for number in range(5)))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 4
    assert {refusal(answer)["code"] for answer in answers if answer.status_code == 409} == {"enrolment_code_used"}
    assert (await office.seats())["used"] == 1


@pytest.mark.rule("R-MDM-PLAN")
async def test_parallel_enrolments_of_one_device_keep_one_seat(office: Office) -> None:
    codes = [await office.code() for _ in range(4)]
    answers = await asyncio.gather(*(office.show(code, serial="SN-1") for code in codes))
    assert [answer.status_code for answer in answers] == [201] * 4
    assert sorted(answer.json()["enrolment_generation"] for answer in answers) == [1, 2, 3, 4]
    assert len({answer.json()["device_id"] for answer in answers}) == 1
    assert (await office.seats())["used"] == 1


@pytest.mark.rule("R-MDM-PLAN")
async def test_refuses_to_invite_or_enrol_a_fourth_device(office: Office) -> None:
    spare = await office.code()
    for number in range(3):
        await office.enrol(serial=f"SN-{number}")
    before = await office.facts()
    for answer in (await office.invite(), await office.show(spare, serial="SN-4")):
        body = refusal(answer)
        assert (answer.status_code, body["code"], body["rule_ids"]) == (409, "mdm_seats_exhausted", ["R-MDM-PLAN"])
        assert (body["why"]["seats"], body["why"]["used"]) == (3, 3)
    assert await office.facts() == before
    assert (await office.seats())["used"] == 3


@pytest.mark.rule("R-MDM-PLAN")
async def test_refuses_the_tool_on_a_standard_plan_at_invitation_and_at_enrolment(office: Office) -> None:
    code = await office.code()
    await office.tell(version=2, plan_periods=(a_standard_plan(),))
    for answer in (await office.invite(), await office.show(code)):
        assert refusal(answer)["code"] == "mdm_not_in_plan"
    assert (await office.seats())["used"] == 0


@pytest.mark.rule("R-TOOL-OS")
async def test_refuses_other_operating_systems_at_invitation_and_at_enrolment(office: Office) -> None:
    code = await office.code()
    for os in ("mac", "macos", "chromeos"):
        invited = refusal(await office.invite(os=os))
        assert (invited["code"], invited["rule_ids"]) == ("os_not_supported", ["R-TOOL-OS"])
        assert refusal(await office.show(code, os=os))["code"] == "os_not_supported"
    assert (await office.seats())["used"] == 0


@pytest.mark.rule("R-CONSENT")
async def test_refuses_the_tool_without_its_licence_at_invitation_and_at_enrolment(office: Office) -> None:
    code = await office.code()
    await office.tell(version=2, consents=(a_consent("service_terms"),))
    for answer in (await office.invite(), await office.show(code)):
        body = refusal(answer)
        assert (body["code"], body["rule_ids"]) == ("consent_missing", ["R-CONSENT"])
        assert body["why"]["documents"] == ["management_tool_licence"]
        assert body["why"]["known_up_to"] == "2026-06-01T10:00:00+09:00"


@pytest.mark.rule("R-MDM-PLAN")
async def test_refuses_new_devices_while_the_contract_is_not_active(office: Office) -> None:
    code = await office.code()
    for version, status in enumerate(("applied", "suspended", "terminated"), start=2):
        await office.tell(version=version, status_periods=(a_status(status),))
        for answer in (await office.invite(), await office.show(code)):
            assert refusal(answer)["code"] == "contract_not_active"


async def test_refuses_to_guess_the_seats_of_a_contract_without_recorded_limits(office: Office) -> None:
    await office.tell(version=2, plan_periods=(a_light_plan(seats=None),))
    assert refusal(await office.invite())["code"] == "limits_not_recorded"


async def test_names_all_rules_that_refuse(office: Office) -> None:
    await office.tell(OTHER, plan_periods=(a_standard_plan(),), consents=())
    body = refusal(await office.invite(contract_id=OTHER, os="mac"))
    assert body["codes"] == ["mdm_not_in_plan", "os_not_supported", "consent_missing"]
    assert body["rule_ids"] == ["R-MDM-PLAN", "R-TOOL-OS", "R-CONSENT"]


async def test_says_what_it_has_not_heard_of_yet(office: Office) -> None:
    answer = await office.invite(contract_id=OTHER)
    assert (answer.status_code, refusal(answer)["code"]) == (404, "contract_unknown")
    assert answer.headers["Retry-After"] == "1"


async def test_a_code_ends_with_its_time(office: Office) -> None:
    code = await office.code()
    office.suite.clock.advance(timedelta(hours=72))
    assert refusal(await office.show(code))["code"] == "enrolment_code_expired"
    (listed,) = (await office.operator.get("/api/mdm/v1/enrolment-invitations")).json()["items"]
    assert listed["status"] == "expired"


async def test_a_code_enrols_once_and_its_invitation_says_whom(office: Office) -> None:
    code = await office.code()
    enrolled = (await office.show(code)).json()
    assert refusal(await office.show(code, serial="SN-2"))["code"] == "enrolment_code_used"
    (listed,) = (await office.operator.get("/api/mdm/v1/enrolment-invitations")).json()["items"]
    assert (listed["status"], listed["used_by_device_id"]) == ("used", enrolled["device_id"])


async def test_an_unknown_code_is_not_found(office: Office) -> None:
    answer = await office.show("AAAA-AAAA-AAAA-AAAA")
    assert (answer.status_code, refusal(answer)["code"]) == (404, "enrolment_code_unknown")


async def test_a_code_is_for_the_system_it_was_made_for(office: Office) -> None:
    code = await office.code(os="android")
    assert refusal(await office.show(code, os="windows"))["code"] == "enrolment_mismatch"
    assert (await office.show(code)).status_code == 201


@pytest.mark.rule("R-MDM-PLAN")
async def test_enrolling_again_is_a_new_generation_with_the_old_seat_and_an_empty_queue(office: Office) -> None:
    first = await office.enrol(serial="SN-1")
    for number in (2, 3):
        await office.enrol(serial=f"SN-{number}")
    wipe = await office.wipe(first)
    await office.decide(wipe["id"], "approval")
    camera = await office.asked(first, "camera", setting="disabled")
    again = await office.enrol(serial="SN-1", device_id=first.device_id)
    assert again.device_id == first.device_id
    assert (await office.seats())["used"] == 3
    for command in (wipe, camera):
        assert (await office.command(command["id"]))["status"] == "superseded"
    assert await office.fetch(again) == []
    stale = await office.devices.get("/mdm/agent/v1/commands", headers={"Authorization": f"Bearer {first.token}"})
    assert (stale.status_code, refusal(stale)["code"]) == (401, "device_token_invalid")


async def test_a_code_for_one_device_enrols_no_other(office: Office) -> None:
    first = await office.enrol(serial="SN-1")
    code = await office.code(device_id=first.device_id)
    assert refusal(await office.show(code, serial="SN-2"))["code"] == "enrolment_mismatch"
    assert refusal(await office.invite(device_id="dev_unknown"))["code"] == "device_unknown"
    await office.tell(OTHER)
    foreign = await office.invite(contract_id=OTHER, device_id=first.device_id)
    assert (foreign.status_code, refusal(foreign)["code"]) == (404, "device_unknown")
    wrong = await office.invite(device_id=first.device_id, os="windows")
    assert refusal(wrong)["code"] == "enrolment_mismatch"


@pytest.mark.rule("R-MDM-PLAN")
async def test_a_released_device_frees_its_seat_and_loses_token_and_commands(office: Office) -> None:
    tablets = [await office.enrol(serial=f"SN-{number}") for number in range(3)]
    gone = tablets[0]
    camera = await office.asked(gone, "camera", setting="disabled")
    answer = await office.operator.post(f"/api/mdm/v1/devices/{gone.device_id}/release")
    assert (answer.status_code, answer.json()["status"]) == (200, "released")
    assert (await office.seats())["used"] == 2
    assert (await office.command(camera["id"]))["status"] == "cancelled"
    assert (await office.reply(gone, camera["id"], "succeeded")).status_code == 401
    again = await office.operator.post(f"/api/mdm/v1/devices/{gone.device_id}/release")
    assert refusal(again)["code"] == "device_not_enrolled"
    assert refusal(await office.ask(gone, "remote_lock"))["code"] == "device_not_enrolled"
    await office.enrol(serial="SN-9")
    assert (await office.seats())["used"] == 3
    assert (await office.facts()).count("DeviceUnenrolled") == 1


async def test_parallel_releases_free_one_seat(office: Office) -> None:
    tablet = await office.enrol()
    await office.enrol(serial="SN-2")
    path = f"/api/mdm/v1/devices/{tablet.device_id}/release"
    answers = await asyncio.gather(*(office.operator.post(path) for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 4
    assert (await office.seats())["used"] == 1


async def test_a_stale_release_is_refused(office: Office) -> None:
    tablet = await office.enrol()
    path = f"/api/mdm/v1/devices/{tablet.device_id}"
    seen = (await office.operator.get(path)).headers["ETag"]
    await office.devices.post("/mdm/agent/v1/status", json={}, headers={"Authorization": f"Bearer {tablet.token}"})
    stale = await office.operator.post(f"{path}/release", headers={"If-Match": seen})
    assert (stale.status_code, refusal(stale)["code"]) == (412, "stale_version")
    fresh = (await office.operator.get(path)).headers["ETag"]
    assert (await office.operator.post(f"{path}/release", headers={"If-Match": fresh})).status_code == 200


async def test_secrets_are_shown_once_and_kept_nowhere(office: Office) -> None:
    answer = await office.operator.post(
        "/api/mdm/v1/enrolment-invitations",
        json={"contract_id": CONTRACT, "os": "android"},
        headers={"Idempotency-Key": "invite-1"},
    )
    code = answer.json()["enrolment_code"]
    shown = await office.devices.post(
        "/mdm/agent/v1/enrolments",
        json={"enrolment_code": code, "os": "android", "os_version": "16", "model": "Tab A9", "serial": "SN-1"},
        headers={"Idempotency-Key": "enrol-1"},
    )
    token = shown.json()["device_token"]
    assert code not in (await office.operator.get("/api/mdm/v1/enrolment-invitations")).text
    kept: list[bytes] = []
    async with office.suite.transaction() as tx:
        tables = await tx.connection.fetch(
            "SELECT tablename FROM pg_tables WHERE schemaname = current_schema() AND tablename <> 'alembic_version'"
        )
        for table in tables:
            rows = await tx.connection.fetch(f'SELECT t::text FROM "{table["tablename"]}" t')
            kept += [row["t"].encode() for row in rows]
        bodies = await tx.connection.fetch("SELECT body, encrypted FROM idempotency_record")
    assert [row["encrypted"] for row in bodies] == [True, True]
    kept += [bytes(row["body"]) for row in bodies]
    for secret in (code, code.replace("-", ""), token):
        assert not any(secret.encode() in text or secret.encode().hex().encode() in text for text in kept)


async def test_the_same_invitation_request_twice_gives_the_same_code(office: Office) -> None:
    body, key = {"contract_id": CONTRACT, "os": "android"}, {"Idempotency-Key": "invite-1"}
    first = await office.operator.post("/api/mdm/v1/enrolment-invitations", json=body, headers=key)
    second = await office.operator.post("/api/mdm/v1/enrolment-invitations", json=body, headers=key)
    assert (second.status_code, second.json()) == (201, first.json())
    assert (await office.facts()).count("EnrolmentInvited") == 1
