"""What services need of a bus.

Promises of every implementation: durable once `publish` returned; order per key within a topic; each consumer group
gets every message; within a group a message goes to one consumer at a time, and when that one dies another takes
over; what was not committed is delivered again; a new group starts at the first message, so a new name is how to
replay. Not promised: exactly-once delivery — consumers keep an inbox for that — and how evenly the consumers of a
group share.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

from common.errors import Unavailable

LARGEST_MESSAGE = 1_000_000
"""Bytes of a body; a Kafka broker takes 1,048,588 for a batch with its headers unless told otherwise."""


class Message(NamedTuple):
    """One message on its way out. `headers` are CloudEvents attributes in binary mode."""

    topic: str
    key: str
    headers: Mapping[str, str]
    value: bytes


class Delivered(NamedTuple):
    """One message as it came in, with its place in the log."""

    topic: str
    partition: int
    offset: int
    key: str | None
    headers: Mapping[str, str]
    value: bytes


class BusUnavailable(Unavailable):
    """The bus does not answer; nothing may be assumed about what was being sent."""

    code = "bus_unavailable"


class Fenced(Exception):
    """A newer publisher of this service has taken over; this one must stop."""


class Unpublishable(Exception):
    """One message can never be published; `index` is its place in the batch, of which nothing was published."""

    def __init__(self, index: int, reason: str) -> None:
        super().__init__(reason)
        self.index = index
        self.reason = reason


def refuse_too_large(messages: Sequence[Message]) -> None:
    """Raise `Unpublishable` for the first message whose body is larger than any bus takes."""
    for index, message in enumerate(messages):
        if len(message.value) > LARGEST_MESSAGE:
            raise Unpublishable(index, f"{len(message.value)} bytes are more than {LARGEST_MESSAGE}")


class Publisher(Protocol):
    """The one writer of a service's topics."""

    async def open(self, epoch: int) -> None:
        """Take over from publishers of lower epochs; they are `Fenced` from now on."""
        ...

    async def publish(self, messages: Sequence[Message]) -> None:
        """Append all, in order, durably, or none that a consumer would see.

        Raises `Fenced`, `Unpublishable` or `BusUnavailable`.
        """
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...


class Subscription(Protocol):
    """One consumer of a group. Every method raises `BusUnavailable` when the bus does not answer, `close` nothing."""

    async def fetch(self, *, most: int, wait: float) -> Sequence[Delivered]:
        """Up to `most` messages, in order per partition; waits up to `wait` seconds for the first. May be empty.

        Joins the group when this was not done yet, and again when the consumer fell out of it.
        """
        ...

    async def commit(self, delivered: Sequence[Delivered]) -> None:
        """These are applied; the group goes on behind them.

        Lost membership is no error: they will be delivered again.
        """
        ...

    async def rewind(self) -> None:
        """Forget what was fetched and not committed; it is delivered again."""
        ...

    async def lag(self) -> int:
        """How many messages lie between what was committed and the end of the log; 0 when all was applied.

        Of the whole group, or (Kafka) of the partitions this consumer holds, once it holds any.
        """
        ...

    async def close(self) -> None:
        """Leave the group."""
        ...


class Bus(Protocol):
    """Where publishers and subscriptions come from."""

    def publisher(self, service: str) -> Publisher:
        """The writer of a service's topics."""
        ...

    def subscription(self, service: str, group: str, topics: Sequence[str]) -> Subscription:
        """A consumer of `service` in `group` over `topics`."""
        ...
