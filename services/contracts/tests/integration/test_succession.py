"""A contract passes to another holder, a subscriber to another partner."""

from __future__ import annotations

from typing import Any

import pytest

from common.events.base import EventData
from common.events.contracts import (
    ContractPartnerChanged,
    ContractSucceeded,
    EntitlementsChanged,
    SubscriberDirectoryChanged,
)
from common.events.dispatch import VisitBooked
from common.events.examples import example_of
from common.events.loaner import LoanIssued, LoanReserved
from contracts.storage.tables import metadata
from contracts.storage.tenancy import DOCUMENTS, OF_SUBSCRIBER, STAYS, handed_over
from contracts.testing import Body, Desk, jst

NAGOYA = {
    "postal_code": "460-0001", "prefecture": "愛知県", "city": "名古屋市中区", "street": "三の丸1-1",
}  # fmt: skip
LINE = {"kind": "flets_hikari_cross", "number": "CAF9876543210"}
CONSENT = {
    "document": "service_terms",
    "version": "2024-04",
    "accepted_by": "後任花子",
    "accepted_at": "2026-06-01T09:30:00+09:00",
    "channel": "paper",
}


def told_of(kind: type[Any], **over: Any) -> Any:
    return example_of(kind).model_copy(update=over)


async def hear_of_visits_and_loans(desk: Desk, contract_id: str) -> None:
    for n, day in enumerate((10, 20)):
        booked: EventData = told_of(
            VisitBooked, contract_id=contract_id, visit_id=f"vis_{n}", start=jst(2026, 6, day, 10),
            end=jst(2026, 6, day, 11), right_fee_month=f"2026-0{6 + n}",
        )  # fmt: skip
        await desk.hear(booked, f"vis_{n}")
    for kind, loan in ((LoanReserved, "loan_1"), (LoanIssued, "loan_2")):
        await desk.hear(told_of(kind, contract_id=contract_id, loan_id=loan), loan)


async def succession(desk: Desk, **over: Any) -> tuple[Body, Body, Body]:
    """A contract of one partner's subscriber that another partner's subscriber takes over."""
    contract = await desk.active(partner="mihon", plan_code="standard-anshin-1", line=None)
    await desk.post(f"/contracts/{contract['id']}/sites", {"label": "田中の自宅"})
    successor = await desk.subscriber(partner="other", name="株式会社後任")
    desk.at(jst(2026, 6, 10, 12))
    body = {"subscriber_id": successor["id"], "consents": [CONSENT], "reason": "merger", **over}
    done = await desk.post(f"/contracts/{contract['id']}/succession", body)
    return contract, successor, done


async def test_a_contract_passes_to_a_holder_of_another_partner(desk: Desk) -> None:
    contract, successor, done = await succession(desk)
    path = f"/contracts/{contract['id']}"
    assert (done["subscriber_id"], done["partner"], done["status"]) == (successor["id"], "other", "active")
    assert done["service_id"] == contract["service_id"]
    assert (await desk.get(path, partner="other"))["id"] == contract["id"]
    assert (await desk.refused(path, method="GET", status=404, partner="mihon"))["code"] == "contract_unknown"
    state = (await desk.told(EntitlementsChanged))[-1]
    assert (state.partner, state.data.partner, state.data.subscriber_id) == ("other", "other", successor["id"])
    assert [site.to for site in state.data.sites] == [jst(2026, 6, 10, 12)]
    (told,) = await desk.told(ContractSucceeded)
    assert told.data.former_subscriber_id == contract["subscriber_id"]
    assert len(await desk.told(ContractPartnerChanged)) == 1
    entries = {e.data.subscriber_id: e.data.contract_ids for e in await desk.told(SubscriberDirectoryChanged)}
    assert entries == {contract["subscriber_id"]: (), successor["id"]: (contract["id"],)}


async def test_the_new_partner_sees_nothing_of_the_former_holder(desk: Desk) -> None:
    contract, _, _ = await succession(desk)
    path = f"/contracts/{contract['id']}"
    for part in ("", "/consents", "/options", "/entitlements", "/usage", "/plan-changes", "/sites", "/address-changes"):
        shown = str(await desk.get(path + part, partner="other"))
        for secret in (contract["subscriber_id"], "mihon", "見本太郎", "田中の自宅"):
            assert secret not in shown, part
    before = f"{path}?as_of=2026-06-05T00:00:00Z"
    assert (await desk.refused(before, method="GET", status=404, partner="other"))["code"] == "contract_unknown"
    house = await desk.get(before)
    assert (house["subscriber_id"], house["partner"]) == (contract["subscriber_id"], "mihon")
    consents = (await desk.get(f"{path}/consents"))["items"]
    assert [(c["accepted_by"], c["holds_until"] is None) for c in consents] == [("見本太郎", False), ("後任花子", True)]


