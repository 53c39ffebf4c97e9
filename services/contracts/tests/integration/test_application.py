"""From the application to the contract in force, over the API."""

from __future__ import annotations

import pytest

from common.events.contracts import (
    AddressChanged,
    ConsentRecorded,
    ContractActivated,
    ContractApplied,
    ContractRejected,
    ContractReviewed,
    ContractWithdrawn,
    EntitlementsChanged,
    SubscriberDirectoryChanged,
)
from contracts.testing import ADDRESS, Desk


async def test_a_contract_is_applied_for_consented_and_activated(desk: Desk) -> None:
    subscriber = await desk.subscriber()
    asked = desk.application(subscriber["id"])
    contract = await desk.post("/contracts", asked)
    assert (contract["status"], contract["plan_code"], contract["family"]) == ("applied", "light-anshin-1", "light")
    consent = await desk.consent(contract["id"])
    assert (consent["document"], consent["version"]) == ("service_terms", "2024-04")
    active = await desk.post(f"/contracts/{contract['id']}/activation")
    assert (active["status"], active["active_from"]) == ("active", "2026-06-01T10:00:00+09:00")
    read = await desk.get(f"/contracts/{contract['id']}")
    assert read == active
    lifecycle = [
        event for kind in (ContractApplied, ConsentRecorded, ContractActivated) for event in await desk.told(kind)
    ]
    assert [event.sequence for event in lifecycle] == [1, 2, 3]
    assert {event.key for event in lifecycle} == {contract["id"]}
    assert {event.data.actor for event in lifecycle} == {"operator-1"}


async def test_every_change_of_what_a_contract_may_use_is_told_in_full_and_without_a_gap(desk: Desk) -> None:
    contract = await desk.standard()
    await desk.take(contract["id"], "standard-hours-extension")
    await desk.take(contract["id"], "standard-extra-inquiries")
    await desk.post(f"/contracts/{contract['id']}/sites", {"label": "自宅"})
    await desk.consent(contract["id"], "remote_support_licence")
    told = await desk.told(EntitlementsChanged)
    assert [event.data.version for event in told] == [event.sequence for event in told] == [1, 2, 3, 4, 5, 6, 7]
    state = told[-1].data
    assert [period.status for period in state.status_periods] == ["active"]
    assert len(state.hours_extension_periods) == len(state.sites) == 1
    assert [(extra.fee_month, extra.units) for extra in state.extra_inquiries] == [("2026-06", 20)]
    assert [consent.document for consent in state.consents] == ["service_terms", "remote_support_licence"]


async def test_personal_data_travels_on_the_directory_only(desk: Desk) -> None:
    contract = await desk.active()
    (address,) = await desk.told(AddressChanged)
    entries = await desk.told(SubscriberDirectoryChanged)
    assert (address.key, address.subject) == (contract["contract_address"]["id"],) * 2
    assert (address.data.contract_id, address.data.postal_code) == (contract["id"], "1600023")
    assert [entry.data.contract_ids for entry in entries] == [(), (contract["id"],)]
    assert [entry.sequence for entry in entries] == [1, 2]
    for event in await desk.suite.published():
        if event.data.topic != "contracts.directory.v1":
            body = event.data.model_dump_json()
            assert not any(secret in body for secret in ("株式会社見本", "見本町", "見本太郎", "+8131234"))


async def test_the_contract_address_is_the_subscribers_unless_another_is_named(desk: Desk) -> None:
    same = await desk.applied(contract_address=None)
    other = await desk.applied(contract_address={**ADDRESS, "prefecture": "大阪府", "city": "大阪市"})
    assert (same["contract_address"]["city"], other["contract_address"]["prefecture_code"]) == ("新宿区", "27")


@pytest.mark.rule("R-SALE-WINDOW")
async def test_refuses_a_plan_closed_to_new_sale(desk: Desk) -> None:
    subscriber = await desk.subscriber()
    problem = await desk.refused("/contracts", desk.application(subscriber["id"], plan_code="light-1"))
    assert (problem["code"], problem["rule_ids"]) == ("plan_not_on_sale", ["R-SALE-WINDOW"])
    assert problem["why"]["sold_to"] == "2019-04-19"
    assert (await desk.get("/contracts"))["items"] == []


@pytest.mark.rule("R-ELIGIBLE-LINE")
async def test_refuses_flets_hikari_light_and_names_what_is_eligible(desk: Desk) -> None:
    subscriber = await desk.subscriber()
    line = {"kind": "flets_hikari_light", "number": "CAF1"}
    problem = await desk.refused("/contracts", desk.application(subscriber["id"], line=line))
    assert (problem["code"], problem["rule_ids"]) == ("line_not_eligible", ["R-ELIGIBLE-LINE"])
    assert "flets_hikari_next" in problem["why"]["eligible_kinds"]


