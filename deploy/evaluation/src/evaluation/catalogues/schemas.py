"""JSON Schema 2020-12 of every event: what a reader may rely on.

`required` names the fields that every event of the type carries; the others may be absent, in events of before they
were added.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from common.events import COMPACTED_TOPICS, EVENTS_BY_TYPE, RESTRICTED_TOPICS
from common.events.base import EventData, body_of
from common.events.examples import examples_of
from common.events.keys import KEYS

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schema_of(kind: type[EventData]) -> dict[str, Any]:
    """The schema of one event's body, with where it travels under `x-` names and an example."""
    name = kind.type_name()
    body = kind.model_json_schema(by_alias=True, mode="validation")
    return {
        "$schema": DIALECT,
        "$id": f"urn:{name.replace('.', ':')}",
        "title": name,
        "x-topic": kind.topic,
        "x-compacted": kind.topic in COMPACTED_TOPICS,
        "x-restricted": kind.topic in RESTRICTED_TOPICS,
        "x-aggregate": kind.aggregate,
        "x-key": list(KEYS[kind.aggregate]),
        "x-published-by": kind.topic.split(".", 1)[0],
        **{word: value for word, value in body.items() if word != "title"},
        "examples": [body_of(example) for example in examples_of(kind)],
    }


def schemas(kinds: Mapping[str, type[EventData]] = EVENTS_BY_TYPE) -> dict[str, dict[str, Any]]:
    """The schemas of all events by type."""
    return {name: schema_of(kind) for name, kind in sorted(kinds.items())}
