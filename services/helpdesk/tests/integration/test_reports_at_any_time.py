"""Reports by web or partner: taken at night, judged and counted at the opening, once; withdrawn before at no cost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import date, datetime
from typing import Any

import httpx
import pytest

from common.events.helpdesk import InquiryAccepted, InquiryRefused
from common.events.helpdesk_desk import InquiryReported, ReportJudged, ReportWithdrawn
from common.testing import RunningService
from helpdesk.testing import CONTRACT, a_report, calendar, entitlements, get, jst, light, post, since_begin, tell

MONDAY_NIGHT = jst(6, 1, 20)
TUESDAY_9 = jst(6, 2, 9)


@pytest.fixture
async def partner(suite: RunningService) -> AsyncIterator[httpx.AsyncClient]:
    """The partner that the contract belongs to, on Monday evening."""
    await tell(suite, entitlements(version=2, partner="north"))
    suite.clock.move_to(MONDAY_NIGHT)
    async with suite.client("partner", partner="north") as client:
        yield client


async def reported(client: httpx.AsyncClient, **over: Any) -> dict[str, Any]:
    answer = await post(client, "/reports", a_report(**{"channel": "partner", **over}))
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def standing(client: httpx.AsyncClient, report: dict[str, Any]) -> dict[str, Any]:
    return await get(client, f"/reports/{report['id']}")


async def used(client: httpx.AsyncClient) -> int:
    return int((await get(client, f"/contracts/{CONTRACT}/overview"))["quota"]["used"])


async def at(suite: RunningService, when: datetime) -> None:
    suite.clock.move_to(when)
    await suite.sweep()


@pytest.mark.rule("R-HOURS-SUPPORT", "R-QUOTA-INQUIRY")
async def test_a_report_at_night_is_accepted_and_counted_at_the_opening_once(
    suite: RunningService, partner: httpx.AsyncClient
) -> None:
    report = await reported(partner)
    assert (report["status"], report["judge_at"], await used(partner)) == ("reported", TUESDAY_9.isoformat(), 0)
    await at(suite, jst(6, 2, 8, 59))
    assert (await standing(partner, report))["status"] == "reported"
    suite.clock.move_to(TUESDAY_9)
    await asyncio.gather(*(suite.sweep() for _ in range(4)))
    judged = await standing(partner, report)
    assert (judged["status"], judged["judge_at"], await used(partner)) == ("accepted", None, 1)
    inquiry = await get(partner, f"/inquiries/{judged['inquiry_id']}")
    assert (inquiry["received_at"], inquiry["channel"]) == (TUESDAY_9.isoformat(), "partner")
    (event,) = await suite.published(ReportJudged)
    assert (event.subject, event.data.inquiry_id) == (report["id"], judged["inquiry_id"])
    async with suite.client("operator") as operator:
        shown = await get(operator, f"/inquiries/{judged['inquiry_id']}")
        assert shown["caller"]["name"] == "見本 花子"
    async with suite.transaction() as tx:
        assert await tx.connection.fetchval("SELECT count(*) FROM report WHERE caller_name IS NOT NULL") == 0


@pytest.mark.rule("R-QUOTA-INQUIRY")
async def test_of_more_reports_than_units_the_first_are_accepted_and_the_others_refused_with_their_reasons(
    suite: RunningService, partner: httpx.AsyncClient
) -> None:
    await tell(suite, entitlements(light(inquiry_limit=2), version=3, partner="north"))
    reports = [await reported(partner) for _ in range(3)]
    await at(suite, jst(6, 2, 13))
    found = [await standing(partner, report) for report in reports]
    assert [each["status"] for each in found] == ["accepted", "accepted", "refused"]
    refusal = await get(partner, f"/refusals/{found[2]['refusal_id']}")
    assert [reason["code"] for reason in refusal["reasons"]] == ["inquiry_quota_exhausted"]
    accepted = await suite.published(InquiryAccepted)
    assert {event.data.received_at for event in accepted} == {TUESDAY_9}, "as of the opening, however late the sweep"
    assert len(await suite.published(InquiryRefused)) == 1


async def test_a_report_that_is_withdrawn_before_the_opening_costs_nothing(
    suite: RunningService, partner: httpx.AsyncClient
) -> None:
    report = await reported(partner)
    path = f"/reports/{report['id']}/withdrawal"
    async with suite.client("partner", partner="south") as south:
        assert (await post(south, path, {"reason": "mine"})).json()["code"] == "report_unknown"
    gone = await post(partner, path, {"reason": "It works again"})
    assert (gone.json()["status"], gone.json()["judge_at"]) == ("withdrawn", None)
    assert (await post(partner, path, {"reason": "It works again"})).json()["code"] == "wrong_state"
    await at(suite, jst(6, 2, 10))
    assert ((await standing(partner, report))["status"], await used(partner)) == ("withdrawn", 0)
    kinds = [type(event.data) for event in await suite.published() if event.subject == report["id"]]
    assert kinds == [InquiryReported, ReportWithdrawn]


@pytest.mark.rule("R-HOURS-EXT", "R-CLOSED-DAYS")
async def test_what_is_heard_meanwhile_moves_the_opening(suite: RunningService, partner: httpx.AsyncClient) -> None:
    report = await reported(partner)
    closed = calendar(closed=(date(2026, 6, 2),))
    await suite.deliver(closed, subject="calendar", sequence=2, key="calendar")
    await at(suite, TUESDAY_9)
    assert (await standing(partner, report))["judge_at"] == jst(6, 3, 9).isoformat()
    extended = entitlements(version=3, partner="north", hours_extension_periods=(since_begin(),))
    await tell(suite, extended)
    await suite.sweep()
    assert (await standing(partner, report))["status"] == "accepted"


@pytest.mark.rule("R-HOURS-SUPPORT")
async def test_by_day_a_report_is_judged_at_once_and_so_is_one_for_which_nobody_will_be_there(
    suite: RunningService, partner: httpx.AsyncClient
) -> None:
    suite.clock.move_to(jst(6, 2, 10))
    assert (await reported(partner))["status"] == "accepted"
    suite.clock.move_to(jst(6, 2, 22))
    await tell(suite, entitlements(version=3, partner="north", status="terminated"))
    refused = await reported(partner)
    refusal = await get(partner, f"/refusals/{refused['refusal_id']}")
    assert "contract_not_active" in [reason["code"] for reason in refusal["reasons"]]


async def test_calls_are_not_taken_at_night_and_unknown_words_are_told_at_once(
    suite: RunningService, partner: httpx.AsyncClient
) -> None:
    wrong = await post(partner, "/reports", a_report(channel="phone", kind="gossip"))
    assert wrong.status_code == 409
    assert [it["code"] for it in wrong.json()["reasons"]] == ["report_channel_unknown", "inquiry_kind_unknown"]
    assert (await get(partner, "/reports"))["items"] == []
    assert (await post(partner, "/reports", a_report(channel="web", contract_id="ctr_none"))).status_code == 404
    waiting = await reported(partner, channel="web")
    assert [it["id"] for it in (await get(partner, "/reports?status=reported"))["items"]] == [waiting["id"]]
