"""Load the shipped catalogue into effective-dated rows, and tell what of it others judge by."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from common.db import Tx
from common.events.base import NewEvent
from common.events.contracts import CatalogueChanged
from contracts.domain.catalogue import Catalogue
from contracts.storage import catalogue
from contracts.storage.catalogue_document import read_catalogue, shipped_document
from contracts.usecases.keep_calendar import tell_calendar


async def load_catalogue(tx: Tx, now: datetime) -> None:
    """Keep and tell every part that differs from what was kept and told last; a second start tells nothing.

    Raises `CatalogueInvalid`.
    """
    document = shipped_document()
    book = read_catalogue(document)
    await catalogue.one_loader(tx)
    for part, body in sorted(document.items()):
        await catalogue.keep_part(tx, part, body, now)
    for told in parts_to_tell(book, tx.actor):
        version = await catalogue.count_publication(tx, told.part, _content(told))
        if version is not None:
            await tell_part(told, version, tx, now)
    await tell_calendar(book, tx, now)


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
