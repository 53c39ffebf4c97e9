"""Lines, addresses, holders, partners and returned applications over the API."""

from __future__ import annotations

from typing import Any

import pytest

from common.events.base import EventData
from common.events.contracts import (
    AddressChangeCancelled,
    AddressChanged,
    AddressChangeScheduled,
    AddressErased,
    ApplicationCompleted,
    ApplicationReturned,
    ContractMoved,
    EntitlementsChanged,
    LineCancelled,
    LineChanged,
)
from common.events.dispatch import VisitBooked
from common.events.examples import example_of
from common.events.loaner import LoanIssued, LoanReserved
from contracts.testing import Desk, jst

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


async def acts(desk: Desk, contract_id: str) -> list[str]:
    page = await desk.get(f"/contracts/{contract_id}/history?limit=100")
    return [entry["act"] for entry in page["items"]]


async def test_a_returned_application_is_completed_by_its_partner_and_goes_on(desk: Desk) -> None:
    contract = await desk.applied(partner="mihon")
    path = f"/contracts/{contract['id']}"
    faults = [{"field": "line", "note": "番号が読めません"}, {"field": "contract_address"}]
    returned = await desk.post(f"{path}/corrections", {"faults": faults})
    assert (returned["status"], returned["flags"]) == ("applied", ["correction_pending"])
    assert returned["corrections"] == [faults[0], {"field": "contract_address", "note": None}]
    await desk.consent(contract["id"])
    refused = await desk.refused(f"{path}/activation")
    assert (refused["code"], refused["why"]) == ("application_incomplete", {"fields": ["line", "contract_address"]})
    done = await desk.post(f"{path}/completion", {"line": LINE, "contract_address": NAGOYA}, partner="mihon")
    assert (done["corrections"], done["flags"], done["line"]["number"]) == ([], [], LINE["number"])
    assert done["contract_address"]["prefecture_code"] == "23"
    active = await desk.post(f"{path}/activation")
    assert active["status"] == "active"
    (gone,) = await desk.told(AddressErased)
    assert (gone.data.address_id, gone.sequence) == (contract["contract_address"]["id"], 2)
    assert [e.data.fields for e in await desk.told(ApplicationReturned)] == [("line", "contract_address")]
    assert len(await desk.told(ApplicationCompleted)) == 1
    assert "番号が読めません" not in str([e.data for e in await desk.suite.published()])


async def test_a_line_that_another_contract_holds_does_not_complete_an_application(desk: Desk) -> None:
    await desk.active(line=LINE)
    contract = await desk.applied()
    await desk.post(f"/contracts/{contract['id']}/corrections", {"faults": [{"field": "line"}]})
    refused = await desk.refused(f"/contracts/{contract['id']}/completion", {"line": LINE})
    assert (refused["code"], refused["rule_ids"]) == ("line_already_contracted", ["R-ELIGIBLE-LINE"])
    assert (await desk.get(f"/contracts/{contract['id']}"))["corrections"] != []


@pytest.mark.rule("R-ELIGIBLE-LINE")
async def test_a_contract_goes_on_on_another_line_and_frees_the_old_one(desk: Desk) -> None:
    contract = await desk.active()
    body = {"change": "relocation", "line": LINE, "reason": "moves to Nagoya"}
    changed = await desk.post(f"/contracts/{contract['id']}/line-changes", body)
    assert changed["line"]["number"] == LINE["number"]
    (told,) = await desk.told(LineChanged)
    assert (told.data.change, told.data.line_kind) == ("relocation", "flets_hikari_cross")
    asked = desk.application(contract["subscriber_id"], line=contract["line"])
    assert (await desk.post("/contracts", asked))["status"] == "applied"
    taken = await desk.refused("/contracts", desk.application(contract["subscriber_id"], line=LINE))
    assert taken["code"] == "line_already_contracted"
    entry = (await desk.get(f"/contracts/{contract['id']}/history"))["items"][-1]
    assert (entry["act"], entry["reason"], entry["actor"]) == ("line_changed", "moves to Nagoya", "operator-1")
    assert entry["request_id"] is not None


@pytest.mark.rule("R-ELIGIBLE-LINE")
async def test_a_contract_without_its_line_waits_and_then_ends(desk: Desk) -> None:
    contract = await desk.active()
    path = f"/contracts/{contract['id']}"
    parked = await desk.post(f"{path}/line-cancellation", {"reason": "line cancelled by the carrier"})
    assert (parked["status"], parked["line"], parked["flags"]) == ("suspended", None, ["line_missing"])
    assert parked["parked_until"] == "2026-07-31T00:00:00+09:00"
    assert (await desk.refused(f"{path}/resumption"))["code"] == "line_missing"
    (told,) = await desk.told(LineCancelled)
    assert (told.data.outcome, told.data.parked_until) == ("parked", jst(2026, 7, 31))
    desk.at(jst(2026, 7, 31, 1))
    await desk.suite.sweep()
    ending = await desk.get(path)
    assert (ending["ends_at"], ending["parked_until"]) == ("2026-08-01T00:00:00+09:00", None)
    desk.at(jst(2026, 8, 1))
    await desk.suite.sweep()
    assert (await desk.get(path))["status"] == "terminated"


