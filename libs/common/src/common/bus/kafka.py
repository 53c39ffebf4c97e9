"""The bus on Apache Kafka: one transaction per published batch, consumers that read committed messages only."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition
from aiokafka.coordinator.assignors.roundrobin import RoundRobinPartitionAssignor
from aiokafka.errors import (
    CommitFailedError,
    ConsumerStoppedError,
    IllegalOperation,
    IllegalStateError,
    KafkaError,
    ProducerFenced,
)
from aiokafka.producer import sender

from common.bus.access import KafkaAccess
from common.bus.kafka_batches import send_all
from common.bus.protocol import (
    LARGEST_MESSAGE,
    BusUnavailable,
    Delivered,
    Fenced,
    Message,
    Unpublishable,
    refuse_too_large,
)
from common.events import TOPICS

log = logging.getLogger("anshin.bus")

SESSION_SECONDS = 10.0

_HEADERS = 40_000  # bytes left for key and headers
_ANSWER_SECONDS = 15.0
_CLOSE_SECONDS = 5.0
_IDLE_FETCH_MS = 100
# How long to wait, again and again, while the broker writes the markers of the transaction before. It takes a few
# milliseconds; the client library waits 20 and has no setting for it.
_MARKERS_SECONDS = 0.002
_BROKEN = (KafkaError, IllegalOperation, ConsumerStoppedError, OSError)


@contextmanager
def _answering() -> Iterator[None]:
    """Whatever the client library or the network raises, as `BusUnavailable`."""
    try:
        yield
    except _BROKEN as error:
        raise BusUnavailable(reason=f"{type(error).__name__}: {error}") from error


class KafkaPublisher:
    """The one transactional producer of a service: whoever opens it last fences all before."""

    def __init__(self, access: KafkaAccess, service: str, topics: Mapping[str, str]) -> None:
        self._access = access
        self._service = service
        self._topics = topics
        self._producer: AIOKafkaProducer | None = None

    async def open(self, epoch: int) -> None:
        """The number is Kafka's own affair: initialising the producer raises the epoch of its `transactional.id`."""
        await self.close()
        sender.BACKOFF_OVERRIDE = _MARKERS_SECONDS
        producer = AIOKafkaProducer(
            **self._access.for_aiokafka(),
            transactional_id=f"anshin.{self._service}.relay",
            acks="all",
            enable_idempotence=True,
            max_request_size=LARGEST_MESSAGE + _HEADERS,
            max_batch_size=LARGEST_MESSAGE // 2,
            transaction_timeout_ms=int(_ANSWER_SECONDS * 1000),
        )
        self._producer = producer
        try:
            with _answering():
                async with asyncio.timeout(_ANSWER_SECONDS):
                    await producer.start()
        except BaseException:
            await self.close()
            raise

    async def publish(self, messages: Sequence[Message]) -> None:
        refuse_too_large(messages)
        for index, message in enumerate(messages):
            if self._topics.get(message.topic) != self._service:
                raise Unpublishable(index, f"{message.topic} is no topic of {self._service}")
        if self._producer is None:
            raise BusUnavailable(reason="not opened")
        try:
            with _answering():
                async with asyncio.timeout(_ANSWER_SECONDS):
                    await self._publish(self._producer, messages)
        except Unpublishable:
            raise
        except BaseException:
            # What became of the batch is unknown. The next `open` ends its transaction, one way or the other.
            await self.close()
            raise

    async def _publish(self, producer: AIOKafkaProducer, messages: Sequence[Message]) -> None:
        try:
            await producer.begin_transaction()
            # All are acknowledged before the commit is asked for: it would go through without one that failed.
            await send_all(producer, messages, largest=LARGEST_MESSAGE + _HEADERS)
            await producer.commit_transaction()
        except Unpublishable:
            await producer.abort_transaction()
            raise
        except ProducerFenced as error:
            raise Fenced(f"anshin.{self._service}.relay") from error

    async def close(self) -> None:
        producer, self._producer = self._producer, None
        if producer is not None:
            await _stop(producer)


