"""Fields of events in which people write what they like: whoever may read of no person is not shown them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, TypeAlias, get_args

from pydantic import BaseModel, Field


@dataclass(frozen=True)
class Words:
    """Marks such a field."""


InWords = Annotated[str, Words(), Field(description="Why, as a code or in words; never personal data.")]

Marked: TypeAlias = "Mapping[str, Marked | None]"
"""The marked fields of a type (None), and its parts that have any."""


def words_of(kind: type[BaseModel]) -> Marked:
    """Which fields of a type are marked, at any depth."""
    found: dict[str, Marked | None] = {}
    for name, field in kind.model_fields.items():
        if any(isinstance(mark, Words) for mark in field.metadata):
            found[name] = None
            continue
        for part in _parts(field.annotation):
            if inner := words_of(part):
                found[name] = inner
    return found


def _parts(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _parts(argument)


def without_words(body: Any, marked: Marked | None) -> Any:
    """The JSON body with null in the marked places."""
    if marked is None:
        return None
    match body:
        case dict():
            return {name: without_words(it, marked[name]) if name in marked else it for name, it in body.items()}
        case list():
            return [without_words(each, marked) for each in body]
        case _:
            return body