@pytest.mark.rule("R-ELIGIBLE-LINE")
async def test_refuses_the_same_line_twice_however_it_is_written(desk: Desk) -> None:
    first = await desk.applied(line={"kind": "flets_hikari_next", "number": "CAF1234567890"})
    asked = desk.application(first["subscriber_id"], line={"kind": "flets_hikari_cross", "number": "caf-123-456-7890"})
    problem = await desk.refused("/contracts", asked)
    assert (problem["code"], problem["rule_ids"]) == ("line_already_contracted", ["R-ELIGIBLE-LINE"])
    assert problem["why"]["contract_id"] == first["id"]


@pytest.mark.rule("R-ELIGIBLE-LINE")
async def test_a_line_is_free_again_once_nobody_holds_it(desk: Desk) -> None:
    first = await desk.applied()
    await desk.post(f"/contracts/{first['id']}/withdrawal")
    again = await desk.post("/contracts", desk.application(first["subscriber_id"], line=first["line"]))
    assert again["status"] == "applied"


async def test_names_every_rule_that_refuses(desk: Desk) -> None:
    subscriber = await desk.subscriber()
    line = {"kind": "flets_hikari_light", "number": "CAF1"}
    asked = desk.application(subscriber["id"], plan_code="light-1", line=line)
    problem = await desk.refused("/contracts", asked)
    assert [reason["code"] for reason in problem["reasons"]] == ["plan_not_on_sale", "line_not_eligible"]
    assert problem["rule_ids"] == ["R-SALE-WINDOW", "R-ELIGIBLE-LINE"]


@pytest.mark.rule("R-ELIGIBLE-LINE")
async def test_b_flets_is_reviewed_by_a_person(desk: Desk) -> None:
    contract = await desk.applied(line={"kind": "b_flets", "number": "CAF77"})
    assert contract["status"] == "in_review"
    await desk.consent(contract["id"])
    early = await desk.refused(f"/contracts/{contract['id']}/activation")
    assert early["code"] == "wrong_state"
    reviewed = await desk.post(f"/contracts/{contract['id']}/review")
    assert reviewed["status"] == "applied"
    assert (await desk.post(f"/contracts/{contract['id']}/activation"))["status"] == "active"
    assert len(await desk.told(ContractReviewed)) == 1


async def test_a_standard_contract_has_an_id_and_its_access_lines_are_judged(desk: Desk) -> None:
    lines = [{"kind": "flets_hikari_next", "number": "CAF1"}, {"kind": "other_internet", "carrier": "Mihon"}]
    contract = await desk.applied(plan_code="standard-anshin-1", line=None, access_lines=lines)
    assert contract["service_id"].startswith("svc_")
    assert [line["kind"] for line in contract["access_lines"]] == ["flets_hikari_next", "other_internet"]
    refused = desk.application(
        contract["subscriber_id"],
        plan_code="standard-anshin-1",
        line=None,
        access_lines=[{"kind": "flets_hikari_light"}],
    )
    assert (await desk.refused("/contracts", refused))["code"] == "line_not_eligible"
    same = desk.application(
        contract["subscriber_id"], plan_code="standard-anshin-2", line=None, service_id=contract["service_id"]
    )
    assert (await desk.refused("/contracts", same))["code"] == "service_id_taken"


@pytest.mark.rule("R-CONSENT")
async def test_activation_without_the_service_terms_is_refused(desk: Desk) -> None:
    contract = await desk.applied()
    problem = await desk.refused(f"/contracts/{contract['id']}/activation")
    assert (problem["code"], problem["rule_ids"]) == ("consent_missing", ["R-CONSENT"])
    assert problem["why"]["missing"] == ["service_terms"]
    assert (await desk.get(f"/contracts/{contract['id']}")) == contract


async def test_a_contract_is_activated_once(desk: Desk) -> None:
    contract = await desk.active()
    assert (await desk.refused(f"/contracts/{contract['id']}/activation"))["code"] == "wrong_state"