async def test_a_month_is_billed_to_its_holder_at_its_end(desk: Desk) -> None:
    contract, successor, _ = await succession(desk)
    desk.at(jst(2026, 7, 1))
    june = (await desk.close(contract["id"], "2026-06")).json()
    third = await desk.subscriber(partner="third")
    body = {"subscriber_id": third["id"], "consents": [CONSENT]}
    await desk.post(f"/contracts/{contract['id']}/succession", body)
    desk.at(jst(2026, 8, 1))
    july = (await desk.close(contract["id"], "2026-07")).json()
    holders = [(await desk.get(f"/statements/{s['statement_id']}"))["subscriber_id"] for s in (june, july)]
    assert holders == [successor["id"], third["id"]]
    assert len((await desk.get("/statements", partner="other"))["items"]) == 1


@pytest.mark.rule("R-CONSENT")
async def test_refuses_a_succession_without_consent_or_to_a_stranger(desk: Desk) -> None:
    contract = await desk.active()
    successor = await desk.subscriber(partner="other")
    path = f"/contracts/{contract['id']}/succession"
    missing = await desk.refused(path, {"subscriber_id": successor["id"]})
    assert (missing["code"], missing["rule_ids"], missing["why"]["missing"]) == (
        "consent_missing", ["R-CONSENT"], ["service_terms"],
    )  # fmt: skip
    unknown = await desk.refused(path, {"subscriber_id": "sub_0", "consents": [CONSENT]}, status=404)
    assert unknown["code"] == "subscriber_unknown"
    body = {"subscriber_id": successor["id"], "consents": [CONSENT], "partner": "third"}
    assert (await desk.refused(path, body, status=403))["code"] == "subscriber_of_another_partner"
    same = await desk.refused(path, {"subscriber_id": contract["subscriber_id"], "consents": [CONSENT]})
    assert same["code"] == "holder_unchanged"


async def test_a_subscriber_and_all_its_contracts_pass_to_another_partner(desk: Desk) -> None:
    contract = await desk.active(partner="mihon")
    holder = contract["subscriber_id"]
    second = await desk.post("/contracts", desk.application(holder), partner="mihon")
    await hear_of_visits_and_loans(desk, contract["id"])
    path = f"/subscribers/{holder}/partner-change"
    moved = await desk.post(path, {"partner": "other", "reason": "shop closed"}, role="supervisor")
    assert (moved["partner"], sorted(moved["contract_ids"])) == ("other", sorted([contract["id"], second["id"]]))
    assert len((await desk.get("/contracts", partner="other"))["items"]) == 2
    assert (await desk.get("/contracts", partner="mihon"))["items"] == []
    assert (await desk.get(f"/contracts/{contract['id']}/usage", partner="other"))["isolation_visits"] == 1
    again = await desk.refused(path, {"partner": "other", "reason": "x"}, role="supervisor")
    assert again["code"] == "partner_unchanged"
    assert (await desk.refused(path, {"partner": None, "reason": "x"}, status=403))["code"] == "forbidden"
    await desk.post(path, {"partner": None, "reason": "taken back"}, role="supervisor")
    assert (await desk.get("/contracts", partner="other"))["items"] == []
    assert [e.partner for e in await desk.told(ContractPartnerChanged)] == ["other", "other", None, None]


def test_every_table_of_a_contract_is_handed_over_or_stays_for_a_reason() -> None:
    owned = {t.name for t in metadata.sorted_tables if {"contract_id", "partner"} <= set(t.c.keys())}
    assert {table.name for table in handed_over()} == owned - STAYS
    assert {table.name for table in metadata.sorted_tables} >= STAYS
    of_subscriber = {
        t.name
        for t in metadata.sorted_tables
        if {"subscriber_id", "partner"} <= set(t.c.keys()) and t.name not in owned
    }
    assert {table.name for table in OF_SUBSCRIBER} == of_subscriber - DOCUMENTS - {"contract"}
