"""Partners see and change their own; the analyst sees no one."""

from __future__ import annotations

import asyncio

import pytest

from common.events.contracts import ContractApplied, EntitlementsChanged
from contracts.testing import Desk, jst


async def test_a_partner_applies_for_its_own_subscribers_and_follows_them(desk: Desk) -> None:
    contract = await desk.active(partner="mihon")
    path = f"/contracts/{contract['id']}"
    assert contract["partner"] == "mihon"
    for part in ("", "/consents", "/options", "/entitlements", "/usage", "/plan-changes", "/sites"):
        await desk.get(path + part, partner="mihon")
    option = {"option_code": "light-hours-extension", "start_on": "2026-06-02"}
    taken = await desk.post(f"{path}/options", option, partner="mihon")
    await desk.post(f"{path}/options/{taken['id']}/end", {}, partner="mihon")
    consent = {
        "document": "remote_support_licence",
        "version": "2024-04",
        "accepted_by": "見本太郎",
        "accepted_at": "2026-06-01T09:00:00+09:00",
    }
    await desk.post(f"{path}/consents", consent, partner="mihon")
    desk.at(jst(2026, 7, 1))
    closed = (await desk.close(contract["id"], "2026-06")).json()
    assert (await desk.get(f"/statements/{closed['statement_id']}", partner="mihon"))["total"] == 3300
    assert len((await desk.get("/statements", partner="mihon"))["items"]) == 1
    assert {event.partner for event in await desk.told(EntitlementsChanged)} == {"mihon"}


async def test_a_partner_withdraws_its_application(desk: Desk) -> None:
    contract = await desk.applied(partner="mihon")
    done = await desk.post(f"/contracts/{contract['id']}/withdrawal", partner="mihon")
    assert done["status"] == "withdrawn"


async def test_another_partners_contract_does_not_exist(desk: Desk) -> None:
    contract = await desk.active(partner="mihon")
    for part in ("", "/consents", "/options", "/entitlements", "/usage", "/plan-changes", "/sites"):
        path = f"/contracts/{contract['id']}{part}"
        problem = await desk.refused(path, method="GET", status=404, partner="other")
        assert (part, problem["code"]) == (part, "contract_unknown")


async def test_another_partners_things_are_neither_listed_nor_changed(desk: Desk) -> None:
    contract = await desk.active(partner="mihon")
    desk.at(jst(2026, 7, 1))
    closed = (await desk.close(contract["id"], "2026-06")).json()
    for path in ("/subscribers", "/contracts", "/statements", f"/contracts?subscriber_id={contract['subscriber_id']}"):
        assert (await desk.get(path, partner="other"))["items"] == []
    statement = await desk.refused(f"/statements/{closed['statement_id']}", method="GET", status=404, partner="other")
    assert statement["code"] == "statement_unknown"
    option = {"option_code": "light-hours-extension", "start_on": "2026-07-01"}
    for path, body in (
        (f"/contracts/{contract['id']}/options", option),
        (f"/contracts/{contract['id']}/withdrawal", None),
    ):
        assert (await desk.refused(path, body, status=404, partner="other"))["code"] == "contract_unknown"
    asked = desk.application(contract["subscriber_id"])
    assert (await desk.refused("/contracts", asked, status=404, partner="other"))["code"] == "subscriber_unknown"


