"""Contracts of closed plans: billed always, supported once their limits are recorded."""

from __future__ import annotations

from typing import Any

import pytest

from common.events.contracts import EntitlementsChanged
from contracts.testing import Desk, jst


async def entered(desk: Desk, **over: Any) -> Any:
    subscriber = await desk.subscriber()
    old = {"plan_code": "light-1", "start_on": "2015-04-01", "legacy_number": "L-1", **over}
    return await desk.post("/legacy-contracts", desk.application(subscriber["id"], **old), role="supervisor")


@pytest.mark.rule("R-SALE-WINDOW")
async def test_without_recorded_limits_it_is_billed_and_flagged_never_guessed(desk: Desk) -> None:
    contract = await entered(desk)
    assert (contract["status"], contract["flags"], contract["warnings"]) == ("active", ["limits_not_recorded"], [])
    found = await desk.get(f"/contracts/{contract['id']}/entitlements")
    assert (found["inquiries"]["limit"], found["flags"]) == (None, ["limits_not_recorded"])
    assert not any(found[part]["available"] for part in ("visit_right", "loans", "seats", "telework"))
    desk.at(jst(2026, 7, 1))
    assert (await desk.close(contract["id"], "2026-06")).json()["total"] == 1760
    assert (await desk.close(contract["id"], "2026-05")).json()["code"] == "fee_month_not_billed"


async def test_a_supervisor_records_the_limits(desk: Desk) -> None:
    contract = await entered(desk)
    limits = {"inquiry_limit": 3, "setup_visit": True}
    path = f"/contracts/{contract['id']}/recorded-limits"
    done = await desk.call("PUT", path, limits, role="supervisor")
    assert (done.status_code, done.json()["flags"]) == (200, [])
    (plan,) = (await desk.told(EntitlementsChanged))[-1].data.plan_periods
    assert (plan.inquiry_limit, plan.setup_visit, plan.isolation, plan.loan) == (3, True, 0, False)
    assert (plan.support_hours[0].closes, plan.visit_hours[0].closes) == ("18:00", "17:00")
    forbidden = await desk.call("PUT", path, limits)
    assert forbidden.status_code == 403


async def test_limits_of_a_plan_on_sale_come_from_the_catalogue(desk: Desk) -> None:
    contract = await desk.active()
    path = f"/contracts/{contract['id']}/recorded-limits"
    problem = await desk.refused(path, {"inquiry_limit": 99}, method="PUT", role="supervisor")
    assert problem["code"] == "limits_from_catalogue"


async def test_limits_may_come_with_the_import(desk: Desk) -> None:
    hours = [{"weekdays": [1, 2, 3, 4, 5], "opens": "10:00", "closes": "17:00"}]
    contract = await entered(desk, recorded_limits={"inquiry_limit": 3, "support_hours": hours, "seats": 2})
    found = await desk.get(f"/contracts/{contract['id']}/entitlements")
    assert (found["inquiries"]["limit"], found["support_hours"]["weekly"], found["flags"]) == (3, hours, [])
    assert found["seats"]["available"] is False


@pytest.mark.rule("R-SALE-WINDOW")
@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"plan_code": "light-anshin-1"}, "plan_not_closed"),
        ({"start_on": "2019-04-20"}, "plan_not_on_sale"),
        ({"plan_code": "light-9"}, "plan_unknown"),
        ({"line": None}, "line_not_identified"),
    ],
)
async def test_refuses_what_cannot_be_an_old_contract(desk: Desk, change: dict[str, Any], code: str) -> None:
    subscriber = await desk.subscriber()
    old = {"plan_code": "light-1", "start_on": "2015-04-01", "legacy_number": "L-1", **change}
    asked = desk.application(subscriber["id"], **old)
    assert (await desk.refused("/legacy-contracts", asked, role="supervisor"))["code"] == code


async def test_an_old_number_is_imported_once(desk: Desk) -> None:
    contract = await entered(desk)
    old = {"plan_code": "light-1", "start_on": "2015-04-01", "legacy_number": "L-1"}
    asked = desk.application(contract["subscriber_id"], **old)
    assert (await desk.refused("/legacy-contracts", asked, role="supervisor"))["code"] == "legacy_number_taken"
    same_line = {**asked, "legacy_number": "L-2", "line": contract["line"]}
    problem = await desk.refused("/legacy-contracts", same_line, role="supervisor")
    assert problem["code"] == "line_already_contracted"


async def test_a_start_after_the_inferred_end_of_sale_is_a_warning(desk: Desk) -> None:
    contract = await entered(desk, plan_code="standard-mini", line=None, start_on="2019-12-01")
    assert contract["warnings"] == [
        {"code": "start_after_inferred_end_of_sale", "start_on": "2019-12-01", "sold_to": "2019-04-19"}
    ]


async def test_hours_that_say_nothing_are_refused(desk: Desk) -> None:
    contract = await entered(desk)
    limits = {"inquiry_limit": 3, "support_hours": [{"weekdays": [1], "opens": "18:00", "closes": "09:00"}]}
    path = f"/contracts/{contract['id']}/recorded-limits"
    problem = await desk.refused(path, limits, method="PUT", status=422, role="supervisor")
    assert problem["code"] == "opening_hours_unreadable"


async def test_a_closed_plan_is_left_for_one_on_sale(desk: Desk) -> None:
    contract = await entered(desk)
    change = await desk.post(f"/contracts/{contract['id']}/plan-changes", {"plan_code": "light-anshin-1"})
    assert change["effective_from"] == "2026-07-01T00:00:00+09:00"
