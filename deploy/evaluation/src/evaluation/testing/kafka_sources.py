"""Where tests get a Kafka from: the first of four that can be had, a real one before the imitation."""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from urllib.parse import urlsplit

from evaluation.kafka import KafkaFailed, KafkaServer, find_java

_DOCKER_SECONDS = 2


class Source(StrEnum):
    """What stands behind a bootstrap address."""

    GIVEN = "the broker of TEST_KAFKA_BOOTSTRAP"
    DOCKER = "Apache Kafka in a container"
    JAVA = "Apache Kafka on this machine's Java"
    IMITATION = "the imitation inside confluent-kafka"


class NoRealKafka(Exception):
    """On CI nothing but a real Kafka counts, and none could be had."""


@dataclass(frozen=True)
class FoundKafka:
    """A broker for tests. `close` ends it, unless it was given."""

    bootstrap: str
    source: Source
    close: Callable[[], None]

    @property
    def real(self) -> bool:
        """Whether this is Apache Kafka. The imitation makes topics when first used; it cannot be asked to."""
        return self.source is not Source.IMITATION


def find_kafka(directory: Path, *, environment: Mapping[str, str] | None = None) -> FoundKafka:
    """The first of: `TEST_KAFKA_BOOTSTRAP`, a Docker daemon that answers, Java and Maven, the imitation.

    `directory` holds the data of a node started here. A source that is there but fails gives way to the next,
    with a line that says so. Raises `NoRealKafka` when `CI` is set and only the imitation is left.
    """
    environment = os.environ if environment is None else environment
    if given := environment.get("TEST_KAFKA_BOOTSTRAP"):
        return FoundKafka(bootstrap=given, source=Source.GIVEN, close=lambda: None)
    found = _in_docker() or _on_java(directory)
    if found is not None:
        return found
    if environment.get("CI", "").lower() not in {"", "0", "false"}:
        raise NoRealKafka("CI needs TEST_KAFKA_BOOTSTRAP, or Docker, or Java 17+ and Maven.")
    print("REAL KAFKA WAS NOT TESTED: no broker given, no Docker, no Java 17+ with Maven.", flush=True)
    return _imitation()


def _in_docker() -> FoundKafka | None:
    if not docker_answers(os.environ.get("DOCKER_HOST") or "unix:///var/run/docker.sock"):
        return None
    from testcontainers.community.kafka import KafkaContainer  # noqa: PLC0415 - slow to import, seldom needed

    try:
        with ExitStack() as undo:
            container = KafkaContainer().with_kraft()
            container.with_env("KAFKA_AUTO_CREATE_TOPICS_ENABLE", "false")
            container.with_env("KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR", "1")
            container.with_env("KAFKA_TRANSACTION_STATE_LOG_MIN_ISR", "1")
            undo.callback(container.stop)
            container.start(timeout=90)
            undo.pop_all()
    except Exception as error:  # noqa: BLE001 - no image, no network, no rights: the next source may do
        print(f"Docker answers but runs no Kafka: {error}", flush=True)
        return None
    return FoundKafka(bootstrap=container.get_bootstrap_server(), source=Source.DOCKER, close=container.stop)


def docker_answers(host: str) -> bool:
    """Whether a Docker daemon at `host` (`unix://…` or `tcp://…`) answers a ping within two seconds.

    Asked by hand: the Docker client waits a minute for one that hangs, and leaks its socket when there is none.
    """
    where = urlsplit(host)
    family = socket.AF_UNIX if where.scheme == "unix" else socket.AF_INET
    address = where.path if where.scheme == "unix" else (where.hostname, where.port or 2375)
    try:
        with socket.socket(family) as daemon:
            daemon.settimeout(_DOCKER_SECONDS)
            daemon.connect(address)
            daemon.sendall(b"GET /_ping HTTP/1.0\r\nHost: docker\r\n\r\n")
            return b" 200 " in daemon.recv(64)
    except OSError:
        return False


def _on_java(directory: Path) -> FoundKafka | None:
    if find_java() is None or shutil.which("mvn") is None:
        return None
    server = KafkaServer(directory)
    try:
        server.start()
    except KafkaFailed as error:
        print(f"Java and Maven are there but run no Kafka: {error}", flush=True)
        return None
    return FoundKafka(bootstrap=server.bootstrap, source=Source.JAVA, close=server.stop)


def _imitation() -> FoundKafka:
    """A broker inside a client of librdkafka; it lives as long as that client, which `close` lets go of."""
    from confluent_kafka import Producer  # noqa: PLC0415 - only where there is no Kafka

    clients = [Producer({"bootstrap.servers": "127.0.0.1:1", "test.mock.num.brokers": 1, "log_level": 3})]
    broker = next(iter(clients[0].list_topics(timeout=10).brokers.values()))
    return FoundKafka(bootstrap=f"{broker.host}:{broker.port}", source=Source.IMITATION, close=clients.clear)
