"""Step 7 of the main job: quoted, accepted, done, signed, charged."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from common.events.dispatch import ChargeRaised, SetupQuoteAccepted, VisitRequested
from dispatch.testing import CONTRACT, a_png_text

SIGNATURE = {"name": "見本 花子", "image_png_base64": a_png_text()}


async def arrived(world: Any) -> dict[str, Any]:
    visit = dict(await world.booked(await world.setup_request()))
    for step in ("departure", "arrival"):
        visit = await world.made(f"/visits/{visit['id']}/{step}", status=200)
    return visit


@pytest.mark.rule("R-SETUP-PRICE")
async def test_the_request_shows_each_line_of_its_quote(world: Any) -> None:
    request = await world.setup_request()
    assert [(line["menu_code"], line["units"], line["amount"]) for line in request["quote"]["lines"]] == [
        ("base", 1, 4950),
        ("diagnosis", 1, 1650),
        ("pc-internet-connection", 2, 6600),
        ("printer-setup", 1, 4840),
    ]
    assert request["quote"]["total"] == 18040
    (event,) = await world.suite.published(VisitRequested)
    assert (event.data.total, event.key, event.correlation_id) == (18040, request["id"], CONTRACT)


async def test_the_menu_is_the_catalogues(world: Any) -> None:
    menu = (await world.get("/menu")).json()["items"]
    assert [(item["code"], item["unit_price"]) for item in menu][-1] == ("printer-setup", 4840)


@pytest.mark.rule("R-SETUP-PRICE")
async def test_a_setup_visit_from_quote_to_charge(world: Any) -> None:
    request = await world.setup_request()
    search = {"visit_request_id": request["id"], "from": "2026-06-02", "to": "2026-06-02"}
    slot = (await world.made("/slot-searches", search, status=200))["slots"][0]
    assert (slot["start"][11:16], slot["end"][11:16]) == ("09:00", "11:30")
    visit = await world.made("/visits", {"visit_request_id": request["id"], "slot_id": slot["slot_id"]})
    assert (visit["right"], visit["quote"]["total"]) == (None, 18040)
    path = f"/visits/{visit['id']}"
    accepted = await world.made(f"{path}/quote-acceptance", {"total": 18040, "accepted_by": "見本 花子"}, status=200)
    assert accepted["accepted_total"] == 18040
    for step in ("departure", "arrival"):
        await world.made(f"{path}/{step}", status=200)
    done = await world.made(f"{path}/completion", {"signature": SIGNATURE, "work": "all set"}, status=200)
    assert (done["status"], done["finding"]) == ("completed", None)
    assert await world.told() == [
        "VisitRequested", "VisitBooked", "SetupQuoteAccepted", "CrewDeparted", "CrewArrived", "VisitCompleted",
        "ChargeRaised",
    ]  # fmt: skip
    (charge,) = await world.suite.published(ChargeRaised)
    assert (charge.data.total, charge.data.day, charge.data.contract_id) == (18040, date(2026, 6, 1), CONTRACT)
    assert charge.data.rule_ids == ("R-SETUP-PRICE",)
    assert (charge.subject, charge.key) == (charge.data.charge_id, request["id"])
    assert (await world.get(f"{path}/why")).json()["charge_id"] == charge.data.charge_id
    (acceptance,) = await world.suite.published(SetupQuoteAccepted)
    assert "見本" not in acceptance.data.model_dump_json()


@pytest.mark.rule("R-SETUP-PRICE")
async def test_completion_without_an_accepted_quote_is_refused_and_nothing_is_charged(world: Any) -> None:
    visit = await arrived(world)
    events = await world.told()
    problem = await world.refused(f"/visits/{visit['id']}/completion", {"signature": SIGNATURE}, "quote_not_accepted")
    assert problem["why"] == {"quoted": 18040, "accepted": None}
    assert problem["rule_ids"] == ["R-SETUP-PRICE"]
    assert (await world.get(f"/visits/{visit['id']}")).json()["version"] == visit["version"]
    assert await world.told() == events


@pytest.mark.rule("R-SETUP-PRICE")
async def test_another_total_is_no_acceptance(world: Any) -> None:
    visit = await arrived(world)
    body = {"total": 18000, "accepted_by": "見本 花子"}
    await world.refused(f"/visits/{visit['id']}/quote-acceptance", body, "quote_mismatch")


@pytest.mark.rule("R-SETUP-PRICE")
async def test_a_change_on_site_needs_a_new_acceptance(world: Any) -> None:
    visit = await arrived(world)
    path = f"/visits/{visit['id']}"
    await world.made(f"{path}/quote-acceptance", {"total": 18040, "accepted_by": "見本 花子"}, status=200)
    changed = await world.made(
        f"{path}/quote-change", {"items": [{"menu_code": "printer-setup", "units": 2}]}, status=200
    )
    assert (changed["quote"]["total"], changed["accepted_total"]) == (16280, None)
    await world.refused(f"{path}/completion", {"signature": SIGNATURE}, "quote_not_accepted")
    await world.made(f"{path}/quote-acceptance", {"total": 16280, "accepted_by": "見本 花子"}, status=200)
    await world.made(f"{path}/completion", {"signature": SIGNATURE}, status=200)
    (charge,) = await world.suite.published(ChargeRaised)
    assert charge.data.total == 16280


async def test_isolation_visits_have_no_quote(world: Any) -> None:
    visit = await world.booked(await world.isolation_request())
    body = {"total": 0, "accepted_by": "見本 花子"}
    await world.refused(f"/visits/{visit['id']}/quote-acceptance", body, "quote_not_applicable")


@pytest.mark.rule("R-SETUP-PRICE")
async def test_an_item_that_is_not_on_the_menu_is_refused_by_name(world: Any) -> None:
    body = {"contract_id": CONTRACT, "purpose": "setup", "items": [{"menu_code": "server-setup", "units": 1}]}
    problem = await world.refused("/visit-requests", body, "menu_item_unknown")
    assert problem["why"]["menu_code"] == "server-setup"
    assert await world.told() == []


async def test_a_request_is_cancelled_unless_a_visit_is_booked(world: Any) -> None:
    request = await world.setup_request()
    visit = await world.booked(request)
    await world.refused(f"/visit-requests/{request['id']}/cancellation", {"reason": "no need"}, "wrong_state")
    await world.made(f"/visits/{visit['id']}/cancellation", {"reason": "no need"}, status=200)
    closed = await world.made(f"/visit-requests/{request['id']}/cancellation", {"reason": "no need"}, status=200)
    assert closed["status"] == "cancelled"
    assert (await world.told())[-1] == "VisitRequestClosed"
    await world.refused("/visits", world.wish(request, "2026-06-03 10:00"), "wrong_state")


async def test_no_row_of_a_charge_signature_or_journal_is_ever_changed(world: Any) -> None:
    visit = await arrived(world)
    await world.made(f"/visits/{visit['id']}/quote-acceptance", {"total": 18040, "accepted_by": "見本"}, status=200)
    await world.made(f"/visits/{visit['id']}/completion", {"signature": SIGNATURE}, status=200)
    for table in ("charge", "visit_signature", "visit_journal"):
        for statement in (f"DELETE FROM {table}", f"TRUNCATE {table}", f"UPDATE {table} SET visit_id = visit_id"):
            async with world.suite.transaction() as tx:
                with pytest.raises(Exception, match=r"permission denied|never changed"):
                    async with tx.savepoint():
                        await tx.connection.execute(statement)


async def test_the_database_itself_refuses_an_unpaid_completion(world: Any) -> None:
    visit = await arrived(world)
    async with world.suite.transaction() as tx:
        with pytest.raises(Exception, match="ck_visit_completion"):
            async with tx.savepoint():
                await tx.connection.execute("UPDATE visit SET status = 'completed' WHERE id = $1", visit["id"])
