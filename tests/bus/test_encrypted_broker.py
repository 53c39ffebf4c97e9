"""A broker that speaks TLS and asks for SCRAM passwords: both clients get in with its certificate, nobody without."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from confluent_kafka.admin import (
    AdminClient,
    ScramCredentialInfo,
    ScramMechanism,
    UserScramCredentialUpsertion,
)
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pydantic import SecretStr

from common.bus.access import KafkaAccess
from common.bus.kafka import KafkaBus
from common.bus.protocol import BusUnavailable
from common.bus.topic_plan import TopicAdministrator, ensure_topics
from evaluation.kafka import KafkaServer
from tests.bus.rig import a_message, numbers, take

CASES = "helpdesk.cases.v1"
ADMIN = "the administrator's password"
HELPDESK = "the desk's password"


def certificate(folder: Path) -> tuple[Path, Path]:
    """A key with its self-signed certificate in one file for the broker, the certificate alone for clients."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "broker of a test")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    shown = made.public_bytes(serialization.Encoding.PEM)
    hidden = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    folder.mkdir()
    (folder / "broker.pem").write_bytes(hidden + shown)
    (folder / "ca.pem").write_bytes(shown)
    return folder / "broker.pem", folder / "ca.pem"


def properties(keys: Path, authority: Path) -> dict[str, str]:
    plain = "org.apache.kafka.common.security.plain.PlainLoginModule"
    scram = "org.apache.kafka.common.security.scram.ScramLoginModule"
    return {
        "listeners": "SASL_SSL://127.0.0.1:${broker_port},CONTROLLER://127.0.0.1:${controller_port}",
        "advertised.listeners": "SASL_SSL://127.0.0.1:${broker_port}",
        "listener.security.protocol.map": "SASL_SSL:SASL_SSL,CONTROLLER:PLAINTEXT",
        "inter.broker.listener.name": "SASL_SSL",
        "sasl.enabled.mechanisms": "PLAIN,SCRAM-SHA-512",
        "sasl.mechanism.inter.broker.protocol": "PLAIN",
        "listener.name.sasl_ssl.plain.sasl.jaas.config": (
            f'{plain} required username="admin" password="{ADMIN}" user_admin="{ADMIN}";'
        ),
        "listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config": f"{scram} required;",
        "ssl.keystore.type": "PEM",
        "ssl.keystore.location": str(keys),
        "ssl.truststore.type": "PEM",
        "ssl.truststore.location": str(authority),
    }


@pytest.fixture(scope="module")
def helpdesk(short_lived_folder: Path) -> Iterator[KafkaAccess]:
    """How the helpdesk logs in, its password kept by the broker as SCRAM does."""
    folder = short_lived_folder / "kafka-encrypted"
    keys, authority = certificate(short_lived_folder / "kafka-encrypted-keys")
    with KafkaServer(folder, properties(keys, authority)) as server:
        desk = KafkaAccess(
            bootstrap=server.bootstrap,
            security_protocol="SASL_SSL",
            sasl_username="helpdesk",
            sasl_password=SecretStr(HELPDESK),
            ca_file=authority,
        )
        admin = replace(desk, sasl_mechanism="PLAIN", sasl_username="admin", sasl_password=SecretStr(ADMIN))
        wanted = UserScramCredentialUpsertion(
            "helpdesk", ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, 4096), HELPDESK.encode()
        )
        client = AdminClient(admin.for_librdkafka())
        for future in client.alter_user_scram_credentials([wanted]).values():
            future.result(30)
        yield desk


async def test_topics_are_made_published_to_and_read_over_tls_with_a_scram_password(helpdesk: KafkaAccess) -> None:
    await ensure_topics(helpdesk)
    bus = KafkaBus(helpdesk)
    publisher = bus.publisher("helpdesk")
    await publisher.open(1)
    await publisher.publish([a_message(CASES, n) for n in (1, 2, 3)])
    await publisher.close()
    subscription = bus.subscription("dispatch", "dispatch.projections", [CASES])
    try:
        assert numbers(await take(subscription, 3)) == [1, 2, 3]
    finally:
        await subscription.close()


async def test_a_broker_whose_certificate_nobody_vouches_for_is_not_talked_to(helpdesk: KafkaAccess) -> None:
    publisher = KafkaBus(replace(helpdesk, ca_file=None)).publisher("helpdesk")
    with pytest.raises(BusUnavailable):
        await publisher.open(1)


@pytest.mark.parametrize(
    "wrong",
    [{"sasl_password": SecretStr("guessed")}, {"security_protocol": "SASL_PLAINTEXT"}],
    ids=["password", "protocol"],
)
async def test_with_a_wrong_password_or_in_clear_text_nobody_gets_in(
    helpdesk: KafkaAccess, wrong: dict[str, object]
) -> None:
    publisher = KafkaBus(replace(helpdesk, **wrong)).publisher("helpdesk")  # type: ignore[arg-type]
    with pytest.raises(BusUnavailable):
        await publisher.open(1)


def test_the_list_of_topics_is_compared_over_tls(helpdesk: KafkaAccess) -> None:
    assert TopicAdministrator(helpdesk, replication=1).plan().rights is None
