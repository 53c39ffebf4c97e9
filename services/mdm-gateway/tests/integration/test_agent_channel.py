"""The agent's channel: long polls, reports, and hostile input that changes nothing."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta
from typing import Any

import pytest

from mdm_gateway.testing import Office, bearer, refusal

HUGE = "x" * (1024 * 1024)


async def somebody_waits(office: Office) -> None:
    async with asyncio.timeout(10):
        state = office.suite.app.state
        while getattr(state, "doorbell", None) is None or not state.doorbell.waiting:  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0)


async def test_a_waiting_device_hears_of_a_command_at_once_and_holds_no_transaction(office: Office) -> None:
    tablet = await office.enrol()
    waiting = asyncio.create_task(office.fetch(tablet, wait=20))
    await somebody_waits(office)
    async with office.suite.transaction() as tx:
        open_transactions = await tx.connection.fetchval(
            "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'mdm-gateway' "
            "AND xact_start IS NOT NULL AND pid <> pg_backend_pid()"
        )
    assert open_transactions == 0
    begun = time.monotonic()
    lock = await office.asked(tablet, "remote_lock")
    assert [order["id"] for order in await waiting] == [lock["id"]]
    assert time.monotonic() - begun < 5
    assert (await office.command(lock["id"]))["status"] == "sent"


async def test_a_wait_ends_with_an_empty_answer(office: Office) -> None:
    tablet = await office.enrol()
    assert await office.fetch(tablet, wait=0.3) == []
    too_long = await office.devices.get("/mdm/agent/v1/commands", params={"wait": 1000}, headers=bearer(tablet.token))
    assert (too_long.status_code, refusal(too_long)["code"]) == (422, "validation_failed")


async def test_a_command_that_commits_in_another_process_is_found_too(office: Office) -> None:
    tablet = await office.enrol()
    lock = await office.asked(tablet, "remote_lock")
    await office.fetch(tablet)
    waiting = asyncio.create_task(office.fetch(tablet, wait=20))
    await somebody_waits(office)
    async with office.suite.database.connection() as connection:
        await connection.execute("UPDATE device_command SET not_before = requested_at WHERE id = $1", lock["id"])
    assert [order["attempt"] for order in await waiting] == [2]


async def test_two_waiting_polls_of_one_device_get_a_command_once(office: Office) -> None:
    tablet = await office.enrol()
    await office.asked(tablet, "remote_lock")
    answers = await asyncio.gather(*(office.fetch(tablet, wait=0.3) for _ in range(4)))
    assert sorted(len(orders) for orders in answers) == [0, 0, 0, 1]


async def test_refuses_every_route_without_the_devices_token(office: Office) -> None:
    tablet = await office.enrol()
    lock = await office.asked(tablet, "remote_lock")
    result = f"/mdm/agent/v1/commands/{lock['id']}/result"
    for token in ("", "wrong", "x" * 5000, "\u00e9", tablet.token[:-1]):
        headers = {b"Authorization": f"Bearer {token}".encode()}
        answers = [
            await office.devices.get("/mdm/agent/v1/commands", headers=headers),
            await office.devices.post(result, json={"status": "succeeded"}, headers=headers),
            await office.devices.post("/mdm/agent/v1/status", json={}, headers=headers),
        ]
        found = {(answer.status_code, refusal(answer)["code"]) for answer in answers}
        assert found == {(401, "device_token_invalid")}
    assert (await office.command(lock["id"]))["status"] == "queued"


async def test_the_token_of_a_person_opens_nothing_here(office: Office) -> None:
    answer = await office.operator.post("/mdm/agent/v1/status", json={})
    assert (answer.status_code, refusal(answer)["code"]) == (401, "device_token_invalid")


async def test_refuses_results_that_are_none(office: Office) -> None:
    tablet = await office.enrol()
    lock = await office.asked(tablet, "remote_lock")
    await office.fetch(tablet)
    before = await office.facts()
    no_results: list[Any] = [
        {"status": HUGE},
        {"status": "succeeded", "detail": HUGE},
        {"status": "succeeded", "detail": "a\x00b"},
        {"status": "succeeded", "detail": 7},
        {"status": "done"},
        {"status": "succeeded", "surprise": 1},
        {},
        [],
        None,
    ]
    for body in no_results:
        answer = await office.devices.post(
            f"/mdm/agent/v1/commands/{lock['id']}/result", json=body, headers=bearer(tablet.token)
        )
        assert (answer.status_code, refusal(answer)["code"]) == (422, "validation_failed"), repr(body)[:80]
    assert (await office.command(lock["id"]))["status"] == "sent"
    assert await office.facts() == before


async def test_refuses_enrolments_that_are_none(office: Office) -> None:
    code = await office.code()
    no_enrolments: list[dict[str, Any]] = [
        {"serial": HUGE},
        {"serial": "a\x00b"},
        {"serial": ""},
        {"model": None},
        {"os": "x" * 65},
        {"enrolment_code": HUGE},
        {"facts": {f"f{number}": 1 for number in range(51)}},
        {"facts": {"imei": HUGE}},
        {"facts": {"imei": {"deep": {"deeper": 1}}}},
        {"facts": {"Bad Name": 1}},
        {"facts": {"big": 10**400}},
        {"facts": "none"},
        {"surprise": True},
    ]
    for over in no_enrolments:
        answer = await office.show(code, **over)
        assert (answer.status_code, refusal(answer)["code"]) == (422, "validation_failed"), repr(over)[:80]
    assert (await office.seats())["used"] == 0
    assert (await office.facts()) == ["EnrolmentInvited"]


async def test_refuses_bodies_that_are_no_json(office: Office) -> None:
    for raw in (b"{", b"\xff\xfe", b'{"serial": "\\ud800"}', b"[" * 5000, b""):
        answer = await office.devices.post(
            "/mdm/agent/v1/enrolments", content=raw, headers={"Content-Type": "application/json"}
        )
        assert answer.status_code == 422
        assert refusal(answer)["code"] in {"malformed_json", "validation_failed"}


async def test_refuses_bodies_beyond_all_measure(office: Office) -> None:
    answer = await office.devices.post("/mdm/agent/v1/enrolments", content=b"x" * (3 * 1024 * 1024))
    assert answer.status_code == 413


async def test_a_replayed_result_is_refused_and_changes_nothing(office: Office) -> None:
    tablet = await office.enrol()
    lock = await office.asked(tablet, "remote_lock")
    await office.fetch(tablet)
    assert (await office.reply(tablet, lock["id"], "succeeded")).status_code == 200
    before = await office.facts()
    for status in ("succeeded", "failed", "not_now"):
        answer = await office.reply(tablet, lock["id"], status)
        assert (answer.status_code, refusal(answer)["code"]) == (409, "command_not_open")
    assert (await office.command(lock["id"]))["status"] == "succeeded"
    assert await office.facts() == before


async def test_a_result_for_what_was_never_sent_is_refused(office: Office) -> None:
    tablet = await office.enrol()
    lock = await office.asked(tablet, "remote_lock")
    assert refusal(await office.reply(tablet, lock["id"], "succeeded"))["code"] == "command_not_open"
    assert (await office.command(lock["id"]))["status"] == "queued"


async def test_a_result_for_another_devices_command_is_refused(office: Office) -> None:
    tablet, phone = await office.enrol(serial="SN-1"), await office.enrol(serial="SN-2")
    lock = await office.asked(tablet, "remote_lock")
    await office.fetch(tablet)
    for command_id in (lock["id"], "cmd_unknown", "%00", "../" * 5):
        answer = await office.reply(phone, command_id, "succeeded")
        assert answer.status_code in {404, 422}, answer.text
    assert (await office.command(lock["id"]))["status"] == "sent"


async def test_another_device_cannot_replay_the_answer_to_an_idempotency_key(office: Office) -> None:
    tablet, phone = await office.enrol(serial="SN-1"), await office.enrol(serial="SN-2")
    lock = await office.asked(tablet, "remote_lock")
    await office.fetch(tablet)
    path, body = f"/mdm/agent/v1/commands/{lock['id']}/result", {"status": "succeeded"}
    key = {"Idempotency-Key": "result-1"}
    first = await office.devices.post(path, json=body, headers=bearer(tablet.token) | key)
    again = await office.devices.post(path, json=body, headers=bearer(tablet.token) | key)
    assert (again.status_code, again.json()) == (first.status_code, first.json())
    foreign = await office.devices.post(path, json=body, headers=bearer(phone.token) | key)
    assert (foreign.status_code, refusal(foreign)["code"]) == (404, "command_unknown")


async def test_free_words_of_a_device_stay_with_its_command(office: Office) -> None:
    tablet = await office.enrol()
    lock = await office.asked(tablet, "remote_lock")
    await office.fetch(tablet)
    await office.reply(tablet, lock["id"], "failed", detail="owner: 山田 03-1234-5678")
    assert (await office.command(lock["id"]))["detail"] == "owner: 山田 03-1234-5678"
    assert (await office.suite.published())[-1].data.detail is None
    camera = await office.asked(tablet, "camera", setting="disabled")
    await office.fetch(tablet)
    await office.reply(tablet, camera["id"], "failed", detail="no_passcode_set")
    assert (await office.suite.published())[-1].data.detail == "no_passcode_set"


@pytest.mark.rule("R-MDM-STATUS")
async def test_shows_what_the_device_last_said_with_its_age_and_the_rest_as_unknown(office: Office) -> None:
    pc = await office.enrol(os="windows")
    path = f"/api/mdm/v1/devices/{pc.device_id}/security-status"
    silent = (await office.operator.get(path)).json()
    assert set(silent["items"].values()) == {"unknown"}
    assert (silent["reported_at"], silent["age_seconds"]) == (None, None)
    said = {"os_version": "10.0.26200", "encryption": "on", "antivirus": "off", "patch_level": "2026-05-12"}
    await office.devices.post("/mdm/agent/v1/status", json=said, headers=bearer(pc.token))
    office.suite.clock.advance(timedelta(hours=3))
    shown = (await office.operator.get(path)).json()
    assert shown["items"] == said | {"passcode": "unknown", "firewall": "unknown", "tampering": "unknown"}
    assert (shown["age_seconds"], shown["patch_age_days"]) == (10800, 20)
    assert shown["unknown"] == ["passcode", "firewall", "tampering"]
    assert (shown["concerns"], shown["rule_ids"]) == (["antivirus"], ["R-MDM-STATUS"])


@pytest.mark.rule("R-MDM-STATUS")
async def test_a_later_report_that_leaves_something_out_makes_it_unknown(office: Office) -> None:
    tablet = await office.enrol()
    for said in ({"encryption": "on", "passcode": "set"}, {"passcode": "set"}):
        await office.devices.post("/mdm/agent/v1/status", json=said, headers=bearer(tablet.token))
    path = f"/api/mdm/v1/devices/{tablet.device_id}/security-status"
    assert (await office.operator.get(path)).json()["items"]["encryption"] == "unknown"
    reported = (await office.suite.published())[-1]
    assert reported.data.state == {"passcode": "set"}


@pytest.mark.rule("R-MDM-STATUS")
async def test_a_new_enrolment_has_said_nothing_but_its_facts(office: Office) -> None:
    tablet = await office.enrol()
    await office.devices.post("/mdm/agent/v1/status", json={"encryption": "on"}, headers=bearer(tablet.token))
    await office.show(await office.code(), facts={"passcode": "set", "tampering": "who knows", "encryption": 1})
    path = f"/api/mdm/v1/devices/{tablet.device_id}/security-status"
    items = (await office.operator.get(path)).json()["items"]
    assert (items["passcode"], items["encryption"], items["tampering"]) == ("set", "unknown", "unknown")


async def test_refuses_reports_that_are_none(office: Office) -> None:
    tablet = await office.enrol()
    no_reports: list[Any] = [
        {"encryption": "yes"},
        {"patch_level": "2026-13-01"},
        {"patch_level": "1970-01-01"},
        {"surprise": 1},
        {"os_version": HUGE},
        {"os_version": "1\x00"},
        [],
    ]
    for said in no_reports:
        answer = await office.devices.post("/mdm/agent/v1/status", json=said, headers=bearer(tablet.token))
        assert (answer.status_code, refusal(answer)["code"]) == (422, "validation_failed"), repr(said)[:80]
    assert "DeviceStateReported" not in await office.facts()


async def test_the_audit_trail_names_the_device_and_only_counts_those_it_does_not_know(office: Office) -> None:
    tablet = await office.enrol()
    await office.devices.post("/mdm/agent/v1/status", json={}, headers=bearer(tablet.token))
    for _ in range(3):
        await office.devices.post("/mdm/agent/v1/status", json={}, headers=bearer("guessed"))
    await office.suite.service.auditor.flush()
    async with office.suite.transaction() as tx:
        rows = await tx.connection.fetch(
            "SELECT subject, action, status, times FROM audit_entry WHERE action LIKE '%/mdm/agent/%' ORDER BY number"
        )
    assert [tuple(row) for row in rows] == [
        (f"device:{tablet.device_id}", "POST /mdm/agent/v1/enrolments", 201, 1),
        (f"device:{tablet.device_id}", "POST /mdm/agent/v1/status", 200, 1),
        (None, "POST /mdm/agent/v1/status", 401, 3),
    ]