async def test_applications_are_rejected_or_withdrawn(desk: Desk) -> None:
    first, second = await desk.applied(), await desk.applied()
    rejected = await desk.post(f"/contracts/{first['id']}/rejection", {"reason": "no such line"})
    withdrawn = await desk.post(f"/contracts/{second['id']}/withdrawal")
    assert (rejected["status"], withdrawn["status"]) == ("rejected", "withdrawn")
    assert len(await desk.told(ContractRejected)) == len(await desk.told(ContractWithdrawn)) == 1
    assert (await desk.refused(f"/contracts/{first['id']}/withdrawal"))["code"] == "wrong_state"


async def test_a_change_against_an_old_version_is_refused(desk: Desk) -> None:
    contract = await desk.applied()
    await desk.consent(contract["id"])
    response = await desk.call(
        "POST", f"/contracts/{contract['id']}/activation", headers={"If-Match": f'"{contract["version"]}"'}
    )
    assert (response.status_code, response.json()["code"]) == (412, "stale_version")
    current = await desk.call("GET", f"/contracts/{contract['id']}")
    done = await desk.call(
        "POST", f"/contracts/{contract['id']}/activation", headers={"If-Match": current.headers["etag"]}
    )
    assert done.status_code == 200


async def test_lists_go_on_behind_their_cursor_and_filter(desk: Desk) -> None:
    subscriber = await desk.subscriber()
    made = [await desk.post("/contracts", desk.application(subscriber["id"])) for _ in range(3)]
    await desk.post(f"/contracts/{made[0]['id']}/withdrawal")
    first = await desk.get("/contracts?limit=2")
    second = await desk.get(f"/contracts?limit=2&cursor={first['next']}")
    assert [c["id"] for page in (first, second) for c in page["items"]] == [c["id"] for c in made]
    assert second["next"] is None
    open_ones = await desk.get(f"/contracts?subscriber_id={subscriber['id']}&status=applied")
    assert [c["id"] for c in open_ones["items"]] == [c["id"] for c in made[1:]]
    assert (await desk.get("/contracts?subscriber_id=sub_0"))["items"] == []


async def test_a_contract_that_is_not_there_is_unknown(desk: Desk) -> None:
    parts = ("", "/consents", "/entitlements", "/usage", "/history", "/options", "/plan-changes", "/sites")
    for part in parts:
        problem = await desk.refused(f"/contracts/ctr_0{part}", method="GET", status=404)
        assert (part, problem["code"]) == (part, "contract_unknown")


async def test_the_history_says_who_did_what_and_which_events_followed(desk: Desk) -> None:
    contract = await desk.active()
    entries = (await desk.get(f"/contracts/{contract['id']}/history"))["items"]
    assert [entry["act"] for entry in entries] == ["applied", "consent_recorded", "activated"]
    assert {entry["actor"] for entry in entries} == {"operator-1"}
    assert all(entry["request_id"] for entry in entries)
    (activated,) = await desk.told(ContractActivated)
    assert entries[2]["event_ids"] == [activated.id]


BAD_INPUT: list[tuple[dict[str, object], int, str]] = [
    ({"plan_code": "light-anshin-9"}, 409, "plan_unknown"),
    ({"fee_month_start_day": 29}, 422, "validation_failed"),
    ({"start_on": "2026-02-30"}, 422, "validation_failed"),
    ({"unknown_field": 1}, 422, "validation_failed"),
    ({"plan_code": 5}, 422, "validation_failed"),
    ({"plan_code": "x" * 1_000_000}, 422, "validation_failed"),
    ({"plan_code": "light\u0000"}, 422, "validation_failed"),
    ({"subscriber_id": "sub_0"}, 404, "subscriber_unknown"),
    ({"line": None}, 409, "line_not_identified"),
    ({"contract_address": {**ADDRESS, "prefecture": "東京"}}, 422, "prefecture_unknown"),
    ({"contract_address": {**ADDRESS, "postal_code": "16000"}}, 422, "validation_failed"),
]


async def test_bad_input_is_a_named_problem(desk: Desk) -> None:
    subscriber = await desk.subscriber()
    for change, status, code in BAD_INPUT:
        asked = {**desk.application(subscriber["id"]), **change}
        problem = await desk.refused("/contracts", asked, status=status)
        assert (list(change), problem["code"]) == (list(change), code)


async def test_an_application_sent_twice_with_one_key_is_one_contract(desk: Desk) -> None:
    subscriber = await desk.subscriber()
    asked = desk.application(subscriber["id"])
    key = {"Idempotency-Key": "application-1"}
    first = await desk.call("POST", "/contracts", asked, headers=key)
    second = await desk.call("POST", "/contracts", asked, headers=key)
    assert second.headers["Idempotent-Replayed"] == "true"
    assert first.json() == second.json()
    assert len(await desk.told(ContractApplied)) == 1
