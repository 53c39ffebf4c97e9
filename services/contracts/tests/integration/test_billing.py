"""The fee month closes: statements with every line traceable, once, never changed."""

from __future__ import annotations

import asyncio
from datetime import date

import asyncpg
import pytest

from common.events.contracts import ContractActivated, OptionAdded, StatementClosed
from contracts.testing import Desk, jst

JULY = jst(2026, 7, 1)


@pytest.mark.rule("R-INVOICE", "R-FEE-MONTH")
async def test_the_month_of_the_main_job_closes_with_21340_yen_and_every_line_names_its_event(desk: Desk) -> None:
    contract = await desk.active()
    await desk.take(contract["id"], "light-hours-extension")
    event_id = await desk.charge(contract["id"], day=date(2026, 6, 20))
    early = await desk.close(contract["id"], "2026-06")
    assert (early.status_code, early.json()["code"]) == (409, "fee_month_not_over")
    assert early.json()["rule_ids"] == ["R-FEE-MONTH", "R-INVOICE"]
    desk.at(JULY)
    closed = await desk.close(contract["id"], "2026-06")
    assert closed.status_code == 201
    statement = await desk.get(f"/statements/{closed.json()['statement_id']}")
    assert (statement["total"], statement["tax"]) == (21340, 1940)
    assert [line["amount"] for line in statement["lines"]] == [2200, 1100, 18040]
    (activated,) = await desk.told(ContractActivated)
    (added,) = await desk.told(OptionAdded)
    assert [line["event_id"] for line in statement["lines"]] == [activated.id, added.id, event_id]
    assert all(line["rule_ids"] for line in statement["lines"])
    (told,) = await desk.told(StatementClosed)
    assert (told.data.total, told.data.tax, told.data.lines) == (21340, 1940, 3)
    why = await desk.get(f"/statements/{statement['id']}/why")
    assert [item["menu_code"] for item in why["lines"][2]["why"]["lines"]] == [
        "basic-work", "diagnosis", "pc", "printer",
    ]  # fmt: skip


@pytest.mark.rule("R-INVOICE")
async def test_closing_twice_gives_the_same_statement(desk: Desk) -> None:
    contract = await desk.active()
    desk.at(JULY)
    first, second = [await desk.close(contract["id"], "2026-06") for _ in range(2)]
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json() == second.json()
    assert len(await desk.told(StatementClosed)) == 1


@pytest.mark.rule("R-INVOICE")
async def test_ten_closings_at_once_make_one_statement(desk: Desk) -> None:
    contract = await desk.active()
    desk.at(JULY)
    answers = await asyncio.gather(*(desk.close(contract["id"], "2026-06") for _ in range(10)))
    assert sorted(answer.status_code for answer in answers) == [200] * 9 + [201]
    assert len({answer.json()["statement_id"] for answer in answers}) == 1
    assert len(await desk.told(StatementClosed)) == 1


@pytest.mark.rule("R-INVOICE")
async def test_a_charge_that_comes_after_the_closing_goes_onto_the_next_statement_with_its_month(desk: Desk) -> None:
    contract = await desk.active()
    desk.at(JULY)
    june = (await desk.close(contract["id"], "2026-06")).json()
    await desk.charge(contract["id"], day=date(2026, 6, 30))
    assert (await desk.get(f"/statements/{june['statement_id']}"))["total"] == 2200
    desk.at(jst(2026, 8, 1))
    july = (await desk.close(contract["id"], "2026-07")).json()
    lines = (await desk.get(f"/statements/{july['statement_id']}"))["lines"]
    assert [(line["kind"], line["service_month"]) for line in lines] == [
        ("plan", "2026-07"),
        ("setup_visit", "2026-06"),
    ]


@pytest.mark.rule("R-INVOICE")
async def test_a_charge_that_is_told_twice_is_billed_once(desk: Desk) -> None:
    contract = await desk.active()
    await desk.charge(contract["id"], day=date(2026, 6, 20))
    await desk.charge(contract["id"], day=date(2026, 6, 20))
    desk.at(JULY)
    assert (await desk.close(contract["id"], "2026-06")).json()["total"] == 2200 + 18040


@pytest.mark.rule("R-INVOICE")
async def test_a_charge_and_a_closing_at_once_lose_nothing(desk: Desk) -> None:
    contract = await desk.active()
    desk.at(JULY)
    await asyncio.gather(
        desk.close(contract["id"], "2026-06"),
        *(desk.charge(contract["id"], f"chg_{n}", day=date(2026, 6, 30)) for n in range(5)),
    )
    desk.at(jst(2026, 8, 1))
    await desk.close(contract["id"], "2026-07")
    statements = (await desk.get(f"/statements?contract_id={contract['id']}"))["items"]
    assert sum(statement["total"] for statement in statements) == 2 * 2200 + 5 * 18040


