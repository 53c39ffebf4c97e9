"""Several at once: one wins, nothing is told twice."""

from __future__ import annotations

import asyncio

import pytest

from common.events.contracts import (
    ContractActivated,
    EntitlementsChanged,
    LineChanged,
    OptionAdded,
    PlanChangeScheduled,
)
from contracts.testing import ADDRESS, Body, Desk


async def test_ten_activations_at_once_activate_once(desk: Desk) -> None:
    contract = await desk.applied()
    await desk.consent(contract["id"])
    path = f"/contracts/{contract['id']}/activation"
    answers = await asyncio.gather(*(desk.call("POST", path) for _ in range(10)))
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 9
    assert {a.json()["code"] for a in answers if a.status_code == 409} == {"wrong_state"}
    assert len(await desk.told(ContractActivated)) == 1


@pytest.mark.rule("R-EXTRA-INQUIRIES")
async def test_ten_times_extra_inquiries_at_once_are_taken_once(desk: Desk) -> None:
    contract = await desk.standard()
    body = {"option_code": "standard-extra-inquiries", "start_on": "2026-06-01"}
    path = f"/contracts/{contract['id']}/options"
    answers = await asyncio.gather(*(desk.call("POST", path, body) for _ in range(10)))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 9
    assert {a.json()["code"] for a in answers if a.status_code == 409} == {"extra_inquiries_already_taken"}
    assert len(await desk.told(OptionAdded)) == 1


@pytest.mark.rule("R-PLAN-CHANGE")
async def test_changes_of_plan_at_once_schedule_one(desk: Desk) -> None:
    contract = await desk.active()
    path = f"/contracts/{contract['id']}/plan-changes"
    plans = ["light-anshin-2", "standard-anshin-1"] * 3
    answers = await asyncio.gather(*(desk.call("POST", path, {"plan_code": plan}) for plan in plans))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 5
    assert len(await desk.told(PlanChangeScheduled)) == 1


async def test_consents_at_once_are_all_filed_and_versions_have_no_gap(desk: Desk) -> None:
    contract = await desk.applied()
    documents = ["service_terms", "remote_support_licence", "management_tool_licence"] * 3
    await asyncio.gather(*(desk.consent(contract["id"], document) for document in documents))
    versions = [event.data.version for event in await desk.told(EntitlementsChanged)]
    assert versions == list(range(1, len(documents) + 2))
    assert len((await desk.get(f"/contracts/{contract['id']}/consents"))["items"]) == len(documents)


@pytest.mark.rule("R-ELIGIBLE-LINE")
async def test_ten_contracts_that_move_to_one_line_at_once_leave_it_to_one(desk: Desk) -> None:
    held = [await desk.active() for _ in range(10)]
    body = {"change": "relocation", "line": {"kind": "flets_hikari_next", "number": "CAF-SHARED-1"}}
    paths = [f"/contracts/{contract['id']}/line-changes" for contract in held]
    answers = await asyncio.gather(*(desk.call("POST", path, body) for path in paths))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 9
    assert {a.json()["code"] for a in answers if a.status_code == 409} == {"line_already_contracted"}
    assert len(await desk.told(LineChanged)) == 1


@pytest.mark.rule("R-ELIGIBLE-LINE")
async def test_ten_applications_at_once_for_one_service_id_make_one_contract(desk: Desk) -> None:
    people = [await desk.subscriber(partner=f"partner-{n}") for n in range(10)]
    over: Body = {"plan_code": "standard-anshin-1", "line": None, "service_id": "AN-SHARED"}
    answers = await asyncio.gather(
        *(
            desk.call("POST", "/contracts", desk.application(each["id"], **over), partner=each["partner"])
            for each in people
        )
    )
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 9
    assert {a.json()["code"] for a in answers if a.status_code == 409} == {"service_id_taken"}


@pytest.mark.rule("R-PLAN-CHANGE", "R-HOURS-EXT", "R-ADDRESS")
async def test_plans_options_and_addresses_never_overlap_whatever_comes_at_once(desk: Desk) -> None:
    contract = await desk.standard()
    path = f"/contracts/{contract['id']}"
    commands: list[tuple[str, Body | None]] = [
        ("/plan-changes", {"plan_code": "standard-anshin-2"}),
        ("/options", {"option_code": "standard-hours-extension", "start_on": "2026-06-05", "end_on": "2026-07-09"}),
        ("/options", {"option_code": "standard-hours-extension", "start_on": "2026-06-20"}),
        ("/options", {"option_code": "standard-extra-inquiries", "start_on": "2026-07-01"}),
        ("/address-changes", {"contract_address": {**ADDRESS, "street": "1-1"}, "effective_on": "2026-06-10"}),
        ("/address-changes", {"contract_address": {**ADDRESS, "street": "2-2"}, "effective_on": "2026-06-12"}),
        ("/suspensions", {"reason": "x"}),
        ("/resumption", None),
        ("/termination", {"reason": "x"}),
    ]
    answers = await asyncio.gather(*(desk.call("POST", path + where, body) for where, body in commands * 3))
    assert {answer.status_code for answer in answers} <= {200, 201, 409}
    versions = [event.data.version for event in await desk.told(EntitlementsChanged)]
    assert versions == list(range(1, len(versions) + 1))
    async with desk.suite.transaction() as tx:
        for table in ("plan_period", "status_period", "address_period", "registration_period"):
            overlaps = await tx.connection.fetchval(
                f"SELECT count(*) FROM {table} a JOIN {table} b ON a.contract_id = b.contract_id AND a.ctid <> b.ctid "
                "AND tstzrange(a.starts_at, a.ends_at) && tstzrange(b.starts_at, b.ends_at)"
            )
            assert overlaps == 0, table
        months = await tx.connection.fetch("SELECT fee_month FROM option_period WHERE kind = 'extra_inquiries'")
        assert len(months) <= 1


async def test_two_successions_at_once_leave_one_holder_and_tell_both_in_the_directory(desk: Desk) -> None:
    contract = await desk.active()
    people = [await desk.subscriber() for _ in range(4)]
    consent = {"document": "service_terms", "version": "2024-04", "accepted_by": "x",
               "accepted_at": "2026-06-01T09:00:00+09:00"}  # fmt: skip
    path = f"/contracts/{contract['id']}/succession"
    answers = await asyncio.gather(
        *(desk.call("POST", path, {"subscriber_id": each["id"], "consents": [consent]}) for each in people)
    )
    assert {answer.status_code for answer in answers} <= {200, 412}
    holder = (await desk.get(f"/contracts/{contract['id']}"))["subscriber_id"]
    shown = [await desk.get(f"/subscribers/{each['id']}") for each in people]
    assert [each["id"] for each in shown if each["contract_ids"]] == [holder]
