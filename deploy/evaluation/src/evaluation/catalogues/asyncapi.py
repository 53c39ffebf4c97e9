"""The AsyncAPI 3 document of the suite: every topic, every event with its headers, key and example, who hears what.

Generated from the models that speak. Payloads are the published JSON Schemas with their parts moved to
`components/schemas`, where a reader of AsyncAPI looks for them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from common.bus.topics import REPLICATION, TOPIC_LIST, Topic
from common.context import Context
from common.events import EVENTS_BY_TYPE, TOPICS
from common.events.base import EventData, NewEvent, body_of
from common.events.examples import examples_of
from common.events.keys import KEYS, key_of
from common.outbox import headers_of
from evaluation.catalogues.schemas import schema_of

Heard = Mapping[str, frozenset[type[EventData]]]
"""By consumer group what it takes."""

_HEADERS = "CloudEventHeaders"
_BINDING = "0.5.0"
_AT = datetime(2026, 6, 1, 1, tzinfo=UTC)
_EXAMPLE_CONTEXT = Context(
    actor="op-sato",
    causation_id="req_0197f3c29a7b7cc8a1f2c3d4e5f60730",
    traceparent="00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
)
_DESCRIPTION = """\
What the services of Anshin tell each other and the world, on Apache Kafka: CloudEvents 1.0 in binary mode, attributes
as `ce_` headers, the body as JSON. Order is kept per aggregate (`ce_subject`), whose version is `ce_sequence`; an event
may arrive more than once, always with the same `ce_id`. A version of a type only ever gains optional fields; readers
ignore fields they do not know."""


def asyncapi(heard: Heard) -> dict[str, Any]:
    """The document."""
    return {
        "asyncapi": "3.1.0",
        "info": {"title": "Anshin events", "version": "1.0.0", "description": _DESCRIPTION},
        "defaultContentType": "application/json",
        "servers": {
            "kafka": {
                "host": "{bootstrap}",
                "protocol": "kafka",
                "description": "The broker of the installation.",
                "variables": {"bootstrap": {"default": "127.0.0.1:9092", "description": "host:port"}},
            }
        },
        "channels": {topic.name: _channel(topic) for topic in TOPIC_LIST},
        "operations": dict(_operations(heard)),
        "components": {
            "messages": {name: _message(kind) for name, kind in sorted(EVENTS_BY_TYPE.items())},
            "schemas": {
                _HEADERS: _headers_schema(),
                **{name: schema for kind in EVENTS_BY_TYPE.values() for name, schema in _schemas(kind)},
            },
        },
    }


def _channel(topic: Topic) -> dict[str, Any]:
    kinds = sorted(name for name, kind in EVENTS_BY_TYPE.items() if kind.topic == topic.name)
    configured = topic.settings(replication=REPLICATION)
    return {
        "address": topic.name,
        "description": "Personal data: for the named services only." if topic.restricted else f"Told by {topic.owner}.",
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in kinds},
        "bindings": {
            "kafka": {
                "topic": topic.name,
                "partitions": topic.partitions,
                "replicas": REPLICATION,
                "topicConfiguration": {
                    "cleanup.policy": [configured["cleanup.policy"]],
                    "retention.ms": int(configured["retention.ms"]),
                },
                "bindingVersion": _BINDING,
            }
        },
        "x-owner": topic.owner,
        "x-readers": list(topic.readers),
        "x-restricted": topic.restricted,
    }


def _operations(heard: Heard) -> Iterator[tuple[str, dict[str, Any]]]:
    for topic in TOPIC_LIST:
        told = frozenset(kind for kind in EVENTS_BY_TYPE.values() if kind.topic == topic.name)
        yield f"{topic.owner}.tells.{topic.name}", _operation("send", topic.name, told, {})
    for group, kinds in heard.items():
        for name in sorted({kind.topic for kind in kinds}):
            taken = frozenset(kind for kind in kinds if kind.topic == name)
            binding = {"groupId": {"type": "string", "enum": [group]}, "bindingVersion": _BINDING}
            yield f"{group}.hears.{name}", _operation("receive", name, taken, {"bindings": {"kafka": binding}})


def _operation(action: str, topic: str, kinds: frozenset[type[EventData]], more: Mapping[str, Any]) -> dict[str, Any]:
    names = sorted(kind.type_name() for kind in kinds)
    return {
        "action": action,
        "channel": {"$ref": f"#/channels/{topic}"},
        "messages": [{"$ref": f"#/channels/{topic}/messages/{name}"} for name in names],
        **more,
    }


def _message(kind: type[EventData]) -> dict[str, Any]:
    name = kind.type_name()
    fixed = {
        "ce_type": {"const": name},
        "ce_source": {"const": f"/anshin/{TOPICS[kind.topic]}"},
        "ce_dataversion": {"const": kind.dataversion},
    }
    key = "the first that is filled of: " + ", ".join(KEYS[kind.aggregate]) if KEYS[kind.aggregate] else kind.aggregate
    return {
        "name": name,
        "title": kind.__name__,
        "summary": schema_of(kind).get("description", ""),
        "contentType": "application/json",
        "correlationId": {
            "description": "The case or contract that it belongs to.",
            "location": "$message.header#/ce_correlationid",
        },
        "headers": {"allOf": [{"$ref": f"#/components/schemas/{_HEADERS}"}, {"type": "object", "properties": fixed}]},
        "payload": {"$ref": f"#/components/schemas/{name}"},
        "bindings": {"kafka": {"key": {"type": "string", "description": key}, "bindingVersion": _BINDING}},
        "examples": [
            {
                "name": f"{kind.__name__}{number or ''}",
                "headers": _example_headers(example),
                "payload": body_of(example),
            }
            for number, example in enumerate(examples_of(kind))
        ],
        "x-aggregate": kind.aggregate,
    }


def _example_headers(example: EventData) -> dict[str, str]:
    key = key_of(example)
    event = NewEvent(data=example, subject=key, sequence=1, key=key, time=_AT, partner=None, correlation_id=key)
    service = TOPICS[example.topic]
    event_id = "evt_0197f3c29a7b7cc8a1f2c3d4e5f60731"
    headers = headers_of(event, event_id=event_id, service=service, context=_EXAMPLE_CONTEXT)
    return {**headers, "ce_recordedtime": _AT.isoformat()}


def _schemas(kind: type[EventData]) -> Iterator[tuple[str, dict[str, Any]]]:
    """An event's schema and those of its parts, under names of their own."""
    name = kind.type_name()
    text = json.dumps(schema_of(kind)).replace('"#/$defs/', f'"#/components/schemas/{name}.')
    schema = json.loads(text)
    for part, described in schema.pop("$defs", {}).items():
        yield f"{name}.{part}", described
    for word in ("$schema", "$id"):
        schema.pop(word)
    yield name, schema


