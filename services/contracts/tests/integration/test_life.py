"""Options, plan changes, suspension and termination of a contract in force, and what comes due by itself."""

from __future__ import annotations

import pytest

from common.events.contracts import (
    ContractResumed,
    ContractSuspended,
    ContractTerminated,
    ContractTerminationCancelled,
    EntitlementsChanged,
    OptionAdded,
    OptionEnded,
    PlanChangeCancelled,
    PlanChanged,
    PlanChangeScheduled,
)
from common.events.mdm_gateway import DeviceEnrolled
from contracts.testing import Desk, jst


async def test_an_option_is_taken_and_told(desk: Desk) -> None:
    contract = await desk.active()
    option = await desk.take(contract["id"], "light-hours-extension")
    assert (option["price"], option["start_on"], option["rule_ids"]) == (1100, "2026-06-01", ["R-HOURS-EXT"])
    assert (await desk.get(f"/contracts/{contract['id']}/options"))["items"] == [option]
    (told,) = await desk.told(OptionAdded)
    assert told.data.option_id == option["id"]


@pytest.mark.rule("R-EXTRA-INQUIRIES")
async def test_refuses_extra_inquiries_on_a_light_plan(desk: Desk) -> None:
    contract = await desk.active()
    body = {"option_code": "standard-extra-inquiries", "start_on": "2026-06-01"}
    problem = await desk.refused(f"/contracts/{contract['id']}/options", body)
    assert problem["code"] == "option_not_for_plan"
    assert "R-EXTRA-INQUIRIES" in problem["rule_ids"]
    assert problem["why"]["offered_with"] == ["standard-anshin-1", "standard-anshin-2"]


@pytest.mark.rule("R-EXTRA-INQUIRIES")
async def test_refuses_extra_inquiries_twice_in_one_fee_month(desk: Desk) -> None:
    contract = await desk.standard()
    await desk.take(contract["id"], "standard-extra-inquiries")
    body = {"option_code": "standard-extra-inquiries", "start_on": "2026-06-20"}
    problem = await desk.refused(f"/contracts/{contract['id']}/options", body)
    assert (problem["code"], problem["rule_ids"]) == ("extra_inquiries_already_taken", ["R-EXTRA-INQUIRIES"])
    assert problem["why"]["fee_month"] == "2026-06"
    await desk.take(contract["id"], "standard-extra-inquiries", "2026-07-01")


async def test_refuses_options_on_a_contract_that_is_not_active(desk: Desk) -> None:
    contract = await desk.applied()
    body = {"option_code": "light-hours-extension", "start_on": "2026-06-01"}
    problem = await desk.refused(f"/contracts/{contract['id']}/options", body)
    assert (problem["code"], problem["why"]) == ("contract_not_active", {"status": "applied"})


async def test_an_hours_extension_that_ends_is_told_when_its_end_has_come(desk: Desk) -> None:
    contract = await desk.active()
    option = await desk.take(contract["id"], "light-hours-extension")
    await desk.post(f"/contracts/{contract['id']}/options/{option['id']}/end", {"end_on": "2026-06-30"})
    desk.at(jst(2026, 6, 30, 23, 59))
    await desk.suite.sweep()
    assert await desk.told(OptionEnded) == []
    desk.at(jst(2026, 7, 1))
    await desk.suite.sweep()
    await desk.suite.sweep()
    (told,) = await desk.told(OptionEnded)
    assert told.data.ends_at == jst(2026, 7, 1)
    assert told.data.actor == "system:contracts"


async def test_an_option_in_the_future_is_taken_back(desk: Desk) -> None:
    contract = await desk.active()
    option = await desk.take(contract["id"], "light-hours-extension", "2026-09-01")
    await desk.post(f"/contracts/{contract['id']}/options/{option['id']}/end", {})
    assert (await desk.get(f"/contracts/{contract['id']}/options"))["items"] == []
    assert len(await desk.told(OptionEnded)) == 1
    unknown = await desk.refused(f"/contracts/{contract['id']}/options/opt_0/end", {}, status=404)
    assert unknown["code"] == "option_unknown"