@pytest.mark.rule("R-INVOICE")
async def test_a_late_charge_of_an_ended_contract_gets_a_supplementary_statement(desk: Desk) -> None:
    contract = await desk.active()
    await desk.post(f"/contracts/{contract['id']}/termination", {"reason": "moves"})
    desk.at(jst(2026, 7, 10))
    await desk.suite.sweep()
    await desk.charge(contract["id"], day=date(2026, 6, 30))
    desk.at(jst(2026, 8, 10))
    await desk.suite.sweep()
    statements = (await desk.get(f"/statements?contract_id={contract['id']}"))["items"]
    assert [(s["fee_month"], s["total"]) for s in statements] == [("2026-06", 2200), ("2026-07", 18040)]
    assert await desk.suite.service.next_due() is None


@pytest.mark.rule("R-INVOICE")
async def test_months_are_closed_in_their_order_and_only_where_there_is_something_to_bill(desk: Desk) -> None:
    contract = await desk.active()
    desk.at(jst(2026, 8, 1))
    july, may = [await desk.close(contract["id"], month) for month in ("2026-07", "2026-05")]
    assert (july.status_code, july.json()["code"]) == (409, "earlier_fee_month_open")
    assert july.json()["why"]["open_month"] == "2026-06"
    assert (may.status_code, may.json()["code"]) == (409, "fee_month_not_billed")
    assert (await desk.close(contract["id"], "2026-13")).status_code == 422
    assert (await desk.close("ctr_0", "2026-06")).json()["code"] == "contract_unknown"
    assert await desk.told(StatementClosed) == []


@pytest.mark.rule("R-INVOICE")
async def test_refuses_an_option_in_a_month_that_is_closed(desk: Desk) -> None:
    contract = await desk.active()
    desk.at(JULY)
    await desk.close(contract["id"], "2026-06")
    body = {"option_code": "light-hours-extension", "start_on": "2026-06-30"}
    assert (await desk.refused(f"/contracts/{contract['id']}/options", body))["code"] == "fee_month_closed"


@pytest.mark.rule("R-INVOICE")
async def test_months_close_by_themselves_on_the_fifth_business_day(desk: Desk) -> None:
    first, second = await desk.active(), await desk.active(fee_month_start_day=15)
    assert await desk.suite.service.next_due() == jst(2026, 6, 19)
    desk.at(jst(2026, 7, 5, 23, 59))
    await desk.suite.sweep()
    assert [told.data.contract_id for told in await desk.told(StatementClosed)] == [second["id"]]
    desk.at(jst(2026, 7, 6))
    await desk.suite.sweep()
    told = await desk.told(StatementClosed)
    assert [event.data.contract_id for event in told] == [second["id"], first["id"]]
    assert [event.data.fee_month for event in told] == ["2026-05", "2026-06"]
    assert told[0].data.actor == "system:contracts"


@pytest.mark.rule("R-INVOICE")
async def test_many_months_behind_are_closed_one_after_the_other(desk: Desk) -> None:
    contract = await desk.active()
    desk.at(jst(2026, 12, 20))
    await desk.suite.sweep()
    statements = (await desk.get(f"/statements?contract_id={contract['id']}"))["items"]
    assert [s["fee_month"] for s in statements] == [f"2026-{month:02d}" for month in range(6, 12)]


@pytest.mark.rule("R-INVOICE")
async def test_what_is_closed_is_never_changed(desk: Desk, admin_url: str) -> None:
    contract = await desk.active()
    desk.at(JULY)
    await desk.close(contract["id"], "2026-06")
    owner = await asyncpg.connect(admin_url, server_settings={"search_path": "contracts"})
    for table in ("statement", "statement_line", "history"):
        for change in ("UPDATE {0} SET partner = 'x'", "DELETE FROM {0}", "TRUNCATE {0} CASCADE"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                async with desk.suite.transaction() as tx:
                    await tx.connection.execute(change.format(table))
            with pytest.raises(asyncpg.RestrictViolationError):
                await owner.execute(change.format(table))
    await owner.close()


async def test_a_statement_that_is_not_there_is_unknown(desk: Desk) -> None:
    for path in ("/statements/stm_0", "/statements/stm_0/why"):
        assert (await desk.refused(path, method="GET", status=404))["code"] == "statement_unknown"
