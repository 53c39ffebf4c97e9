"""A broker that asks for passwords and keeps a list of rights: who may read what, and that the suite can live there."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from confluent_kafka import Consumer, KafkaError, Producer
from confluent_kafka.admin import AclBinding, AclOperation, AclPermissionType, ResourcePatternType, ResourceType
from pydantic import SecretStr

from common.bus.__main__ import DIFFERS, main
from common.bus.access import KafkaAccess
from common.bus.choice import bus_from
from common.bus.kafka import KafkaBus
from common.bus.protocol import BusUnavailable
from common.bus.topic_plan import TopicAdministrator
from common.settings import ServiceSettings
from evaluation.kafka import KafkaServer
from tests.bus.rig import a_message, numbers, take

CASES, DIRECTORY = "helpdesk.cases.v1", "contracts.directory.v1"
PEOPLE = ("admin", "contracts", "helpdesk", "dispatch", "loaner", "mdm-gateway", "analytics", "partners")


def password_of(name: str) -> str:
    return f"{name}-keeps-this"


def properties() -> dict[str, str]:
    accounts = " ".join(f'user_{name}="{password_of(name)}"' for name in PEOPLE)
    module = "org.apache.kafka.common.security.plain.PlainLoginModule"
    return {
        "listeners": "SASL_PLAINTEXT://127.0.0.1:${broker_port},CONTROLLER://127.0.0.1:${controller_port}",
        "advertised.listeners": "SASL_PLAINTEXT://127.0.0.1:${broker_port}",
        "listener.security.protocol.map": "SASL_PLAINTEXT:SASL_PLAINTEXT,CONTROLLER:PLAINTEXT",
        "inter.broker.listener.name": "SASL_PLAINTEXT",
        "sasl.enabled.mechanisms": "PLAIN",
        "sasl.mechanism.inter.broker.protocol": "PLAIN",
        "listener.name.sasl_plaintext.plain.sasl.jaas.config": (
            f'{module} required username="admin" password="{password_of("admin")}" {accounts};'
        ),
        "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        "super.users": "User:admin;User:ANONYMOUS",  # nameless is the broker itself, on the controller's listener
    }


def access(server: KafkaServer, name: str, *, password: str | None = None) -> KafkaAccess:
    return KafkaAccess(
        bootstrap=server.bootstrap,
        security_protocol="SASL_PLAINTEXT",
        sasl_mechanism="PLAIN",
        sasl_username=name,
        sasl_password=SecretStr(password or password_of(name)),
    )


@pytest.fixture(scope="module")
def server(short_lived_folder: Path) -> Iterator[KafkaServer]:
    """The broker, brought to the list by the command."""
    with (
        KafkaServer(short_lived_folder / "kafka-protected", properties()) as started,
        pytest.MonkeyPatch.context() as m,
    ):
        m.setenv("KAFKA_SECURITY_PROTOCOL", "SASL_PLAINTEXT")
        m.setenv("KAFKA_SASL_MECHANISM", "PLAIN")
        m.setenv("KAFKA_SASL_USERNAME", "admin")
        m.setenv("KAFKA_SASL_PASSWORD", password_of("admin"))
        where = ["--bootstrap", started.bootstrap, "--replication", "1"]
        assert main(["topics", "plan", *where]) == DIFFERS
        assert main(["topics", "apply", *where]) == 0
        assert main(["topics", "plan", *where]) == 0
        yield started


def refused(server: KafkaServer, name: str, topic: str) -> bool:
    """Whether the broker refuses a principal the messages of a topic; False once it was read to its end."""
    settings = {"group.id": f"{name}.look", "auto.offset.reset": "earliest", "enable.partition.eof": True}
    consumer = Consumer({**access(server, name).for_librdkafka(), **settings})
    try:
        consumer.subscribe([topic])
        messages = iter(lambda: consumer.poll(20), None)
        ended = next(error.code() for message in messages if (error := message.error()) is not None)
    finally:
        consumer.close()
    assert ended in {KafkaError._PARTITION_EOF, KafkaError.TOPIC_AUTHORIZATION_FAILED}
    return ended == KafkaError.TOPIC_AUTHORIZATION_FAILED


@pytest.mark.parametrize(
    ("name", "topic", "may"),
    [
        ("analytics", CASES, True),
        ("analytics", DIRECTORY, False),
        ("partners", CASES, True),
        ("partners", DIRECTORY, False),
        ("mdm-gateway", DIRECTORY, False),
        ("helpdesk", DIRECTORY, True),
        ("loaner", DIRECTORY, True),
        ("dispatch", DIRECTORY, True),
        ("dispatch", "loaner.loans.v1", False),
    ],
)
def test_each_reads_what_the_list_says_and_is_refused_the_rest(
    server: KafkaServer, name: str, topic: str, *, may: bool
) -> None:
    assert refused(server, name, topic) is not may


async def test_a_service_publishes_and_another_consumes_in_its_own_group(server: KafkaServer) -> None:
    publisher = KafkaBus(access(server, "helpdesk")).publisher("helpdesk")
    await publisher.open(1)
    await publisher.publish([a_message(CASES, n) for n in (1, 2, 3)])
    await publisher.close()
    subscription = KafkaBus(access(server, "dispatch")).subscription("dispatch", "dispatch.projections", [CASES])
    try:
        assert numbers(await take(subscription, 3)) == [1, 2, 3]
    finally:
        await subscription.close()


async def test_nobody_joins_the_group_of_another(server: KafkaServer) -> None:
    subscription = KafkaBus(access(server, "analytics")).subscription("analytics", "dispatch.projections", [CASES])

    async def fetch_until_refused() -> None:
        while True:
            await subscription.fetch(most=1, wait=0.5)

    try:
        with pytest.raises(BusUnavailable) as refused:
            await asyncio.wait_for(fetch_until_refused(), 20)
    finally:
        await subscription.close()
    assert "GROUP_AUTHORIZATION_FAILED" in refused.value.why["reason"]


async def test_a_service_writes_no_topic_of_another(server: KafkaServer) -> None:
    """A right is a matter of the broker, not of the event: whoever grants it has all that waited published."""
    publisher = KafkaBus(access(server, "loaner"), topics={CASES: "loaner"}).publisher("loaner")
    await publisher.open(1)
    with pytest.raises(BusUnavailable):
        await publisher.publish([a_message(CASES, 9)])
    await publisher.close()


def test_analytics_writes_nothing(server: KafkaServer) -> None:
    answers: list[KafkaError | None] = []
    producer = Producer(access(server, "analytics").for_librdkafka())
    producer.produce(CASES, b"{}", on_delivery=lambda error, _: answers.append(error))
    assert producer.flush(20) == 0
    [error] = answers
    assert error is not None
    assert error.code() == KafkaError.TOPIC_AUTHORIZATION_FAILED


async def test_a_wrong_password_is_an_unavailable_bus(server: KafkaServer) -> None:
    publisher = KafkaBus(access(server, "helpdesk", password="guessed")).publisher("helpdesk")
    with pytest.raises(BusUnavailable):
        await publisher.open(1)


async def test_the_settings_of_a_service_lead_to_the_broker(
    server: KafkaServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Settings(ServiceSettings):
        database_url: str = "postgresql://helpdesk@127.0.0.1/none"
        issuer: str = "none"
        jwks_url: str = "none"
        secret_key: SecretStr = SecretStr("none")

    monkeypatch.setenv("BUS", f"kafka://{server.bootstrap}")
    monkeypatch.setenv("KAFKA_SASL_USERNAME", "helpdesk")
    monkeypatch.setenv("KAFKA_SASL_PASSWORD", password_of("helpdesk"))
    settings = Settings()
    assert password_of("helpdesk") not in repr(settings)
    subscription = bus_from(settings).subscription("helpdesk", "helpdesk.projections", [DIRECTORY])
    try:
        assert await subscription.lag() == 0
    finally:
        await subscription.close()


def test_a_reader_of_the_directory_who_is_not_listed_is_named(server: KafkaServer) -> None:
    administrator = TopicAdministrator(access(server, "admin"), replication=1)
    entry = AclBinding(
        ResourceType.TOPIC, "contracts.", ResourcePatternType.PREFIXED, "User:curious", "*", AclOperation.READ,
        AclPermissionType.ALLOW,
    )  # fmt: skip
    administrator._client.create_acls([entry])[entry].result(30)
    assert any("User:curious may read contracts.directory.v1" in remark for remark in administrator.plan().remarks)


def test_a_protocol_with_passwords_needs_one() -> None:
    with pytest.raises(ValueError, match="needs a SASL user and password"):
        KafkaAccess(bootstrap="127.0.0.1:9", security_protocol="SASL_SSL", sasl_username="helpdesk")


def test_the_password_shows_in_nothing_printed() -> None:
    shown = KafkaAccess(
        bootstrap="127.0.0.1:9", security_protocol="SASL_PLAINTEXT", sasl_username="helpdesk",
        sasl_password=SecretStr("never-to-be-seen"),
    )  # fmt: skip
    assert "never-to-be-seen" not in f"{shown} {shown!r}"
    assert shown.for_librdkafka()["sasl.password"] == "never-to-be-seen"