@pytest.mark.rule("R-PLAN-CHANGE")
async def test_a_plan_changes_with_the_next_fee_month(desk: Desk) -> None:
    contract = await desk.active()
    change = await desk.post(f"/contracts/{contract['id']}/plan-changes", {"plan_code": "light-anshin-2"})
    assert (change["effective_from"], change["status"]) == ("2026-07-01T00:00:00+09:00", "scheduled")
    waiting = await desk.get(f"/contracts/{contract['id']}")
    assert (waiting["plan_code"], waiting["next_plan_code"]) == ("light-anshin-1", "light-anshin-2")
    path = f"/contracts/{contract['id']}/entitlements?at="
    limits = [(await desk.get(path + f"2026-0{m}T00:00:00Z"))["inquiries"]["limit"] for m in ("6-30", "7-01")]
    assert limits == [5, 10]
    desk.at(jst(2026, 7, 1))
    await desk.suite.sweep()
    await desk.suite.sweep()
    changed = await desk.get(f"/contracts/{contract['id']}")
    assert (changed["plan_code"], changed["next_plan_code"]) == ("light-anshin-2", None)
    assert (await desk.get(f"/contracts/{contract['id']}/plan-changes"))["items"][0]["status"] == "effective"
    assert len(await desk.told(PlanChangeScheduled)) == len(await desk.told(PlanChanged)) == 1


@pytest.mark.rule("R-PLAN-CHANGE")
async def test_a_change_of_plan_is_taken_back_in_time(desk: Desk) -> None:
    contract = await desk.active()
    change = await desk.post(f"/contracts/{contract['id']}/plan-changes", {"plan_code": "light-anshin-2"})
    twice = await desk.refused(f"/contracts/{contract['id']}/plan-changes", {"plan_code": "standard-anshin-1"})
    assert twice["code"] == "plan_change_already_scheduled"
    path = f"/contracts/{contract['id']}/plan-changes/{change['id']}/cancellation"
    assert (await desk.post(path))["next_plan_code"] is None
    assert (await desk.refused(path))["code"] == "plan_change_in_force"
    assert len(await desk.told(PlanChangeCancelled)) == 1
    state = (await desk.told(EntitlementsChanged))[-1].data
    assert [(p.code, p.to) for p in state.plan_periods] == [("light-anshin-1", None)]
    again = await desk.post(f"/contracts/{contract['id']}/plan-changes", {"plan_code": "light-anshin-2"})
    assert again["status"] == "scheduled"


@pytest.mark.rule("R-SALE-WINDOW", "R-PLAN-CHANGE")
@pytest.mark.parametrize(("plan", "code"), [("light-1", "plan_not_on_sale"), ("light-anshin-1", "plan_unchanged")])
async def test_refuses_a_change_to_a_closed_or_the_same_plan(desk: Desk, plan: str, code: str) -> None:
    contract = await desk.active()
    problem = await desk.refused(f"/contracts/{contract['id']}/plan-changes", {"plan_code": plan})
    assert problem["code"] == code


@pytest.mark.rule("R-MDM-PLAN")
async def test_a_change_that_lowers_the_seats_names_the_devices(desk: Desk) -> None:
    contract = await desk.active(plan_code="light-anshin-2")
    for n in range(4):
        enrolled = DeviceEnrolled(
            actor="agent", device_id=f"dev_{n}", contract_id=contract["id"], os="android", os_version="16",
            model="Tab", enrolment_generation=1, seats_used=n + 1, seats=5,
        )  # fmt: skip
        await desk.hear(enrolled, f"dev_{n}")
    change = await desk.post(f"/contracts/{contract['id']}/plan-changes", {"plan_code": "light-anshin-1"})
    named = change["devices_to_unenrol"]
    assert (named["count"], named["seats"], named["rule_ids"]) == (1, 3, ["R-MDM-PLAN"])
    assert named["enrolled"] == ["dev_0", "dev_1", "dev_2", "dev_3"]
    assert named["by"] == "2026-07-01T00:00:00+09:00"
    assert named["known_up_to"] == "2026-06-01T10:00:00+09:00"