async def test_a_parked_contract_goes_on_with_a_new_line(desk: Desk) -> None:
    contract = await desk.active()
    path = f"/contracts/{contract['id']}"
    await desk.post(f"{path}/line-cancellation", {"reason": "moves"})
    desk.at(jst(2026, 6, 20))
    changed = await desk.post(f"{path}/line-changes", {"change": "relocation", "line": LINE})
    assert (changed["status"], changed["parked_until"], changed["flags"]) == ("active", None, [])
    desk.at(jst(2026, 8, 2))
    await desk.suite.sweep()
    assert (await desk.get(path))["ends_at"] is None


async def hear_of_visits_and_loans(desk: Desk, contract_id: str) -> None:
    for n, day in enumerate((10, 20)):
        booked: EventData = told_of(
            VisitBooked, contract_id=contract_id, visit_id=f"vis_{n}", start=jst(2026, 6, day, 10),
            end=jst(2026, 6, day, 11), right_fee_month=f"2026-0{6 + n}",
        )  # fmt: skip
        await desk.hear(booked, f"vis_{n}")
    for kind, loan in ((LoanReserved, "loan_1"), (LoanIssued, "loan_2")):
        await desk.hear(told_of(kind, contract_id=contract_id, loan_id=loan), loan)


@pytest.mark.rule("R-ADDRESS")
async def test_a_move_names_the_visits_and_loans_that_are_judged_again(desk: Desk) -> None:
    contract = await desk.active()
    path = f"/contracts/{contract['id']}"
    await hear_of_visits_and_loans(desk, contract["id"])
    move = await desk.post(f"{path}/address-changes", {"contract_address": NAGOYA, "effective_on": "2026-06-15"})
    assert (move["affected"]["visit_ids"], move["affected"]["loan_ids"]) == (["vis_1"], ["loan_1"])
    assert (move["affected"]["known_up_to"], move["rule_ids"]) == ("2026-06-01T10:00:00+09:00", ["R-ADDRESS"])
    assert (await desk.get(path))["contract_address"]["id"] == contract["contract_address"]["id"]
    later = await desk.get(f"{path}?as_of=2026-06-15T00:00:00%2B09:00")
    assert later["contract_address"]["id"] == move["address"]["id"]
    state = (await desk.told(EntitlementsChanged))[-1].data
    assert [p.address_id for p in state.address_periods] == [contract["contract_address"]["id"], move["address"]["id"]]
    assert (await desk.told(AddressChanged))[-1].data.prefecture == "愛知県"
    assert len(await desk.told(AddressChangeScheduled)) == 1
    assert await desk.told(ContractMoved) == []
    desk.at(jst(2026, 6, 15))
    await desk.suite.sweep()
    await desk.suite.sweep()
    assert [e.data.address_id for e in await desk.told(ContractMoved)] == [move["address"]["id"]]


@pytest.mark.rule("R-ADDRESS")
async def test_a_scheduled_move_is_called_off_and_its_address_forgotten(desk: Desk) -> None:
    contract = await desk.active()
    path = f"/contracts/{contract['id']}/address-changes"
    move = await desk.post(path, {"contract_address": NAGOYA, "effective_on": "2026-06-15"})
    twice = await desk.refused(path, {"contract_address": NAGOYA, "effective_on": "2026-06-20"})
    assert (twice["code"], twice["rule_ids"]) == ("address_change_already_scheduled", ["R-ADDRESS"])
    await desk.post(f"{path}/{move['address']['id']}/cancellation")
    assert [a["ends_at"] for a in (await desk.get(path))["items"]] == [None]
    assert len(await desk.told(AddressChangeCancelled)) == len(await desk.told(AddressErased)) == 1
    unknown = await desk.refused(f"{path}/{move['address']['id']}/cancellation", status=404)
    assert unknown["code"] == "address_change_unknown"


async def test_who_did_what_to_a_contract_is_kept_in_order(desk: Desk) -> None:
    contract = await desk.active()
    path = f"/contracts/{contract['id']}"
    await desk.post(f"{path}/line-changes", {"change": "diversion", "line": LINE})
    await desk.post(f"{path}/address-changes", {"contract_address": NAGOYA, "effective_on": "2026-06-01"})
    await desk.post(f"{path}/suspensions", {"reason": "unpaid"})
    assert await acts(desk, contract["id"]) == [
        "applied", "consent_recorded", "activated", "line_changed", "moved", "suspended",
    ]  # fmt: skip
