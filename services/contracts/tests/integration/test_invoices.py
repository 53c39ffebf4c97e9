"""Invoices over closed statements: issued once, corrected, given back from, never exceeded."""

from __future__ import annotations

import asyncio
from datetime import date
from io import BytesIO
from typing import Any

import asyncpg
import pytest
from pypdf import PdfReader

from common.events.contracts import CreditNoteIssued, InvoiceIssued, InvoicePaid
from contracts.testing import Desk, jst

JULY = jst(2026, 7, 1)


async def invoiced(desk: Desk, **over: Any) -> dict[str, Any]:
    """The invoice over June of the main job, 21,340 yen."""
    contract = await desk.active(**over)
    await desk.take(contract["id"], "light-hours-extension")
    await desk.charge(contract["id"], f"chg_{contract['id'][-6:]}", day=date(2026, 6, 20))
    desk.at(JULY)
    closed = (await desk.close(contract["id"], "2026-06")).json()
    early = await desk.refused(f"/statements/{closed['statement_id']}/invoice", method="GET", status=404)
    assert (early["code"], early["rule_ids"]) == ("invoice_not_issued", ["R-INVOICE"])
    await desk.suite.sweep()
    return await desk.get(f"/statements/{closed['statement_id']}/invoice")


def giving(yen: int, rate: int = 10) -> dict[str, Any]:
    return {"amounts": [{"tax_rate": rate, "amount": yen}], "text": "訪問遅延のお詫び"}


@pytest.mark.rule("R-INVOICE")
async def test_a_closed_statement_gets_its_invoice_as_json_and_pdf(desk: Desk) -> None:
    invoice = await invoiced(desk)
    assert (invoice["number"], invoice["total"], invoice["tax"], invoice["owing"]) == (
        "A2026-00000001", 21340, 1940, "open",
    )  # fmt: skip
    assert invoice["issuer"]["registration_number"] == "T9000000000000"
    assert invoice["customer"]["name"] == "株式会社見本"
    assert invoice["tax_rates"] == [{"rate": 10, "total": 21340, "tax": 1940}]
    assert (invoice["lines"][2]["first_day"], invoice["due_on"]) == ("2026-06-20", "2026-07-31")
    path = f"/statements/{invoice['lines'][0]['statement_id']}/invoice"
    pdf = await desk.call("GET", path, headers={"Accept": "application/pdf"})
    assert pdf.headers["content-type"] == "application/pdf"
    text = "".join(page.extract_text() for page in PdfReader(BytesIO(pdf.content)).pages)
    assert "A2026-00000001" in text
    assert "21,340円" in text
    why = await desk.get(f"/invoices/{invoice['id']}/why")
    assert why["lines"][0]["event_id"].startswith("evt_")
    (told,) = await desk.told(InvoiceIssued)
    assert (told.data.total, told.key) == (21340, invoice["subscriber_id"])
    assert "見本" not in told.data.model_dump_json()


@pytest.mark.rule("R-INVOICE")
async def test_numbers_have_no_gaps_and_each_statement_is_invoiced_once_however_many_sweep(desk: Desk) -> None:
    contracts = [await desk.active() for _ in range(6)]
    desk.at(JULY)
    for contract in contracts:
        await desk.close(contract["id"], "2026-06")
    by_hand = desk.call("POST", "/invoices", {"subscriber_id": contracts[0]["subscriber_id"]}, role="supervisor")
    await asyncio.gather(desk.suite.sweep(), by_hand, desk.suite.sweep())
    await desk.suite.sweep()
    invoices = (await desk.get("/invoices"))["items"]
    assert sorted(each["number"] for each in invoices) == [f"A2026-{n:08d}" for n in range(1, 7)]
    assert len({each["lines"][0]["statement_id"] for each in invoices}) == 6
    nothing = {"subscriber_id": contracts[0]["subscriber_id"]}
    assert (await desk.refused("/invoices", nothing, role="supervisor"))["code"] == "nothing_to_invoice"


@pytest.mark.rule("R-INVOICE")
async def test_one_invoice_over_all_contracts_waits_for_the_last_and_rounds_once(desk: Desk) -> None:
    first = await desk.active()
    holder = first["subscriber_id"]
    second = await desk.post("/contracts", desk.application(holder, fee_month_start_day=15))
    await desk.consent(second["id"])
    await desk.post(f"/contracts/{second['id']}/activation")
    wish = await desk.call("PUT", f"/subscribers/{holder}/billing", {"consolidated": True})
    assert wish.json() == {"subscriber_id": holder, "consolidated": True}
    desk.at(jst(2026, 7, 15))
    await desk.close(second["id"], "2026-05")
    await desk.close(first["id"], "2026-06")
    await desk.suite.sweep()
    assert [each["total"] for each in (await desk.get("/invoices"))["items"]] == [2200]  # May of the second alone
    assert await desk.suite.service.next_due() == jst(2026, 7, 21)
    await desk.close(second["id"], "2026-06")
    await desk.suite.sweep()
    june = (await desk.get("/invoices"))["items"][1]
    assert (june["total"], june["tax"], len(june["lines"])) == (4400, 400, 2)
    assert (await desk.get(f"/subscribers/{holder}/billing"))["consolidated"] is True


