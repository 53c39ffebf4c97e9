"""Several at once: one wins, nothing is told twice."""

from __future__ import annotations

import asyncio

import pytest

from common.events.contracts import (
    ContractActivated,
    EntitlementsChanged,
    OptionAdded,
    PlanChangeScheduled,
)
from contracts.testing import Desk


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
