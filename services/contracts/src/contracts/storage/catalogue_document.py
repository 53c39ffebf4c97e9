"""The catalogue file and its parts: read, checked, and cut into the rows that the database keeps."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import fields
from functools import cache
from importlib import resources
from typing import Any

from pydantic import BaseModel, TypeAdapter, ValidationError

from common.errors import DomainError, Refusals, refuse_if_any
from common.events.contracts import LoanKind, MenuItem, RequiredConsent, ServiceGoal, ToolOs
from contracts.domain.catalogue import Catalogue
from contracts.domain.plan_sheet import publish
from contracts.domain.refusals import CatalogueInvalid
from contracts.domain.sheet_layout import Language

FILE = "catalogue.json"
PARTS = [part.name for part in fields(Catalogue)]
_WIRE_PARTS: dict[str, type[BaseModel]] = {
    "visit_menu": MenuItem,
    "loan_kinds": LoanKind,
    "tool_matrix": ToolOs,
    "required_consents": RequiredConsent,
    "service_goals": ServiceGoal,
}


@cache
def _adapter() -> TypeAdapter[Catalogue]:
    return TypeAdapter(Catalogue)


def shipped_document() -> dict[str, Any]:
    """The catalogue file that ships with the service, as it is written."""
    text = resources.files("contracts").joinpath("catalogue", FILE).read_text(encoding="utf-8")
    document: dict[str, Any] = json.loads(text)
    return document


def read_catalogue(document: Mapping[str, Any]) -> Catalogue:
    """The catalogue of a document; raises `CatalogueInvalid`, with several mistakes `Refusals` that name them all.

    Contradictions between parts are looked for once every part can be read.
    """
    faults = [fault for part, kind in _WIRE_PARTS.items() for fault in _unknown_fields(part, document.get(part), kind)]
    try:
        book = _adapter().validate_python(dict(document))
    except ValidationError as mistakes:
        faults.append(CatalogueInvalid(places=[".".join(map(str, each["loc"])) for each in mistakes.errors()]))
    except DomainError as contradictions:
        faults += [each if isinstance(each, CatalogueInvalid) else _caused_by(each) for each in contradictions.reasons]
    else:
        refuse_if_any([*faults, *_unpublishable(book)])
        return book
    raise Refusals(faults)


def as_document(book: Catalogue) -> dict[str, Any]:
    """The catalogue as a document again, every field written out."""
    document: dict[str, Any] = _adapter().dump_python(book, mode="json")
    return document


def digest_of(body: Any) -> str:
    """A fingerprint that changes exactly when the content of a part does."""
    canonical = json.dumps(body, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def _unpublishable(book: Catalogue) -> Iterator[CatalogueInvalid]:
    """What keeps the published table from being made of it, in either language."""
    for language in Language:
        try:
            publish(book, language, book.service.began_on)
        except CatalogueInvalid as fault:
            yield fault


def _caused_by(unreadable: DomainError) -> CatalogueInvalid:
    return CatalogueInvalid(cause=unreadable.code, **unreadable.why)


def _unknown_fields(part: str, entries: Any, kind: type[BaseModel]) -> Iterator[CatalogueInvalid]:
    """Fields that events know nothing of: their models would leave them out in silence."""
    for number, entry in enumerate(entries if isinstance(entries, list) else ()):
        unknown = set(entry) - set(kind.model_fields) if isinstance(entry, dict) else set()
        if unknown:
            yield CatalogueInvalid(part=part, entry=number, unknown_fields=sorted(unknown))
