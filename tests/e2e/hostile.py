"""Hostile requests for every route of an OpenAPI document: one fault at a time in an otherwise plausible body."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

NOBODY = "00000000000070008000000000000000"
LONG = "x" * 1_000_000
_DEPTH = 6


@dataclass(frozen=True)
class Attack:
    """One request that must be refused: `fault` says why."""

    method: str
    path: str
    fault: str
    content: bytes

    def __str__(self) -> str:
        return f"{self.method} {self.path} ({self.fault})"


class Document:
    """One service's OpenAPI document."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._document = document

    def operations(self) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
        """Method, path and operation of every route."""
        for path, item in self._document["paths"].items():
            for method, operation in item.items():
                yield method.upper(), path, operation

    def attacks(self) -> Iterator[Attack]:
        """All hostile requests with a body."""
        for method, path, operation in self.operations():
            body = operation.get("requestBody")
            if body is None or "application/json" not in body["content"]:
                continue  # files have tests of their own
            schema = self._resolved(body["content"]["application/json"]["schema"])
            where = concrete(path, operation)
            for fault, content in self._bodies(schema):
                yield Attack(method, where, fault, content)

    def plausible(self, schema: Mapping[str, Any]) -> Any:
        """A value that the schema should allow."""
        return self._value(schema, 0)

    def _bodies(self, schema: Mapping[str, Any]) -> Iterator[tuple[str, bytes]]:
        yield "malformed", b'{"a": '
        yield "deeply nested", b"[" * 50_000
        yield "not UTF-8", b'{"a": "\xff\xfe"}'
        yield "a list", b"[1, 2]"
        yield "null", b"null"
        plausible = self._value(schema, 0)
        yield "unknown field", _dump({**plausible, "no_such_field": 1})
        for name, part in schema.get("properties", {}).items():
            for fault, value in self._faults(self._resolved(part)):
                yield f"{name}: {fault}", _dump({**plausible, name: value})
            if name in schema.get("required", ()):
                yield f"{name}: missing", _dump({k: v for k, v in plausible.items() if k != name})

    def _faults(self, schema: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
        kinds = {kind.get("type") for kind in self._alternatives(schema)}
        formats = {kind.get("format") for kind in self._alternatives(schema)}
        yield "wrong type", 1.5 if "number" not in kinds else "text"
        yield "an object of surprises", {"$ne": None, "__proto__": []}
        if "string" in kinds:
            yield "NUL", "a\x00b"
            yield "one megabyte", LONG
            yield "lone surrogate", "\ud800"
            yield "empty", ""
        if formats & {"date", "date-time"}:
            yield "impossible date", "2026-02-30"
            yield "no date", "tomorrow"
            yield "year of the dinosaurs", "0001-01-01T00:00:00Z"
        if "integer" in kinds:
            yield "negative", -1
            yield "huge", 10**30

    def _alternatives(self, schema: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        found = [self._resolved(each) for each in (*schema.get("anyOf", ()), *schema.get("oneOf", ()))]
        return found or [schema]

    def _resolved(self, schema: Mapping[str, Any]) -> Mapping[str, Any]:
        while "$ref" in schema:
            name = schema["$ref"].rsplit("/", 1)[-1]
            schema = self._document["components"]["schemas"][name]
        return schema

    def _value(self, schema: Mapping[str, Any], depth: int) -> Any:
        """A plausible value: the first example, choice or kind that the schema allows."""
        schema = self._resolved(schema)
        for key in ("examples", "enum"):
            if schema.get(key):
                return schema[key][0]
        if "const" in schema:
            return schema["const"]
        if "anyOf" in schema or "oneOf" in schema:
            return self._value(self._alternatives(schema)[0], depth)
        match schema.get("type"):
            case "object":
                wanted = schema.get("required", ()) if depth < _DEPTH else ()
                return {name: self._value(schema["properties"][name], depth + 1) for name in wanted}
            case "array":
                return [self._value(schema["items"], depth + 1)] if schema.get("minItems") else []
            case "integer" | "number":
                return max(1, schema.get("minimum", 1))
            case "boolean":
                return True
            case _:
                return _text(schema)


def _text(schema: Mapping[str, Any]) -> str:
    match schema.get("format"):
        case "date":
            return "2026-06-01"
        case "date-time":
            return "2026-06-01T00:30:00+09:00"
        case _:
            return "text".ljust(schema.get("minLength", 1), "x")


def concrete(path: str, operation: Mapping[str, Any], value: str | None = None) -> str:
    """The path with an id of nothing (or `value`) in each place."""
    for parameter in operation.get("parameters", ()):
        if parameter["in"] == "path":
            name = parameter["name"]
            filled = value or {"month": "2026-06", "fee_month": "2026-06", "day": "2026-06-01"}.get(
                name, f"xxx_{NOBODY}"
            )
            path = path.replace(f"{{{name}}}", filled)
    return path


def _dump(body: Any) -> bytes:
    return json.dumps(body).encode()
