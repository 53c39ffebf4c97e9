"""The bus on Apache Kafka: one transaction per published batch, consumers that read committed messages only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from common.bus.access import KafkaAccess
from common.bus.kafka_publisher import KafkaPublisher
from common.bus.kafka_subscription import KafkaSubscription
from common.events import TOPICS

__all__ = ["SESSION_SECONDS", "KafkaBus", "KafkaPublisher", "KafkaSubscription"]

SESSION_SECONDS = 10.0


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
