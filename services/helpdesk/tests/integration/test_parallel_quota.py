"""Many at once on one contract: never a unit too many, never one lost."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest

from common.events.helpdesk import InquiryAccepted, InquiryRefused, QuotaThresholdReached, TroubleReported
from common.testing import RunningService, running
from helpdesk.app import create_app
from helpdesk.settings import HelpdeskSettings
from helpdesk.storage.entitlements import lock
from helpdesk.testing import (
    API,
    CONTRACT,
    MONDAY_10,
    a_report,
    accepted,
    entitlements,
    extra,
    light,
    post,
    standard,
    tell,
    tell_catalogue,
)


@pytest.fixture
async def suite(service_url: Callable[[str], str]) -> AsyncIterator[RunningService]:
    """The same as elsewhere, with enough connections for real parallel work."""
    url = service_url("helpdesk")
    async with running(create_app, HelpdeskSettings, url=url, at=MONDAY_10, pool_size=25) as service:
        await tell_catalogue(service)
        yield service


async def counter_and_ledger(suite: RunningService) -> tuple[int, int]:
    async with suite.transaction() as tx:
        used = await tx.connection.fetchval("SELECT coalesce(sum(used), 0) FROM quota_counter")
        ledger = await tx.connection.fetchval("SELECT coalesce(sum(units), 0) FROM quota_ledger")
    return used, ledger


async def report_many(client: httpx.AsyncClient, times: int) -> Counter[int]:
    answers = await asyncio.gather(*(client.post(f"{API}/inquiries", json=a_report()) for _ in range(times)))
    return Counter(answer.status_code for answer in answers)


@pytest.mark.rule("R-QUOTA-INQUIRY")
async def test_of_fifty_at_once_on_three_units_exactly_three_are_accepted(
    suite: RunningService, operator: httpx.AsyncClient
) -> None:
    await tell(suite, entitlements())
    for _ in range(2):
        await accepted(operator)
    before = len(await suite.published())
    assert await report_many(operator, 50) == {201: 3, 409: 47}
    assert await counter_and_ledger(suite) == (5, 5)
    told = (await suite.published())[before:]
    kinds = Counter(type(event.data) for event in told)
    assert kinds == {InquiryAccepted: 3, TroubleReported: 3, InquiryRefused: 47, QuotaThresholdReached: 2}
    used = [event.data.used for event in told if isinstance(event.data, InquiryAccepted)]
    assert sorted(used) == [3, 4, 5]
    async with suite.transaction() as tx:
        assert await tx.connection.fetchval("SELECT count(*) FROM refusal") == 47
        assert await tx.connection.fetchval("SELECT count(*) FROM inquiry") == 5


@pytest.mark.rule("R-QUOTA-INQUIRY")
async def test_the_first_inquiry_of_a_month_may_come_many_times_at_once(
    suite: RunningService, operator: httpx.AsyncClient
) -> None:
    await tell(suite, entitlements(light(inquiry_limit=1)))
    assert await report_many(operator, 20) == {201: 1, 409: 19}
    assert await counter_and_ledger(suite) == (1, 1)


@pytest.mark.rule("R-EXTRA-INQUIRIES")
async def test_plan_units_burn_first_also_when_many_come_at_once(
    suite: RunningService, operator: httpx.AsyncClient
) -> None:
    await tell(suite, entitlements(standard(inquiry_limit=4), extra_inquiries=(extra(units=3),)))
    assert await report_many(operator, 30) == {201: 7, 409: 23}
    events = [event.data for event in await suite.published(InquiryAccepted)]
    by_use = [data.unit_source for data in sorted(events, key=lambda data: data.used)]
    assert by_use == ["plan"] * 4 + ["extra"] * 3


async def test_units_bought_meanwhile_are_not_lost(suite: RunningService, operator: httpx.AsyncClient) -> None:
    plan = standard(inquiry_limit=3)
    await tell(suite, entitlements(plan))
    bought = entitlements(plan, version=2, extra_inquiries=(extra(units=5),))
    answers, _ = await asyncio.gather(report_many(operator, 40), tell(suite, bought))
    assert 3 <= answers[201] <= 8
    assert answers[201] + answers[409] == 40
    rest = await report_many(operator, 10)
    assert answers[201] + rest[201] == 8
    assert await counter_and_ledger(suite) == (8, 8)


@pytest.mark.rule("R-QUOTA-COUNT")
async def test_a_unit_that_goes_back_while_an_acceptance_waits_for_a_change_is_not_overlooked(
    suite: RunningService, operator: httpx.AsyncClient
) -> None:
    await tell(suite, entitlements(light(inquiry_limit=1)))
    found = (await accepted(operator))["id"]
    async with suite.transaction() as change:
        await lock(change, CONTRACT)
        waits = asyncio.create_task(post(operator, "/inquiries", a_report()))
        while not await change.connection.fetchval(  # noqa: ASYNC110 - what is awaited happens in the database
            "SELECT count(*) FROM pg_locks WHERE NOT granted"
        ):
            await asyncio.sleep(0.01)
        assert (await post(operator, f"/inquiries/{found}/void", {"reason": "a test"})).is_success
    assert (await waits).status_code == 201
    assert await counter_and_ledger(suite) == (1, 1)


async def test_a_limit_lowered_meanwhile_holds_from_then_on(suite: RunningService, operator: httpx.AsyncClient) -> None:
    await tell(suite, entitlements(light(inquiry_limit=12)))
    lowered = entitlements(light(inquiry_limit=4), version=2)
    answers, _ = await asyncio.gather(report_many(operator, 30), tell(suite, lowered))
    assert 4 <= answers[201] <= 12
    events = [event.data for event in await suite.published(InquiryAccepted)]
    assert all(data.used <= data.allowed for data in events)
    assert (await report_many(operator, 5))[201] == 0
    assert await counter_and_ledger(suite) == (answers[201], answers[201])
    async with suite.transaction() as tx:
        row = await tx.connection.fetchrow("SELECT used, ceiling, plan_limit FROM quota_counter")
    assert row["ceiling"] == max(4, row["used"])


async def test_many_changes_of_the_limit_while_many_call(suite: RunningService, operator: httpx.AsyncClient) -> None:
    await tell(suite, entitlements(light(inquiry_limit=2)))

    async def change() -> None:
        for version in range(2, 12):
            await tell(suite, entitlements(light(inquiry_limit=2 + version % 3), version=version))

    answers, _ = await asyncio.gather(report_many(operator, 60), change())
    assert answers[201] + answers[409] == 60
    used, ledger = await counter_and_ledger(suite)
    assert used == ledger == answers[201] <= 4


@pytest.mark.rule("R-QUOTA-COUNT")
async def test_void_merge_split_and_calls_at_once_keep_counter_and_ledger_equal(
    suite: RunningService, operator: httpx.AsyncClient
) -> None:
    await tell(suite, entitlements(light(inquiry_limit=20)))
    ids = [(await accepted(operator))["id"] for _ in range(12)]
    steps: list[tuple[str, dict[str, Any]]] = [
        *((f"/inquiries/{found}/void", {"reason": "out of scope"}) for found in ids[:4]),
        *((f"/inquiries/{found}/void", {"reason": "out of scope"}) for found in ids[:4]),
        *(("/merges", {"source_id": found, "target_id": ids[11]}) for found in ids[4:8]),
        *(("/merges", {"source_id": found, "target_id": ids[10]}) for found in ids[4:8]),
        *(("/splits", {"source_id": found, "kind": "how_to", "summary": "second"}) for found in ids[8:12]),
        *(("/inquiries", a_report()) for _ in range(10)),
    ]
    answers = await asyncio.gather(*(post(operator, path, body) for path, body in steps))
    done = Counter(
        path.rsplit("/", 1)[-1] for (path, _), answer in zip(steps, answers, strict=True) if answer.is_success
    )
    assert done["void"] == 4
    assert done["merges"] == 4
    used, ledger = await counter_and_ledger(suite)
    assert used == ledger == 12 - 8 + done["splits"] + done["inquiries"]
    assert used <= 20
    assert {answer.status_code for answer in answers} <= {200, 201, 409}


async def test_two_merges_in_opposite_directions_leave_one_inquiry(
    suite: RunningService, operator: httpx.AsyncClient
) -> None:
    await tell(suite, entitlements())
    one, two = (await accepted(operator))["id"], (await accepted(operator))["id"]
    answers = await asyncio.gather(
        post(operator, "/merges", {"source_id": one, "target_id": two}),
        post(operator, "/merges", {"source_id": two, "target_id": one}),
    )
    assert sorted(answer.status_code for answer in answers) == [201, 409]
    assert await counter_and_ledger(suite) == (1, 1)


async def test_of_two_remote_sessions_at_once_one_starts(suite: RunningService, operator: httpx.AsyncClient) -> None:
    await tell(suite, entitlements())
    found = (await accepted(operator))["id"]
    body = {"os": "windows", "terminal": "pc", "consent": {"given_by": "見本", "spoken": True, "recording": False}}
    answers = await asyncio.gather(*(post(operator, f"/inquiries/{found}/remote-sessions", body) for _ in range(5)))
    assert Counter(answer.status_code for answer in answers) == {201: 1, 409: 4}