@pytest.mark.rule("R-INVOICE")
async def test_each_tenants_documents_have_a_series_without_gaps_that_tells_nothing_of_others(desk: Desk) -> None:
    tenants = ["ptn-north", "ptn-south", "ptn-north", None, "ptn-south", "ptn-north"]
    contracts = [(partner, await desk.active(partner=partner)) for partner in tenants]
    desk.at(JULY)
    for _, contract in contracts:
        await desk.close(contract["id"], "2026-06")
    await asyncio.gather(desk.suite.sweep(), desk.suite.sweep())
    await desk.suite.sweep()
    north, south = [
        (await desk.call("GET", "/invoices", partner=partner)).json()["items"] for partner in ("ptn-north", "ptn-south")
    ]
    ours, theirs = [{invoice["number"][6:10] for invoice in invoices} for invoices in (north, south)]
    assert (len(ours), len(theirs), ours & theirs) == (1, 1, set())
    (series,) = ours
    assert sorted(each["number"] for each in north) == [f"A2026-{series}-{n:08d}" for n in range(1, 4)]
    assert len(south) == 2
    customer = {"name": "株式会社見本商店", "postal_code": "160-0023", "address": "東京都新宿区1-1"}
    path = f"/invoices/{north[0]['id']}/corrections"
    right = await desk.post(path, {"reason": "宛名の誤り", "customer": customer}, role="supervisor")
    given = await desk.post(f"/invoices/{right['id']}/credit-notes", giving(1), role="supervisor")
    assert (right["number"], given["number"]) == (f"A2026-{series}-00000004", f"R2026-{series}-00000001")
    house = [
        each["number"] for each in (await desk.get("/invoices?limit=100"))["items"] if each["number"][6:].isdigit()
    ]
    assert house == ["A2026-00000001"]


@pytest.mark.rule("R-INVOICE")
async def test_a_corrected_invoice_stands_in_the_place_of_the_wrong_one(desk: Desk) -> None:
    wrong = await invoiced(desk)
    path = f"/invoices/{wrong['id']}/corrections"
    customer = {"name": "株式会社見本商店", "postal_code": "160-0023", "address": "東京都新宿区1-1"}
    right = await desk.post(path, {"reason": "宛名の誤り", "customer": customer}, role="supervisor")
    assert (right["kind"], right["corrects"], right["number"]) == ("corrected", wrong["id"], "A2026-00000002")
    statement = wrong["lines"][0]["statement_id"]
    assert (await desk.get(f"/statements/{statement}/invoice"))["id"] == right["id"]
    assert (await desk.get(f"/invoices/{wrong['id']}"))["owing"] == "corrected"
    assert (await desk.get(f"/invoices/{wrong['id']}"))["customer"]["name"] == "株式会社見本"
    twice = await desk.refused(path, {"reason": "again", "customer": customer}, role="supervisor")
    assert (twice["code"], twice["rule_ids"]) == ("invoice_corrected", ["R-INVOICE"])
    nothing = await desk.refused(f"/invoices/{right['id']}/corrections", {"reason": "nothing"}, role="supervisor")
    assert nothing["code"] == "correction_changes_nothing"
    given = await desk.refused(f"/invoices/{wrong['id']}/credit-notes", giving(1), role="supervisor")
    assert given["code"] == "invoice_corrected"
    assert [told.data.kind for told in await desk.told(InvoiceIssued)] == ["invoice", "corrected"]


@pytest.mark.rule("R-CREDIT-NOTE")
async def test_twenty_credit_notes_at_once_never_exceed_the_invoice(desk: Desk) -> None:
    invoice = await invoiced(desk)
    path = f"/invoices/{invoice['id']}/credit-notes"
    answers = await asyncio.gather(*(desk.call("POST", path, giving(3000), role="supervisor") for _ in range(20)))
    assert sorted(answer.status_code for answer in answers) == [201] * 7 + [409] * 13
    refused = next(answer.json() for answer in answers if answer.status_code == 409)
    assert (refused["code"], refused["rule_ids"]) == ("credit_exceeds_invoice", ["R-CREDIT-NOTE", "R-INVOICE"])
    notes = (await desk.get(f"/credit-notes?invoice_id={invoice['id']}"))["items"]
    assert sorted(note["number"] for note in notes) == [f"R2026-{n:08d}" for n in range(1, 8)]
    now = await desk.get(f"/invoices/{invoice['id']}")
    assert (now["credited"], now["owed"]) == (21000, 340)
    assert len(await desk.told(CreditNoteIssued)) == 7
    note = await desk.call("GET", f"/credit-notes/{notes[0]['id']}", headers={"Accept": "application/pdf"})
    assert note.content.startswith(b"%PDF")


