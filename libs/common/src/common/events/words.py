"""Fields of events that not everybody who reads the event is shown, and how they are left out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, TypeAlias, get_args

from pydantic import BaseModel, Field


@dataclass(frozen=True)
class Words:
    """Marks a field in which people write what they like: whoever may read of no person is not shown it."""


@dataclass(frozen=True)
class OfAll:
    """Marks a figure that counts what is of all tenants: none of them is shown it."""


Mark: TypeAlias = "type[Words | OfAll]"

InWords = Annotated[str, Words(), Field(description="Why, as a code or in words; never personal data.")]

Marked: TypeAlias = "Mapping[str, Marked | None]"
"""The marked fields of a type (None), and its parts that have any."""


def marked_in(kind: type[BaseModel], mark: Mark) -> Marked:
    """Which fields of a type bear this mark, at any depth."""
    found: dict[str, Marked | None] = {}
    for name, field in kind.model_fields.items():
        if any(isinstance(each, mark) for each in field.metadata):
            found[name] = None
            continue
        for part in _parts(field.annotation):
            if inner := marked_in(part, mark):
                found[name] = inner
    return found


def _parts(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _parts(argument)


def without(body: Any, marked: Marked | None) -> Any:
    """The JSON body with null in the marked places."""
    if marked is None:
        return None
    match body:
        case dict():
            return {name: without(it, marked[name]) if name in marked else it for name, it in body.items()}
        case list():
            return [without(each, marked) for each in body]
        case _:
            return body
