"""Whether a schema still keeps what its published form promised.

A version of an event only ever gains optional fields.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

Schema = Mapping[str, Any]

# What explains and does not bind. `$defs` are followed where they are referred to.
_WORDS = frozenset({"title", "description", "examples", "$defs", "$comment"})


def breaks(published: Schema, present: Schema) -> list[str]:
    """What readers of `published` could stumble over in events of `present`, by field; empty: nothing."""
    return list(_Comparison(published, present).of(published, present, "event"))


class _Comparison:
    def __init__(self, published: Schema, present: Schema) -> None:
        self._published = published
        self._present = present
        self._compared: set[tuple[str, str]] = set()

    def of(self, was: Any, now: Any, place: str) -> Iterator[str]:
        """The differences between two parts of the schemas that stand in the same place."""
        if isinstance(was, Mapping) and isinstance(now, Mapping):
            pair = (was.get("$ref", ""), now.get("$ref", ""))
            if all(pair):
                if pair in self._compared:
                    return
                self._compared.add(pair)
            yield from self._objects(_followed(was, self._published), _followed(now, self._present), place)
        elif isinstance(was, list) and isinstance(now, list) and len(was) == len(now):
            for old, new in zip(was, now, strict=True):
                yield from self.of(old, new, place)
        elif type(was) is not type(now) or was != now:
            yield f"{place}: was {was!r}, is {now!r}"

    def _objects(self, was: Schema, now: Schema, place: str) -> Iterator[str]:
        for word in sorted({*was, *now} - _WORDS - {"properties", "required"}):
            if word not in now or word not in was:
                yield f"{place}: {word} was {was.get(word)!r}, is {now.get(word)!r}"
            else:
                yield from self.of(was[word], now[word], place)
        yield from self._fields(was.get("properties", {}), now.get("properties", {}), place)
        before, after = set(was.get("required", ())), set(now.get("required", ()))
        for name in sorted(after - before):
            yield f"{place}.{name}: has become required"
        for name in sorted(before - after):
            yield f"{place}.{name}: is no longer required"

    def _fields(self, was: Schema, now: Schema, place: str) -> Iterator[str]:
        for name, field in was.items():
            if name not in now:
                yield f"{place}.{name}: is gone"
            else:
                yield from self.of(field, now[name], f"{place}.{name}")


def _followed(part: Schema, whole: Schema) -> Schema:
    """The definition that a reference names, with the words beside it; parts without one as they are."""
    while "$ref" in part:
        name = part["$ref"].removeprefix("#/$defs/")
        part = {**whole["$defs"][name], **{word: value for word, value in part.items() if word != "$ref"}}
    return part
