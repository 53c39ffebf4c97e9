"""Figures of the owner, plan advice and the hand-over to accounting, against what was done over the API."""

from __future__ import annotations

import csv
from datetime import date
from io import StringIO
from typing import Any

import pytest

from common.events.helpdesk import InquiryAccepted
from contracts.testing import Desk, jst


async def called(desk: Desk, contract: dict[str, Any], times: int, month: str) -> None:
    for n in range(times):
        id_ = f"inq_{contract['id'][-4:]}{n}"
        accepted = InquiryAccepted(
            actor="op-1", inquiry_id=id_, contract_id=contract["id"], kind="how_to", channel="phone",
            site="contract_address", fee_month=month, units=1, unit_source="plan", allowed=50, used=n + 1,
            received_at=desk.suite.clock.now(),
        )  # fmt: skip
        await desk.hear(accepted, id_)


async def test_the_owner_sees_revenue_churn_places_and_use(desk: Desk) -> None:
    first, _, leaving = await desk.active(), await desk.standard(), await desk.active()
    await desk.take(first["id"], "light-hours-extension")
    await desk.post(f"/contracts/{leaving['id']}/termination", {"reason": "moves"})
    await called(desk, first, 4, "2026-06")
    june = await desk.get("/figures?month=2026-06", role="analyst")
    assert june["recurring_revenue"] == [
        {"plan_code": "light-anshin-1", "contracts": 2, "plan_yen": 4400, "option_yen": 1100},
        {"plan_code": "standard-anshin-1", "contracts": 1, "plan_yen": 3850, "option_yen": 0},
    ]
    assert june["recurring_revenue_total"] == 9350
    assert june["contracts_by_prefecture"] == [{"prefecture_code": "13", "prefecture": "東京都", "contracts": 3}]
    assert june["inquiries"][0] == {"plan_code": "light-anshin-1", "allowed": 10, "used": 4, "share": 0.4}
    desk.at(jst(2026, 7, 2))
    await desk.suite.sweep()
    july = await desk.get("/figures", role="supervisor")
    assert (july["month"], july["recurring_revenue_total"]) == ("2026-07", 7150)
    assert (await desk.get("/figures?month=2026-06", role="analyst"))["churn"] == {
        "at_start": 0, "begun": 3, "ended": 1, "rate": None,
    }  # fmt: skip
    assert (await desk.refused("/figures?month=June", method="GET", status=422, role="analyst"))["code"] == (
        "fee_month_unreadable"
    )


async def test_advice_is_given_on_the_use_that_was_heard_of(desk: Desk) -> None:
    contract = await desk.active(plan_code="standard-anshin-2", line=None)
    await called(desk, contract, 30, "2026-06")
    desk.at(jst(2026, 7, 1))
    advice = await desk.get(f"/contracts/{contract['id']}/plan-advice?months=1")
    assert (advice["best"], advice["saved"]) == ("standard-anshin-1", 550)
    assert [(plan["plan_code"], plan["cost"]) for plan in advice["plans"]] == [
        ("standard-anshin-1", 7700),
        ("standard-anshin-2", 8250),
    ]
    unknown = await desk.refused("/contracts/ctr_0/plan-advice", method="GET", status=404)
    assert unknown["code"] == "contract_unknown"


@pytest.mark.rule("R-INVOICE")
async def test_the_rows_for_accounting_add_up_to_what_is_charged(desk: Desk) -> None:
    first, second = await desk.active(), await desk.active()
    await desk.charge(second["id"], day=date(2026, 6, 20))
    desk.at(jst(2026, 7, 1))
    for contract in (first, second):
        await desk.close(contract["id"], "2026-06")
    await desk.suite.sweep()
    wrong, other = (await desk.get("/invoices"))["items"]
    correction = {"reason": "price", "lines": [{"position": 1, "amount": 2000}]}
    await desk.post(f"/invoices/{wrong['id']}/corrections", correction, role="supervisor")
    credit = {"amounts": [{"tax_rate": 10, "amount": 240}], "text": "お詫び"}
    await desk.post(f"/invoices/{other['id']}/credit-notes", credit, role="supervisor")
    query = "/accounting-export?from=2026-07-01&to=2026-07-31"
    answer = await desk.call("GET", f"{query}&lang=ja", role="supervisor")
    assert answer.content.startswith("\ufeff書類,番号,発行日".encode())
    plain = await desk.call("GET", query, role="supervisor")
    rows = list(csv.DictReader(StringIO(plain.content.decode("utf-8-sig"))))
    assert [row["document"] for row in rows] == ["invoice", "invoice", "replaced", "corrected", "credit_note"]
    assert sum(int(row["total"]) for row in rows) == wrong["total"] - 200 + other["total"] - 240
    assert all(int(row["total"]) == int(row["tax"]) + int(row["net"]) for row in rows)
    none = await desk.call("GET", "/accounting-export?from=2026-08-01&to=2026-08-31", role="supervisor")
    assert none.content.count(b"\r\n") == 1