async def test_a_query_without_a_filter_shows_a_partner_its_own_rows_only(desk: Desk) -> None:
    await desk.active(partner="mihon")
    await desk.active()
    tables = ("subscriber", "subscriber_phone", "contract", "status_period", "plan_period", "address_period", "consent",
              "history")  # fmt: skip
    async with desk.suite.transaction() as tx:
        both = [await tx.connection.fetchval(f"SELECT count(*) FROM {table}") for table in tables]
        await tx.connection.execute(
            "SELECT set_config('role', 'contracts_partner', true), set_config('app.partner', 'mihon', true)"
        )
        own = [await tx.connection.fetchval(f"SELECT count(*) FROM {table}") for table in tables]
        await tx.connection.execute("SELECT set_config('app.partner', 'other', true)")
        others = [await tx.connection.fetchval(f"SELECT count(*) FROM {table}") for table in tables]
    assert own == [count // 2 for count in both]
    assert others == [0] * len(tables)


@pytest.mark.rule("R-ELIGIBLE-LINE")
async def test_another_tenants_line_is_refused_without_saying_whose_it_is(desk: Desk) -> None:
    line = {"kind": "flets_hikari_next", "number": "CAF4711"}
    await desk.applied(partner="mihon", line=line)
    subscriber = await desk.subscriber(partner="other")
    asked = desk.application(subscriber["id"], line=line)
    problem = await desk.refused("/contracts", asked, partner="other")
    assert (problem["code"], problem["rule_ids"]) == ("line_already_contracted", ["R-ELIGIBLE-LINE"])
    assert problem["why"] == {"line_kind": "flets_hikari_next"}


@pytest.mark.rule("R-ELIGIBLE-LINE")
async def test_ten_applications_at_once_for_one_line_make_one_contract(desk: Desk) -> None:
    line = {"kind": "flets_hikari_next", "number": "CAF4711"}
    subscribers = [await desk.subscriber(partner=f"partner-{n}") for n in range(10)]
    answers = await asyncio.gather(
        *(
            desk.call("POST", "/contracts", desk.application(s["id"], line=line), partner=s["partner"])
            for s in subscribers
        )
    )
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 9
    assert {a.json()["code"] for a in answers if a.status_code == 409} == {"line_already_contracted"}
    assert len(await desk.told(ContractApplied)) == 1


async def test_the_house_may_name_the_partner_but_nobody_names_another(desk: Desk) -> None:
    own = await desk.subscriber(partner="mihon")
    house = await desk.subscriber()
    given = await desk.post("/contracts", desk.application(house["id"], partner="mihon"))
    assert given["partner"] == "mihon"
    assert (await desk.post("/contracts", desk.application(own["id"])))["partner"] == "mihon"
    named = await desk.refused("/contracts", desk.application(own["id"], partner="other"), status=403)
    assert named["code"] == "subscriber_of_another_partner"
    foreign = desk.application(own["id"], partner="other")
    assert (await desk.refused("/contracts", foreign, status=403, partner="mihon"))["code"] == (
        "subscriber_of_another_partner"
    )


FORBIDDEN = [
    ("analyst", "GET", "/subscribers"),
    ("analyst", "GET", "/contracts"),
    ("analyst", "GET", "/statements"),
    ("analyst", "GET", "/caller-lookups?phone=0312345678"),
    ("technician", "GET", "/contracts"),
    ("depot", "GET", "/subscribers"),
    ("operator", "PUT", "/closed-days/2026-07-02"),
    ("operator", "POST", "/legacy-contracts"),
    ("operator", "POST", "/contracts/ctr_0/fee-months/2026-06/closing"),
    ("partner", "POST", "/contracts/ctr_0/activation"),
    ("partner", "POST", "/contracts/ctr_0/plan-changes"),
    ("partner", "POST", "/contracts/ctr_0/suspensions"),
    ("partner", "GET", "/caller-lookups?phone=0312345678"),
    ("partner", "GET", "/contracts/ctr_0/history"),
]


async def test_who_may_not_is_told_so(desk: Desk) -> None:
    for role, method, path in FORBIDDEN:
        partner = "mihon" if role == "partner" else None
        response = await desk.call(method, path, {} if method != "GET" else None, role=role, partner=partner)
        assert (role, path, response.status_code) == (role, path, 403)
        assert response.json()["code"] == "forbidden"


async def test_everybody_with_a_token_reads_the_plans_and_nobody_without(desk: Desk) -> None:
    for role in ("operator", "supervisor", "technician", "depot", "analyst"):
        assert len((await desk.get("/plans", role=role))["items"]) == 14
    async with desk.suite.client(None) as nobody:
        assert (await nobody.get("/api/contracts/v1/plans")).status_code == 401
