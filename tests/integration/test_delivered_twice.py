"""Each entry of every PROJECTIONS and REACTIONS, delivered again, changes nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

import pytest

from common.db import Tx
from common.events.base import NewEvent, Received
from common.events.contracts import EntitlementsChanged
from common.events.helpdesk import InquiryClosed
from common.provision import SERVICES
from common.testing import RunningService, running
from tests.integration.deliveries import (
    AT,
    Entry,
    application_of,
    consumer_of,
    entries,
    messages,
    under_new_ids,
    written_down,
)
from tests.integration.stages import STAGES, set_stage

ENTRIES = entries()


@asynccontextmanager
async def started(service: str, service_url: Callable[[str], str]) -> AsyncIterator[RunningService]:
    """The service on its fresh database; business time stands still."""
    create_app, settings = application_of(service)
    async with running(create_app, settings, url=service_url(service), at=AT) as suite:
        yield suite


@pytest.mark.parametrize("entry", ENTRIES, ids=str)
async def test_delivered_again_changes_nothing(entry: Entry, service_url: Callable[[str], str], admin_url: str) -> None:
    async with started(entry.service, service_url) as suite:
        ids = await set_stage(suite, entry)
        before = await written_down(admin_url, entry.service)
        told = messages(suite, entry.kind, over=ids)
        consumer = consumer_of(suite, entry)
        await consumer.apply(told)
        once = await written_down(admin_url, entry.service)
        assert once["dead_letter"] == []
        assert once != before, "the first delivery had no effect, so the second proves nothing"

        await consumer.apply(told)
        assert await written_down(admin_url, entry.service) == once, "the same event id"
        await consumer.apply(under_new_ids(told))
        assert await written_down(admin_url, entry.service) == once, "the same sequence under a new event id"
        if entry.table == "PROJECTIONS":
            await consumer_of(suite, entry, group="projections-rebuilt").apply(told)
            assert await written_down(admin_url, entry.service) == once, "replayed from the beginning"


def test_every_service_hears_of_others() -> None:
    assert {entry.service for entry in ENTRIES} == set(SERVICES)


def test_every_stage_belongs_to_an_entry() -> None:
    assert set(STAGES) <= {(entry.service, entry.table, entry.kind) for entry in ENTRIES}


async def _counts_closings(event: Received[Any], tx: Tx, now: datetime) -> None:
    """A handler that adds instead of replacing: each time it runs it tells the world."""
    runs = await tx.connection.fetchval("SELECT count(*) FROM outbox")
    fact = NewEvent(
        data=event.data,
        subject=event.subject,
        sequence=runs + 1,
        key=event.key,
        time=now,
        partner=None,
        correlation_id=event.correlation_id,
    )
    await tx.publish(fact)


async def test_a_handler_that_adds_up_would_be_seen(service_url: Callable[[str], str], admin_url: str) -> None:
    entry = Entry(service="loaner", table="PROJECTIONS", kind=InquiryClosed, handler=_counts_closings)
    async with started("loaner", service_url) as suite:
        told = messages(suite, InquiryClosed)
        await consumer_of(suite, entry).apply(told)
        once = await written_down(admin_url, "loaner")
        await consumer_of(suite, entry, group="projections-rebuilt").apply(told)
        assert await written_down(admin_url, "loaner") != once


async def test_what_a_service_has_written_down_is_seen(service_url: Callable[[str], str], admin_url: str) -> None:
    async with started("loaner", service_url) as suite:
        empty = await written_down(admin_url, "loaner")
        await suite.deliver_messages(messages(suite, EntitlementsChanged))
        full = await written_down(admin_url, "loaner")
    assert {"entitlement", "outbox", "published_event", "idempotency_record", "dead_letter"} <= set(full)
    assert {name for name in full if full[name] != empty[name]} == {"entitlement"}
