"""A member of a consumer group on Kafka."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from confluent_kafka import OFFSET_END, Consumer, KafkaError, KafkaException, TopicPartition

from common.bus.access import KafkaAccess
from common.bus.kafka_client import ANSWER_SECONDS, Connection, Thread, answering, log, words
from common.bus.protocol import BusUnavailable, Delivered

_LOOK_SECONDS = 0.05  # for which a fetch that finds nothing keeps others from their turn
_GRACE_SECONDS = 0.5  # within which whoever has a batch is expected back for the next

Place = tuple[str, int]

# A member that was left out, or whose share went to others: what it has applied comes again to whoever has it now.
_NO_LONGER_OURS = {
    KafkaError.ILLEGAL_GENERATION,
    KafkaError.UNKNOWN_MEMBER_ID,
    KafkaError.REBALANCE_IN_PROGRESS,
    KafkaError._ASSIGNMENT_LOST,
    KafkaError._NO_OFFSET,
}


class _Member:
    """One consumer of the client library, from joining to leaving, with what it has handed out.

    Its methods block, and are called one after the other: the library would let whoever calls it meanwhile spin.
    """

    def __init__(self, access: KafkaAccess, group: str, topics: Sequence[str], session_ms: int) -> None:
        connection = Connection(access)
        self._topics = topics
        self._group = group
        self._next: dict[Place, int] = {}  # how far each partition was read, once known
        self._open: dict[Place, int] = {}  # the first that was taken from the client library and not committed
        self._kept: list[Delivered] = []  # taken and not handed out
        self._paused: set[Place] = set()
        self._consumer = Consumer(
            {
                **connection.settings,
                "group.id": group,
                "isolation.level": "read_committed",
                "auto.offset.reset": "earliest",
                "enable.auto.commit": False,
                "enable.auto.offset.store": False,
                "enable.partition.eof": True,  # says how far a partition was read, markers of transactions included
                "partition.assignment.strategy": "roundrobin",
                "session.timeout.ms": session_ms,
                "heartbeat.interval.ms": session_ms // 4,
                "socket.timeout.ms": int(ANSWER_SECONDS * 1000),
                # Nothing else is answered on a connection while the broker holds a fetch that finds nothing.
                "fetch.wait.max.ms": 100,
                "fetch.min.bytes": 1,
                "fetch.error.backoff.ms": 100,
                # What is read ahead at most, and how soon after there is room for more.
                "queued.max.messages.kbytes": 8192,
                "fetch.queue.backoff.ms": 5,
            }
        )
        try:
            connection.establish(self._consumer, lambda seconds: self._consumer.list_topics(topics[0], timeout=seconds))
            self._consumer.subscribe(list(topics))
        except BaseException:
            self._consumer.close()
            raise

    def fetch(self, most: int, wait: float) -> list[Delivered]:
        """Up to `most` messages; waits for the first."""
        self._resume()
        if not self._kept and (first := self._consumer.poll(wait)) is not None:
            self._keep(first)
            if most > len(self._kept):
                self._keep(*self._consumer.consume(most - len(self._kept), timeout=0))
        delivered, self._kept = self._kept[:most], self._kept[most:]
        return delivered

    def _resume(self) -> None:
        """Go on with what was paused; what others have meanwhile comes back paused, and goes on then."""
        if self._paused:
            held = [each for each in self._consumer.assignment() if (each.topic, each.partition) in self._paused]
            self._consumer.resume(held)
            self._paused.difference_update((each.topic, each.partition) for each in held)

    def _keep(self, *fetched: Any) -> None:
        for message in fetched:
            error = message.error()
            if error is None:
                self._kept.append(_delivered(message))
                place, offset = (message.topic(), message.partition()), message.offset()
                self._next[place] = offset + 1
                if offset < self._open.get(place, offset + 1):
                    self._open[place] = offset
            elif error.code() == KafkaError._PARTITION_EOF:
                self._next[message.topic(), message.partition()] = message.offset()
            elif error.code() != KafkaError._MAX_POLL_EXCEEDED:
                raise KafkaException(error)

    def attend(self, wait: float) -> None:
        """Take part in sharing out the group's work without taking more of it."""
        held = self._consumer.assignment()
        self._consumer.pause(held)
        self._paused.update((place.topic, place.partition) for place in held)
        if (message := self._consumer.poll(wait)) is not None:
            self._keep(message)

    def commit(self, ends: dict[Place, int]) -> None:
        """These are the next messages of the group."""
        if not ends:
            return
        places = [TopicPartition(topic, partition, end) for (topic, partition), end in ends.items()]
        try:
            done = self._consumer.commit(offsets=places, asynchronous=False)
        except KafkaException as error:
            refused = [error.args[0]]
        else:
            refused = [place.error for place in done or () if place.error is not None]
        for reason in refused:
            if reason.code() not in _NO_LONGER_OURS:
                raise KafkaException(reason)
            log.info("no longer a member, will be redelivered: %s", words(reason), extra={"group": self._group})
        if not refused:
            self._open.update(ends)

    def rewind(self) -> None:
        self._kept.clear()
        for held in self._consumer.assignment():
            place = held.topic, held.partition
            if place in self._open:
                self._consumer.seek(TopicPartition(*place, self._open[place]))
                self._next[place] = self._open[place]

    def lag(self) -> int:
        """Messages that were not handed out."""
        held = self._consumer.assignment()
        if not held:
            return self._lag_of_group()
        # Positions, for what was committed ends before the marker that closes the last transaction.
        unread = [TopicPartition(p.topic, p.partition) for p in held if (p.topic, p.partition) not in self._next]
        begins = {(p.topic, p.partition): p.offset for p in self._consumer.committed(unread, timeout=ANSWER_SECONDS)}
        ahead = [end - self._next.get(place, max(0, begins.get(place, 0))) for place, end in self._ends(held).items()]
        return len(self._kept) + sum(max(0, messages) for messages in ahead)

    def _lag_of_group(self) -> int:
        """Before this member holds anything: at least what lies behind the group's commits."""
        listed = self._consumer.list_topics(timeout=ANSWER_SECONDS).topics
        places = [TopicPartition(name, n) for name in self._topics if name in listed for n in listed[name].partitions]
        begins = {(p.topic, p.partition): p.offset for p in self._consumer.committed(places, timeout=ANSWER_SECONDS)}
        return sum(end - max(0, begins[place]) for place, end in self._ends(places).items())

    def _ends(self, places: Sequence[TopicPartition]) -> dict[Place, int]:
        asked = [TopicPartition(place.topic, place.partition, OFFSET_END) for place in places]
        answers = self._consumer.offsets_for_times(asked, timeout=ANSWER_SECONDS)
        if wrong := [answer.error for answer in answers if answer.error is not None]:
            raise KafkaException(wrong[0])
        return {(answer.topic, answer.partition): answer.offset for answer in answers}

    def close(self) -> None:
        self._consumer.close()