class KafkaSubscription:
    """One member of a group; what it holds is decided by the group's coordinator."""

    def __init__(self, access: KafkaAccess, group: str, topics: Sequence[str], session_seconds: float) -> None:
        self._access = access
        self._group = group
        self._topics = list(topics)
        self._session_ms = int(session_seconds * 1000)
        self._consumer: AIOKafkaConsumer | None = None
        self._in_hand = 0
        self._starting = asyncio.Lock()

    async def fetch(self, *, most: int, wait: float) -> Sequence[Delivered]:
        try:
            with _answering():
                consumer = await self._joined()
                found = await consumer.getmany(timeout_ms=int(wait * 1000), max_records=most)
        except BusUnavailable:
            await self.close()  # what this consumer raised once it raises for ever; the next fetch makes another
            raise
        delivered = [_delivered(record) for records in found.values() for record in records]
        self._in_hand += len(delivered)
        return delivered

    async def commit(self, delivered: Sequence[Delivered]) -> None:
        ends: dict[TopicPartition, int] = {}
        for message in delivered:
            place = TopicPartition(message.topic, message.partition)
            ends[place] = max(ends.get(place, 0), message.offset + 1)
        with _answering():
            try:
                await (await self._joined()).commit(ends)
            except (CommitFailedError, IllegalStateError) as error:
                log.info("no longer a member, will be redelivered: %s", error, extra={"group": self._group})
        self._in_hand = 0

    async def rewind(self) -> None:
        with _answering():
            consumer = await self._joined()
            for place in consumer.assignment():
                committed = await consumer.committed(place)
                if committed is None:
                    await consumer.seek_to_beginning(place)
                else:
                    consumer.seek(place, committed)
        self._in_hand = 0

    async def lag(self) -> int:
        with _answering():
            consumer = await self._joined()
            held = consumer.assignment()
            if not held:
                return await self._lag_of_group(consumer)
            ends = await consumer.end_offsets(held)
            try:
                # Positions, for what was committed ends before the marker that closes the last transaction.
                ahead = [end - await consumer.position(place) for place, end in ends.items()]
            except IllegalStateError:  # the group is just sharing out anew
                return await self._lag_of_group(consumer)
            return self._in_hand + sum(max(0, int(messages)) for messages in ahead)

    async def _lag_of_group(self, consumer: AIOKafkaConsumer) -> int:
        """Before this member holds anything: at least what lies behind the group's commits."""
        async with asyncio.timeout(_CLOSE_SECONDS):
            # The list of topics is on its way; the client library does not say when it has come.
            while not all(consumer.partitions_for_topic(topic) for topic in self._topics):  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        places = [
            TopicPartition(topic, number)
            for topic in self._topics
            for number in consumer.partitions_for_topic(topic) or ()
        ]
        ends: dict[TopicPartition, int] = await consumer.end_offsets(places)
        behind = [end - (await consumer.committed(place) or 0) for place, end in ends.items()]
        return sum(behind)

    async def _joined(self) -> AIOKafkaConsumer:
        async with self._starting:
            if self._consumer is None:
                self._consumer = await self._start()
            return self._consumer

    async def _start(self) -> AIOKafkaConsumer:
        consumer = AIOKafkaConsumer(
            **self._access.for_aiokafka(),
            group_id=self._group,
            isolation_level="read_committed",
            auto_offset_reset="earliest",
            enable_auto_commit=False,
            partition_assignment_strategy=(RoundRobinPartitionAssignor,),
            session_timeout_ms=self._session_ms,
            heartbeat_interval_ms=self._session_ms // 4,
            # Nothing else is answered on a connection while the broker holds a fetch that finds nothing.
            fetch_max_wait_ms=_IDLE_FETCH_MS,
            metadata_max_age_ms=30_000,
        )
        try:
            async with asyncio.timeout(_ANSWER_SECONDS):
                await consumer.start()
        except BaseException:
            await _stop(consumer)
            raise
        # Joining goes on in the background; a consumer that is given its topics earlier waits for it in `start`.
        consumer.subscribe(self._topics)
        return consumer

    async def close(self) -> None:
        consumer, self._consumer = self._consumer, None
        self._in_hand = 0
        if consumer is not None:
            await _stop(consumer)


async def _stop(client: AIOKafkaConsumer | AIOKafkaProducer) -> None:
    with suppress(*_BROKEN):
        async with asyncio.timeout(_CLOSE_SECONDS):
            await client.stop()


def _delivered(record: ConsumerRecord[bytes | None, bytes | None]) -> Delivered:
    return Delivered(
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        key=None if record.key is None else _text(record.key),
        headers=_texts(record.headers),
        value=record.value or b"",
    )


def _texts(headers: Sequence[tuple[str, bytes | None]]) -> dict[str, str]:
    """Headers as text: all at once, or one by one where something in them is none."""
    try:
        texts = {name: value.decode() for name, value in headers}  # type: ignore[union-attr]
    except (UnicodeDecodeError, AttributeError):
        return {name: _text(value or b"") for name, value in headers}
    return texts if "\0" not in "".join(texts.values()) else {name: _text(value or b"") for name, value in headers}


def _text(raw: bytes) -> str:
    """UTF-8, whatever was sent: an unreadable header must not stop the reader, nor a NUL the database that keeps it."""
    return raw.decode(errors="replace").replace("\0", "\ufffd")


class KafkaBus:
    """Apache Kafka, at an address (`host:port`, several with commas) or by credentials; `topics` names their owners.

    `session_seconds` is how long a member that died without leaving keeps its partitions.
    """

    def __init__(
        self, where: str | KafkaAccess, *, topics: Mapping[str, str] = TOPICS, session_seconds: float = SESSION_SECONDS
    ) -> None:
        self._access = where if isinstance(where, KafkaAccess) else KafkaAccess(bootstrap=where)
        self._topics = topics
        self._session_seconds = session_seconds

    def publisher(self, service: str) -> KafkaPublisher:
        """The writer of a service's topics."""
        return KafkaPublisher(self._access, service, self._topics)

    def subscription(self, service: str, group: str, topics: Sequence[str]) -> KafkaSubscription:
        """A consumer of `service` in `group`."""
        return KafkaSubscription(self._access, group, topics, self._session_seconds)
