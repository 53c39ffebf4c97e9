"""Bring a catalogue into effective-dated rows, and tell what of it others judge by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from common.civil import jst_day
from common.db import Tx
from common.errors import refuse_if_any
from common.events.base import NewEvent
from common.events.contracts import CatalogueChanged
from contracts.domain.catalogue import Catalogue
from contracts.domain.catalogue_change import Difference, differences, forbidden
from contracts.storage import catalogue
from contracts.storage.catalogue_document import as_document, read_catalogue, shipped_document
from contracts.usecases.keep_calendar import tell_calendar


@dataclass(frozen=True, kw_only=True)
class Applied:
    """What changed, which parts have a new row, and which were told to others."""

    differences: tuple[Difference, ...]
    kept: tuple[str, ...]
    told: tuple[str, ...]


async def load_catalogue(tx: Tx, now: datetime) -> None:
    """Before requests are taken: whole parts and settings that are not kept yet come from the shipped file.

    What is kept stays: a start never changes a price, `apply_catalogue` does. Raises `CatalogueInvalid`.
    """
    await catalogue.one_loader(tx)
    shipped, kept = shipped_document(), await catalogue.document_in_force(tx, now)
    settings = {**shipped["settings"], **kept.get("settings", {})}
    await _keep_and_tell({**shipped, **kept, "settings": settings}, tx, now)


async def catalogue_differences(document: Mapping[str, Any], tx: Tx, now: datetime) -> tuple[Difference, ...]:
    """What a file would change of the catalogue in force; raises `CatalogueInvalid`."""
    kept = await catalogue.document_in_force(tx, now)
    before = as_document(read_catalogue(kept)) if kept else {}
    return tuple(differences(before, as_document(read_catalogue(document))))


async def apply_catalogue(document: Mapping[str, Any], tx: Tx, now: datetime) -> Applied:
    """The file counts from now on; contracts keep the terms and prices with which they took their plans.

    Raises `CatalogueInvalid`, `CatalogueChangeRefused`.
    """
    await catalogue.one_loader(tx)
    found = await catalogue_differences(document, tx, now)
    kept = await catalogue.document_in_force(tx, now)
    if kept:
        refuse_if_any(forbidden(read_catalogue(kept), read_catalogue(document), jst_day(now)))
    parts, told = await _keep_and_tell(document, tx, now)
    return Applied(differences=found, kept=parts, told=told)


async def _keep_and_tell(document: Mapping[str, Any], tx: Tx, now: datetime) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Keep and tell every part that differs from what was kept and told last; the second time nothing does."""
    book = read_catalogue(document)
    kept = [part for part, body in sorted(document.items()) if await catalogue.keep_part(tx, part, body, now)]
    told = []
    for event in parts_to_tell(book, tx.actor):
        version = await catalogue.count_publication(tx, event.part, _content(event))
        if version is not None:
            await tell_part(event, version, tx, now)
            told.append(event.part)
    await tell_calendar(book, tx, now)
    return tuple(kept), tuple(told)


async def tell_part(told: CatalogueChanged, version: int, tx: Tx, now: datetime) -> None:
    """Publish a part under a version that was counted in this transaction."""
    await tx.publish(
        NewEvent(
            data=told,
            subject=told.part,
            sequence=version,
            key=told.part,
            time=now,
            partner=None,
            correlation_id=told.part,
        )
    )


def parts_to_tell(book: Catalogue, actor: str) -> list[CatalogueChanged]:
    """What of the catalogue other services judge by, part by part."""
    return [
        CatalogueChanged(actor=actor, part="visit_menu", visit_menu=book.visit_menu),
        CatalogueChanged(actor=actor, part="loan_kinds", loan_kinds=book.loan_kinds),
        CatalogueChanged(actor=actor, part="tool_matrix", tool_matrix=book.tool_matrix),
        CatalogueChanged(actor=actor, part="required_consents", required_consents=book.required_consents),
        CatalogueChanged(actor=actor, part="service_goals", service_goals=book.service_goals),
        CatalogueChanged(actor=actor, part="settings", settings=dict(book.settings)),
    ]


def _content(told: CatalogueChanged) -> Any:
    return told.model_dump(mode="json", exclude={"actor"})
