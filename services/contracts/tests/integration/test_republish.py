"""Telling again what stands in the compacted topics: the same content under the next version."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Callable
from typing import Any

import pytest

from common.context import Context
from common.events.base import EventData, Received, body_of
from common.events.contract_access import TokenRevocationLifted, TokenRevoked
from common.events.contracts import (
    AddressChanged,
    CalendarChanged,
    CatalogueChanged,
    EntitlementsChanged,
    SubscriberDirectoryChanged,
)
from contracts.domain.unknown import ContractUnknown
from contracts.testing import Desk
from contracts.usecases.republish import republish_contract

STATES = (
    EntitlementsChanged,
    SubscriberDirectoryChanged,
    AddressChanged,
    CatalogueChanged,
    CalendarChanged,
    TokenRevoked,
    TokenRevocationLifted,
)


async def by_aggregate(desk: Desk) -> dict[tuple[str, str], list[Received[Any]]]:
    """Every event of the compacted topics, by what it is about, in order."""
    told: dict[tuple[str, str], list[Received[Any]]] = {}
    for event in await desk.suite.published():
        if isinstance(event.data, STATES):
            told.setdefault((event.data.aggregate, event.subject), []).append(event)
    return told


def content(data: EventData) -> dict[str, Any]:
    return {name: value for name, value in body_of(data).items() if name not in {"actor", "version"}}


async def republish(url: str, *words: str) -> tuple[int, Any]:
    environment = {
        **os.environ,
        "CONTRACTS_DATABASE_URL": url,
        "CONTRACTS_ISSUER": "https://issuer.test",
        "CONTRACTS_JWKS_URL": "http://127.0.0.1:9/jwks",
        "CONTRACTS_SECRET_KEY": "a long and random enough text for tests",
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "contracts", "republish", *words, env=environment, stdout=asyncio.subprocess.PIPE
    )
    out, _ = await process.communicate()
    return process.returncode or 0, json.loads(out) if out else None


async def test_everything_is_told_again_as_the_next_version_with_the_same_content(
    desk: Desk, service_url: Callable[[str], str]
) -> None:
    for _ in range(2):
        subscriber = await desk.subscriber()
        await desk.post("/contracts", desk.application(subscriber["id"]))
    leaked = {"kind": "token", "reason": "in a log"}
    kept, lifted = [
        await desk.post("/token-revocations", {**leaked, "value": value}, role="supervisor") for value in ("a", "b")
    ]
    await desk.call("DELETE", f"/token-revocations/{lifted['id']}", role="supervisor")
    before = await by_aggregate(desk)

    for turn in (1, 2):
        status, told = await republish(service_url("contracts"), "--by", "sup-abe")
        assert (status, told) == (0, {"contracts": 2, "subscribers": 2, "catalogue_parts": 7, "revocations": 2})
        after = await by_aggregate(desk)
        assert set(after) == set(before) >= {("token_revocation", kept["id"]), ("token_revocation", lifted["id"])}
        for place, events in after.items():
            last = before[place][-1]
            assert len(events) == len(before[place]) + turn
            assert events[-1].sequence == last.sequence + turn
            assert content(events[-1].data) == content(last.data)
            assert (events[-1].data.actor, events[-1].key, events[-1].partner) == ("sup-abe", last.key, last.partner)
            assert [event.sequence for event in events] == list(range(1, len(events) + 1))
        newest = [events[-1] for events in after.values() if isinstance(events[-1].data, EntitlementsChanged)]
        assert [event.data.version for event in newest] == [event.sequence for event in newest]


async def test_one_contract_is_told_again_with_its_addresses_and_its_subscriber(
    desk: Desk, service_url: Callable[[str], str]
) -> None:
    chosen, other = [await desk.post("/contracts", desk.application((await desk.subscriber())["id"])) for _ in range(2)]
    before = await by_aggregate(desk)
    assert await republish(service_url("contracts"), "--contract", chosen["id"]) == (
        0,
        {"contracts": 1, "subscribers": 1, "catalogue_parts": 0, "revocations": 0},
    )
    after = await by_aggregate(desk)
    again = {
        aggregate for aggregate, subject in after if len(after[aggregate, subject]) > len(before[aggregate, subject])
    }
    assert again == {"entitlements", "address", "subscriber"}
    assert len(after["entitlements", other["id"]]) == len(before["entitlements", other["id"]])


async def test_changes_that_follow_take_the_version_behind_it(desk: Desk) -> None:
    contract = await desk.post("/contracts", desk.application((await desk.subscriber())["id"]))
    async with desk.suite.database.transaction(Context(actor="sup-abe")) as tx:
        await republish_contract(contract["id"], tx, desk.suite.clock.now())
    read = await desk.get(f"/contracts/{contract['id']}")
    assert read["version"] == contract["version"]
    await desk.consent(contract["id"])
    events = (await by_aggregate(desk))["entitlements", contract["id"]]
    assert [event.sequence for event in events] == [1, 2, 3]


async def test_contracts_told_again_at_once_take_one_version_after_the_other(desk: Desk) -> None:
    contract = await desk.post("/contracts", desk.application((await desk.subscriber())["id"]))

    async def again() -> None:
        async with desk.suite.database.transaction(Context(actor="sup-abe")) as tx:
            await republish_contract(contract["id"], tx, desk.suite.clock.now())

    await asyncio.gather(*[again() for _ in range(6)])
    told = await by_aggregate(desk)
    assert [event.sequence for event in told["entitlements", contract["id"]]] == list(range(1, 8))
    (address,) = [events for (aggregate, _), events in told.items() if aggregate == "address"]
    assert [event.sequence for event in address] == list(range(1, 8))


async def test_an_unknown_contract_is_not_told(desk: Desk, service_url: Callable[[str], str]) -> None:
    with pytest.raises(ContractUnknown):
        async with desk.suite.database.transaction(Context(actor="sup-abe")) as tx:
            await republish_contract("ctr_unknown", tx, desk.suite.clock.now())
    assert await republish(service_url("contracts"), "--contract", "ctr_unknown") == (1, None)
