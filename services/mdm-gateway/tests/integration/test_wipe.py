"""R-MDM-WIPE-TWO over the API: two people, one enrolment, in time, not too many."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import asyncpg
import pytest

from common.events.mdm_gateway import CommandApproved, LostDeviceReported
from mdm_gateway.testing import Office, a_light_plan, a_status, refusal


async def test_a_lost_device_is_locked_at_once(office: Office) -> None:
    tablet = await office.enrol()
    report = (await office.report_lost(tablet)).json()
    lock = await office.command(report["lock_command_id"])
    assert (lock["status"], lock["function"], lock["lost_report_id"]) == ("queued", "remote_lock", report["id"])
    assert [order["id"] for order in await office.fetch(tablet)] == [lock["id"]]
    (fact,) = await office.suite.published(LostDeviceReported)
    assert (fact.data.lock_command_id, fact.subject) == (lock["id"], report["id"])
    assert "山田" not in fact.data.model_dump_json()
    listed = await office.operator.get("/api/mdm/v1/lost-reports", params={"device_id": tablet.device_id})
    assert [item["authorised_by"] for item in listed.json()["items"]] == ["山田 花子"]


async def test_a_lock_that_is_under_way_is_the_lock_of_the_report(office: Office) -> None:
    tablet = await office.enrol()
    lock = await office.asked(tablet, "remote_lock")
    assert (await office.report_lost(tablet)).json()["lock_command_id"] == lock["id"]
    assert (await office.facts()).count("CommandRequested") == 1


@pytest.mark.rule("R-MDM-WIPE-TWO")
async def test_refuses_to_lock_for_a_caller_who_was_not_recognised(office: Office) -> None:
    tablet = await office.enrol()
    before = await office.facts()
    body = refusal(await office.report_lost(tablet, passed=False))
    assert (body["code"], body["rule_ids"]) == ("identity_not_checked", ["R-MDM-WIPE-TWO"])
    assert await office.facts() == before
    assert await office.fetch(tablet) == []


@pytest.mark.rule("R-MDM-WIPE-TWO")
async def test_refuses_a_wipe_without_an_identity_check_of_this_device_and_enrolment(office: Office) -> None:
    tablet, phone = await office.enrol(serial="SN-1"), await office.enrol(serial="SN-2")
    other = (await office.report_lost(phone)).json()["id"]
    for over in ({}, {"lost_report_id": "lost_unknown"}, {"lost_report_id": other}):
        answer = await office.ask(tablet, "remote_wipe", **over)
        assert (answer.status_code, refusal(answer)["code"]) == (409, "identity_not_checked")
    own = (await office.report_lost(tablet)).json()["id"]
    again = await office.enrol(serial="SN-1")
    assert refusal(await office.ask(again, "remote_wipe", lost_report_id=own))["code"] == "identity_not_checked"
    foreign = await office.ask(again, "camera", setting="disabled", lost_report_id=other)
    assert (foreign.status_code, refusal(foreign)["code"]) == (404, "lost_report_unknown")


@pytest.mark.rule("R-MDM-WIPE-TWO")
async def test_refuses_a_wipe_the_registered_manager_did_not_authorise(office: Office) -> None:
    tablet = await office.enrol()
    report = (await office.report_lost(tablet, authorised_by=None)).json()
    answer = await office.ask(tablet, "remote_wipe", lost_report_id=report["id"])
    assert (answer.status_code, refusal(answer)["code"]) == (409, "wipe_not_authorised")


@pytest.mark.rule("R-MDM-WIPE-TWO")
async def test_a_wipe_waits_is_approved_by_a_second_person_and_takes_the_place_of_the_lock(office: Office) -> None:
    tablet = await office.enrol()
    wipe = await office.wipe(tablet)
    assert wipe["status"] == "awaiting_approval"
    lock = (await office.operator.get("/api/mdm/v1/commands")).json()["items"][0]
    approved = await office.decide(wipe["id"], "approval")
    assert (approved.status_code, approved.json()["status"]) == (200, "queued")
    assert (await office.command(lock["id"]))["status"] == "superseded"
    assert [order["function"] for order in await office.fetch(tablet)] == ["remote_wipe"]
    await office.reply(tablet, wipe["id"], "succeeded")
    done = await office.command(wipe["id"])
    assert (done["status"], done["decided_by"]) == ("succeeded", "sv-suzuki")
    facts = [e for e in await office.suite.published() if e.subject == wipe["id"]]
    assert [e.sequence for e in facts] == [1, 2, 3, 4]


async def test_a_lock_is_delivered_while_the_wipe_still_waits(office: Office) -> None:
    tablet = await office.enrol()
    await office.wipe(tablet)
    assert [order["function"] for order in await office.fetch(tablet)] == ["remote_lock"]


@pytest.mark.rule("R-MDM-WIPE-TWO")
async def test_refuses_the_approval_of_ones_own_wipe_whatever_ones_role(office: Office) -> None:
    tablet = await office.enrol()
    wipe = await office.wipe(tablet)
    same_person = office.suite.client("supervisor", subject="op-sato")
    for decision in ("approval", "rejection"):
        answer = await office.decide(wipe["id"], decision, same_person)
        body = refusal(answer)
        assert (answer.status_code, body["code"], body["rule_ids"]) == (403, "self_approval", ["R-MDM-WIPE-TWO"])
    assert (await office.command(wipe["id"]))["status"] == "awaiting_approval"


async def test_only_supervisors_decide(office: Office) -> None:
    tablet = await office.enrol()
    wipe = await office.wipe(tablet)
    colleague = office.suite.client("operator", subject="op-tanaka")
    for decision in ("approval", "rejection"):
        answer = await office.decide(wipe["id"], decision, colleague)
        assert (answer.status_code, refusal(answer)["code"]) == (403, "forbidden")


async def test_a_second_person_can_say_no(office: Office) -> None:
    tablet = await office.enrol()
    wipe = await office.wipe(tablet)
    rejected = await office.supervisor.post(
        f"/api/mdm/v1/commands/{wipe['id']}/rejection", json={"note": "found in the office"}
    )
    assert (rejected.json()["status"], rejected.json()["detail"]) == ("rejected", "found in the office")
    assert refusal(await office.decide(wipe["id"], "approval"))["code"] == "command_not_open"
    assert (await office.facts())[-1] == "CommandRejected"


@pytest.mark.rule("R-MDM-WIPE-TWO")
@pytest.mark.parametrize("swept", [False, True])
async def test_refuses_an_approval_after_its_time(office: Office, swept: bool) -> None:
    tablet = await office.enrol()
    wipe = await office.wipe(tablet)
    office.suite.clock.advance(timedelta(hours=24))
    if swept:
        assert await office.suite.sweep() == 1
    before = await office.facts()
    answer = await office.decide(wipe["id"], "approval")
    body = refusal(answer)
    assert (answer.status_code, body["code"], body["rule_ids"]) == (409, "approval_expired", ["R-MDM-WIPE-TWO"])
    assert await office.facts() == before
    await office.suite.sweep()
    assert (await office.command(wipe["id"]))["status"] == "expired"


@pytest.mark.rule("R-MDM-WIPE-TWO")
async def test_two_racing_approvals_dispatch_one_wipe(office: Office) -> None:
    tablet = await office.enrol()
    wipe = await office.wipe(tablet)
    people = [office.suite.client("supervisor", subject=f"sv-{number}") for number in range(6)]
    answers = await asyncio.gather(*(office.decide(wipe["id"], "approval", person) for person in people))
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 5
    assert {refusal(answer)["code"] for answer in answers if answer.status_code == 409} == {"command_not_open"}
    assert len(await office.suite.published(CommandApproved)) == 1
    fetched = await asyncio.gather(*(office.fetch(tablet) for _ in range(3)))
    assert sum(len(orders) for orders in fetched) == 1
    assert (await office.facts()).count("CommandSent") == 1


@pytest.mark.rule("R-MDM-WIPE-TWO")
async def test_racing_approval_and_rejection_leave_one_decision(office: Office) -> None:
    tablet = await office.enrol()
    wipe = await office.wipe(tablet)
    decisions = ["approval", "rejection"] * 3
    answers = await asyncio.gather(*(office.decide(wipe["id"], decision) for decision in decisions))
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 5
    facts = await office.facts()
    assert facts.count("CommandApproved") + facts.count("CommandRejected") == 1


@pytest.mark.rule("R-MDM-WIPE-TWO")
async def test_an_approval_never_reaches_the_next_enrolment(office: Office) -> None:
    tablet = await office.enrol()
    wipe = await office.wipe(tablet)
    again = await office.enrol()
    answer = await office.decide(wipe["id"], "approval")
    assert (answer.status_code, refusal(answer)["code"]) == (409, "command_not_open")
    assert await office.fetch(again) == []


@pytest.mark.rule("R-MDM-WIPE-TWO")
async def test_a_delivered_wipe_is_in_doubt_after_a_new_enrolment(office: Office) -> None:
    tablet = await office.enrol()
    wipe = await office.wipe(tablet)
    await office.decide(wipe["id"], "approval")
    await office.fetch(tablet)
    again = await office.enrol()
    assert (await office.command(wipe["id"]))["status"] == "unconfirmed"
    assert refusal(await office.reply(again, wipe["id"], "succeeded"))["code"] == "command_unknown"


async def test_a_delivered_wipe_without_an_answer_is_unconfirmed_until_the_device_says_so(office: Office) -> None:
    tablet = await office.enrol()
    wipe = await office.wipe(tablet)
    await office.decide(wipe["id"], "approval")
    await office.fetch(tablet)
    office.suite.clock.advance(timedelta(hours=1))
    assert await office.suite.sweep() == 1
    assert (await office.command(wipe["id"]))["status"] == "unconfirmed"
    assert await office.fetch(tablet) == []
    assert refusal(await office.reply(tablet, wipe["id"], "failed"))["code"] == "command_not_open"
    assert (await office.reply(tablet, wipe["id"], "succeeded")).json()["status"] == "succeeded"


async def test_an_approved_wipe_waits_thirty_days_for_a_device_that_is_off(office: Office) -> None:
    tablet = await office.enrol()
    wipe = await office.wipe(tablet)
    await office.decide(wipe["id"], "approval")
    office.suite.clock.advance(timedelta(days=29))
    await office.suite.sweep()
    assert [order["id"] for order in await office.fetch(tablet)] == [wipe["id"]]


@pytest.mark.rule("R-MDM-WIPE-TWO")
async def test_wipes_of_a_contract_are_limited_per_hour(office: Office) -> None:
    await office.tell(version=2, plan_periods=(a_light_plan(seats=3),))
    tablets = [await office.enrol(serial=f"SN-{number}") for number in range(3)]
    for tablet in tablets:
        wipe = await office.wipe(tablet)
        assert (await office.decide(wipe["id"], "approval")).status_code == 200
    again = await office.enrol(serial="SN-0", device_id=tablets[0].device_id)
    report = (await office.report_lost(again)).json()["id"]
    body = refusal(await office.ask(again, "remote_wipe", lost_report_id=report))
    assert (body["code"], body["why"]["limit"], body["why"]["used"]) == ("wipe_limit_reached", 3, 3)
    office.suite.clock.advance(timedelta(hours=1))
    assert (await office.ask(again, "remote_wipe", lost_report_id=report)).status_code == 201


@pytest.mark.rule("R-MDM-WIPE-TWO")
async def test_parallel_approvals_of_many_wipes_keep_the_limit(office: Office) -> None:
    tablets = [await office.enrol(serial=f"SN-{number}") for number in range(3)]
    async with office.suite.transaction() as tx:
        # As if one wipe of this contract had been approved half an hour ago.
        done = await office.wipe(tablets[0])
        await tx.connection.execute(
            "UPDATE device_command SET status = 'succeeded', approved_at = requested_at - interval '30 minutes', "
            "decided_by = 'sv-x', decided_by_person = 'sv-x', due_at = NULL WHERE id = $1",
            done["id"],
        )
    wipes = [await office.wipe(tablet) for tablet in tablets]
    answers = await asyncio.gather(*(office.decide(wipe["id"], "approval") for wipe in wipes))
    assert sorted(answer.status_code for answer in answers) == [200, 200, 409]
    assert [refusal(answer)["code"] for answer in answers if answer.status_code == 409] == ["wipe_limit_reached"]


@pytest.mark.rule("R-MDM-PLAN")
async def test_a_suspended_contract_may_still_wipe_but_an_ended_one_may_not(office: Office) -> None:
    tablet = await office.enrol()
    await office.tell(version=2, status_periods=(a_status("suspended"),))
    wipe = await office.wipe(tablet)
    await office.tell(version=3, status_periods=(a_status("terminated"),))
    assert refusal(await office.decide(wipe["id"], "approval"))["code"] == "contract_not_active"
    assert refusal(await office.report_lost(tablet))["code"] == "contract_not_active"


async def test_a_stale_approval_is_refused(office: Office) -> None:
    tablet = await office.enrol()
    wipe = await office.wipe(tablet)
    stale = await office.decide(wipe["id"], "approval", headers={"If-Match": '"7"'})
    assert (stale.status_code, refusal(stale)["code"]) == (412, "stale_version")
    assert (await office.decide(wipe["id"], "approval", headers={"If-Match": '"1"'})).status_code == 200


@pytest.mark.rule("R-MDM-WIPE-TWO")
async def test_the_database_lets_no_wipe_go_without_a_second_person(office: Office) -> None:
    tablet = await office.enrol()
    wipe = await office.wipe(tablet)
    for forged in (
        "status = 'queued'",
        "status = 'queued', approved_at = requested_at, decided_by = requested_by",
        "status = 'sent', approved_at = requested_at",
        (
            "status = 'queued', approved_at = requested_at, decided_by = 'sv-suzuki', decided_by_person = 'sv-suzuki', "
            "lost_report_id = NULL"
        ),
        "status = 'queued', approved_at = requested_at, decided_by = 'sv-suzuki'",
        (
            "status = 'queued', approved_at = requested_at, decided_by = 'sv-suzuki', "
            "decided_by_person = requested_by_person"
        ),
        (
            "status = 'queued', approved_at = requested_at, decided_by = 'sv-suzuki', decided_by_person = 'sv-suzuki', "
            "requested_by_person = NULL"
        ),
    ):
        with pytest.raises(asyncpg.CheckViolationError, match="ck_device_command_two_people"):
            async with office.suite.transaction() as tx:
                await tx.connection.execute(f"UPDATE device_command SET {forged} WHERE id = $1", wipe["id"])
