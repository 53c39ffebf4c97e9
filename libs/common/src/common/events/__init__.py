"""Event schemas by publisher, and the registry of all types by their wire name."""

from __future__ import annotations

from common.events import contracts, dispatch, helpdesk, loaner, mdm_gateway
from common.events.base import EventData

PUBLISHERS = {
    "contracts": contracts,
    "helpdesk": helpdesk,
    "dispatch": dispatch,
    "loaner": loaner,
    "mdm-gateway": mdm_gateway,
}
EVENTS_BY_TYPE: dict[str, type[EventData]] = {
    kind.type_name(): kind for publisher in PUBLISHERS.values() for kind in publisher.EVENTS
}
TOPICS: dict[str, str] = {kind.topic: kind.topic.split(".", 1)[0] for kind in EVENTS_BY_TYPE.values()}
"""Every topic with the service that owns it."""
COMPACTED_TOPICS = contracts.COMPACTED
RESTRICTED_TOPICS = contracts.RESTRICTED
