"""What requests and answers are made of."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Annotated, Any, Generic, TypeVar

from fastapi import Depends, Query
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, PlainSerializer, StringConstraints

from common.civil import JST
from common.errors import Invalid

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]")
_CONTROL_BUT_LINES = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_YEARS = range(1990, 2201)


def _no_control(text: str) -> str:
    if _CONTROL.search(text):
        message = "control characters are not allowed"
        raise ValueError(message)
    return text


def _no_control_but_lines(text: str) -> str:
    if _CONTROL_BUT_LINES.search(text):
        message = "control characters are not allowed"
        raise ValueError(message)
    return text


def _sane_instant(value: datetime) -> datetime:
    if value.year not in _YEARS:
        message = "the year must lie between 1990 and 2200"
        raise ValueError(message)
    return value


Line = Annotated[
    str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True), AfterValidator(_no_control)
]
"""One line of text, 1–200 characters."""
Prose = Annotated[
    str, StringConstraints(min_length=1, max_length=4000, strip_whitespace=True), AfterValidator(_no_control_but_lines)
]
"""Text of up to 4000 characters; line breaks allowed."""
Code = Annotated[str, StringConstraints(min_length=1, max_length=64), AfterValidator(_no_control)]
"""A code that a rule judges: an open string, so that a wrong one is a named refusal."""
IdText = Annotated[str, StringConstraints(min_length=1, max_length=64), AfterValidator(_no_control)]
"""An id as a client sends it."""
MomentIn = Annotated[AwareDatetime, AfterValidator(_sane_instant)]
"""An instant in a request: RFC 3339 with offset."""
Moment = Annotated[
    datetime,
    PlainSerializer(lambda value: value.astimezone(JST).isoformat(), return_type=str, when_used="json"),
    Field(json_schema_extra={"format": "date-time"}),
]
"""An instant in an answer: RFC 3339 with the offset of Japan."""


class Command(BaseModel):
    """A request body: unknown fields are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_max_length=4000)


class Answer(BaseModel):
    """A response body."""

    model_config = ConfigDict(frozen=True, from_attributes=True)


A = TypeVar("A")


class PageOf(BaseModel, Generic[A]):
    """A page of a list; `next` is the cursor of the following page, or null."""

    items: list[A]
    next: str | None


class CursorUnreadable(Invalid):
    """The cursor is not one that a list gave out."""

    code = "cursor_unreadable"
    en = "This cursor was not given out by this list."
    ja = "カーソルが正しくありません。"


class Page:
    """`limit` and `cursor` of a list request. `after` is the id behind which the page begins."""

    def __init__(
        self,
        limit: Annotated[int, Query(ge=1, le=100)] = 20,
        cursor: Annotated[str | None, Query(max_length=200)] = None,
    ) -> None:
        self.limit = limit
        self.after: str | None = None
        if cursor is not None:
            try:
                padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
                self.after = base64.b64decode(padded, altchars=b"-_", validate=True).decode()
            except (binascii.Error, ValueError) as error:
                raise CursorUnreadable from error
            if not self.after or not self.after.isprintable():
                raise CursorUnreadable


Paging = Annotated[Page, Depends(Page)]


def page(rows: Sequence[Any], paging: Page, *, to: Callable[[Any], A]) -> PageOf[A]:
    """A page from rows that were read in id order, one more than `paging.limit`."""
    shown = rows[: paging.limit]
    following = None
    if len(rows) > paging.limit:
        following = base64.urlsafe_b64encode(str(shown[-1].id).encode()).decode().rstrip("=")
    return PageOf[Any](items=[to(row) for row in shown], next=following)
