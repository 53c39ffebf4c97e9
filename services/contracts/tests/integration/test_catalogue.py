"""The catalogue and the calendar: loaded at start, told when they changed, kept by their days."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest

from common.entitlements import closed_days
from common.events.contracts import CalendarChanged, CatalogueChanged
from common.testing import running
from contracts.app import create_app
from contracts.settings import ContractsSettings
from contracts.storage import catalogue
from contracts.storage.catalogue_document import shipped_document
from contracts.testing import MONDAY_MORNING, Desk, jst


async def test_every_part_that_others_judge_by_is_told_at_the_first_start(desk: Desk) -> None:
    told = {event.data.part: event for event in await desk.told(CatalogueChanged)}
    assert set(told) == {"visit_menu", "loan_kinds", "tool_matrix", "required_consents", "service_goals", "settings"}
    assert {(part, event.key, event.sequence) for part, event in told.items()} == {(p, p, 1) for p in told}
    menu = {item.code: item.unit_price for item in told["visit_menu"].data.visit_menu}
    assert menu == {"basic-work": 4950, "diagnosis": 1650, "pc-internet-connection": 3300, "printer-setup": 4840}
    assert told["settings"].data.settings["loan_days_max"] == 14
    goals = {plan: goal for goal in told["service_goals"].data.service_goals for plan in goal.plans}
    assert set(goals) == {plan["code"] for plan in shipped_document()["plans"]}
    assert goals["standard-anshin-1"].first_response_minutes == 30
    assert {(r.purpose, r.document) for r in told["required_consents"].data.required_consents} == {
        ("activation", "service_terms"),
        ("remote_session", "service_terms"),
        ("remote_session", "remote_support_licence"),
        ("management_tool", "management_tool_licence"),
        ("visit", "service_terms"),
    }
    (calendar,) = await desk.told(CalendarChanged)
    days = closed_days(calendar.data)
    assert [days.reason(date(2026, 12, day)) for day in (28, 29)] == [None, "year_end"]
    assert days.reason(date(2026, 5, 6)) == "national_holiday"


async def test_a_second_start_tells_nothing(desk: Desk, service_url: Callable[[str], str]) -> None:
    before = len(await desk.suite.published())
    later = datetime(2026, 6, 2, tzinfo=UTC)
    async with running(create_app, ContractsSettings, url=service_url("contracts"), at=later) as again:
        assert len(await again.published()) == before


async def test_a_part_that_changed_counts_from_its_day_and_the_old_one_stays(desk: Desk) -> None:
    plans: Any = shipped_document()["plans"]
    plans[0]["prices"].append({"since": "2026-07-01", "yen": 2400})
    async with desk.suite.transaction() as tx:
        assert await catalogue.keep_part(tx, "plans", plans, jst(2026, 6, 10))
        assert not await catalogue.keep_part(tx, "plans", plans, jst(2026, 6, 11))
        books = [await catalogue.current(tx, at) for at in (MONDAY_MORNING, jst(2026, 6, 10))]
    prices = [book.plan("light-anshin-1").price_on(date(2026, 7, 1)) for book in books]
    assert prices == [2200, 2400]


async def test_a_running_contract_keeps_its_price(desk: Desk) -> None:
    old = await desk.active()
    plans: Any = shipped_document()["plans"]
    plans[0]["prices"].append({"since": "2026-07-01", "yen": 2400})
    async with desk.suite.transaction() as tx:
        await catalogue.keep_part(tx, "plans", plans, jst(2026, 6, 2))
    desk.at(jst(2026, 7, 2))
    new = await desk.active(start_on="2026-07-02")
    desk.at(jst(2026, 8, 1))
    await desk.close(old["id"], "2026-06")
    totals = [(await desk.close(contract["id"], "2026-07")).json()["total"] for contract in (old, new)]
    assert totals == [2200, 2400]


async def test_the_plan_list_shows_what_is_sold_and_what_is_closed(desk: Desk) -> None:
    plans = {plan["code"]: plan for plan in (await desk.get("/plans"))["items"]}
    assert (plans["light-anshin-1"]["on_sale"], plans["standard-4"]["on_sale"]) == (True, False)
    assert plans["standard-anshin-1"]["options"] == ["standard-hours-extension", "standard-extra-inquiries"]
    assert (plans["light-mini"]["inquiry_limit"], plans["standard-mini"]["end_date_inferred"]) == (None, True)


async def test_the_plan_sheet_is_handed_out_in_both_languages_as_data_and_as_a_page(desk: Desk) -> None:
    sheet = await desk.get("/plan-sheet")
    assert (sheet["language"], sheet["as_of"], sheet["title"]) == ("ja", "2026-06-01", "ITサポート&セキュリティ")
    assert [section["code"] for section in sheet["sections"]] == [
        "service", "prices", "functions", "features", "conditions", "other",
    ]  # fmt: skip
    blocks = {block["table"]["code"]: block["table"] for block in sheet["sections"][1]["blocks"] if block["table"]}
    assert blocks["initial_fee"]["rows"] == [[{"text": "1. 初期費用", "mark": ""}, {"text": "不要", "mark": ""}]]
    assert (await desk.get("/plan-sheet?lang=en"))["title"] == "IT Support & Security"
    html = await desk.call("GET", "/plan-sheet?lang=ja&format=html&on=2026-07-01")
    assert html.headers["content-type"] == "text/html; charset=utf-8"
    assert "2026年7月1日現在" in html.text
    for wrong in ("lang=fr", "format=pdf", "on=tomorrow"):
        refused = await desk.refused(f"/plan-sheet?{wrong}", method="GET", status=422)
        assert refused["code"] == "validation_failed"


@pytest.mark.rule("R-CLOSED-DAYS")
async def test_a_supervisor_closes_and_opens_days_and_everybody_is_told(desk: Desk) -> None:
    typhoon = await desk.call("PUT", "/closed-days/2026-07-02", {"reason": "typhoon"}, role="supervisor")
    assert typhoon.json() == {"day": "2026-07-02", "closed": True, "reason": "typhoon"}
    body = {"closed": False, "reason": "fair"}
    await desk.call("PUT", "/closed-days/2026-07-05", body, role="supervisor")
    calendar = (await desk.told(CalendarChanged))[-1]
    days = closed_days(calendar.data)
    assert (calendar.sequence, calendar.key) == (3, "calendar")
    assert (days.reason(date(2026, 7, 2)), days.is_closed(date(2026, 7, 5))) == ("typhoon", False)
    contract = await desk.active()
    path = f"/contracts/{contract['id']}/entitlements?at="
    at_ten = [(await desk.get(path + f"2026-07-0{day}T01:00:00Z"))["support_hours"]["open"] for day in (1, 2, 5)]
    assert at_ten == [True, False, True]
    again = await desk.call("PUT", "/closed-days/2026-07-02", {"reason": "typhoon"}, role="supervisor")
    assert again.status_code == 200
    assert len(await desk.told(CalendarChanged)) == 3


@pytest.mark.rule("R-CLOSED-DAYS")
async def test_an_exception_is_taken_back(desk: Desk) -> None:
    await desk.call("PUT", "/closed-days/2026-07-02", {"reason": "typhoon"}, role="supervisor")
    gone = await desk.call("DELETE", "/closed-days/2026-07-02", role="supervisor")
    assert gone.status_code == 204
    assert (await desk.get("/closed-days"))["items"] == []
    assert (await desk.told(CalendarChanged))[-1].data.closed == ()
    problem = await desk.refused("/closed-days/2026-07-02", method="DELETE", status=404, role="supervisor")
    assert problem["code"] == "closed_day_unknown"
