"""Every service's projections, thrown away and built again from what is on the bus."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Any

import asyncpg
import pytest

from common.bus.protocol import Delivered
from common.db import Tx
from common.errors import DomainError
from common.events.base import EventData, NewEvent, Received
from common.events.contracts import CatalogueChanged, EntitlementsChanged
from common.events.helpdesk import InquiryAccepted
from common.provision import SERVICES
from common.rebuilding import RebuildRefused
from loaner import testing as loaner
from tests.integration.deliveries import entries, messages
from tests.integration.rehearsal import ServiceUrl, Stage, entitled, staged, versions


def history(stage: Stage) -> list[Delivered]:
    """An event of every type that the service projects, shuffled across topics and in order within.

    What takes things away comes first: afterwards there would be nothing to compare.
    """
    kinds = [e.kind for e in entries() if e.service == stage.service and e.table == "PROJECTIONS"]
    ended = [message for kind in kinds if _ends(kind) for message in messages(stage.suite, kind, sequence=1)]
    told = [
        message
        for kind in kinds
        if not _ends(kind)
        for message in messages(stage.suite, kind, sequence=len(kind.__name__) * 3)
    ]
    random.Random(7).shuffle(told)  # noqa: S311 - a walk that can be repeated
    return [*ended, *told]


def _ends(kind: type[EventData]) -> bool:
    return kind.__name__.endswith(("Erased", "Lifted"))


@pytest.mark.parametrize("service", SERVICES)
async def test_what_is_built_again_equals_the_original_row_by_row_and_nothing_else_is_touched(
    service: str, service_url: ServiceUrl, admin_url: str
) -> None:
    async with staged(service, service_url, admin_url) as stage:
        await stage.publish(history(stage))
        await stage.consume()
        before = await stage.rows()
        tables = stage.suite.service.parts.projection_tables
        assert before["dead_letter"] == []
        assert [table for table in tables if not before[table]] == [], "an empty table proves nothing"

        assert set((await stage.rebuild()).values()) == {(0, 0, 0)}
        assert await stage.rows() == before
        for table in tables:
            await stage.execute(f"DELETE FROM {table}")
        await stage.rebuild()
        assert await stage.rows() == before


@pytest.fixture
async def lending(service_url: ServiceUrl, admin_url: str) -> AsyncIterator[Stage]:
    """The loaner service with the entitlements of three contracts on the bus and applied."""
    async with staged("loaner", service_url, admin_url) as stage:
        await stage.publish([entitled(stage, f"ctr_{n}", 1) for n in range(3)])
        await stage.consume()
        yield stage


async def test_wrong_rows_are_corrected_and_missing_ones_come_back(lending: Stage) -> None:
    before = await lending.rows()
    await lending.execute("DELETE FROM entitlement WHERE contract_id = 'ctr_0'")
    await lending.execute("UPDATE entitlement SET version = 99 WHERE contract_id = 'ctr_1'")
    assert (await lending.rebuild("entitlement"))["entitlement"] == (1, 1, 0)
    assert await lending.rows() == before


async def test_rows_that_no_event_accounts_for_go_only_when_that_is_asked_for(lending: Stage) -> None:
    await lending.execute(
        "INSERT INTO entitlement SELECT 'ctr_9', partner, 1, state, known_at FROM entitlement LIMIT 1"
    )
    with pytest.raises(RebuildRefused, match="1 rows of entitlement"):
        await lending.rebuild()
    assert "ctr_9" in await versions(lending)
    assert (await lending.rebuild(may_remove=True))["entitlement"] == (0, 0, 1)
    assert "ctr_9" not in await versions(lending)


async def test_only_projection_tables_can_be_rebuilt(lending: Stage) -> None:
    with pytest.raises(RebuildRefused, match="loaner rebuilds address, catalogue, entitlement, support_case"):
        await lending.rebuild("loan")


async def test_the_old_projection_serves_reads_until_the_new_one_is_there(lending: Stage) -> None:
    await lending.execute("UPDATE entitlement SET version = 7")
    seen: list[tuple[set[int], bool]] = []

    async def look() -> None:
        async with lending.suite.database.connection() as connection:
            rows = await connection.fetch("SELECT version FROM entitlement FOR SHARE")
            writable = True
            try:
                async with connection.transaction():
                    await connection.execute("LOCK TABLE entitlement IN ROW EXCLUSIVE MODE NOWAIT")
            except asyncpg.LockNotAvailableError:
                writable = False
        seen.append(({row["version"] for row in rows}, writable))

    lending.bus.look = look
    await lending.rebuild()
    assert {tuple(found) for found, _ in seen} == {(7,)}
    assert {writable for _, writable in seen} == {True, False}
    assert seen[0][1]
    assert set((await versions(lending)).values()) == {1}


async def test_events_that_come_while_it_is_rebuilt_are_neither_lost_nor_overtaken(lending: Stage) -> None:
    last = 60
    running_consumer = lending.suite.consumers()[0]
    working = asyncio.create_task(running_consumer.run())

    async def publish() -> None:
        for version in range(2, last + 1):
            await lending.publish([entitled(lending, f"ctr_{n}", version) for n in range(3)])

    publishing = asyncio.create_task(publish())
    rebuilds = 0
    while not publishing.done() or rebuilds < 2:
        await lending.rebuild()
        rebuilds += 1
    await publishing
    async with asyncio.timeout(30):
        while await running_consumer.lag():  # noqa: ASYNC110 - what is awaited happens in the database
            await asyncio.sleep(0.01)
    working.cancel()
    with suppress(asyncio.CancelledError):
        await working
    assert await versions(lending) == {f"ctr_{n}": last for n in range(3)}
    assert set((await lending.rebuild()).values()) == {(0, 0, 0)}


async def test_rows_belong_to_the_partner_that_has_the_contract_now(lending: Stage) -> None:
    addresses = [
        lending.suite.message(
            loaner.an_address(address_id=f"adr_{n}", contract_id="ctr_0", partner="acme"),
            subject=f"adr_{n}",
            sequence=1,
            key=f"adr_{n}",
        )
        for n in range(3)
    ]
    state = loaner.entitlements(contract_id="ctr_0", version=2, partner="other")
    await lending.publish(addresses)
    await lending.consume()
    await lending.publish([lending.suite.message(state, subject="ctr_0", sequence=2, key="ctr_0")])
    await lending.consume()
    before = await lending.rows()
    assert set((await lending.rebuild()).values()) == {(0, 0, 0)}
    assert await lending.rows() == before
    async with lending.suite.database.connection() as connection:
        assert await connection.fetchval("SELECT array_agg(DISTINCT partner) FROM address") == ["other"]


class Unfit(DomainError):
    """What a handler of today says to an event of yesterday."""

    code = "unfit"
    en, ja = "Unfit.", "不適。"


def with_handler(stage: Stage, kind: type, handler: Any) -> None:
    """Let the service project this type in another way from now on."""
    service = stage.suite.service
    service.parts = replace(service.parts, projections={**service.parts.projections, kind: handler})


async def test_code_that_cannot_apply_what_was_applied_before_changes_nothing(lending: Stage) -> None:
    async def refuse(event: Received[Any], tx: Tx, now: datetime) -> None:
        raise Unfit

    before = await lending.rows()
    with_handler(lending, EntitlementsChanged, refuse)
    with pytest.raises(RebuildRefused, match=r"cannot be applied now: evt_\w+ \(unfit\)"):
        await lending.rebuild()
    assert await lending.rows() == before


async def test_what_is_dead_already_does_not_hinder_a_rebuild(lending: Stage) -> None:
    sick = entitled(lending, "ctr_sick", 1)._replace(value=b"no json")
    await lending.publish([sick])
    await lending.consume()
    before = await lending.rows()
    assert len(before["dead_letter"]) == 2
    await lending.rebuild()
    assert await lending.rows() == before


async def test_a_projection_that_publishes_is_found_out(lending: Stage) -> None:
    async def tell(event: Received[Any], tx: Tx, now: datetime) -> None:
        fact = NewEvent(data=event.data, subject="x", sequence=1, key="x", time=now, partner=None, correlation_id="x")
        await tx.publish(fact)

    await lending.publish(messages(lending.suite, InquiryAccepted)[:1])
    await lending.consume()
    before = await lending.rows()
    with_handler(lending, InquiryAccepted, tell)
    with pytest.raises(RebuildRefused, match="published"):
        await lending.rebuild()
    assert await lending.rows() == before


async def test_a_new_projection_is_filled_with_what_happened_before_it_existed(
    service_url: ServiceUrl, admin_url: str
) -> None:
    async with staged("mdm_gateway", service_url, admin_url) as stage:
        parts = stage.suite.service.parts
        stage.suite.service.parts = replace(
            parts, projections={kind: handle for kind, handle in parts.projections.items() if kind is CatalogueChanged}
        )
        await stage.publish(history(stage))
        await stage.consume()
        stage.suite.service.parts = parts
        assert (await stage.rebuild())["entitlement"][0] > 0
