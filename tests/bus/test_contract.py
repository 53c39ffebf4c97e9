"""What a bus promises, held against both: the log in PostgreSQL and Kafka. The expectations are written by hand."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from common.bus.embedded import EmbeddedBus
from common.bus.kafka import KafkaBus
from common.bus.protocol import LARGEST_MESSAGE, Bus, BusUnavailable, Fenced, Message, Unpublishable
from tests.bus.rig import Bench, a_message, nothing_more, numbers, take, take_together

ROOT = Path(__file__).resolve().parents[2]


@asynccontextmanager
async def another_process(bench: Bench, *, wanted: int) -> AsyncIterator[None]:
    """A member elsewhere that holds so many messages of `things`; killed with -9 at the end of the block."""
    program = [sys.executable, "-m", "tests.bus.member", *bench.rig.member_arguments()]
    process = await asyncio.create_subprocess_exec(
        *program, bench.group(), bench.rig.things, f"{wanted}", stdout=asyncio.subprocess.PIPE, cwd=ROOT
    )
    try:
        assert process.stdout is not None
        assert await process.stdout.readline() == f"{wanted}\n".encode()
        yield
    finally:
        process.kill()
        await process.wait()


@pytest.mark.imitation_suffices
async def test_delivers_what_was_published_with_key_headers_and_body(bench: Bench) -> None:
    message = Message(
        topic=bench.rig.things,
        key="相談-1",
        headers={"ce_type": "x", "ce_subject": "港区"},
        value='{"a": "é"}'.encode(),
    )
    await (await bench.publisher()).publish([message])

    [delivered] = await take(bench.member(), 1)

    assert (delivered.topic, delivered.key, delivered.value) == (message.topic, message.key, message.value)
    assert dict(delivered.headers) == {"ce_type": "x", "ce_subject": "港区"}


async def test_keeps_the_order_of_each_key_over_batches_and_publishers(bench: Bench) -> None:
    for epoch in (1, 2, 3):
        publisher = await bench.publisher(epoch)
        for batch in range(4):
            start = (epoch - 1) * 40 + batch * 10
            await publisher.publish([a_message(bench.rig.things, n, key=f"k{n % 7}") for n in range(start, start + 10)])

    found = await take(bench.member(), 120)

    for key in range(7):
        assert numbers([m for m in found if m.key == f"k{key}"]) == list(range(key, 120, 7))


@pytest.mark.imitation_suffices
async def test_offsets_rise_within_a_partition(bench: Bench) -> None:
    await (await bench.publisher()).publish([a_message(bench.rig.things, n, key=f"k{n}") for n in range(50)])

    found = await take(bench.member(), 50)

    for partition in {m.partition for m in found}:
        offsets = [m.offset for m in found if m.partition == partition]
        assert offsets == sorted(set(offsets))


@pytest.mark.imitation_suffices
async def test_every_group_gets_everything(bench: Bench) -> None:
    await (await bench.publisher()).publish([a_message(bench.rig.things, n) for n in range(5)])

    for group in ("projections", "reactions", "analytics"):
        assert numbers(await take(bench.member(group), 5)) == [0, 1, 2, 3, 4]


async def test_a_group_that_is_new_starts_at_the_first_message_so_a_new_name_replays(bench: Bench) -> None:
    publisher = await bench.publisher()
    await publisher.publish([a_message(bench.rig.things, n) for n in range(3)])
    assert numbers(await take(bench.member("rebuilt-1"), 3)) == [0, 1, 2]
    await publisher.publish([a_message(bench.rig.things, 3)])

    assert numbers(await take(bench.member("rebuilt-2"), 4)) == [0, 1, 2, 3]


async def test_within_a_group_a_message_goes_to_one_consumer(bench: Bench) -> None:
    members = [bench.member(), bench.member()]
    await bench.rig.settled(members)
    await (await bench.publisher()).publish([a_message(bench.rig.things, n, key=f"k{n}") for n in range(60)])

    first, second = await take_together(members, 60)

    assert sorted(numbers(first) + numbers(second)) == list(range(60))
    for member in members:
        assert not await member.fetch(most=10, wait=0.5)


async def test_what_was_not_committed_is_delivered_again_after_a_rewind(bench: Bench) -> None:
    await (await bench.publisher()).publish([a_message(bench.rig.things, n) for n in range(10)])
    member = bench.member()
    first = await take(member, 10, commit=False)
    await member.commit(first[:4])

    await member.rewind()

    assert numbers(await take(member, 6)) == [4, 5, 6, 7, 8, 9]


@pytest.mark.imitation_suffices
async def test_a_rewind_before_the_first_commit_goes_back_to_the_beginning(bench: Bench) -> None:
    await (await bench.publisher()).publish([a_message(bench.rig.things, n) for n in range(3)])
    member = bench.member()
    await take(member, 3, commit=False)

    await member.rewind()

    assert numbers(await take(member, 3)) == [0, 1, 2]


async def test_what_was_not_committed_goes_to_the_next_member_and_what_was_does_not(bench: Bench) -> None:
    await (await bench.publisher()).publish([a_message(bench.rig.things, n) for n in range(10)])
    first = bench.member()
    await first.commit((await take(first, 10, commit=False))[:7])
    await first.close()

    second = bench.member()

    assert numbers(await take(second, 3)) == [7, 8, 9]
    assert await nothing_more(second)


async def test_a_consumer_that_dies_without_leaving_is_replaced(bench: Bench) -> None:
    await (await bench.publisher()).publish([a_message(bench.rig.things, n, key=f"k{n}") for n in range(30)])
    async with another_process(bench, wanted=30):
        survivor = bench.member()
        already = numbers(await survivor.fetch(most=30, wait=0.3))
        assert len(already) < 30
        await survivor.rewind()

    assert sorted(numbers(await take(survivor, 30))) == list(range(30))


async def test_the_commit_of_a_member_that_lost_its_share_is_harmless(bench: Bench) -> None:
    await (await bench.publisher()).publish([a_message(bench.rig.things, n, key=f"k{n}") for n in range(30)])
    slow = bench.member()
    in_hand = await take(slow, 30, commit=False)
    quick = bench.member()
    others: list[int] = []
    while not others:
        others += numbers(batch := await quick.fetch(most=30, wait=0.5))
        await quick.commit(batch)

    await slow.commit(in_hand)

    rest = await take_together([slow, quick], 30 - len(others))
    assert sorted([*others, *(n for found in rest for n in numbers(found))]) == list(range(30))


async def test_an_older_publisher_is_fenced_once_a_newer_one_has_opened(bench: Bench) -> None:
    older = await bench.publisher(epoch=1)
    await older.publish([a_message(bench.rig.things, 1)])
    newer = await bench.publisher(epoch=2)

    with pytest.raises(Fenced):
        await older.publish([a_message(bench.rig.things, 2)])
    await newer.publish([a_message(bench.rig.things, 3)])

    member = bench.member()
    assert numbers(await take(member, 2)) == [1, 3]
    assert await nothing_more(member)


@pytest.mark.parametrize("poison", ["unknown", "foreign", "large"])
async def test_a_batch_with_a_message_that_can_never_be_published_publishes_nothing(bench: Bench, poison: str) -> None:
    bad = {
        "unknown": a_message("probe.no-such-topic.v1", 2),
        "foreign": a_message(bench.rig.foreign, 2),
        "large": a_message(bench.rig.things, 2, size=LARGEST_MESSAGE + 1),
    }[poison]
    publisher = await bench.publisher()

    with pytest.raises(Unpublishable) as refused:
        await publisher.publish([a_message(bench.rig.things, 0), a_message(bench.rig.states, 1), bad])

    assert refused.value.index == 2
    await publisher.publish([a_message(bench.rig.things, 3)])
    member = bench.member("readers", bench.rig.things, bench.rig.states)
    assert numbers(await take(member, 1)) == [3]
    assert await nothing_more(member)


async def test_takes_a_message_as_large_as_allowed(bench: Bench) -> None:
    await (await bench.publisher()).publish([a_message(bench.rig.things, 1, size=LARGEST_MESSAGE)])

    assert numbers(await take(bench.member(), 1)) == [1]


@pytest.mark.parametrize("wait", [0.0, 0.3])
async def test_an_empty_topic_answers_with_nothing_within_the_time_given(bench: Bench, wait: float) -> None:
    member = bench.member()
    await bench.rig.settled([member])
    begun = asyncio.get_running_loop().time()

    assert await member.fetch(most=10, wait=wait) == []

    assert asyncio.get_running_loop().time() - begun < wait + 3


@pytest.mark.parametrize("bus", [EmbeddedBus(lambda _: "postgresql://probe@127.0.0.1:9/none"), KafkaBus("127.0.0.1:9")])
async def test_a_bus_that_does_not_answer_is_unavailable_and_closes_quietly(bus: Bus) -> None:
    publisher, subscription = bus.publisher("probe"), bus.subscription("probe", "probe.readers", ["probe.things.v1"])

    for call in (publisher.open(1), subscription.fetch(most=1, wait=0), subscription.lag(), subscription.commit([])):
        with pytest.raises(BusUnavailable):
            await call

    await publisher.close()
    await subscription.close()


async def test_a_compacted_topic_keeps_the_newest_message_of_each_key(bench: Bench) -> None:
    publisher = await bench.publisher()
    for n in range(12):
        await publisher.publish([a_message(bench.rig.states, n, key=f"k{n % 3}")])

    found = await take(bench.member("late", bench.rig.states), 3 if bench.rig.compacts_at_once else 12)

    assert {m.key: int(m.value) for m in found} == {"k0": 9, "k1": 10, "k2": 11}
    assert await bench.rig.is_compacted(bench.rig.states)
    assert not await bench.rig.is_compacted(bench.rig.things)


async def test_a_topic_that_is_not_compacted_keeps_all(bench: Bench) -> None:
    publisher = await bench.publisher()
    for n in range(6):
        await publisher.publish([a_message(bench.rig.things, n)])

    assert numbers(await take(bench.member("late"), 6)) == [0, 1, 2, 3, 4, 5]


async def test_lag_counts_what_is_in_hand_and_is_nothing_when_all_is_committed(bench: Bench) -> None:
    publisher = await bench.publisher()
    member = bench.member()
    assert await member.fetch(most=10, wait=0.2) == []
    await bench.rig.settled([member])
    assert await member.lag() == 0

    for n in range(4):
        await publisher.publish([a_message(bench.rig.things, n), a_message(bench.rig.things, n, key="other")])
    assert await member.lag() >= 8
    in_hand = await take(member, 8, commit=False)
    assert await member.lag() >= 8
    await member.commit(in_hand)

    assert await nothing_more(member)


@pytest.mark.imitation_suffices
async def test_lag_is_known_before_the_first_fetch(bench: Bench) -> None:
    await (await bench.publisher()).publish([a_message(bench.rig.things, n) for n in range(3)])

    member = bench.member()

    assert await member.lag() >= 3
