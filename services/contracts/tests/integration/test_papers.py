"""Contacts, consents in new versions, the start notice, the exit checklist, and erasure."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from common.events.contracts import AddressErased, SubscriberDirectoryChanged, SubscriberErased
from common.events.dispatch import VisitBooked, VisitCancelled
from common.events.examples import example_of
from common.events.loaner import LoanIssued, LoanReturned
from common.events.mdm_gateway import DeviceEnrolled, DeviceUnenrolled
from contracts.domain.support_number import support_number
from contracts.storage.catalogue_document import shipped_document
from contracts.testing import Body, Desk, jst
from contracts.usecases.erase_subscriber import kept_until
from contracts.usecases.load_catalogue import apply_catalogue

MANAGER = {
    "name": "管理 太郎",
    "name_kana": "カンリタロウ",
    "phones": ["090-1234-5678"],
    "roles": ["manager", "caller"],
}


async def test_a_contact_is_named_changed_and_removed_and_told_on_the_directory_only(desk: Desk) -> None:
    contract = await desk.active(partner="mihon")
    path = f"/contracts/{contract['id']}/contacts"
    contact = await desk.post(path, MANAGER, partner="mihon")
    assert (contact["phones"], contact["roles"]) == (["+819012345678"], ["manager", "caller"])
    told = (await desk.told(SubscriberDirectoryChanged))[-1].data
    assert [(c.contact_id, c.contract_id, c.name, c.roles) for c in told.contacts] == [
        (contact["id"], contract["id"], "管理 太郎", ("manager", "caller")),
    ]  # fmt: skip
    changed = await desk.call("PUT", f"{path}/{contact['id']}", {**MANAGER, "roles": ["billing"]})
    assert (changed.json()["roles"], changed.json()["since"]) == (["billing"], contact["since"])
    assert (await desk.get(path, partner="mihon"))["items"] == [changed.json()]
    assert (await desk.refused(path, method="GET", status=404, partner="other"))["code"] == "contract_unknown"
    assert (await desk.call("DELETE", f"{path}/{contact['id']}")).status_code == 204
    assert (await desk.get(path))["items"] == []
    assert (await desk.told(SubscriberDirectoryChanged))[-1].data.contacts == ()
    named = [type(e.data) for e in await desk.suite.published() if "管理" in e.data.model_dump_json()]
    assert set(named) == {SubscriberDirectoryChanged}
    history = json.dumps((await desk.get(f"/contracts/{contract['id']}/history"))["items"], ensure_ascii=False)
    assert "管理" not in history


@pytest.mark.rule("R-MDM-WIPE-TWO")
@pytest.mark.parametrize("roles", [[], ["boss"], ["manager", "boss"]])
async def test_refuses_a_contact_without_a_known_role(desk: Desk, roles: list[str]) -> None:
    contract = await desk.active()
    problem = await desk.refused(f"/contracts/{contract['id']}/contacts", {**MANAGER, "roles": roles})
    assert (problem["code"], problem["rule_ids"]) == ("contact_role_unknown", ["R-MDM-WIPE-TWO"])
    assert (await desk.get(f"/contracts/{contract['id']}/contacts"))["items"] == []


async def test_contacts_of_the_former_holder_go_with_a_succession(desk: Desk) -> None:
    contract, successor = await desk.active(), await desk.subscriber()
    await desk.post(f"/contracts/{contract['id']}/contacts", MANAGER)
    consent = {"document": "service_terms", "version": "2024-04", "accepted_by": "x",
               "accepted_at": "2026-06-01T09:00:00+09:00"}  # fmt: skip
    body = {"subscriber_id": successor["id"], "consents": [consent]}
    await desk.post(f"/contracts/{contract['id']}/succession", body)
    assert (await desk.get(f"/contracts/{contract['id']}/contacts"))["items"] == []


def with_new_terms() -> dict[str, Any]:
    """The catalogue after the service terms were published anew on 10 June 2026."""
    document = shipped_document()
    terms = next(each for each in document["documents"] if each["code"] == "service_terms")
    terms["versions"] = [*terms["versions"], {"version": "2026-06", "published_on": "2026-06-10"}]
    return document


@pytest.mark.rule("R-CONSENT")
async def test_a_new_version_lists_the_contracts_that_have_not_accepted_it(
    desk: Desk,
) -> None:
    lacking, accepting, other = await desk.active(), await desk.active(partner="mihon"), await desk.applied()
    path = "/consents/outstanding?document=service_terms"
    assert (await desk.get(path))["items"] == []
    newer = {"document": "service_terms", "version": "2026-06", "accepted_by": "x",
             "accepted_at": "2026-06-01T09:00:00+09:00"}  # fmt: skip
    refused = await desk.refused(f"/contracts/{accepting['id']}/consents", newer)
    assert (refused["code"], refused["why"]["newest_version"]) == ("consent_not_possible", "2024-04")
    desk.at(jst(2026, 6, 10))
    async with desk.suite.transaction() as tx:
        await apply_catalogue(with_new_terms(), tx, jst(2026, 6, 10))
    assert [each["contract_id"] for each in (await desk.get(path))["items"]] == [lacking["id"], accepting["id"]]
    first = await desk.get(f"{path}&limit=1")
    assert [each["contract_id"] for each in first["items"]] == [lacking["id"]]
    rest = await desk.get(f"{path}&limit=1&cursor={first['next']}")
    assert ([each["contract_id"] for each in rest["items"]], rest["next"]) == ([accepting["id"]], None)
    assert [each["contract_id"] for each in (await desk.get(path, partner="mihon"))["items"]] == [accepting["id"]]
    await desk.post(f"/contracts/{accepting['id']}/consents", newer)
    (left,) = (await desk.get(path))["items"]
    assert left["documents"] == [
        {"document": "service_terms", "version": "2026-06", "accepted_version": "2024-04"},
    ]  # fmt: skip
    of_any = (await desk.get("/consents/outstanding"))["items"]
    assert {d["document"]: d["accepted_version"] for d in of_any[0]["documents"]} == {
        "service_terms": "2024-04", "remote_support_licence": None, "management_tool_licence": None,
    }  # fmt: skip
    assert other["id"] not in str(of_any)


@pytest.mark.rule("R-CONSENT")
async def test_refuses_consents_by_unknown_channels_and_lists_of_unknown_documents(desk: Desk) -> None:
    contract = await desk.active()
    body = {"document": "service_terms", "version": "2024-04", "accepted_by": "x",
            "accepted_at": "2026-06-01T09:00:00+09:00", "channel": "pigeon"}  # fmt: skip
    problem = await desk.refused(f"/contracts/{contract['id']}/consents", body)
    assert (problem["code"], problem["why"]["channels"]) == ("consent_not_possible", ["paper", "web", "phone"])
    assert (await desk.consent(contract["id"], channel="phone"))["channel"] == "phone"
    unknown = await desk.refused("/consents/outstanding?document=x", method="GET")
    assert (unknown["code"], unknown["rule_ids"]) == ("consent_not_possible", ["R-CONSENT"])


async def test_the_start_notice_says_number_id_plan_and_price(desk: Desk) -> None:
    contract = await desk.active()
    await desk.take(contract["id"], "light-hours-extension")
    path = f"/contracts/{contract['id']}/start-notice"
    notice = await desk.get(path)
    number = notice["support_number"]
    assert number == contract["support_number"] == support_number(int(number.replace("-", "")[:-1]))
    assert (notice["service_id"], notice["starts_on"], notice["holder"]) == (
        contract["id"],
        "2026-06-01",
        "株式会社見本",
    )
    assert [(line["code"], line["monthly_price"]) for line in notice["lines"]] == [
        ("light-anshin-1", 2200), ("light-hours-extension", 1100),
    ]  # fmt: skip
    assert (notice["inquiry_limit"], notice["seats"]) == (5, 3)
    assert notice["accepted"] == [{"document": "service_terms", "version": "2024-04"}]
    for language, words in (("ja", "サービス開始のご案内"), ("en", "Your service begins")):
        page = await desk.call("GET", f"{path}?format=html&lang={language}")
        assert page.headers["content-type"] == "text/html; charset=utf-8"
        for each in (words, number, contract["id"], "2,200", "1,100", "見本町1-2-3"):
            assert each in page.text
    second = await desk.standard()
    assert (await desk.get(f"/contracts/{second['id']}/start-notice"))["service_id"] == second["service_id"]


async def test_names_in_a_printed_notice_are_text_and_nothing_else(desk: Desk) -> None:
    subscriber = await desk.subscriber(name="<script>alert(1)</script>")
    contract = await desk.post("/contracts", desk.application(subscriber["id"]))
    early = await desk.refused(f"/contracts/{contract['id']}/start-notice", method="GET")
    assert early["code"] == "contract_not_active"
    await desk.consent(contract["id"])
    await desk.post(f"/contracts/{contract['id']}/activation")
    page = await desk.call("GET", f"/contracts/{contract['id']}/start-notice?format=html")
    assert "<script>" not in page.text
    assert "&lt;script&gt;" in page.text
    policy = page.headers["content-security-policy"]
    (styles,) = [part for part in policy.split("; ") if part.startswith("style-src ")]
    assert "'unsafe-inline'" in styles  # the page's own style counts; its text cannot bring another


async def hear(desk: Desk, kind: type[Any], subject: str, sequence: int = 1, **over: Any) -> None:
    await desk.hear(example_of(kind).model_copy(update=over), subject, sequence)


async def ticked(desk: Desk, contract_id: str) -> Body:
    checklist = await desk.get(f"/contracts/{contract_id}/exit-checklist")
    return {item["item"]: item["done"] for item in checklist["items"]} | {"complete": checklist["complete"]}


async def test_the_exit_checklist_is_ticked_by_what_other_services_tell(desk: Desk) -> None:
    contract = await desk.active()
    id_ = contract["id"]
    early = await desk.refused(f"/contracts/{id_}/exit-checklist", method="GET")
    assert (early["code"], early["rule_ids"]) == ("contract_not_ending", ["R-FEE-MONTH"])
    await hear(desk, LoanIssued, "loan_1", contract_id=id_, loan_id="loan_1")
    await hear(desk, DeviceEnrolled, "dev_1", contract_id=id_, device_id="dev_1")
    await hear(desk, VisitBooked, "vis_1", contract_id=id_, visit_id="vis_1")
    await desk.post(f"/contracts/{id_}/termination", {"reason": "closes"})
    nothing = {"loans_back": False, "devices_released": False, "visits_settled": False, "last_bill": False}
    assert await ticked(desk, id_) == {**nothing, "complete": False}
    open_items = (await desk.get(f"/contracts/{id_}/exit-checklist"))["items"]
    assert open_items[0]["open"][0]["loan_id"] == "loan_1"
    await hear(desk, LoanReturned, "loan_1", 2, contract_id=id_, loan_id="loan_1")
    await hear(desk, DeviceUnenrolled, "dev_1", 2, contract_id=id_, device_id="dev_1")
    await hear(desk, VisitCancelled, "vis_1", 2, contract_id=id_, visit_id="vis_1")
    assert await ticked(desk, id_) == {**dict.fromkeys(nothing, True), "last_bill": False, "complete": False}
    desk.at(jst(2026, 7, 1))
    await desk.suite.sweep()
    assert (await desk.close(id_, "2026-06")).is_success
    assert await ticked(desk, id_) == {**dict.fromkeys(nothing, True), "complete": True}


async def ended(desk: Desk) -> Body:
    """A contract that is over and billed, with a contact."""
    contract = await desk.active()
    await desk.post(f"/contracts/{contract['id']}/contacts", MANAGER)
    await desk.post(f"/contracts/{contract['id']}/termination", {"reason": "closes"})
    desk.at(jst(2026, 7, 1))
    await desk.suite.sweep()
    assert (await desk.close(contract["id"], "2026-06")).is_success
    return contract


async def erase(desk: Desk, subscriber_id: str) -> Body:
    return await desk.post(f"/subscribers/{subscriber_id}/erasure", {"reason": "asked"}, role="supervisor")


async def everything_stored(desk: Desk, *, but: set[str]) -> str:
    """All rows of all tables as text."""
    async with desk.suite.transaction() as tx:
        tables = await tx.connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()")
        found = []
        for table in sorted({row["tablename"] for row in tables} - but):
            rows = await tx.connection.fetch(f'SELECT to_jsonb(t)::text AS row FROM "{table}" t')
            found += [f"{table}: {row['row']}" for row in rows]
    return "\n".join(found)


async def test_nothing_of_an_erased_subscriber_is_left_but_what_tax_law_wants(desk: Desk) -> None:
    contract = await ended(desk)
    statements = (await desk.get("/statements"))["items"]
    erased = await erase(desk, contract["subscriber_id"])
    assert (erased["id"], erased["erased_at"]) == (contract["subscriber_id"], "2026-07-01T00:00:00+09:00")
    # Facts of before that still wait for the bus are published before the erasure, and end with it on the topic.
    stored = await everything_stored(desk, but={"tax_record", "outbox", "alembic_version", "catalogue_part"})
    names = ("株式会社見本", "カブシキガイシャミホン", "81312345678", "管理 太郎", "見本太郎", "見本町", "見本ビル")
    for personal in names:
        assert [line[:60] for line in stored.splitlines() if personal in line] == [], personal
    async with desk.suite.transaction() as tx:
        kept = await tx.connection.fetchrow("SELECT name, keep_until FROM tax_record")
    assert tuple(kept) == ("株式会社見本", date(2034, 12, 31))
    assert (await desk.get("/statements"))["items"] == statements
    (told,) = await desk.told(SubscriberErased)
    entry = (await desk.told(SubscriberDirectoryChanged))[-1]
    assert (told.key, told.sequence) == (entry.key, entry.sequence + 1)
    assert [e.data.address_id for e in await desk.told(AddressErased)] == [contract["contract_address"]["id"]]
    assert (await desk.get("/caller-lookups?phone=0312345678"))["match"] == "none"
    again = await desk.refused(f"/subscribers/{contract['subscriber_id']}/erasure", {"reason": "x"}, role="supervisor")
    assert again["code"] == "subscriber_erased"
    asked = desk.application(contract["subscriber_id"])
    assert (await desk.refused("/contracts", asked))["code"] == "subscriber_erased"
    await desk.suite.sweep()  # the statement still waited for its invoice, which names whom the tax record names
    (invoice,) = (await desk.get("/invoices"))["items"]
    assert (invoice["customer"]["name"], invoice["customer"]["postal_code"]) == ("株式会社見本", "1600023")


async def test_refuses_to_erase_whoever_has_a_contract_or_a_bill_to_come(desk: Desk) -> None:
    contract = await desk.active()
    path = f"/subscribers/{contract['subscriber_id']}/erasure"
    running = await desk.refused(path, {"reason": "asked"}, role="supervisor")
    assert (running["code"], running["why"]["running"]) == ("subscriber_not_erasable", [contract["id"]])
    await desk.post(f"/contracts/{contract['id']}/termination", {"reason": "closes"})
    desk.at(jst(2026, 7, 1))
    await desk.suite.sweep()
    owing = await desk.refused(path, {"reason": "asked"}, role="supervisor")
    assert (owing["why"]["running"], owing["why"]["still_to_be_billed"]) == ([], [contract["id"]])
    assert (await desk.get(f"/subscribers/{contract['subscriber_id']}"))["name"] == "株式会社見本"
    assert (await desk.refused(path, {"reason": "asked"}, status=403))["code"] == "forbidden"


async def test_tax_records_go_when_they_were_kept_long_enough(desk: Desk) -> None:
    contract = await ended(desk)
    await erase(desk, contract["subscriber_id"])
    for at, left in ((jst(2034, 12, 31, 23), 1), (jst(2035, 1, 1), 0)):
        desk.at(at)
        await desk.suite.sweep()
        async with desk.suite.transaction() as tx:
            assert await tx.connection.fetchval("SELECT count(*) FROM tax_record") == left
    assert kept_until(date(2026, 6, 30), 7) == date(2034, 12, 31)


async def test_an_applicant_who_never_became_a_customer_is_erased_whole(desk: Desk) -> None:
    contract = await desk.applied()
    await desk.post(f"/contracts/{contract['id']}/withdrawal")
    await erase(desk, contract["subscriber_id"])
    async with desk.suite.transaction() as tx:
        assert await tx.connection.fetchval("SELECT count(*) FROM tax_record") == 0


async def test_a_former_holder_is_erased_while_the_contract_goes_on(desk: Desk) -> None:
    contract, successor = await desk.active(), await desk.subscriber(name="株式会社後任")
    consent = {"document": "service_terms", "version": "2024-04", "accepted_by": "後任花子",
               "accepted_at": "2026-06-01T09:00:00+09:00"}  # fmt: skip
    desk.at(jst(2026, 6, 10))
    body = {"subscriber_id": successor["id"], "consents": [consent]}
    await desk.post(f"/contracts/{contract['id']}/succession", body)
    await erase(desk, contract["subscriber_id"])
    consents = (await desk.get(f"/contracts/{contract['id']}/consents"))["items"]
    assert [each["accepted_by"] for each in consents] == ["", "後任花子"]
    assert (await desk.get(f"/contracts/{contract['id']}"))["contract_address"]["street"] != ""
    assert await desk.told(AddressErased) == []
