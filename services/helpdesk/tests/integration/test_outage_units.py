"""Units of an outage's inquiries: each goes back once, however many ask, and whatever becomes of the case."""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from collections.abc import AsyncIterator, Callable

import httpx
import pytest

from common.events.helpdesk import InquiryCountedAgain, InquiryUnitReturned
from common.testing import RunningService, running
from helpdesk.app import create_app
from helpdesk.settings import HelpdeskSettings
from helpdesk.testing import API, MONDAY_10, accepted, entitlements, get, jst, light, post, tell, tell_catalogue
from helpdesk.testing.outages import opened, results, rows

INQUIRIES = int(os.environ.get("ANSHIN_OUTAGE_INQUIRIES", "24"))
SUPERVISORS = 16
CONTRACTS = ("ctr_a", "ctr_b", "ctr_c")
WHY = {"reason": "the carrier's fault"}


@pytest.fixture
async def suite(service_url: Callable[[str], str]) -> AsyncIterator[RunningService]:
    """Three contracts and connections for sixteen at once."""
    url = service_url("helpdesk")
    async with running(create_app, HelpdeskSettings, url=url, at=MONDAY_10, pool_size=24) as service:
        await tell_catalogue(service)
        for contract_id in CONTRACTS:
            await tell(service, entitlements(light(inquiry_limit=INQUIRIES), contract_id=contract_id))
        yield service


@pytest.fixture
async def supervisor(suite: RunningService) -> AsyncIterator[httpx.AsyncClient]:
    async with suite.client("supervisor", subject="sv-mori") as client:
        yield client


async def given_back(suite: RunningService) -> Counter[str]:
    """By inquiry how often its unit went back because of an outage."""
    async with suite.transaction() as tx:
        found = await tx.connection.fetch("SELECT inquiry_id FROM quota_ledger WHERE reason = 'outage'")
    return Counter(row["inquiry_id"] for row in found)


async def all_given_back(client: httpx.AsyncClient, outage: str, *, limit: int = 7) -> dict[str, str]:
    """What became of each linked inquiry, page by page."""
    done: dict[str, str] = {}
    after = None
    while True:
        page = (await post(client, f"/outages/{outage}/unit-returns", {**WHY, "limit": limit, "after": after})).json()
        done |= results(page["items"])
        after = page["next"]
        if after is None:
            return done


@pytest.mark.timeout(60 + INQUIRIES)
@pytest.mark.rule("R-QUOTA-COUNT")
async def test_of_sixteen_who_give_back_all_at_once_some_cut_off_in_the_middle_each_unit_goes_back_once(
    suite: RunningService, operator: httpx.AsyncClient, supervisor: httpx.AsyncClient
) -> None:
    outage = await opened(operator)
    ids = {
        (await accepted(operator, contract_id=CONTRACTS[n % 3], outage_id=outage))["id"]: CONTRACTS[n % 3]
        for n in range(INQUIRIES)
    }
    page = max(7, INQUIRIES // 10)
    at_it = [asyncio.create_task(all_given_back(supervisor, outage, limit=page)) for _ in range(SUPERVISORS)]
    while not await given_back(suite):  # noqa: ASYNC110 - what is awaited happens in the database
        await asyncio.sleep(0.01)
    for cut_off in at_it[::2]:
        cut_off.cancel()
    ends = await asyncio.gather(*at_it, return_exceptions=True)
    assert all(isinstance(end, dict | asyncio.CancelledError) for end in ends), ends
    last = await all_given_back(supervisor, outage, limit=page)
    assert last == dict.fromkeys(ids, "already_returned")
    assert await given_back(suite) == dict.fromkeys(ids, 1)
    by_event = Counter(event.subject for event in await suite.published(InquiryUnitReturned))
    assert by_event == dict.fromkeys(ids, 1)
    for contract_id in CONTRACTS:
        assert (await get(operator, f"/contracts/{contract_id}/overview"))["quota"]["used"] == 0
    assert {(await get(operator, f"/inquiries/{found}"))["status"] for found in list(ids)[:5]} == {"accepted"}


@pytest.mark.rule("R-QUOTA-COUNT")
async def test_a_unit_goes_back_to_its_closed_month_while_the_case_stays_resolved_and_is_reopened_without_one(
    suite: RunningService, operator: httpx.AsyncClient, supervisor: httpx.AsyncClient
) -> None:
    suite.clock.move_to(jst(6, 30))
    outage = await opened(operator)
    found, voided = [(await accepted(operator, outage_id=outage))["id"] for _ in range(2)]
    await post(operator, f"/inquiries/{found}/resolution", {"outcome": "explained"})
    await post(operator, f"/inquiries/{voided}/void", {"reason": "a test"})
    suite.clock.move_to(jst(7, 2))
    apart = (await accepted(operator))["id"]
    asked = await rows(supervisor, f"{outage}/unit-returns", inquiry_ids=[found, voided, apart], **WHY)
    assert results(asked) == {found: "returned", voided: "unit_went_back", apart: "unit_not_of_outage"}
    assert {rule for row in asked for reason in row["reasons"] for rule in reason["rule_ids"]} == {"R-QUOTA-COUNT"}
    shown = await get(operator, f"/inquiries/{found}")
    assert (shown["status"], shown["counted"]) == ("resolved", False)
    ledger = (await get(operator, "/contracts/ctr_a/quota-ledger?fee_month=2026-06"))["items"]
    (entry,) = [each for each in ledger if each["reason"] == "outage"]
    assert (entry["units"], entry["rule_id"], entry["actor"]) == (-1, "R-QUOTA-COUNT", "sv-mori")
    assert entry["evidence"] == {"outage_id": outage, "reason": WHY["reason"]}
    assert (await post(operator, f"/inquiries/{found}/reopening")).json()["counted"] is False
    assert (await post(operator, f"/inquiries/{found}/void", {"reason": "a test"})).is_success
    assert sum(each["units"] for each in (await get(operator, "/contracts/ctr_a/quota-ledger"))["items"]) == 1


@pytest.mark.rule("R-QUOTA-COUNT")
async def test_what_was_no_outages_is_counted_again_while_its_month_has_units(
    suite: RunningService, operator: httpx.AsyncClient, supervisor: httpx.AsyncClient
) -> None:
    await tell(suite, entitlements(light(inquiry_limit=1), version=2))
    outage = await opened(operator)
    found = (await accepted(operator, outage_id=outage))["id"]
    path = f"/inquiries/{found}/recounting"
    early = await post(supervisor, path, WHY)
    assert (early.status_code, early.json()["code"]) == (409, "inquiry_counts")
    await rows(supervisor, f"{outage}/unit-returns", **WHY)
    second = (await accepted(operator))["id"]
    full = await post(supervisor, path, WHY)
    assert (full.status_code, full.json()["code"], full.json()["rule_ids"]) == (
        409, "inquiry_quota_exhausted", ["R-QUOTA-INQUIRY", "R-EXTRA-INQUIRIES"],
    )  # fmt: skip
    await post(operator, f"/inquiries/{second}/void", {"reason": "a test"})
    again = (await post(supervisor, path, WHY)).json()
    assert (again["counted"], again["quota"]["used"]) == (True, 1)
    assert len(await suite.published(InquiryCountedAgain)) == 1
    for step in (f"/outages/{outage}/unit-returns", path):
        assert (await operator.post(f"{API}{step}", json=WHY)).status_code == 403, "a supervisor's"
