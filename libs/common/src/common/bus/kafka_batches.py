"""Messages on their way into a Kafka transaction, one batch a partition.

The client library can be given message by message, but then makes two futures and a slow hash of each: three quarters
of what a relay would spend.
"""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Sequence
from functools import lru_cache

from aiokafka import AIOKafkaProducer
from aiokafka.errors import TopicAuthorizationFailedError

from common.bus.protocol import Message, Unpublishable

Indexed = tuple[int, Message]

_WORD = 0xFFFFFFFF
_MIX = 0x5BD1E995
_SEED = 0x9747B28C


async def send_all(producer: AIOKafkaProducer, messages: Sequence[Message], *, largest: int) -> None:
    """Send all, in order per partition, and wait until the broker has acknowledged them.

    `largest` is the size of a record in bytes, key and headers included. Raises `Unpublishable` and what the client
    library raises.
    """
    sending: list[asyncio.Future[object]] = []
    for (topic, partition), some in (await _by_partition(producer, messages)).items():
        batch = producer.create_batch()
        for index, message in some:
            key = message.key.encode()
            headers = [(name, value.encode()) for name, value in message.headers.items()]
            added = batch.append(timestamp=None, key=key, value=message.value, headers=headers)
            if added is None:  # full; an empty one takes a record of any size
                sending.append(await producer.send_batch(batch, topic, partition=partition))
                batch = producer.create_batch()
                added = batch.append(timestamp=None, key=key, value=message.value, headers=headers)
            if added.size > largest:
                raise Unpublishable(index, f"{added.size} bytes with key and headers are more than {largest}")
        sending.append(await producer.send_batch(batch, topic, partition=partition))
    await asyncio.gather(*sending)


async def _by_partition(
    producer: AIOKafkaProducer, messages: Sequence[Message]
) -> dict[tuple[str, int], list[Indexed]]:
    partitions: dict[str, int] = {}
    found: dict[tuple[str, int], list[Indexed]] = {}
    for index, message in enumerate(messages):
        topic = message.topic
        if topic not in partitions:
            try:
                partitions[topic] = len(await producer.partitions_for(topic))
            except TopicAuthorizationFailedError as error:
                raise Unpublishable(index, f"{type(error).__name__}: {error}") from error
        found.setdefault((topic, hash_of(message.key) % partitions[topic]), []).append((index, message))
    return found


@lru_cache(maxsize=65_536)
def hash_of(key: str) -> int:
    """What decides a key's partition, modulo their number: murmur2 without its sign, as all other Kafka clients do."""
    data = key.encode()
    whole = len(data) >> 2
    mixed = _SEED ^ len(data)
    for word in struct.unpack_from(f"<{whole}I", data):
        scrambled = word * _MIX & _WORD
        mixed = (mixed * _MIX ^ (scrambled ^ scrambled >> 24) * _MIX) & _WORD
    if rest := data[whole * 4 :]:
        mixed = (mixed ^ int.from_bytes(rest, "little")) * _MIX & _WORD
    mixed = (mixed ^ mixed >> 13) * _MIX & _WORD
    return (mixed ^ mixed >> 15) & 0x7FFFFFFF
