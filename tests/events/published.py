"""The published schemas as they lie in the checkout."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from common.events import EVENTS_BY_TYPE
from common.events.base import EventData

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs" / "events" / "schemas"
KINDS = list(EVENTS_BY_TYPE.values())


def name_of(kind: type[EventData]) -> str:
    """How a type is called in the list of tests."""
    return kind.type_name()


def published_schema(kind: type[EventData]) -> dict[str, Any]:
    """The checked-in schema of an event."""
    schema: dict[str, Any] = json.loads((FOLDER / f"{kind.type_name()}.json").read_text("utf-8"))
    return schema


def validator(kind: type[EventData]) -> Draft202012Validator:
    """What judges bodies by the checked-in schema; formats are judged, too."""
    return Draft202012Validator(published_schema(kind), format_checker=Draft202012Validator.FORMAT_CHECKER)
