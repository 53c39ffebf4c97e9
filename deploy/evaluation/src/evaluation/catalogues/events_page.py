"""`docs/events/catalogue.md`: every event in words, for people."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from common.events import COMPACTED_TOPICS, PUBLISHERS, RESTRICTED_TOPICS, TOPICS
from common.events.base import EventData
from common.events.keys import KEYS
from evaluation.catalogues.described import Described
from evaluation.catalogues.schemas import schema_of

_HEAD = """\
# Event catalogue

Generated from the code by `make catalogues`; a test holds it against the code. The machine-readable form is the JSON
Schema (2020-12) of each type in `docs/events/schemas/`.

Each event is a CloudEvent 1.0 in Kafka binary mode: its attributes are headers, the JSON body is the table given here.
A field marked "may be absent" is null, or missing in events of before it existed. Readers ignore fields they do not
know; a version of a type only ever gains fields that may be absent.

| header | meaning |
|---|---|
| `ce_specversion`, `content-type` | `1.0`, `application/json` |
| `ce_id` | the event's id: the same on the bus, in every inbox and in `GET …/events` |
| `ce_type` | the type, with the version of its schema at the end |
| `ce_source` | `/anshin/<service>` |
| `ce_subject` | the id of the aggregate it is about |
| `ce_sequence` | the aggregate's version after the change; rises per aggregate, so a lower one is old news |
| `ce_time`, `ce_recordedtime` | business time; real time |
| `ce_dataversion` | the version of the schema |
| `ce_correlationid` | the case or contract that it belongs to |
| `ce_causationid` | the request or event that caused it; may be absent |
| `ce_partner` | the tenant; absent: the house |
| `ce_traceparent` | W3C trace context; may be absent |

Every body has `actor`, the subject id of whoever caused it (`system:<service>` for what a service does by itself); the
tables leave it out. Order is kept per aggregate; the key is what belongs together on the bus.
"""
_TOPICS_HEAD = "\n## Topics\n\n| topic | published by | types | kind |\n|---|---|---|---|\n"
_FIELDS_HEAD = "\n| field | type | meaning |\n|---|---|---|\n"


def events_page(services: Mapping[str, Described]) -> str:
    """The whole page."""
    return "".join([_HEAD, *_topics(), *(_publisher(name, services) for name in PUBLISHERS)])


def _topics() -> Iterator[str]:
    yield _TOPICS_HEAD
    for topic, owner in TOPICS.items():
        kinds = [kind for kind in PUBLISHERS[owner].EVENTS if kind.topic == topic]
        words = [
            "compacted: the newest of each key is kept" if topic in COMPACTED_TOPICS else "log",
            *(["personal data: never shown by `GET …/events`"] if topic in RESTRICTED_TOPICS else []),
        ]
        yield f"| `{topic}` | {owner} | {len(kinds)} | {'; '.join(words)} |\n"


def _publisher(name: str, services: Mapping[str, Described]) -> str:
    kinds: Sequence[type[EventData]] = PUBLISHERS[name].EVENTS
    parts: dict[str, Any] = {}
    shown = [f"\n## Published by {name}\n"]
    for kind in kinds:
        schema = schema_of(kind)
        parts |= schema.get("$defs", {})
        shown.append(_event(kind, schema, services))
    for title, part in sorted(parts.items()):
        shown.append(f"\n### Part {title}\n\n{_one_line(part['description'])}\n{_fields(part)}")
    return "".join(shown)


def _event(kind: type[EventData], schema: Mapping[str, Any], services: Mapping[str, Described]) -> str:
    rows = [
        f"\n### {kind.__name__}\n\n{_one_line(inspect.getdoc(kind) or '')}\n\n",
        f"- type `{kind.type_name()}` on `{kind.topic}`\n",
        f"- about: {kind.aggregate.replace('_', ' ')} · key: {_key(kind)}\n",
        f"- consumed by: {_readers(kind, services)}\n",
        _fields(schema),
    ]
    return "".join(rows)


def _key(kind: type[EventData]) -> str:
    return ", without one ".join(f"`{name}`" for name in KEYS[kind.aggregate]) or f"`{kind.aggregate}` (there is one)"


def _readers(kind: type[EventData], services: Mapping[str, Described]) -> str:
    readers = [
        f"{service.name} ({word})"
        for service in services.values()
        for word, kinds in (("projection", service.projections), ("reaction", service.reactions))
        if kind in kinds
    ]
    return ", ".join(readers) or "no service of the suite"


def _fields(schema: Mapping[str, Any]) -> str:
    required = set(schema.get("required", ()))
    rows = [
        f"| `{name}` | {_type(field)}{'' if name in required else ', may be absent'} | {_meaning(field)} |\n"
        for name, field in schema.get("properties", {}).items()
        if name != "actor"
    ]
    return _FIELDS_HEAD + "".join(rows) if rows else ""


def _type(field: Mapping[str, Any]) -> str:
    """The type of a field in a word or two."""
    if "$ref" in field:
        return f"[{_name(field)}](#part-{_name(field).lower()})"
    if "anyOf" in field:
        return " or ".join(_type(each) for each in field["anyOf"] if each.get("type") != "null")
    if "enum" in field or "const" in field:
        return " or ".join(f"`{value}`" for value in field.get("enum", [field.get("const")]))
    match field.get("type"), field.get("format"):
        case "array", _:
            return f"list of {_type(field['items'])}"
        case "string", "date-time":
            return "instant"
        case "string", "date":
            return "day"
        case "object", _:
            return "object"
        case word, _:
            return str(word)


def _name(field: Mapping[str, Any]) -> str:
    return str(field["$ref"]).rsplit("/", 1)[-1]


def _described(field: Mapping[str, Any]) -> str:
    """The description of a field, or else of what it may hold."""
    within = [*field.get("anyOf", ()), *([field["items"]] if "items" in field else [])]
    return _one_line(next((each["description"] for each in (field, *within) if "description" in each), ""))


def _meaning(field: Mapping[str, Any]) -> str:
    words = [described] if (described := _described(field)) else []
    example = next(iter(field.get("examples", ())), None)
    if isinstance(example, str | int) and not re.fullmatch(r"[a-z]+_[0-9a-f]{32}", str(example)):
        words.append(f"e.g. `{example}`")
    return " ".join(words).replace("|", "\\|")


def _one_line(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()
