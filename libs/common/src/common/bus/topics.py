"""Every topic of the suite as it stands on Kafka: its shape, who writes it, who may read it.

The one list behind `python -m common.bus topics`, the topics of evaluation mode and the AsyncAPI document.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

PARTITIONS = 6
REPLICATION = 3

ANALYTICS = "analytics"
PARTNERS = "partners"
_OUTSIDE = (ANALYTICS, PARTNERS)


@dataclass(frozen=True, kw_only=True)
class Topic:
    """One topic.

    `owner` is the only service that writes it; `readers` are the principals that may read it (services, and the
    outsiders `analytics` and `partners`). `retention` None keeps every message: a new consumer begins with the first
    event. With cleanup `compact` the newest message of each key stays, and `compacted_within` is the longest time that
    an older one may outlive it. `partitions` never change afterwards: the order per key rests on them.
    """

    name: str
    owner: str
    readers: tuple[str, ...]
    cleanup: Literal["compact", "delete"] = "delete"
    compacted_within: timedelta | None = None
    retention: timedelta | None = None
    partitions: int = PARTITIONS
    restricted: bool = False

    def settings(self, *, replication: int) -> dict[str, str]:
        """The topic's own configuration by Kafka's names; one replica may be away."""
        configured = {
            "cleanup.policy": self.cleanup,
            "retention.ms": "-1" if self.retention is None else _milliseconds(self.retention),
            "min.insync.replicas": str(max(1, replication - 1)),
        }
        if self.compacted_within is not None:
            configured["max.compaction.lag.ms"] = _milliseconds(self.compacted_within)
        return configured


def _milliseconds(duration: timedelta) -> str:
    return str(duration // timedelta(milliseconds=1))


TOPIC_LIST: Sequence[Topic] = (
    Topic(
        name="contracts.entitlements.v1",
        owner="contracts",
        readers=("helpdesk", "dispatch", "loaner", "mdm-gateway", ANALYTICS),
        cleanup="compact",
    ),
    Topic(
        name="contracts.catalogue.v1",
        owner="contracts",
        readers=("helpdesk", "dispatch", "loaner", "mdm-gateway"),
        cleanup="compact",
    ),
    Topic(
        name="contracts.directory.v1",
        owner="contracts",
        readers=("helpdesk", "dispatch", "loaner"),
        cleanup="compact",
        compacted_within=timedelta(days=7),  # what an erased person was called must not linger
        restricted=True,
    ),
    Topic(
        name="contracts.access.v1",
        owner="contracts",
        readers=("helpdesk", "dispatch", "loaner", "mdm-gateway"),
        cleanup="compact",
    ),
    Topic(name="contracts.lifecycle.v1", owner="contracts", readers=("helpdesk", *_OUTSIDE)),
    Topic(name="contracts.billing.v1", owner="contracts", readers=_OUTSIDE),
    Topic(
        name="helpdesk.cases.v1",
        owner="helpdesk",
        readers=("dispatch", "loaner", "mdm-gateway", "contracts", *_OUTSIDE),
    ),
    Topic(name="dispatch.visits.v1", owner="dispatch", readers=("helpdesk", "contracts", *_OUTSIDE)),
    Topic(name="loaner.loans.v1", owner="loaner", readers=("helpdesk", "contracts", *_OUTSIDE)),
    Topic(name="mdm-gateway.devices.v1", owner="mdm-gateway", readers=("helpdesk", "contracts", *_OUTSIDE)),
)
