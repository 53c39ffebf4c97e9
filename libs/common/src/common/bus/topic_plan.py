"""What separates a broker from the list of topics, and how to bring it there.

A plan changes nothing. Applying it creates topics, sets their configuration and adds access rights; it never deletes
a topic, a message's key order (partitions stay as they are) or anybody's right.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import (
    AclBinding,
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    NewTopic,
    ResourceType,
)

from common.bus.access import KafkaAccess
from common.bus.protocol import BusUnavailable
from common.bus.rights import Right, everything, rights_of, uninvited
from common.bus.topics import REPLICATION, TOPIC_LIST, Topic

log = logging.getLogger("anshin.bus")

_SECONDS = 30.0
_VISIBLE_SECONDS = 15.0
_LOOK_SECONDS = 0.2
_AUTO_CREATE = "auto.create.topics.enable"
_AUTHORIZER = "authorizer.class.name"


@dataclass(frozen=True)
class Setting:
    """One line of a topic's configuration that is not as listed."""

    topic: str
    name: str
    present: str | None
    wanted: str

    def __str__(self) -> str:
        return f"{self.topic}: {self.name} {self.present} -> {self.wanted}"


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The difference. `remarks` name what only a person can mend; `rights` is None where nothing enforces them."""

    missing: tuple[Topic, ...]
    settings: tuple[Setting, ...]
    rights: tuple[Right, ...] | None
    remarks: tuple[str, ...]
    replication: int

    @property
    def empty(self) -> bool:
        """Whether there is nothing to apply."""
        return not (self.missing or self.settings or self.rights)

    def lines(self) -> Iterator[str]:
        """The plan for people, a line each."""
        for topic in self.missing:
            shape = ", ".join(f"{name}={value}" for name, value in topic.settings(replication=self.replication).items())
            yield f"+ topic {topic.name}: {topic.partitions} partitions x {self.replication}, {shape}"
        for setting in self.settings:
            yield f"~ {setting}"
        for right in self.rights or ():
            yield f"+ {right}"
        for remark in self.remarks:
            yield f"! {remark}"
        if self.empty:
            yield "as listed: nothing to apply"


class TopicAdministrator:
    """Compares one broker with the list and brings it there. Its methods block, and raise `BusUnavailable`."""

    def __init__(
        self, access: KafkaAccess, topics: Sequence[Topic] = TOPIC_LIST, *, replication: int = REPLICATION
    ) -> None:
        settings: dict[str, Any] = {**access.for_librdkafka(), "logger": log}
        self._client = AdminClient(settings)
        self._topics = topics
        self._replication = replication

    def plan(self) -> Plan:
        """The difference between broker and list."""
        present, broker = self._shapes(), self._broker()
        acl = self._entries(broker)
        standing = [topic for topic in self._topics if topic.name in present]
        wanted = rights_of(self._topics)
        return Plan(
            missing=tuple(topic for topic in self._topics if topic.name not in present),
            settings=tuple(self._unlike(standing)),
            rights=None if acl is None else tuple(right for right in wanted if right.binding() not in acl),
            remarks=(*self._misshapen(standing, present), *self._unsafe(broker, acl)),
            replication=self._replication,
        )

    def apply(self, plan: Plan) -> None:
        """Create, set and grant what the plan names; returns when all of it is seen to be in force.

        What another did meanwhile is no error.
        """
        self._change(plan)
        until = time.monotonic() + _VISIBLE_SECONDS
        # A broker answers before all of it knows.
        while not self.plan().empty:
            if time.monotonic() > until:
                raise BusUnavailable(reason="what was applied is not in force yet; plan again")
            self._client.poll(_LOOK_SECONDS)

    def _change(self, plan: Plan) -> None:
        self.create(plan.missing)
        changes: dict[str, list[ConfigEntry]] = {}
        for setting in plan.settings:
            entry = ConfigEntry(setting.name, setting.wanted, incremental_operation=AlterConfigOpType.SET)
            changes.setdefault(setting.topic, []).append(entry)
        if changes:
            resources = [
                ConfigResource(ResourceType.TOPIC, name, incremental_configs=entries)
                for name, entries in changes.items()
            ]
            _all(self._client.incremental_alter_configs(resources))
        if plan.rights:
            _all(self._client.create_acls([right.binding() for right in plan.rights]))

    def create(self, topics: Sequence[Topic]) -> None:
        """Create topics; those that exist are left alone."""
        wanted = [
            NewTopic(
                topic.name,
                num_partitions=topic.partitions,
                replication_factor=self._replication,
                config=topic.settings(replication=self._replication),
            )
            for topic in topics
        ]
        if wanted:
            _all(self._client.create_topics(wanted), KafkaError.TOPIC_ALREADY_EXISTS)

    def _shapes(self) -> dict[str, tuple[int, int]]:
        """Partitions and replicas of every topic there is."""
        try:
            found = self._client.list_topics(timeout=_SECONDS)
        except KafkaException as error:
            raise _unavailable(error) from error
        return {
            name: (len(topic.partitions), min((len(each.replicas) for each in topic.partitions.values()), default=0))
            for name, topic in found.topics.items()
        }

    def _entries(self, broker: Mapping[str, str]) -> list[AclBinding] | None:
        """All access-control entries; None when the broker has no authorizer (it then answers that there are none)."""
        if not broker.get(_AUTHORIZER):
            return None
        try:
            return list(self._client.describe_acls(everything()).result(_SECONDS))
        except KafkaException as error:
            raise _unavailable(error) from error

    def _broker(self) -> dict[str, str]:
        """The configuration of one broker."""
        number = next(iter(self._client.list_topics(timeout=_SECONDS).brokers))
        told = _all(self._client.describe_configs([ConfigResource(ResourceType.BROKER, str(number))]))
        return {name: entry.value or "" for entries in told.values() for name, entry in entries.items()}

    def _unlike(self, topics: Sequence[Topic]) -> Iterator[Setting]:
        if not topics:
            return
        resources = [ConfigResource(ResourceType.TOPIC, topic.name) for topic in topics]
        told = _all(self._client.describe_configs(resources))
        configured = {resource.name: entries for resource, entries in told.items()}
        for topic in topics:
            for name, wanted in topic.settings(replication=self._replication).items():
                entry = configured[topic.name].get(name)
                present = None if entry is None else entry.value
                if present != wanted:
                    yield Setting(topic.name, name, present, wanted)

    def _misshapen(self, standing: Sequence[Topic], present: Mapping[str, tuple[int, int]]) -> Iterator[str]:
        for topic in standing:
            partitions, replicas = present[topic.name]
            if partitions != topic.partitions:
                yield f"{topic.name} has {partitions} partitions, not {topic.partitions}: left so, order rests on them"
            if replicas != self._replication:
                yield f"{topic.name} has {replicas} replicas, not {self._replication}: reassign them yourself"

    def _unsafe(self, broker: Mapping[str, str], acl: Sequence[AclBinding] | None) -> Iterator[str]:
        restricted = [topic for topic in self._topics if topic.restricted]
        if acl is None and restricted:
            names = ", ".join(topic.name for topic in restricted)
            yield f"the broker has no authorizer: whoever reaches it reads everything, {names} included"
        for topic in restricted:
            for principal in uninvited(topic, acl or ()):
                yield f"{principal} may read {topic.name}, which the list does not say: take that right away"
        if broker.get(_AUTO_CREATE) == "true":
            yield f"the broker has {_AUTO_CREATE}=true: switch it off, a misspelt topic would come into being"


def _all(futures: dict[Any, Future[Any]], *ignored: int) -> dict[Any, Any]:
    """The result of each; raises `BusUnavailable` with what the broker answered."""
    results = {}
    for what, future in futures.items():
        try:
            results[what] = future.result(_SECONDS)
        except KafkaException as error:
            if error.args[0].code() not in ignored:
                raise _unavailable(error) from error
    return results


def _unavailable(error: KafkaException) -> BusUnavailable:
    return BusUnavailable(reason=error.args[0].str())


async def ensure_topics(access: KafkaAccess, topics: Sequence[Topic] = TOPIC_LIST, *, replication: int = 1) -> None:
    """Create the topics that are missing; those that exist are left alone. Raises `BusUnavailable`."""
    await asyncio.to_thread(lambda: TopicAdministrator(access, topics, replication=replication).create(topics))
