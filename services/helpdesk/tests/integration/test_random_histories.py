"""Random histories from sixteen clients at once: the ledger, the counter and what hangs on the cases stay true."""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from collections.abc import AsyncIterator, Callable
from itertools import pairwise
from random import Random

import httpx
import pytest

from common.events.helpdesk import QuotaThresholdReached
from common.testing import RunningService, running
from helpdesk.app import create_app
from helpdesk.settings import HelpdeskSettings
from helpdesk.testing import get, jst, tell_catalogue, witness
from helpdesk.testing.histories import History

HISTORIES = int(os.environ.get("ANSHIN_HISTORIES", "3"))
CLIENTS = 16
STEPS = 20
MORE = 10
"""Histories that are played besides when something has not happened yet: what comes when is a matter of chance."""
EACH_HAPPENED = (
    "inquiries", "void", "merges", "merge-undo", "splits", "reopening", "notes", "attachments", "recounting",
    "unit-returns: returned", "unit-returns: already_returned", "unit-returns: unit_went_back",
    "unit-returns: unit_not_of_outage", "inquiries: inquiry_quota_exhausted", "merge-undo: merge_undo_too_late",
)  # fmt: skip
END_OF_JUNE = jst(6, 29)


@pytest.fixture
async def suite(service_url: Callable[[str], str], admin_url: str) -> AsyncIterator[RunningService]:
    """Connections for sixteen at once, a witness in the database, two days before the month turns."""
    await witness.install(admin_url)
    url = service_url("helpdesk")
    async with running(create_app, HelpdeskSettings, url=url, at=END_OF_JUNE, pool_size=24) as service:
        await tell_catalogue(service)
        yield service


async def played(suite: RunningService, operator: httpx.AsyncClient, seed: int) -> History:
    suite.clock.move_to(END_OF_JUNE)
    history = History(suite, f"ctr_{seed}", Random(seed))  # noqa: S311 - histories can be had again
    await history.run(operator, clients=CLIENTS, steps=STEPS)
    return history


@pytest.mark.timeout(60 + 30 * (HISTORIES + MORE))
@pytest.mark.rule("R-QUOTA-COUNT", "R-QUOTA-INQUIRY")
async def test_whatever_sixteen_do_at_once_is_what_one_could_have_done_in_a_row(
    suite: RunningService, operator: httpx.AsyncClient
) -> None:
    done: Counter[str] = Counter()
    for seed in range(HISTORIES + MORE):
        if seed >= HISTORIES and all(done[step] for step in EACH_HAPPENED):
            break
        history = await played(suite, operator, seed)
        async with suite.transaction() as tx:
            seen = await witness.testimony(tx.connection, history.contract_id)
            rows = await tx.connection.fetch(
                "SELECT fee_month, plan_used, extra_used FROM quota_counter WHERE contract_id = $1",
                history.contract_id,
            )
        counted = {row["fee_month"]: (row["plan_used"], row["extra_used"]) for row in rows}
        assert {month: (end.plan, end.extra) for month, end in witness.replayed(seen).items()} == counted
        await units_are_held_by_those_that_stand(suite, history)
        await nothing_is_lost_or_doubled(operator, history)
        await each_threshold_was_told_once(suite, history, seen)
        await each_unit_that_moved_was_told(suite, history)
        done += history.done
    assert [step for step in EACH_HAPPENED if not done[step]] == [], done


async def units_are_held_by_those_that_stand(suite: RunningService, history: History) -> None:
    """Each inquiry that stands holds one unit of its month, each that is gone or was an outage's holds none."""
    async with suite.transaction() as tx:
        wrong = await tx.connection.fetch(
            """
            SELECT i.id, i.status, i.unit_source, sum(l.units) AS held,
                   sum(l.units) FILTER (WHERE l.unit_source = i.unit_source AND l.fee_month = i.fee_month) AS own
            FROM inquiry i JOIN quota_ledger l ON l.inquiry_id = i.id WHERE i.contract_id = $1 GROUP BY i.id
            HAVING sum(l.units) <> (i.status NOT IN ('voided', 'merged') AND i.counted)::int
                OR sum(l.units) FILTER (WHERE l.unit_source = i.unit_source AND l.fee_month = i.fee_month)
                   IS DISTINCT FROM sum(l.units)
            """,
            history.contract_id,
        )
        inquiries = await tx.connection.fetchval(
            "SELECT count(*) FROM inquiry WHERE contract_id = $1", history.contract_id
        )
    assert wrong == []
    assert inquiries == len(set(history.inquiries))