@pytest.mark.rule("R-CREDIT-NOTE", "R-INVOICE")
async def test_a_correction_and_a_credit_note_at_once_exclude_each_other(desk: Desk) -> None:
    contracts = [await desk.active() for _ in range(3)]
    desk.at(JULY)
    for contract in contracts:
        await desk.close(contract["id"], "2026-06")
    await desk.suite.sweep()
    for invoice in (await desk.get("/invoices"))["items"]:
        correction = {"reason": "price", "lines": [{"position": 1, "amount": 2000}]}
        one, other = await asyncio.gather(
            desk.call("POST", f"/invoices/{invoice['id']}/corrections", correction, role="supervisor"),
            desk.call("POST", f"/invoices/{invoice['id']}/credit-notes", giving(100), role="supervisor"),
        )
        assert sorted((one.status_code, other.status_code)) == [201, 409]


@pytest.mark.rule("R-CREDIT-NOTE")
async def test_the_service_itself_cannot_give_back_more_nor_change_what_was_issued(desk: Desk, admin_url: str) -> None:
    invoice = await invoiced(desk)
    await desk.post(f"/invoices/{invoice['id']}/credit-notes", giving(21340), role="supervisor")
    forged = (
        "INSERT INTO credit_note_rate SELECT credit_note_id || 'x', partner, invoice_id, rate, 1 FROM credit_note_rate"
    )
    uncounted = ("UPDATE invoice_rate SET credited = 0", "UPDATE receivable SET credited = 0", "DELETE FROM receivable")
    for statement in (forged, *uncounted):
        with pytest.raises((asyncpg.CheckViolationError, asyncpg.InsufficientPrivilegeError)):
            async with desk.suite.transaction() as tx:
                await tx.connection.execute(statement)
    owner = await asyncpg.connect(admin_url, server_settings={"search_path": "contracts"})
    for table in ("invoice", "invoice_statement", "credit_note", "credit_note_rate"):
        for change in ("UPDATE {0} SET partner = 'x'", "DELETE FROM {0}", "TRUNCATE {0} CASCADE"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                async with desk.suite.transaction() as tx:
                    await tx.connection.execute(change.format(table))
            with pytest.raises(asyncpg.RestrictViolationError):
                await owner.execute(change.format(table))
    await owner.close()


@pytest.mark.rule("R-INVOICE")
async def test_a_payment_is_noted_once(desk: Desk) -> None:
    invoice = await invoiced(desk)
    path = f"/invoices/{invoice['id']}/payment"
    paid = await desk.post(path, {"paid_on": "2026-07-20"}, role="supervisor")
    assert (paid["owing"], paid["owed"], paid["paid_on"]) == ("paid", 0, "2026-07-20")
    assert (await desk.refused(path, {"paid_on": "2026-07-21"}, role="supervisor"))["code"] == "payment_not_possible"
    assert [told.data.total for told in await desk.told(InvoicePaid)] == [21340]
    assert [each["id"] for each in (await desk.get("/invoices?owing=paid"))["items"]] == [invoice["id"]]


async def test_bad_input_is_refused_by_name(desk: Desk) -> None:
    invoice = await invoiced(desk)
    for path, code in (("/invoices/inv_0", "invoice_unknown"), ("/credit-notes/crd_0", "credit_note_unknown")):
        assert (await desk.refused(path, method="GET", status=404))["code"] == code
    notes = f"/invoices/{invoice['id']}/credit-notes"
    for body in ({}, giving(0), giving(-1), {"amounts": [], "text": "x"}, {**giving(1), "text": ""}):
        await desk.refused(notes, body, status=422, role="supervisor")
    assert (await desk.refused(notes, giving(1, 8), role="supervisor"))["code"] == "credit_of_nothing"
    unknown = await desk.refused("/invoices", {"subscriber_id": "sub_0"}, status=404, role="supervisor")
    assert unknown["code"] == "subscriber_unknown"
    for path in (notes, f"/invoices/{invoice['id']}/corrections", f"/invoices/{invoice['id']}/payment"):
        assert (await desk.call("POST", path, giving(1))).status_code == 403


async def test_a_partner_reads_the_invoices_of_its_own_subscribers_only(desk: Desk) -> None:
    contract = await desk.active(partner="mihon")
    desk.at(JULY)
    closed = (await desk.close(contract["id"], "2026-06")).json()
    await desk.suite.sweep()
    path = f"/statements/{closed['statement_id']}/invoice"
    own = await desk.get(path, partner="mihon")
    assert own["total"] == 2200
    assert (await desk.get("/invoices", partner="other"))["items"] == []
    assert (await desk.refused(path, method="GET", status=404, partner="other"))["code"] == "statement_unknown"
    foreign = await desk.refused(f"/invoices/{own['id']}", method="GET", status=404, partner="other")
    assert foreign["code"] == "invoice_unknown"


async def test_without_an_issuer_nothing_is_issued(desk: Desk) -> None:
    contract = await desk.active()
    desk.at(JULY)
    await desk.close(contract["id"], "2026-06")
    async with desk.suite.transaction() as tx:
        await tx.connection.execute(
            "UPDATE catalogue_part SET body = body - 'issuer', digest = 'without issuer' WHERE part = 'invoicing'"
        )
    await desk.suite.sweep()
    body = {"subscriber_id": contract["subscriber_id"]}
    assert (await desk.refused("/invoices", body, role="supervisor"))["code"] == "issuer_not_configured"
    assert await desk.told(InvoiceIssued) == []
