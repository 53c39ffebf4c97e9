"""The one transactional producer of a service on Kafka."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from confluent_kafka import KafkaError, KafkaException, Producer

from common.bus.access import KafkaAccess
from common.bus.kafka_client import ANSWER_SECONDS, Connection, Thread, words
from common.bus.protocol import (
    LARGEST_MESSAGE,
    BusUnavailable,
    Fenced,
    Message,
    Unpublishable,
    refuse_too_large,
)

_HEADERS = 40_000  # bytes left for key and headers
_FULL_SECONDS = 0.05

_FENCED = {KafkaError._FENCED, KafkaError.PRODUCER_FENCED, KafkaError.INVALID_PRODUCER_EPOCH}


class _Transactions:
    """One producer of the client library, from its epoch to its end. Its methods block."""

    def __init__(self, access: KafkaAccess, service: str) -> None:
        connection = Connection(access)
        self._producer = Producer(
            {
                **connection.settings,
                "transactional.id": f"anshin.{service}.relay",  # implies acks=all and idempotence
                "transaction.timeout.ms": int(ANSWER_SECONDS * 1000),
                "message.max.bytes": LARGEST_MESSAGE + _HEADERS,
                "partitioner": "murmur2",  # where Kafka's own client would put a key
                "delivery.report.only.error": True,
            }
        )
        connection.establish(self._producer, self._producer.init_transactions)

    def publish(self, messages: Sequence[Message]) -> None:
        """All in one transaction. Raises `Unpublishable`, `Fenced`, and what the client library raises."""
        producer = self._producer
        try:
            producer.begin_transaction()
            try:
                for index, message in enumerate(messages):
                    self._produce(index, message)
            except Unpublishable:
                producer.abort_transaction(ANSWER_SECONDS)
                raise
            # Waits for the acknowledgement of all; it does not go through without one that failed.
            producer.commit_transaction(ANSWER_SECONDS)
        except KafkaException as error:
            if error.args[0].code() in _FENCED:
                raise Fenced(words(error.args[0])) from error
            raise

    def _produce(self, index: int, message: Message) -> None:
        topic, key, headers, value = message
        told: Any = headers
        while True:
            try:
                self._producer.produce(topic, value, key, headers=told)
            except BufferError:
                self._producer.poll(_FULL_SECONDS)
            except KafkaException as error:
                if error.args[0].code() == KafkaError.MSG_SIZE_TOO_LARGE:
                    raise Unpublishable(index, words(error.args[0])) from error
                raise
            else:
                return

    def end(self) -> None:
        """Lets go of what is under way; whoever opens next ends its transaction."""
        self._producer.purge()
        del self._producer  # its own `close` would first wait for a broker that may be away


class KafkaPublisher:
    """Whoever opens it last fences all publishers of this service before it."""

    def __init__(self, access: KafkaAccess, service: str, topics: Mapping[str, str]) -> None:
        self._access = access
        self._service = service
        self._topics = topics
        self._thread = Thread(f"{service}.relay")
        self._transactions: _Transactions | None = None

    async def open(self, epoch: int) -> None:
        """The number is Kafka's own affair: initialising the producer raises the epoch of its `transactional.id`."""
        await self._let_go()
        self._transactions = await self._thread.run(_Transactions, self._access, self._service)

    async def publish(self, messages: Sequence[Message]) -> None:
        refuse_too_large(messages)
        for index, message in enumerate(messages):
            if self._topics.get(message.topic) != self._service:
                raise Unpublishable(index, f"{message.topic} is no topic of {self._service}")
        if self._transactions is None:
            raise BusUnavailable(reason="not opened")
        try:
            await self._thread.run(self._transactions.publish, messages)
        except Unpublishable:
            raise
        except BaseException:
            # What became of the batch is unknown. The next `open` ends its transaction, one way or the other.
            await self._let_go()
            raise

    async def _let_go(self) -> None:
        transactions, self._transactions = self._transactions, None
        if transactions is not None:
            with suppress(BusUnavailable):
                await self._thread.run(transactions.end)

    async def close(self) -> None:
        await self._let_go()
        self._thread.end()
