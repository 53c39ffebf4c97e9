"""Reference data as last told: tool matrix, required consents, loan kinds, the calendar of closed days."""

from __future__ import annotations

from datetime import datetime
from typing import TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from common.db import Tx
from common.events.base import EventData, body_of, read_body
from common.events.contracts import CalendarChanged, CatalogueChanged, ServiceGoal
from helpdesk.domain.refusals import CatalogueUnknown
from helpdesk.storage.tables import catalogue_part

CALENDAR = "calendar"
TOOL_MATRIX = "tool_matrix"
REQUIRED_CONSENTS = "required_consents"
LOAN_KINDS = "loan_kinds"
SERVICE_GOALS = "service_goals"

E = TypeVar("E", bound=EventData)


async def put(tx: Tx, part: str, body: CatalogueChanged | CalendarChanged, *, known_at: datetime) -> None:
    """Remember a part as it is now."""
    statement = insert(catalogue_part).values(part=part, body=body_of(body), known_at=known_at)
    await tx.run(
        statement.on_conflict_do_update(
            index_elements=[catalogue_part.c.part],
            set_={"body": statement.excluded.body, "known_at": statement.excluded.known_at},
        )
    )


async def part(tx: Tx, name: str) -> CatalogueChanged:
    """A part of the catalogue; raises `CatalogueUnknown` while it has not arrived."""
    return _required(await _read(tx, name, CatalogueChanged), name)


async def calendar(tx: Tx) -> CalendarChanged | None:
    """The calendar of closed days; None while it has not arrived."""
    return await _read(tx, CALENDAR, CalendarChanged)


async def service_goals(tx: Tx) -> tuple[ServiceGoal, ...]:
    """What is promised to which plans; nothing while that has not arrived."""
    found = await _read(tx, SERVICE_GOALS, CatalogueChanged)
    return found.service_goals if found is not None else ()


async def _read(tx: Tx, name: str, kind: type[E]) -> E | None:
    body = await tx.scalar(sa.select(catalogue_part.c.body).where(catalogue_part.c.part == name))
    return None if body is None else read_body(kind, body)


def _required(found: E | None, name: str) -> E:
    if found is None:
        raise CatalogueUnknown(part=name)
    return found