@pytest.mark.rule("R-ELIGIBLE-LINE")
async def test_from_light_to_standard_the_line_is_free_after_the_change(desk: Desk) -> None:
    contract = await desk.active()
    await desk.post(f"/contracts/{contract['id']}/plan-changes", {"plan_code": "standard-anshin-1"})
    same_line = desk.application(contract["subscriber_id"], line=contract["line"], start_on="2026-07-01")
    assert (await desk.refused("/contracts", same_line))["code"] == "line_already_contracted"
    desk.at(jst(2026, 7, 1))
    await desk.suite.sweep()
    changed = await desk.get(f"/contracts/{contract['id']}")
    assert (changed["line"], changed["family"]) == (None, "standard")
    assert changed["access_lines"][0]["number"] == contract["line"]["number"]
    assert (await desk.post("/contracts", same_line))["status"] == "applied"


async def test_a_contract_is_suspended_and_resumed(desk: Desk) -> None:
    contract = await desk.active()
    suspended = await desk.post(f"/contracts/{contract['id']}/suspensions", {"reason": "unpaid"})
    assert suspended["status"] == "suspended"
    entitlements = await desk.get(f"/contracts/{contract['id']}/entitlements")
    assert (entitlements["status"], entitlements["active"]) == ("suspended", False)
    again = await desk.refused(f"/contracts/{contract['id']}/suspensions", {"reason": "unpaid"})
    assert again["code"] == "wrong_state"
    assert (await desk.post(f"/contracts/{contract['id']}/resumption"))["status"] == "active"
    assert len(await desk.told(ContractSuspended)) == len(await desk.told(ContractResumed)) == 1


@pytest.mark.rule("R-FEE-MONTH")
async def test_a_contract_ends_with_its_fee_month_and_frees_its_line(desk: Desk) -> None:
    contract = await desk.active()
    ending = await desk.post(f"/contracts/{contract['id']}/termination", {"reason": "moves"})
    assert (ending["status"], ending["ends_at"]) == ("active", "2026-07-01T00:00:00+09:00")
    again = await desk.refused(f"/contracts/{contract['id']}/termination", {"reason": "moves"})
    assert again["code"] == "contract_ending"
    desk.at(jst(2026, 7, 1))
    assert (await desk.get(f"/contracts/{contract['id']}"))["status"] == "terminated"
    await desk.suite.sweep()
    await desk.suite.sweep()
    (told,) = await desk.told(ContractTerminated)
    assert told.data.ends_at == jst(2026, 7, 1)
    asked = desk.application(contract["subscriber_id"], line=contract["line"], start_on="2026-07-01")
    assert (await desk.post("/contracts", asked))["status"] == "applied"


@pytest.mark.rule("R-FEE-MONTH")
async def test_a_scheduled_end_is_taken_back_and_the_contract_goes_on_for_everybody(desk: Desk) -> None:
    contract = await desk.active()
    path = f"/contracts/{contract['id']}"
    await desk.take(contract["id"], "light-hours-extension")
    before = (await desk.told(EntitlementsChanged))[-1].data
    not_ending = await desk.refused(f"{path}/termination/cancellation", {"reason": "stays"})
    assert (not_ending["code"], not_ending["rule_ids"]) == ("contract_not_ending", ["R-FEE-MONTH"])
    await desk.post(f"{path}/termination", {"reason": "moves"})
    going_on = await desk.post(f"{path}/termination/cancellation", {"reason": "stays"})
    assert (going_on["status"], going_on["ends_at"]) == ("active", None)
    after = (await desk.told(EntitlementsChanged))[-1].data
    assert after == before.model_copy(update={"version": before.version + 2})
    assert len(await desk.told(ContractTerminationCancelled)) == 1
    desk.at(jst(2026, 7, 1))
    await desk.suite.sweep()
    assert (await desk.get(path))["status"] == "active"
    assert (await desk.close(contract["id"], "2026-06")).json()["total"] == 3300
    await desk.post(f"{path}/termination", {"reason": "moves"})
    desk.at(jst(2026, 8, 1))
    late = await desk.refused(f"{path}/termination/cancellation", {"reason": "stays"})
    assert (late["code"], late["why"]["status"]) == ("wrong_state", "terminated")