async def nothing_is_lost_or_doubled(operator: httpx.AsyncClient, history: History) -> None:
    """Every note, file and timeline entry is seen on exactly one inquiry that is not part of another."""
    notes: Counter[str] = Counter()
    files: Counter[str] = Counter()
    told: Counter[str] = Counter()
    parts: Counter[str] = Counter()
    for found in history.inquiries:
        if (await get(operator, f"/inquiries/{found}"))["status"] == "merged":
            continue
        lines = (await get(operator, f"/inquiries/{found}/timeline"))["items"]
        told.update(line["event_id"] for line in lines if line["event_id"])
        notes.update(line["facts"]["note_id"] for line in lines if line["type"] == "Note")
        files.update(line["facts"]["attachment_id"] for line in lines if line["type"] == "Attachment")
        listed = (await get(operator, f"/inquiries/{found}/attachments?limit=100"))["items"]
        assert {each["id"] for each in listed} == {
            line["facts"]["attachment_id"] for line in lines if line["type"] == "Attachment"
        }
        parts.update({line["inquiry_id"] for line in lines})
    assert notes == Counter(history.notes)
    assert files == Counter(history.attachments)
    assert set(told.values()) <= {1}
    assert parts == Counter(history.inquiries)
    own = [event for event in await history.suite.published() if event.subject in parts]
    assert {event.id for event in own} == set(told)


async def each_threshold_was_told_once(suite: RunningService, history: History, seen: list[witness.Seen]) -> None:
    """80 % and 100 % of a month, once each, when a unit reached them."""
    events = [each.data for each in await suite.published(QuotaThresholdReached)]
    told = Counter((each.fee_month, each.percent) for each in events if each.contract_id == history.contract_id)
    peak: dict[str, int] = {}
    for moment in seen:
        if moment.units == 1:
            share = moment.used * 100 // moment.allowance.limit
            peak[moment.fee_month] = max(share, peak.get(moment.fee_month, 0))
    assert told == Counter((month, each) for month, share in peak.items() for each in (80, 100) if each <= share)


async def each_unit_that_moved_was_told(suite: RunningService, history: History) -> None:
    """What others hear of each inquiry's units comes to what its ledger says, also where an outage gave them back."""
    told: Counter[str] = Counter()
    for event in await suite.published():
        if event.subject in history.inquiries:
            told[event.subject] += getattr(event.data, "units", 0)
    async with suite.transaction() as tx:
        rows = await tx.connection.fetch(
            "SELECT inquiry_id, sum(units)::int AS held FROM quota_ledger WHERE contract_id = $1 GROUP BY inquiry_id",
            history.contract_id,
        )
    assert {row["inquiry_id"]: row["held"] for row in rows} == dict(told)


async def test_a_merge_and_its_undoing_at_once_end_in_one_of_both(
    suite: RunningService, operator: httpx.AsyncClient
) -> None:
    history = await played(suite, operator, seed=1000)
    suite.clock.move_to(jst(8, 3))
    history.limit, history.version = 20, history.version + 1
    await history.tell()
    ids = [(await history.reported(operator)) for _ in range(8)]
    for source, target in pairwise(ids):
        await history.merged(operator, source, target)
    answers = await asyncio.gather(*[history.undone(operator, source) for source in ids[:-1] for _ in range(3)])
    assert sum(answer.is_success for answer in answers) == len(ids) - 1
    await units_are_held_by_those_that_stand(suite, history)
    await nothing_is_lost_or_doubled(operator, history)
