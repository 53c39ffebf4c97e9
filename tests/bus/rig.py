"""What the contract suite needs of a bus besides its protocol: topics of its own, short leases, and a look inside."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Protocol

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from common.bus.access import KafkaAccess
from common.bus.embedded import EmbeddedBus, role_of
from common.bus.kafka import KafkaBus, KafkaSubscription
from common.bus.protocol import Bus, Delivered, Message, Publisher, Subscription
from common.bus.topic_plan import ensure_topics
from common.bus.topics import Topic
from common.ids import new_id
from evaluation.postgres import EmbeddedPostgres
from tests.bus.probe import FOREIGN, SERVICE, STATES, THINGS

PATIENCE = 30.0


class Rig(Protocol):
    """One bus under test. `things` and `states` (compacted) belong to the probe, `foreign` to another service."""

    things: str
    states: str
    foreign: str
    compacts_at_once: bool

    def bus(self) -> Bus:
        """The bus, as another process would open it."""
        ...

    def member_arguments(self) -> tuple[str, ...]:
        """What `tests.bus.member` needs to open it."""
        ...

    async def settled(self, members: Sequence[Subscription]) -> None:
        """Returns when each member that can have a share of the work has one."""
        ...

    async def is_compacted(self, topic: str) -> bool:
        """Whether the bus was told to keep only the newest message of each key."""
        ...


class EmbeddedRig:
    """The log in PostgreSQL; one member has all until it leaves, or its lease of a second runs out."""

    things, states, foreign = THINGS, STATES, FOREIGN
    compacts_at_once = True

    def __init__(self, cluster: EmbeddedPostgres, database: str) -> None:
        self._cluster = cluster
        self._database = database

    def bus(self) -> Bus:
        return EmbeddedBus(self._url, poll=0.02, lease=timedelta(seconds=1))

    def _url(self, service: str) -> str:
        return self._cluster.role_url(role_of(service), self._database)

    def member_arguments(self) -> tuple[str, ...]:
        return ("embedded", self._url(SERVICE))

    async def settled(self, members: Sequence[Subscription]) -> None:
        pass

    async def is_compacted(self, topic: str) -> bool:
        return topic == self.states


class KafkaRig:
    """A broker; topics and groups are this test's own."""

    compacts_at_once = False

    def __init__(self, bootstrap: str, *, real: bool, partitions: int = 3) -> None:
        self._real = real
        self._partitions = partitions
        self.number = new_id("run")[4:]  # a broker that was given may remember earlier runs
        self._bootstrap = bootstrap
        self.things, self.states, self.foreign = (f"{topic}.{self.number}" for topic in (THINGS, STATES, FOREIGN))
        self._topics = {self.things: SERVICE, self.states: SERVICE, self.foreign: "loaner"}

    async def prepare(self) -> None:
        """Create the topics; the imitation makes them itself."""
        if self._real:
            topics = [
                Topic(
                    name=name,
                    owner=owner,
                    readers=(),
                    partitions=self._partitions,
                    cleanup="compact" if name == self.states else "delete",
                )
                for name, owner in self._topics.items()
            ]
            await ensure_topics(KafkaAccess(bootstrap=self._bootstrap), topics)

    def bus(self) -> Bus:
        return KafkaBus(self._bootstrap, topics=self._topics, session_seconds=6)

    def member_arguments(self) -> tuple[str, ...]:
        return ("kafka", self._bootstrap)

    async def settled(self, members: Sequence[Subscription]) -> None:
        async with asyncio.timeout(PATIENCE):
            while not all(
                isinstance(m, KafkaSubscription) and m._member and m._member._consumer.assignment() for m in members
            ):
                await asyncio.gather(*[member.fetch(most=1, wait=0.1) for member in members])
                await asyncio.gather(*[member.rewind() for member in members])

    async def is_compacted(self, topic: str) -> bool:
        admin = AIOKafkaAdminClient(bootstrap_servers=self._bootstrap)
        await admin.start()
        try:
            answers = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic)])
        finally:
            await admin.close()
        entries = {entry[0]: entry[1] for answer in answers for resource in answer.resources for entry in resource[4]}
        return bool(entries["cleanup.policy"] == "compact")


class Bench:
    """Opens publishers and subscriptions of one rig and closes all of them at the end."""

    def __init__(self, rig: Rig, stack: AsyncExitStack) -> None:
        self.rig = rig
        self._bus = rig.bus()
        self._stack = stack
        self._run = new_id("run")[4:]

    def group(self, name: str = "readers") -> str:
        """The name of a group that no other test uses."""
        return f"{SERVICE}.{name}-{self._run}"

    async def publisher(self, epoch: int = 1, service: str = SERVICE) -> Publisher:
        """A publisher that has taken over."""
        publisher = self._bus.publisher(service)
        self._stack.push_async_callback(publisher.close)
        await publisher.open(epoch)
        return publisher

    def member(self, group: str = "readers", *topics: str) -> Subscription:
        """One more consumer of a group, as in a process of its own."""
        subscription = self.rig.bus().subscription(SERVICE, self.group(group), topics or [self.rig.things])
        self._stack.push_async_callback(subscription.close)
        return subscription


def a_message(topic: str, number: int = 0, *, key: str = "key", size: int = 0) -> Message:
    """A message whose body is its number, padded to a size."""
    return Message(topic=topic, key=key, headers={"ce_id": f"evt_{number}"}, value=f"{number}".encode().ljust(size))


def numbers(delivered: Sequence[Delivered]) -> list[int]:
    """The numbers of messages, as they came."""
    return [int(message.value) for message in delivered]


async def take(subscription: Subscription, wanted: int, *, commit: bool = True) -> list[Delivered]:
    """At least so many messages, patiently; committed as they come."""
    found: list[Delivered] = []
    async with asyncio.timeout(PATIENCE):
        while len(found) < wanted:
            batch = await subscription.fetch(most=100, wait=1.0)
            found += batch
            if commit and batch:
                await subscription.commit(batch)
    return found


async def take_together(members: Sequence[Subscription], wanted: int) -> list[list[Delivered]]:
    """What each member got, until they have so many between them."""
    found: list[list[Delivered]] = [[] for _ in members]

    async def run(member: Subscription, into: list[Delivered]) -> None:
        while sum(map(len, found)) < wanted:
            batch = await member.fetch(most=10, wait=0.2)
            into += batch
            if batch:
                await member.commit(batch)

    async with asyncio.timeout(PATIENCE):
        await asyncio.gather(*map(run, members, found))
    return found


async def nothing_more(subscription: Subscription) -> bool:
    """Whether the group has read all there is; says so only after the bus was asked."""
    return not await subscription.fetch(most=10, wait=0.5) and await subscription.lag() == 0
