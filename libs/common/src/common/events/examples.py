"""A valid example of every event, put together from the examples its fields carry.

The same each time; ids of one kind agree between events, so that the examples of several publishers tell one story. Two
fields of one body that refer to the same kind of thing (a verdict and the one it supersedes) name two different things.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import NoneType, UnionType
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from common.events import contracts, dispatch, helpdesk, loaner, mdm_gateway
from common.events.base import EventData

D = TypeVar("D", bound=EventData)

_ID = re.compile(r"[a-z]+_[0-9a-f]{32}")
# What the example of a field's type cannot know: where the field stands among the others of its body.
_BY_NAME: Mapping[str, Any] = {
    "end": "2026-06-01T03:00:00Z",
    "previous_start": "2026-05-29T01:00:00Z",
    "previous_right_fee_month": "2026-05",
    "due_at": "2026-06-15T15:00:00Z",
    "previous_due_at": "2026-06-08T15:00:00Z",
    "expires_at": "2026-06-02T01:00:00Z",
    "ends_at": "2026-06-30T15:00:00Z",
    "effective_from": "2026-06-30T15:00:00Z",
}
# Where a field has no example at all.
_FALLBACK: Mapping[str, Any] = {"reason": "asked_by_customer", "held": True, "recording": False}
_SETUP: Mapping[str, Any] = {
    "inquiry_id": None, "purpose": "setup", "right": None, "right_fee_month": None, "total": 4840,
}  # fmt: skip
# Fields that only make sense together; None: absent.
_BY_TYPE: Mapping[type[BaseModel], Mapping[str, Any]] = {
    contracts.CalendarChanged: {"extra_open": None},
    contracts.Period: {"to": None},
    contracts.StatementClosed: {"total": 21340, "tax": 1940},
    contracts.ToolOs: {"remote_support": True, "management_tool": True},
    helpdesk.FaultIsolated: {"visit_id": None},
    helpdesk.FaultNotIsolated: {
        "result": "not_isolated_remotely", "cause": None, "failed_device_kind": None, "visit_id": None,
    },
    helpdesk.InquiryRefused: {"rule_ids": ["R-QUOTA-INQUIRY"]},
    dispatch.VisitRequested: {"lines": None, "total": None},
    dispatch.VisitCancelled: {"right": "returned"},
    dispatch.VisitCompleted: {"right": "used"},
    dispatch.VisitFailed: {"right": "used"},
    dispatch.SetupQuoteChanged: _SETUP,
    dispatch.SetupQuoteAccepted: _SETUP,
    dispatch.ChargeRaised: {"total": 4840},
    loaner.LoanRefused: {"rule_ids": ["R-LOAN-KINDS"]},
    loaner.LoanClosed: {"missing_accessories": None},
    loaner.LoanHeld: {"reason": "evidence_superseded"},
    mdm_gateway.CommandRequested: {"needs_approval": False, "setting": None, "media": None},
}  # fmt: skip


class NoExample(Exception):
    """A field that must be filled says nothing of what it may hold."""


def example_of(kind: type[D]) -> D:
    """A valid event of this type; raises `NoExample` when a required field has none."""
    return examples_of(kind)[0]


def examples_of(kind: type[D]) -> tuple[D, ...]:
    """All that shows what the type may hold: one event; of the catalogue one for each part."""
    body = _Body().of(kind)
    if not issubclass(kind, contracts.CatalogueChanged):
        return (kind.model_validate(body),)
    parts = get_args(kind.model_fields["part"].annotation)
    return tuple(kind.model_validate({"actor": body["actor"], "part": part, part: body[part]}) for part in parts)


class _Body:
    """One body in the making; remembers which field told which id."""

    def __init__(self) -> None:
        self._fields: dict[str, str] = {}

    def of(self, kind: type[BaseModel]) -> dict[str, Any]:
        """The body by wire names; optional fields that have no example stay absent."""
        chosen = {name: value for each in reversed(kind.__mro__) for name, value in _BY_TYPE.get(each, {}).items()}
        filled = {}
        for name, field in kind.model_fields.items():
            value = chosen[name] if name in chosen else self._value(name, field)
            if value is not None:
                filled[field.alias or name] = value
            elif field.is_required():
                message = f"{kind.__name__}.{name}"
                raise NoExample(message)
        return filled

    def _value(self, name: str, field: FieldInfo) -> Any:
        if isinstance(field.default, tuple) and (field.default or name == "rule_ids"):
            return None
        if name in _BY_NAME:
            return _BY_NAME[name]
        if field.examples:
            return self._distinct(name, field.examples[0])
        return self._typed(name, field.annotation)

    def _typed(self, name: str, hint: Any) -> Any:
        if get_origin(hint) in {Union, UnionType}:
            return self._typed(name, next(each for each in get_args(hint) if each is not NoneType))
        if get_origin(hint) is Annotated:
            inner, *metadata = get_args(hint)
            told = next((each.examples for each in metadata if isinstance(each, FieldInfo) and each.examples), None)
            return self._distinct(name, told[0]) if told else self._typed(name, inner)
        if get_origin(hint) is tuple:
            item = self._typed(name, get_args(hint)[0])
            return None if item is None else [item]
        if isinstance(hint, type) and issubclass(hint, BaseModel):
            return self.of(hint)
        return _FALLBACK.get(name, False if hint is bool else None)

    def _distinct(self, name: str, value: Any) -> Any:
        """The value; an id that another field of this body told already, counted on."""
        if not isinstance(value, str) or not _ID.fullmatch(value):
            return value
        while self._fields.setdefault(value, name) != name:
            prefix, digits = value.split("_")
            value = f"{prefix}_{int(digits, 16) + 0x100:032x}"
        return value