class KafkaSubscription:
    """One member of a group; what it holds is decided by the group's coordinator."""

    def __init__(self, access: KafkaAccess, group: str, topics: Sequence[str], session_seconds: float) -> None:
        self._make = lambda: _Member(access, group, topics, int(session_seconds * 1000))
        self._thread = Thread(group)
        self._member: _Member | None = None
        self._joining = asyncio.Lock()
        self._fetching: asyncio.Future[list[Delivered]] | None = None
        self._attending: asyncio.Task[None] | None = None
        self._in_hand = 0

    async def _joined(self) -> _Member:
        async with self._joining:
            if self._member is None:
                self._member = await self._thread.run(self._make)
            return self._member

    async def fetch(self, *, most: int, wait: float) -> Sequence[Delivered]:
        member = await self._joined()
        self._attend_no_more()
        clock = asyncio.get_running_loop().time
        until = clock() + wait
        try:
            while not (delivered := await self._look(member, most, until - clock())) and clock() < until:
                pass
        except BusUnavailable:
            await self._leave()
            raise
        self._in_hand += len(delivered)
        if self._member is member:
            self._attending = asyncio.create_task(self._attend(member))
        return delivered

    async def _look(self, member: _Member, most: int, wait: float) -> list[Delivered]:
        """One short wait. Of a look whose caller was cancelled the next gets the result."""
        if self._fetching is None:
            self._fetching = self._thread.begin(member.fetch, most, max(0.0, min(wait, _LOOK_SECONDS)))
        with answering():
            await asyncio.wait([self._fetching])
            fetched, self._fetching = self._fetching, None
            return fetched.result()

    async def _attend(self, member: _Member) -> None:
        await asyncio.sleep(_GRACE_SECONDS)
        with suppress(BusUnavailable):  # the next fetch will see it, too
            while True:
                await self._thread.run(member.attend, _LOOK_SECONDS)

    def _attend_no_more(self) -> None:
        if self._attending is not None:
            self._attending.cancel()
            self._attending = None

    async def commit(self, delivered: Sequence[Delivered]) -> None:
        ends: dict[Place, int] = {}
        for topic, partition, offset, *_ in delivered:
            place = topic, partition
            ends[place] = max(ends.get(place, 0), offset + 1)
        await self._thread.run((await self._joined()).commit, ends)
        self._in_hand = max(0, self._in_hand - len(delivered))

    async def rewind(self) -> None:
        member = await self._joined()
        self._attend_no_more()
        try:
            await self._forget_looks()
            await self._thread.run(member.rewind)
        except BusUnavailable:
            await self._leave()  # who joins anew begins at what was committed
        self._in_hand = 0

    async def _forget_looks(self) -> None:
        fetching, self._fetching = self._fetching, None
        if fetching is not None:
            await asyncio.wait([fetching])
            fetching.exception()

    async def lag(self) -> int:
        member = await self._joined()
        return self._in_hand + await self._thread.run(member.lag)

    async def _leave(self) -> None:
        member, self._member = self._member, None
        self._in_hand = 0
        self._attend_no_more()
        if member is not None:
            with suppress(BusUnavailable):
                await self._forget_looks()
                await self._thread.run(member.close)

    async def close(self) -> None:
        await self._leave()
        self._thread.end()


def _delivered(message: Any) -> Delivered:  # its type says None for what only an error has not
    key, headers = message.key(), message.headers()
    return Delivered(
        message.topic(),
        message.partition(),
        message.offset(),
        None if key is None else key.decode(errors="replace"),
        _texts(headers) if headers else {},
        message.value() or b"",
    )


def _texts(headers: Sequence[tuple[str, bytes | None]]) -> dict[str, str]:
    """Headers as text: all at once, or one by one where something in them is none."""
    try:
        return {name: value.decode() for name, value in headers}  # type: ignore[union-attr]
    except (UnicodeDecodeError, AttributeError):
        return {name: (value or b"").decode(errors="replace") for name, value in headers}