def _headers_schema() -> dict[str, Any]:
    """CloudEvents 1.0 attributes as Kafka headers, with the suite's extensions."""
    instant = {"type": "string", "format": "date-time"}
    properties: dict[str, dict[str, Any]] = {
        "ce_specversion": {"type": "string", "const": "1.0"},
        "ce_id": {"type": "string", "description": "The event's id everywhere; the same when it is delivered again."},
        "ce_source": {"type": "string", "description": "/anshin/<service>"},
        "ce_type": {"type": "string", "description": "The type, with the version of its schema at the end."},
        "ce_subject": {"type": "string", "description": "Id of the aggregate it is about."},
        "ce_sequence": {
            "type": "string",
            "pattern": r"^\d+$",
            "description": "The aggregate's version after the change: a lower one is old news.",
        },
        "ce_time": {**instant, "description": "Business time."},
        "ce_recordedtime": {**instant, "description": "Real time."},
        "ce_dataversion": {"type": "string", "description": "Version of the schema."},
        "ce_correlationid": {"type": "string", "description": "The case or contract that it belongs to."},
        "ce_causationid": {"type": "string", "description": "The request or event that caused it; may be absent."},
        "ce_partner": {"type": "string", "description": "The tenant; absent: the house."},
        "ce_traceparent": {
            "type": "string",
            "pattern": "^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$",
            "description": "W3C trace context of the hop that told it; may be absent.",
        },
        "content-type": {"type": "string", "const": "application/json"},
    }
    optional = {"ce_causationid", "ce_partner", "ce_traceparent"}
    return {"type": "object", "required": sorted(properties.keys() - optional), "properties": properties}
