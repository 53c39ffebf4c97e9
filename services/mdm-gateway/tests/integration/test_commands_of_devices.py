"""Commands over the API: R-MDM-MATRIX, the life of a command, settings wanted and applied, deadlines."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from common.events.mdm_gateway import CommandSent, CommandSuperseded
from mdm_gateway.testing import Office, a_light_plan, a_standard_plan, a_status, refusal


@pytest.mark.rule("R-MDM-MATRIX")
async def test_refuses_what_the_matrix_does_not_offer_before_the_device_is_contacted(office: Office) -> None:
    await office.tell(version=2, plan_periods=(a_light_plan(seats=5),))
    devices = {os: await office.enrol(os=os) for os in ("windows", "android", "ios", "ipados")}
    before = await office.facts()
    asked: list[tuple[str, dict[str, Any]]] = [
        ("windows", {"function": "camera", "setting": "disabled"}),
        ("windows", {"function": "bluetooth", "setting": "disabled"}),
        ("android", {"function": "external_storage", "setting": "disabled", "storage": "usb"}),
        ("ios", {"function": "external_storage", "setting": "disabled"}),
        ("ipados", {"function": "external_storage", "setting": "disabled", "storage": "sd"}),
        ("android", {"function": "self_destruct"}),
    ]
    for os, body in asked:
        answer = await office.ask(devices[os], **body)
        told = refusal(answer)
        assert (answer.status_code, told["code"]) == (409, "function_not_supported"), body
        assert (told["rule_ids"], told["why"]["os"]) == (["R-MDM-MATRIX"], os)
    assert await office.facts() == before
    assert [await office.fetch(device) for device in devices.values()] == [[], [], [], []]


@pytest.mark.rule("R-MDM-MATRIX")
async def test_capabilities_say_before_anyone_asks(office: Office) -> None:
    device = await office.enrol(os="windows")
    path = f"/api/mdm/v1/devices/{device.device_id}/capabilities"
    found = {each["function"]: each for each in (await office.operator.get(path)).json()["capabilities"]}
    assert {name: each["verdict"] for name, each in found.items()} == {
        "remote_lock": "supported",
        "remote_wipe": "supported",
        "external_storage": "supported",
        "camera": "unsupported:not_offered_on_windows",
        "bluetooth": "unsupported:not_offered_on_windows",
    }
    assert found["external_storage"]["media"] == ["sd", "usb", "optical"]
    assert [name for name, each in found.items() if each["needs_approval"]] == ["remote_wipe"]
    await office.operator.post(f"/api/mdm/v1/devices/{device.device_id}/release")
    released = (await office.operator.get(path)).json()["capabilities"]
    assert {each["verdict"] for each in released if each["function"] != "camera"} >= {"needs:enrolment"}


async def test_malformed_requests_are_named(office: Office) -> None:
    device = await office.enrol()
    asked: list[tuple[dict[str, Any], str]] = [
        ({"function": "camera"}, "setting_required"),
        ({"function": "camera", "setting": "off"}, "setting_required"),
        ({"function": "remote_lock", "setting": "disabled"}, "setting_not_applicable"),
        ({"function": "camera", "setting": "disabled", "surprise": 1}, "validation_failed"),
        ({"function": "camera", "setting": "disabled", "reason": "a\x00b"}, "validation_failed"),
        ({"function": "x" * 65}, "validation_failed"),
    ]
    for body, code in asked:
        answer = await office.ask(device, **body)
        assert (answer.status_code, refusal(answer)["code"]) == (422, code), body


async def test_unknown_things_are_not_found(office: Office) -> None:
    for path, code in (
        ("/devices/dev_x", "device_unknown"),
        ("/devices/dev_x/capabilities", "device_unknown"),
        ("/devices/dev_x/security-status", "device_unknown"),
        ("/commands/cmd_x", "command_unknown"),
        ("/commands/cmd_x/why", "command_unknown"),
        ("/lost-reports/lost_x", "lost_report_unknown"),
        ("/enrolment-invitations/enr_x", "invitation_unknown"),
        ("/contracts/ctr_x/seats", "contract_unknown"),
    ):
        answer = await office.operator.get(f"/api/mdm/v1{path}")
        assert (answer.status_code, refusal(answer)["code"]) == (404, code)
    for decision in ("approval", "rejection", "cancellation"):
        assert refusal(await office.decide("cmd_x", decision))["code"] == "command_unknown"


async def test_a_lock_is_fetched_and_done(office: Office) -> None:
    device = await office.enrol()
    lock = await office.asked(device, "remote_lock")
    (order,) = await office.fetch(device)
    assert (order["id"], order["function"], order["attempt"]) == (lock["id"], "remote_lock", 1)
    assert (await office.reply(device, lock["id"], "succeeded")).json()["status"] == "succeeded"
    assert await office.facts() == [
        "EnrolmentInvited",
        "DeviceEnrolled",
        "CommandRequested",
        "CommandSent",
        "CommandSucceeded",
    ]
    told = [event for event in await office.suite.published() if event.subject == lock["id"]]
    assert [event.sequence for event in told] == [1, 2, 3]
    assert {event.key for event in told} == {device.device_id}
    assert [event.data.actor for event in told] == ["op-sato"] + [f"device:{device.device_id}"] * 2


async def test_not_now_waits_before_it_is_asked_again(office: Office) -> None:
    device = await office.enrol()
    lock = await office.asked(device, "remote_lock")
    await office.fetch(device)
    assert (await office.reply(device, lock["id"], "not_now")).json()["status"] == "queued"
    assert await office.fetch(device) == []
    office.suite.clock.advance(timedelta(seconds=60))
    (order,) = await office.fetch(device)
    assert order["attempt"] == 2


async def test_what_is_not_answered_is_delivered_again(office: Office) -> None:
    device = await office.enrol()
    lock = await office.asked(device, "remote_lock")
    await office.fetch(device)
    assert await office.fetch(device) == []
    office.suite.clock.advance(timedelta(seconds=60))
    assert [order["id"] for order in await office.fetch(device)] == [lock["id"]]
    assert [event.data.attempt for event in await office.suite.published(CommandSent)] == [1, 2]


async def test_a_failure_is_told_with_its_detail(office: Office) -> None:
    device = await office.enrol()
    lock = await office.asked(device, "remote_lock")
    await office.fetch(device)
    await office.reply(device, lock["id"], "failed", detail="no_passcode_set")
    command = await office.command(lock["id"])
    assert (command["status"], command["detail"]) == ("failed", "no_passcode_set")


@pytest.mark.parametrize(
    ("asked", "lives"),
    [
        ({"function": "remote_lock"}, timedelta(days=30)),
        ({"function": "camera", "setting": "disabled"}, timedelta(days=6)),
    ],
)
async def test_a_command_expires_when_its_time_is_over(office: Office, asked: dict[str, Any], lives: timedelta) -> None:
    device = await office.enrol()
    command = await office.asked(device, **asked)
    office.suite.clock.advance(lives - timedelta(seconds=1))
    assert await office.suite.sweep() == 0
    office.suite.clock.advance(timedelta(seconds=1))
    assert await office.fetch(device) == []
    assert await office.suite.sweep() == 1
    assert await office.suite.sweep() == 0
    assert (await office.command(command["id"]))["status"] == "expired"
    assert (await office.facts())[-1] == "CommandExpired"


async def test_what_was_not_sent_can_be_taken_back(office: Office) -> None:
    device = await office.enrol()
    lock = await office.asked(device, "remote_lock")
    cancelled = await office.decide(lock["id"], "cancellation", office.operator)
    assert (cancelled.status_code, cancelled.json()["status"]) == (200, "cancelled")
    assert await office.fetch(device) == []
    again = await office.asked(device, "remote_lock")
    await office.fetch(device)
    late = await office.decide(again["id"], "cancellation", office.operator)
    assert (late.status_code, refusal(late)["code"]) == (409, "command_not_open")


async def test_one_live_command_per_device_and_function(office: Office) -> None:
    device = await office.enrol()
    lock = await office.asked(device, "remote_lock")
    body = refusal(await office.ask(device, "remote_lock"))
    assert (body["code"], body["why"]["command_id"]) == ("command_already_live", lock["id"])
    await office.asked(device, "camera", setting="disabled")
    other = await office.enrol(serial="SN-2")
    await office.asked(other, "remote_lock")


async def test_parallel_requests_leave_one_live_command(office: Office) -> None:
    device = await office.enrol()
    answers = await asyncio.gather(*(office.ask(device, "remote_lock") for _ in range(8)))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 7
    assert (await office.facts()).count("CommandRequested") == 1


async def test_the_opposite_setting_takes_the_place_of_one_that_still_waits(office: Office) -> None:
    device = await office.enrol()
    off = await office.asked(device, "camera", setting="disabled")
    on = await office.asked(device, "camera", setting="enabled")
    assert (await office.command(off["id"]))["status"] == "superseded"
    (fact,) = await office.suite.published(CommandSuperseded)
    assert fact.data.by_command_id == on["id"]
    assert [order["id"] for order in await office.fetch(device)] == [on["id"]]
    sent = refusal(await office.ask(device, "camera", setting="disabled"))
    assert (sent["code"], sent["why"]["status"]) == ("command_already_live", "sent")


async def test_settings_are_kept_as_wanted_and_as_applied(office: Office) -> None:
    pc = await office.enrol(os="windows")
    path = f"/api/mdm/v1/devices/{pc.device_id}/settings"

    async def settings() -> dict[str, tuple[str | None, str | None, bool]]:
        items = (await office.operator.get(path)).json()["items"]
        return {item["medium"]: (item["desired"], item["applied"], item["differs"]) for item in items}

    ban = await office.asked(pc, "external_storage", setting="disabled")
    assert await settings() == dict.fromkeys(["sd", "usb", "optical"], ("disabled", None, True))
    await office.fetch(pc)
    await office.reply(pc, ban["id"], "succeeded")
    assert await settings() == dict.fromkeys(["sd", "usb", "optical"], ("disabled", "disabled", False))
    allow = await office.asked(pc, "external_storage", setting="enabled", storage="usb")
    assert (await settings())["usb"] == ("enabled", "disabled", True)
    await office.decide(allow["id"], "cancellation", office.operator)
    assert (await settings())["usb"] == ("disabled", "disabled", False)
    await office.show(await office.code(os="windows"), os="windows")
    assert await settings() == dict.fromkeys(["sd", "usb", "optical"], ("disabled", None, True))


@pytest.mark.rule("R-MDM-PLAN")
async def test_a_suspended_contract_may_lock_but_not_switch_settings(office: Office) -> None:
    device = await office.enrol()
    await office.tell(version=2, status_periods=(a_status("suspended"),))
    assert refusal(await office.ask(device, "camera", setting="disabled"))["code"] == "contract_not_active"
    assert (await office.ask(device, "remote_lock")).status_code == 201


@pytest.mark.rule("R-MDM-PLAN")
async def test_refuses_commands_on_a_plan_without_the_tool(office: Office) -> None:
    device = await office.enrol()
    await office.tell(version=2, plan_periods=(a_standard_plan(),))
    assert refusal(await office.ask(device, "remote_lock"))["code"] == "mdm_not_in_plan"


async def test_lists_commands_by_what_is_asked_for(office: Office) -> None:
    first, second = await office.enrol(serial="SN-1"), await office.enrol(serial="SN-2")
    made = [await office.asked(device, "remote_lock") for device in (first, second)]
    made.append(await office.asked(first, "camera", setting="disabled"))

    async def ids(**filters: Any) -> list[str]:
        answer = await office.operator.get("/api/mdm/v1/commands", params=filters)
        return [item["id"] for item in answer.json()["items"]]

    assert await ids() == [command["id"] for command in made]
    assert await ids(device_id=second.device_id) == [made[1]["id"]]
    assert await ids(function="camera", status="queued") == [made[2]["id"]]
    page = (await office.operator.get("/api/mdm/v1/commands", params={"limit": 2})).json()
    assert await ids(cursor=page["next"]) == [made[2]["id"]]
    bad = await office.operator.get("/api/mdm/v1/commands", params={"status": "sleeping"})
    assert bad.status_code == 422


async def test_why_names_rules_inputs_and_events(office: Office) -> None:
    device = await office.enrol()
    lock = await office.asked(device, "remote_lock")
    await office.fetch(device)
    await office.reply(device, lock["id"], "succeeded")
    told = (await office.operator.get(f"/api/mdm/v1/commands/{lock['id']}/why")).json()
    assert told["rule_ids"] == ["R-MDM-MATRIX", "R-MDM-PLAN"]
    assert [step["event"] for step in told["steps"]] == ["CommandRequested", "CommandSent", "CommandSucceeded"]
    assert told["steps"][0]["inputs"]["os"] == "android"
