"""One service as its code describes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from common.assembly import ServiceParts
from common.events.base import EventData
from common.http import Rule


@dataclass(frozen=True, kw_only=True)
class Described:
    """What the catalogues say of a service. `rules` are by method and path, `groups` what each consumer group takes."""

    name: str
    title: str
    openapi: Mapping[str, Any]
    rules: Mapping[tuple[str, str], Rule]
    projections: frozenset[type[EventData]]
    reactions: frozenset[type[EventData]]
    groups: Mapping[str, frozenset[type[EventData]]]


def groups_of(parts: ServiceParts) -> dict[str, frozenset[type[EventData]]]:
    """What each consumer group of a service takes."""
    return {group: frozenset(handlers) for group, handlers in parts.groups().items()}