@pytest.mark.rule("R-TELEWORK")
async def test_telework_sites_are_for_standard_contracts(desk: Desk) -> None:
    light, standard = await desk.active(), await desk.standard()
    problem = await desk.refused(f"/contracts/{light['id']}/sites", {"label": "自宅"})
    assert (problem["code"], problem["rule_ids"]) == ("telework_requires_standard", ["R-TELEWORK"])
    site = await desk.post(f"/contracts/{standard['id']}/sites", {"label": "自宅"})
    assert (await desk.get(f"/contracts/{standard['id']}/entitlements"))["site_ids"] == [site["id"]]
    desk.at(jst(2026, 6, 2))
    gone = await desk.call("DELETE", f"/contracts/{standard['id']}/sites/{site['id']}")
    assert gone.status_code == 204
    assert (await desk.get(f"/contracts/{standard['id']}/entitlements"))["site_ids"] == []
    assert (await desk.get(f"/contracts/{standard['id']}/sites"))["items"][0]["ends_at"] is not None
    unknown = await desk.refused(f"/contracts/{standard['id']}/sites/{site['id']}", method="DELETE", status=404)
    assert unknown["code"] == "site_unknown"


@pytest.mark.rule("R-CONSENT")
async def test_refuses_a_consent_to_no_document_or_from_the_future(desk: Desk) -> None:
    contract = await desk.applied()
    body = {"version": "2024-04", "accepted_by": "x", "accepted_at": "2026-06-01T10:00:00+09:00"}
    for change in ({"document": "house_rules"}, {"document": "service_terms", "accepted_at": "2026-06-02T00:00:00Z"}):
        problem = await desk.refused(f"/contracts/{contract['id']}/consents", {**body, **change})
        assert (problem["code"], problem["rule_ids"]) == ("consent_not_possible", ["R-CONSENT"])
    assert (await desk.get(f"/contracts/{contract['id']}/consents"))["items"] == []


async def test_entitlements_name_every_limit_with_its_rules(desk: Desk) -> None:
    contract = await desk.active()
    await desk.take(contract["id"], "light-hours-extension")
    found = await desk.get(f"/contracts/{contract['id']}/entitlements?at=2026-06-07T03:00:00Z")
    assert found["inquiries"] == {
        "limit": 5, "plan": 5, "extra": 0, "rule_ids": ["R-QUOTA-INQUIRY", "R-EXTRA-INQUIRIES"],
    }  # fmt: skip
    assert (found["support_hours"]["always_open"], found["support_hours"]["open"]) == (True, True)
    assert (found["setup_visit_hours"]["always_open"], found["setup_visit_hours"]["open"]) == (False, False)
    assert (found["seats"]["limit"], found["visit_right"]["limit"]) == (3, 1)
    assert (found["loans"]["limit"], found["loans"]["days_max"]) == (5, 14)
    assert (found["telework"]["available"], found["fee_month"]["name"]) == (False, "2026-06")
    assert [option["option_code"] for option in found["options"]] == ["light-hours-extension"]
    assert found["consents"]["missing"] == {
        "remote_session": ["remote_support_licence"],
        "management_tool": ["management_tool_licence"],
    }
    assert found["flags"] == []
