"""Whose visit it is: a technician acts on own visits, an operator on any."""

from __future__ import annotations

from dataclasses import dataclass

from common.db import Tx
from common.errors import StaleVersion
from dispatch.domain.refusals import VisitUnknown
from dispatch.domain.requests import VisitRequest
from dispatch.domain.visits import Visit
from dispatch.storage import visits, workforce


@dataclass(frozen=True, kw_only=True)
class Whose:
    """A visit as somebody refers to it. `technician_subject` is set when a technician asks; `version` as last seen."""

    visit_id: str
    technician_subject: str | None = None
    version: int | None = None


async def require_own(tx: Tx, visit: Visit, technician_subject: str | None) -> None:
    """Raises `VisitUnknown` when a technician asks for somebody else's visit."""
    if technician_subject is None:
        return
    if await workforce.technician_of_subject(tx, technician_subject) != visit.technician_id:
        raise VisitUnknown(visit_id=visit.id)


async def locked_own(tx: Tx, whose: Whose) -> tuple[VisitRequest, Visit]:
    """The visit and its request, locked, if the caller may act on it. Raises `VisitUnknown`, `StaleVersion`."""
    request, visit = await visits.locked(tx, whose.visit_id)
    await require_own(tx, visit, whose.technician_subject)
    require_version(visit, whose.version)
    return request, visit


def require_version(visit: Visit, version: int | None) -> None:
    """Raises `StaleVersion` when the caller saw another version."""
    if version is not None and version != visit.version:
        raise StaleVersion(asked=version, current=visit.version)