async def test_days_that_run_backwards_are_refused(desk: Desk) -> None:
    for days in ("from=2026-07-31&to=2026-07-01", "from=2026-07-01&to=2028-07-01"):
        problem = await desk.refused(f"/accounting-export?{days}", method="GET", status=422, role="supervisor")
        assert (problem["code"], problem["rule_ids"]) == ("export_days_not_possible", ["R-INVOICE"])
    assert (await desk.call("GET", "/accounting-export?from=2026-07-01&to=2026-07-02")).status_code == 403


async def exported(desk: Desk, what: str, chosen: str = "") -> list[dict[str, str]]:
    answer = await desk.call("GET", f"/{what}-export?lang=en{chosen}", role="supervisor")
    assert answer.content.startswith(b"\xef\xbb\xbf")
    assert answer.headers["content-disposition"] == f'attachment; filename="{what}-2026-07-01.csv"'
    return list(csv.DictReader(StringIO(answer.content.decode("utf-8-sig"))))


async def test_lists_are_handed_out_as_files_in_which_nothing_is_a_formula(desk: Desk) -> None:
    holder = await desk.subscriber(name="=cmd|' /C calc'!A0", name_kana="＝ミホン", phones=["03-1234-5678"])
    applied = await desk.post("/contracts", desk.application(holder["id"]))
    await desk.consent(applied["id"])
    await desk.post(f"/contracts/{applied['id']}/activation")
    other = await desk.standard()
    desk.at(jst(2026, 7, 1))
    for contract in (applied, other):
        await desk.close(contract["id"], "2026-06")
    await desk.suite.sweep()
    paid = (await desk.get("/invoices"))["items"][1]
    await desk.post(f"/invoices/{paid['id']}/payment", {"paid_on": "2026-07-01"}, role="supervisor")

    first, second = await exported(desk, "contracts")
    assert (first["name"], first["name_kana"], first["phones"]) == ("'=cmd|' /C calc'!A0", "'＝ミホン", "'+81312345678")
    assert (first["plan_code"], first["price"], first["active_from"]) == ("light-anshin-1", "2200", "2026-06-01 10:00")
    assert (second["id"], second["service_id"]) == (other["id"], other["service_id"])
    assert [(row["total"], row["owing"], row["paid_on"]) for row in await exported(desk, "invoices")] == [
        ("2200", "open", ""), ("3850", "paid", "2026-07-01"),
    ]  # fmt: skip
    (owed,) = await exported(desk, "receivables")
    assert (owed["customer"], owed["owed"], owed["days_overdue"]) == ("'=cmd|' /C calc'!A0", "2200", "0")
    japanese = await desk.call("GET", "/receivables-export", role="supervisor")
    assert japanese.content.decode("utf-8-sig").startswith("ID,請求書番号,販売パートナー,契約者ID,宛名")
    for what in ("contracts", "invoices", "receivables"):
        assert (await desk.call("GET", f"/{what}-export")).status_code == 403
    chosen = {
        ("contracts", "&status=active"): 2,
        ("contracts", "&status=terminated"): 0,
        ("contracts", "&partner=p-nowhere"): 0,
        ("invoices", "&from=2026-07-01&to=2026-07-01"): 2,
        ("invoices", "&to=2026-06-30"): 0,
        ("invoices", "&from=2026-07-02"): 0,
        ("invoices", "&owing=paid"): 1,
        ("receivables", "&overdue=false"): 1,
        ("receivables", "&overdue=true"): 0,
    }
    assert {ask: len(await exported(desk, *ask)) for ask in chosen} == chosen
    for odd in ("contracts-export?status=lost", "invoices-export?from=June", "receivables-export?overdue=x"):
        assert (await desk.call("GET", f"/{odd}", role="supervisor")).json()["code"] == "validation_failed"
