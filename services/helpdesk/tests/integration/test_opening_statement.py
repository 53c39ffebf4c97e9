"""The one statement that takes a unit, and the locks around it, step by step."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from common.db import Tx
from common.testing import RunningService
from helpdesk.domain.inquiry import UnitSource
from helpdesk.domain.quota import Allowance, LedgerEntry, LedgerReason
from helpdesk.storage import entitlements, opening
from helpdesk.storage.opening import NewInquiry
from helpdesk.testing import CONTRACT, MONDAY_10, accepted, an_inquiry, extra, get, standard, tell
from helpdesk.testing import entitlements as told_entitlements

WAITING = "SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype IN ('transactionid', 'tuple')"


async def take(
    tx: Tx, name: str, *, version: int = 1, allowance: Allowance, source: UnitSource = UnitSource.PLAN
) -> int | None:
    inquiry = an_inquiry(id=f"inq_{name}", unit_source=source)
    new = NewInquiry(inquiry=inquiry, caller_name=None, caller_phone=None, accepted_by="op-sato", decision={})
    entry = LedgerEntry(
        id=f"led_{name}",
        contract_id=CONTRACT,
        partner=None,
        fee_month="2026-06",
        inquiry_id=inquiry.id,
        units=1,
        unit_source=source,
        reason=LedgerReason.ACCEPTED,
        rule_id="R-QUOTA-INQUIRY",
        evidence={},
        actor="op-sato",
        at=MONDAY_10,
    )
    taken = await opening.accept(tx, new, entry, entitlement_version=version, allowance=allowance)
    return None if taken is None else taken.used


async def waits(task: asyncio.Task[Any], watcher: Tx) -> bool:
    """Whether the task comes to wait for a row that somebody else holds; False: it is done."""
    while not task.done():
        if await watcher.connection.fetchval(WAITING):
            return True
    return False


@pytest.mark.rule("R-QUOTA-INQUIRY")
async def test_takes_no_unit_that_is_not_left(suite: RunningService) -> None:
    async with suite.transaction() as tx:
        assert await take(tx, "a", allowance=Allowance(1, 0)) == 1
        assert await take(tx, "b", allowance=Allowance(1, 0)) is None
        assert await tx.connection.fetchval("SELECT count(*) FROM inquiry") == 1
        assert await tx.connection.fetchval("SELECT used FROM quota_counter") == 1


@pytest.mark.rule("R-EXTRA-INQUIRIES")
async def test_takes_a_unit_only_from_where_its_turn_is(suite: RunningService) -> None:
    limits = Allowance(1, 1)
    async with suite.transaction() as tx:
        assert await take(tx, "a", allowance=limits) == 1
        assert await take(tx, "b", allowance=limits) is None
        assert await take(tx, "c", allowance=limits, source=UnitSource.EXTRA) == 2
        assert await take(tx, "d", allowance=limits, source=UnitSource.EXTRA) is None


async def test_extra_units_wait_for_the_plans(suite: RunningService) -> None:
    async with suite.transaction() as tx:
        assert await take(tx, "a", allowance=Allowance(2, 1)) == 1
        assert await take(tx, "b", allowance=Allowance(2, 1), source=UnitSource.EXTRA) is None


async def test_takes_nothing_by_entitlements_that_hold_no_more(suite: RunningService) -> None:
    async with suite.transaction() as tx:
        assert await take(tx, "a", version=2, allowance=Allowance(5, 0)) is None
        assert await tx.connection.fetchval("SELECT count(*) FROM quota_counter") == 0


async def test_new_entitlements_wait_for_the_acceptance_that_is_being_decided(
    suite: RunningService, operator: httpx.AsyncClient
) -> None:
    await accepted(operator)
    bought = told_entitlements(standard(inquiry_limit=5), version=2, extra_inquiries=(extra(units=5),))
    async with suite.transaction() as tx, suite.transaction() as watcher:
        known = await entitlements.share_for_acceptance(tx, CONTRACT)
        assert known is not None
        learning = asyncio.create_task(tell(suite, bought))
        assert await waits(learning, watcher)
        assert await take(tx, "b", allowance=Allowance(5, 0)) == 2
    await learning
    quota = (await get(operator, f"/contracts/{CONTRACT}/overview"))["quota"]
    assert (quota["used"], quota["allowed"]) == (2, 10)
    async with suite.transaction() as tx:
        limits = await tx.connection.fetchrow("SELECT plan_limit, extra_limit, ceiling FROM quota_counter")
    assert tuple(limits) == (5, 5, 10)


async def test_an_acceptance_waits_for_new_entitlements_and_judges_by_them(
    suite: RunningService, operator: httpx.AsyncClient
) -> None:
    async with suite.transaction() as tx, suite.transaction() as watcher:
        assert await entitlements.lock(tx, CONTRACT) is not None
        calling = asyncio.create_task(accepted(operator))
        assert await waits(calling, watcher)
        state = told_entitlements(standard(inquiry_limit=7), version=2)
        await entitlements.put(tx, state, known_at=MONDAY_10)
    assert (await calling)["quota"]["allowed"] == 7
