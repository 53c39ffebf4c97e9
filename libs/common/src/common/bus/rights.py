"""Who may do what on a Kafka broker that has an authorizer, as access-control entries."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from confluent_kafka.admin import (
    AclBinding,
    AclBindingFilter,
    AclOperation,
    AclPermissionType,
    ResourcePatternType,
    ResourceType,
)

from common.bus.topics import Topic

Resource = Literal["topic", "group", "transactional_id"]
Operation = Literal["read", "write", "describe"]

_RESOURCES: dict[Resource, ResourceType] = {
    "topic": ResourceType.TOPIC,
    "group": ResourceType.GROUP,
    "transactional_id": ResourceType.TRANSACTIONAL_ID,
}
_OPERATIONS: dict[Operation, AclOperation] = {
    "read": AclOperation.READ,
    "write": AclOperation.WRITE,
    "describe": AclOperation.DESCRIBE,
}
_WRITER: tuple[Operation, ...] = ("write", "describe")
_READING = {AclOperation.READ, AclOperation.ALL}


@dataclass(frozen=True, order=True)
class Right:
    """`User:<principal>` may do `operation` on a resource, or (`prefixed`) on all whose names begin so."""

    principal: str
    operation: Operation
    resource: Resource
    name: str
    prefixed: bool = False

    def __str__(self) -> str:
        return f"User:{self.principal} may {self.operation} {self.resource} {self.name}{'*' if self.prefixed else ''}"

    def binding(self) -> AclBinding:
        """The entry, as the broker keeps it."""
        return AclBinding(
            _RESOURCES[self.resource],
            self.name,
            ResourcePatternType.PREFIXED if self.prefixed else ResourcePatternType.LITERAL,
            f"User:{self.principal}",
            "*",
            _OPERATIONS[self.operation],
            AclPermissionType.ALLOW,
        )


def rights_of(topics: Iterable[Topic]) -> list[Right]:
    """What the listed owners and readers need, and nothing more: topics, their own groups, their relay's transactions.

    Groups of a principal begin with its name and a dot.
    """
    wanted: set[Right] = set()
    for topic in topics:
        relay = f"anshin.{topic.owner}.relay"
        for operation in _WRITER:
            wanted.add(Right(topic.owner, operation, "topic", topic.name))
            wanted.add(Right(topic.owner, operation, "transactional_id", relay))
        for reader in topic.readers:
            wanted.add(Right(reader, "read", "topic", topic.name))
            wanted.add(Right(reader, "describe", "topic", topic.name))
            wanted.add(Right(reader, "read", "group", f"{reader}.", prefixed=True))
    return sorted(wanted)


def everything() -> AclBindingFilter:
    """The filter that finds every entry."""
    anything: Any = None  # annotated there as a text, meant as any text
    return AclBindingFilter(
        ResourceType.ANY,
        anything,
        ResourcePatternType.ANY,
        anything,
        anything,
        AclOperation.ANY,
        AclPermissionType.ANY,
    )


def uninvited(topic: Topic, present: Sequence[AclBinding]) -> list[str]:
    """Principals that an entry lets read a restricted topic although the list does not name them."""
    listed = {f"User:{reader}" for reader in topic.readers}
    return sorted(
        {
            str(entry.principal)
            for entry in present
            if entry.restype == ResourceType.TOPIC
            and entry.permission_type == AclPermissionType.ALLOW
            and entry.operation in _READING
            and _covers(entry, topic.name)
            and entry.principal not in listed
        }
    )


def _covers(entry: AclBinding, name: str) -> bool:
    if entry.resource_pattern_type == ResourcePatternType.PREFIXED:
        return name.startswith(entry.name)
    return entry.name in {name, "*"}
