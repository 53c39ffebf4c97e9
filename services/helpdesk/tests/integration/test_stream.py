"""The live stream over real TCP: nobody misses anything, nobody sees another tenant's, nobody holds the service."""

from __future__ import annotations

import asyncio
import json
import random
from functools import partial

import httpx
import pytest

from common.http import stream as live
from helpdesk.testing import API
from services.helpdesk.tests.integration.watchers import Served, Watcher

PARTNERS = ("ptn_north", "ptn_south", None)


async def test_two_hundred_clients_cut_off_and_resumed_miss_nothing_and_see_no_other_tenant(served: Served) -> None:
    seed = random.SystemRandom().randrange(2**32)
    fate = random.Random(seed)  # noqa: S311 - chance, not a secret
    subjects = [PARTNERS[number % 3] for number in range(200)]
    watchers = [
        Watcher(served.port, served.token(partner, f"sub-{number}"), last_id=served.cursor(partner, 0))
        for number, partner in enumerate(subjects)
    ]
    rounds, told, expected = 20, asyncio.Event(), dict.fromkeys(PARTNERS, 0)

    async def tell() -> None:
        for at in range(rounds):
            for partner in PARTNERS:
                await served.tell(partner, range(at * 4 + 1, at * 4 + 5))
            await asyncio.sleep(0.05)
        for partner in PARTNERS:
            expected[partner] = rounds * 4 * (3 if partner is None else 1)
        told.set()

    async with asyncio.timeout(100):
        await asyncio.gather(
            tell(),
            *(
                watcher.watch(told, partial(expected.__getitem__, partner), random.Random(fate.random()))  # noqa: S311
                for watcher, partner in zip(watchers, subjects, strict=True)
            ),
        )

    due = {partner: await served.cursors(partner) for partner in PARTNERS}
    for watcher, partner in zip(watchers, subjects, strict=True):
        assert watcher.seen == due[partner], f"seed {seed}"
        if partner is not None:
            assert {body["partner"] for body in watcher.bodies} == {partner}
            others = {name for name in PARTNERS if name not in {None, partner}}
            assert not any(str(name) in json.dumps(body) for body in watcher.bodies for name in others)


async def test_a_client_that_takes_nothing_is_let_go_and_holds_nobody(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "PATIENCE_SECONDS", 2.0)
    slow = Watcher(served.port, served.token(None, "slow"))
    quick = Watcher(served.port, served.token(None, "quick"))
    async with slow.connected(small=True) as asleep, quick.connected() as awake, asyncio.timeout(60):
        await slow.opened(asleep)
        await quick.opened(awake)
        reading = asyncio.create_task(quick.read(awake, 4000))
        for at in range(20):
            await served.tell(None, range(at * 200 + 1, at * 200 + 201), reason="x" * 1900)
        await reading
        assert quick.seen == await served.cursors(None)
        streams: live.Streams = served.suite.app.state.streams
        while streams.of("slow"):  # noqa: ASYNC110 - a count of the service
            await asyncio.sleep(0.05)
        assert streams.of("quick") == 1


async def test_tells_only_of_the_case_that_was_asked_for(served: Served) -> None:
    start = served.cursor(None, 0)
    watcher = Watcher(served.port, served.token(None, "sv"), query="?correlation_id=inq_ptn_north", last_id=start)
    await served.tell("ptn_south", [1, 2])
    await served.tell("ptn_north", [1, 2])
    async with watcher.connected() as reader, asyncio.timeout(30):
        await watcher.read(reader, 2)
    assert [body["subject"] for body in watcher.bodies] == ["inq_ptn_north"] * 2
    assert {"id", "type", "time", "sequence", "data"} <= watcher.bodies[0].keys()


async def test_begins_with_what_comes_when_nothing_was_seen_before(served: Served) -> None:
    watcher = Watcher(served.port, served.token(None, "sv"))
    await served.tell(None, [1])
    async with asyncio.timeout(30):
        while not await served.cursors(None):  # noqa: ASYNC110 - rows that the relay moves
            await asyncio.sleep(0.02)
        async with watcher.connected() as reader:
            await watcher.opened(reader)
            await served.tell(None, [2])
            await watcher.read(reader, 1)
    assert watcher.bodies[0]["sequence"] == "2"


@pytest.mark.parametrize("told", ["7", "abc", "9" * 40, "１", "another tenant's", "not yet published"])
async def test_refuses_an_id_that_it_never_gave_out(served: Served, told: str) -> None:
    told = {
        "another tenant's": served.cursor("ptn_north", 0),
        "not yet published": served.cursor(None, 7),
    }.get(told, told)
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{served.port}") as client:
        response = await client.get(
            f"{API}/stream",
            params={"cursor": told},
            headers={"Authorization": f"Bearer {served.token(None, 'sv')}"},
        )
    assert (response.status_code, response.json()["code"]) == (422, "event_id_unknown")


async def test_one_subject_may_hold_so_many_streams_and_no_more(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "STREAMS_OF_ONE", 1)
    first = Watcher(served.port, served.token(None, "sv"))
    second = Watcher(served.port, served.token(None, "sv"))
    async with first.connected() as reader, asyncio.timeout(30):
        await first.opened(reader)
        async with second.connected() as refused:
            assert b"503" in await refused.readline()


async def test_open_streams_end_when_the_process_is_to_stop(served: Served) -> None:
    watcher = Watcher(served.port, served.token(None, "sv"))
    async with watcher.connected() as reader, asyncio.timeout(10):
        await watcher.opened(reader)
        live.close_streams(served.suite.app)
        rest = await reader.readuntil(b"0\r\n\r\n")
    assert rest.endswith(b"0\r\n\r\n")


async def test_a_stream_ends_when_its_time_is_over_so_that_rights_are_judged_again(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "LIFE_SECONDS", 0.3)
    watcher = Watcher(served.port, served.token(None, "sv"))
    async with watcher.connected() as reader, asyncio.timeout(10):
        assert (await reader.readuntil(b"0\r\n\r\n")).endswith(b"0\r\n\r\n")
