from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError

from evaluation.kafka import KafkaServer
from evaluation.waiting import wait_until

_numbers = count(1)

_OWNER = """
import sys
from pathlib import Path
from evaluation.kafka import KafkaServer

server = KafkaServer(Path(sys.argv[1]))
server.start()
print(server.bootstrap, flush=True)
sys.stdin.read()
"""


@pytest.fixture(scope="module")
def server(short_lived_folder: Path) -> Iterator[KafkaServer]:
    with KafkaServer(short_lived_folder / "kafka-rig") as started:
        yield started


async def _make_topic(server: KafkaServer) -> str:
    name = f"rig.topic.{next(_numbers)}"
    admin = AIOKafkaAdminClient(bootstrap_servers=server.bootstrap)
    await admin.start()
    try:
        answer = await admin.create_topics([NewTopic(name, num_partitions=1, replication_factor=1)])
        assert [error for _, error, _ in answer.topic_errors] == [0]
    finally:
        await admin.close()
    return name


async def _publish(server: KafkaServer, topic: str, *words: bytes, commit: bool = True) -> None:
    async with AIOKafkaProducer(bootstrap_servers=server.bootstrap, transactional_id="rig") as producer:
        await producer.begin_transaction()
        for word in words:
            await producer.send_and_wait(topic, word, key=b"one")
        await (producer.commit_transaction() if commit else producer.abort_transaction())


async def _read(server: KafkaServer, topic: str, number: int) -> list[bytes]:
    """The first `number` committed values of a topic."""
    async with AIOKafkaConsumer(
        topic,
        bootstrap_servers=server.bootstrap,
        group_id=f"rig-{next(_numbers)}",
        auto_offset_reset="earliest",
        isolation_level="read_committed",
    ) as consumer:
        async with asyncio.timeout(30):
            return [(await consumer.getone()).value for _ in range(number)]


async def test_what_a_transaction_committed_is_read_in_order_and_what_it_aborted_never(server: KafkaServer) -> None:
    topic = await _make_topic(server)
    await _publish(server, topic, b"1", b"2")
    await _publish(server, topic, b"aborted", commit=False)
    await _publish(server, topic, b"3")
    assert await _read(server, topic, 3) == [b"1", b"2", b"3"]


async def test_what_was_acknowledged_survives_kill_and_restart_at_the_same_address(server: KafkaServer) -> None:
    topic = await _make_topic(server)
    address, process = server.bootstrap, server.pid
    await _publish(server, topic, b"before")
    server.kill()
    killed = server.pid
    server.restart()
    assert (server.bootstrap, killed) == (address, None)
    assert server.pid not in {None, process}
    await _publish(server, topic, b"between")
    server.restart()
    await _publish(server, topic, b"after")
    assert await _read(server, topic, 3) == [b"before", b"between", b"after"]


async def test_a_topic_that_nobody_made_takes_no_message_and_does_not_come_into_being(server: KafkaServer) -> None:
    topic = await _make_topic(server)
    async with AIOKafkaProducer(bootstrap_servers=server.bootstrap, request_timeout_ms=2000) as producer:
        with pytest.raises(KafkaError):
            await producer.send_and_wait("rig.never.made", b"word")
    admin = AIOKafkaAdminClient(bootstrap_servers=server.bootstrap)
    await admin.start()
    made = await admin.list_topics()
    await admin.close()
    assert topic in made
    assert "rig.never.made" not in made


def test_the_node_listens_on_loopback_only(server: KafkaServer) -> None:
    settings = (server.log.parent / "server.properties").read_text()
    listeners = next(line for line in settings.splitlines() if line.startswith("listeners="))
    assert listeners.count("//127.0.0.1:") == listeners.count("//") == 2


def _takes_nobody(port: int) -> bool:
    with socket.socket() as knock:
        return knock.connect_ex(("127.0.0.1", port)) != 0


def test_the_node_dies_with_its_owner(short_lived_folder: Path) -> None:
    command = [sys.executable, "-c", _OWNER, str(short_lived_folder / "kafka-owned")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout is not None
        port = int(owner.stdout.readline().rpartition(":")[2])
        assert not _takes_nobody(port)
        owner.kill()
    wait_until(lambda: _takes_nobody(port), within=30, what="the node dies")
