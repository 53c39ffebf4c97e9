"""A reaction of a real service that died and is redriven: its effect and what it tells the world come once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from common.events.dispatch import VisitCompleted
from common.events.helpdesk import FaultIsolated, FaultNotIsolated
from common.testing import RunningService, running
from helpdesk.app import create_app
from helpdesk.settings import HelpdeskSettings
from tests.integration.deliveries import AT, messages
from tests.integration.stages import a_case_that_waits_for_a_visit

LETTERS = "/api/helpdesk/v1/dead-letters"


async def verdicts(suite: RunningService) -> list[Any]:
    """What helpdesk has told of verdicts, as event and cause."""
    told = [event for event in await suite.published() if isinstance(event.data, FaultIsolated | FaultNotIsolated)]
    return [(event.data.actor, event.causation_id) for event in told]


async def redrive(suite: RunningService, who: str) -> list[str]:
    async with suite.client("supervisor", subject=who) as supervisor:
        answer = await supervisor.post(f"{LETTERS}/redrive", json={"group": "helpdesk.reactions"})
    assert answer.status_code == 200, answer.text
    return [item["outcome"] for item in answer.json()["items"]]


async def test_a_finding_that_died_becomes_one_verdict_however_many_redrive_it(
    service_url: Callable[[str], str],
) -> None:
    async with running(create_app, HelpdeskSettings, url=service_url("helpdesk"), at=AT) as suite:
        ids = await a_case_that_waits_for_a_visit(suite)
        before = await verdicts(suite)
        told = next(
            message
            for message in messages(suite, VisitCompleted, over=ids)
            if b'"purpose":"isolation"' in message.value and b'"finding":{' in message.value
        )
        reactions = suite.consumers()[1]
        await reactions.apply([told._replace(value=b"cut off {")])
        assert await redrive(suite, "sup-abe") == ["failed"]
        assert await verdicts(suite) == before

        async with suite.database.connection() as connection:
            await connection.execute("UPDATE dead_letter SET value = $1", told.value)
        outcomes = await asyncio.gather(*[redrive(suite, f"sup-{n}") for n in range(4)])
        assert sorted(each for found in outcomes for each in found).count("redriven") == 1
        await reactions.apply([told])

        (verdict,) = [each for each in await verdicts(suite) if each not in before]
        assert verdict[1] == told.headers["ce_id"]
        assert len(await verdicts(suite)) == len(before) + 1
        async with suite.database.connection() as connection:
            letter = await connection.fetchrow("SELECT attempts, redriven_by FROM dead_letter")
        assert letter is not None
        assert letter["attempts"] == 2
        assert letter["redriven_by"].startswith("sup-")
