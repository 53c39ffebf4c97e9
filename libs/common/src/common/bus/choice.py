"""Which bus: `embedded`, or `kafka://host:port`."""

from __future__ import annotations

from common.bus.access import KafkaAccess
from common.bus.embedded import EmbeddedBus
from common.bus.kafka import KafkaBus
from common.bus.protocol import Bus
from common.settings import ServiceSettings

KAFKA = "kafka://"


def bus_from(settings: ServiceSettings) -> Bus:
    """The bus that a service's settings name; raises `ValueError` for any other text."""
    if settings.bus == "embedded":
        return EmbeddedBus(lambda _: settings.database_url, poll=settings.poll_seconds)
    if settings.bus.startswith(KAFKA):
        return KafkaBus(
            KafkaAccess(
                bootstrap=settings.bus.removeprefix(KAFKA),
                security_protocol=settings.kafka_security_protocol,
                sasl_mechanism=settings.kafka_sasl_mechanism,
                sasl_username=settings.kafka_sasl_username,
                sasl_password=settings.kafka_sasl_password,
                ca_file=settings.kafka_ca_file,
            )
        )
    message = f"unknown bus {settings.bus!r}: embedded or kafka://host:port"
    raise ValueError(message)
