"""One case that touches all five services reads as one story, and its seals say that it is the one that was written."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import httpx
import pytest

from evaluation.testing.suite_process import SuiteProcess
from evaluation.walk import contracting, devices, lending, support, visits
from evaluation.walk.contracting import Cast, H
from evaluation.walk.desk import MORI, SATO, Desk
from evaluation.walk.devices import M

EVERYBODY = {"contracts", "helpdesk", "dispatch", "loaner", "mdm-gateway"}
IN_ORDER = [
    "InquiryAccepted", "TriageCompleted", "FaultNotIsolated", "ConsentRecorded", "OnsiteIsolationRequested",
    "VisitBooked",
    "CrewArrived", "VisitCompleted", "FaultIsolated", "LoanIssued", "LostDeviceReported", "CommandRequested",
    "CommandApproved", "CommandSucceeded",
]  # fmt: skip


async def lose_a_tablet(desk: Desk, contract_id: str, case: str) -> None:
    """A tablet of the contract is lost while the case is open; it is wiped after a second person's approval."""
    tablet = await devices.enrol(desk, contract_id, "android", "TAB-STORY")
    lost = await desk.ask(SATO, f"POST {M}/lost-reports", {**devices.report(tablet["id"]), "inquiry_id": case})
    await desk.device_answers(tablet, lost["lock_command_id"], "succeeded")
    wipe = {"function": "remote_wipe", "reason": "lost", "lost_report_id": lost["id"]}
    asked = await desk.ask(SATO, f"POST {M}/devices/{tablet['id']}/commands", wipe)
    await desk.ask(MORI, f"POST {M}/commands/{asked['id']}/approval")
    await desk.device_answers(tablet, asked["id"], "succeeded")


def missing(story: dict[str, Any]) -> list[str]:
    """Which of the types do not stand in the story in this order."""
    types = iter(line["type"] for line in story["items"])
    return [each for each in IN_ORDER if each not in types]


async def verified(desk: Desk, call: str) -> dict[str, Any]:
    """What the seals say after the next round of the sweep, which comes by twice a minute."""
    started = time.monotonic()
    while (found := await desk.ask(SATO, call))["items"][0]["waiting"]:
        assert time.monotonic() - started < 120, found
        await asyncio.sleep(1)
    return dict(found)


@pytest.mark.timeout(300)
async def test_a_case_of_all_five_services_is_one_story(suite: SuiteProcess) -> None:
    async with httpx.AsyncClient(base_url=suite.address, timeout=60) as client:
        desk, cast = Desk(client), Cast()
        await desk.pass_over_events()
        await contracting.step_1(desk, cast)
        await desk.move_clock("2026-06-01T10:00:00+09:00")
        case = await support.step_3(desk, cast)
        await contracting.consent(desk, SATO, cast.extended, "service_terms")
        await visits.step_4(desk, cast, case)
        await lending.step_5(desk, cast, case)
        await lose_a_tablet(desk, cast.extended, case)
        timeline = f"GET {H}/inquiries/{case}/timeline"
        # The lock succeeded before, so the last to come is the second `CommandSucceeded`, which is the wipe's.
        told = await desk.eventually(SATO, timeline, lambda story: missing(story) == [])
        sealed = await verified(desk, f"{timeline}/verification")
    lines = told["items"]
    assert [line["at"] for line in lines] == sorted(line["at"] for line in lines)
    assert all(line["event_id"].startswith("evt_") and line["actor"] for line in lines)
    assert {line["source"] for line in lines} == EVERYBODY
    assert [line["approver"] for line in lines if line["type"] == "CommandApproved"] == [MORI.subject]
    assert (sealed["sound"], sealed["items"][0]["entries"]) == (True, len(lines))
