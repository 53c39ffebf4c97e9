from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from evaluation.kafka import find_java
from evaluation.testing.kafka_sources import FoundKafka, NoRealKafka, Source, find_kafka


@pytest.fixture
def bare_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A machine without Docker, Java and Maven."""
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/no-docker.sock")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("JAVA_HOME", raising=False)


@pytest.fixture
def imitation(bare_machine: None, tmp_path: Path) -> Iterator[FoundKafka]:
    found = find_kafka(tmp_path, environment={})
    yield found
    found.close()


def test_a_given_broker_comes_before_everything_else(tmp_path: Path) -> None:
    found = find_kafka(tmp_path, environment={"TEST_KAFKA_BOOTSTRAP": "broker:9092", "CI": "true"})
    assert (found.bootstrap, found.source, found.real) == ("broker:9092", Source.GIVEN, True)


@pytest.mark.usefixtures("bare_machine")
@pytest.mark.parametrize("ci", ["true", "1"])
def test_on_ci_the_imitation_is_refused(tmp_path: Path, ci: str) -> None:
    with pytest.raises(NoRealKafka, match="CI needs"):
        find_kafka(tmp_path, environment={"CI": ci})


async def test_a_bare_machine_gets_the_imitation_which_carries_transactions(imitation: FoundKafka) -> None:
    assert not imitation.real
    address = imitation.bootstrap
    async with AIOKafkaProducer(bootstrap_servers=address, transactional_id="t") as producer, producer.transaction():
        await producer.send_and_wait("a.topic", b"word", key=b"one")
    async with (
        AIOKafkaConsumer("a.topic", bootstrap_servers=address, group_id="g", auto_offset_reset="earliest") as consumer,
        asyncio.timeout(30),
    ):
        assert (await consumer.getone()).value == b"word"


def test_the_imitation_is_announced_loudly(
    bare_machine: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    find_kafka(tmp_path, environment={}).close()
    assert "REAL KAFKA WAS NOT TESTED" in capsys.readouterr().out


@pytest.fixture
def docker_socket(tmp_path: Path, bare_machine: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    address = tmp_path / "docker.sock"
    monkeypatch.setenv("DOCKER_HOST", f"unix://{address}")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(address))
        listening.listen()
        yield listening


def test_a_docker_daemon_that_takes_calls_but_never_answers_is_passed_over(
    docker_socket: socket.socket, tmp_path: Path
) -> None:
    with pytest.raises(NoRealKafka):
        find_kafka(tmp_path, environment={"CI": "true"})
    caller, _ = docker_socket.accept()
    with caller:
        assert caller.recv(100).startswith(b"GET /_ping ")


@pytest.mark.parametrize(
    ("version", "good"), [("1.8.0_392", False), ("11.0.2", False), ("17.0.15", True), ("21", True), ("25-ea", True)]
)
def test_java_counts_from_17_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str, good: bool) -> None:
    java = tmp_path / "bin" / "java"
    java.parent.mkdir()
    java.write_text(f"#!/bin/sh\necho 'openjdk version \"{version}\" 2025-04-15' >&2\n")
    java.chmod(0o755)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    assert find_java() == (str(java) if good else None)


async def test_the_kafka_of_the_session_answers(kafka_bootstrap: str) -> None:
    async with AIOKafkaProducer(bootstrap_servers=kafka_bootstrap) as producer:
        assert await producer.client.fetch_all_metadata()
