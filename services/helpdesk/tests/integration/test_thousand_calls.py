"""A thousand calls of a telephone system that repeats itself and mixes things up."""

from __future__ import annotations

import asyncio
import json
import random
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import httpx

from common.events.contracts import SubscriberDirectoryChanged
from common.events.helpdesk import CallAnswered, CallbackPromised, CallEnded, CallStarted
from common.testing import RunningService
from common.testing.serving import serving
from helpdesk.testing import get, post, told
from services.helpdesk.tests.integration.telephones import CUSTOMERS

CALLS = 1000
TELEPHONES = Path(__file__).with_name("telephones.py")


async def test_each_of_a_thousand_calls_is_there_once_and_every_missed_one_is_to_be_rung_back(
    suite: RunningService, operator: httpx.AsyncClient
) -> None:
    for number in CUSTOMERS:
        known = SubscriberDirectoryChanged(
            actor="op-sato",
            subscriber_id=f"sub_{number}",
            name=f"顧客{number}",
            name_kana="コ",
            phones=(f"+81{number}",),
        )
        await told(suite, known, known.subscriber_id, 1)
    async with suite.client("supervisor", subject="sv-mori") as supervisor:
        secret = (await post(supervisor, "/pbx-connections", {"name": "Generator"})).json()["secret"]

    seed = random.SystemRandom().randrange(2**32)
    async with serving(suite.app) as port:
        played = await asyncio.create_subprocess_exec(
            sys.executable, str(TELEPHONES), str(port), str(seed), str(CALLS),
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        output, _ = await played.communicate(secret.encode())
    assert played.returncode == 0
    truth = json.loads(output)
    expected = {call["reference"]: call for call in truth["calls"]}
    print(f"{CALLS} calls by {truth['signals']} signals, seed {seed}")  # noqa: T201 - the figure is asked for

    async with suite.transaction() as tx:
        calls = {row["reference"]: dict(row) for row in await tx.connection.fetch("SELECT * FROM call")}
        callbacks = [dict(row) for row in await tx.connection.fetch("SELECT * FROM callback WHERE status = 'open'")]
    assert calls.keys() == expected.keys()
    for reference, call in calls.items():
        wanted = expected[reference]
        assert call["state"] == ("ended" if wanted["answered"] else "unanswered"), f"seed {seed}"
        assert call["from_number"] == wanted["number"]
        known_by = (wanted["number"] or "").removeprefix("+81")
        assert call["subscriber_id"] == (f"sub_{known_by}" if known_by in CUSTOMERS else None)
    missed = [call for call in expected.values() if not call["answered"] and call["number"] is not None]
    assert Counter(each["number"] for each in callbacks) == Counter(call["number"] for call in missed)
    assert {each["call_id"] for each in callbacks} <= {call["id"] for call in calls.values()}

    facts = Counter((type(event.data), event.subject) for event in await suite.published())
    told_of: Counter[type[Any]] = Counter(kind for kind, _ in facts)
    assert max(facts[kind, call["id"]] for call in calls.values() for kind in (CallStarted, CallEnded)) == 1
    assert told_of[CallStarted] == told_of[CallEnded] == CALLS
    assert told_of[CallAnswered] == sum(call["answered"] for call in expected.values())
    assert told_of[CallbackPromised] >= len(missed)

    some = next(call for call in calls.values() if call["subscriber_id"] is not None)
    card = await get(operator, f"/calls/{some['id']}")
    assert [match["subscriber_id"] for match in card["matches"]] == [some["subscriber_id"]]
