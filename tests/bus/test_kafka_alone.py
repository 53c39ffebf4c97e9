"""What only Kafka promises, or has to be watched for."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import AsyncExitStack

import pytest
from aiokafka.partitioner import DefaultPartitioner
from confluent_kafka import KafkaError, KafkaException, Producer

from common.bus.access import KafkaAccess
from common.bus.kafka import KafkaPublisher
from common.bus.kafka_subscription import _Member
from common.bus.protocol import BusUnavailable
from tests.bus.rig import Bench, KafkaRig, a_message, nothing_more, numbers, take


async def test_what_a_kafka_publisher_had_sent_when_it_died_in_the_middle_is_never_seen(kafka_rig: KafkaRig) -> None:
    async with AsyncExitStack() as stack:
        bench = Bench(kafka_rig, stack)
        dying = await bench.publisher(epoch=1)
        assert isinstance(dying, KafkaPublisher)
        assert dying._transactions is not None
        producer = dying._transactions._producer
        producer.begin_transaction()
        for n in range(3):
            producer.produce(kafka_rig.things, b"%d" % n, b"key")
        assert producer.flush(10) == 0
        member = bench.member()
        assert await member.fetch(most=10, wait=1.0) == []

        await (await bench.publisher(epoch=2)).publish([a_message(kafka_rig.things, 3)])

        assert numbers(await take(member, 1)) == [3]
        assert await nothing_more(member)


async def test_a_producer_that_lost_count_of_its_messages_is_given_up_and_the_next_goes_on(kafka_rig: KafkaRig) -> None:
    async with AsyncExitStack() as stack:
        bench = Bench(kafka_rig, stack)
        publisher = await bench.publisher(epoch=1)
        assert isinstance(publisher, KafkaPublisher)
        assert publisher._transactions is not None
        lost = KafkaException(KafkaError(KafkaError.OUT_OF_ORDER_SEQUENCE_NUMBER, fatal=True))
        publisher._transactions._producer = Wrong(publisher._transactions._producer, at_commit=lost)  # type: ignore[assignment]

        with pytest.raises(BusUnavailable, match="OUT_OF_ORDER_SEQUENCE_NUMBER"):
            await publisher.publish([a_message(kafka_rig.things, 1)])
        with pytest.raises(BusUnavailable, match="not opened"):
            await publisher.publish([a_message(kafka_rig.things, 1)])
        await publisher.open(2)
        await publisher.publish([a_message(kafka_rig.things, 2)])

        member = bench.member()
        assert numbers(await take(member, 1)) == [2]
        assert await nothing_more(member)


async def test_a_partition_that_was_paused_when_it_went_to_others_goes_on_when_it_comes_back(
    kafka_rig: KafkaRig,
) -> None:
    _, bootstrap = kafka_rig.member_arguments()

    def member() -> _Member:
        return _Member(KafkaAccess(bootstrap=bootstrap), "paused", [kafka_rig.things], 6000)

    def alone(stays: _Member) -> bool:
        return stays.fetch(10, 0.05) == [] and held(stays) == PARTITIONS

    def shared(stays: _Member, other: _Member) -> bool:
        stays.attend(0.05)
        other.fetch(10, 0.05)
        return 0 < held(other) < PARTITIONS > held(stays) > 0

    def come_and_go(stays: _Member) -> None:
        until(lambda: alone(stays))
        stays.attend(0.05)
        other = member()
        until(lambda: shared(stays, other))
        stays.fetch(10, 0.05)
        other.close()
        until(lambda: alone(stays))

    def read(stays: _Member) -> list[int]:
        found: list[int] = []

        def all_of_them() -> bool:
            found.extend(numbers(stays.fetch(10, 0.05)))
            return len(found) == MESSAGES

        until(all_of_them)
        return found

    async with AsyncExitStack() as stack:
        publisher = await Bench(kafka_rig, stack).publisher()
        stays = member()
        stack.push_async_callback(asyncio.to_thread, stays.close)
        await asyncio.to_thread(come_and_go, stays)
        await publisher.publish([a_message(kafka_rig.things, n, key=f"key-{n}") for n in range(MESSAGES)])
        assert sorted(await asyncio.to_thread(read, stays)) == list(range(MESSAGES))


PARTITIONS, MESSAGES = 3, 30


def held(member: _Member) -> int:
    return len(member._consumer.assignment())


def until(come_true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not come_true():
        assert time.monotonic() < deadline


class Wrong:
    """A producer whose broker answers a commit with an error."""

    def __init__(self, producer: Producer, *, at_commit: KafkaException) -> None:
        self.begin_transaction, self.produce, self.purge = producer.begin_transaction, producer.produce, producer.purge
        self._error = at_commit

    def commit_transaction(self, timeout: float) -> None:
        raise self._error


async def test_a_key_lies_where_kafkas_own_client_would_put_it(kafka_rig: KafkaRig) -> None:
    keys = ["21", "inq_0197f3c29a7b7cc8a1f2c3d4e5f6071b", "相談-1", *(f"k{n}" for n in range(30))]
    async with AsyncExitStack() as stack:
        bench = Bench(kafka_rig, stack)
        await (await bench.publisher()).publish([a_message(kafka_rig.things, n, key=k) for n, k in enumerate(keys)])
        found = {m.key: m.partition for m in await take(bench.member(), len(keys))}

    assert found["21"] == (-973932308 & 0x7FFFFFFF) % 3  # the hash stands in the tests of Kafka's own client
    choose = DefaultPartitioner()
    assert found == {key: choose(key.encode(), [0, 1, 2], [0, 1, 2]) for key in keys}


async def test_a_group_shares_out_anew_while_one_of_it_is_long_at_work(kafka_rig: KafkaRig) -> None:
    async with AsyncExitStack() as stack:
        bench = Bench(kafka_rig, stack)
        publisher = await bench.publisher()
        busy = bench.member()
        await publisher.publish([a_message(kafka_rig.things, n, key=f"k{n}") for n in range(30)])
        in_hand = await take(busy, 30, commit=False)
        await busy.commit(in_hand)

        newcomer = bench.member()
        async with asyncio.timeout(20):
            while not await newcomer.fetch(most=10, wait=0.5):
                await publisher.publish([a_message(kafka_rig.things, n, key=f"k{n}") for n in range(30)])
