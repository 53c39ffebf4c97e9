"""The desk itself: its groups, and who is there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from common.db import Tx
from common.errors import StaleVersion
from helpdesk.domain.assignment import Availability, Operator
from helpdesk.storage import desk
from helpdesk.storage.desk import DeskGroup


@dataclass(frozen=True, kw_only=True)
class KeepGroup:
    """A group with its members."""

    code: str
    name_ja: str
    name_en: str
    members: Sequence[str]
    expected_version: int | None = None


async def keep_group(command: KeepGroup, tx: Tx, now: datetime) -> DeskGroup:
    """Write a group anew, or a new one. Raises `StaleVersion`."""
    version = await desk.version_of_group(tx, command.code)
    if command.expected_version is not None and command.expected_version != version:
        raise StaleVersion(version=version, expected=command.expected_version)
    names, members = {"name_ja": command.name_ja, "name_en": command.name_en}, sorted(set(command.members))
    version = await desk.put_group(tx, command.code, **names, members=members, now=now)
    return DeskGroup(code=command.code, **names, version=version, members=members)


async def say_availability(availability: Availability, tx: Tx, now: datetime) -> Operator:
    """Say whether one can take the next case."""
    operator = Operator(id=tx.actor, availability=availability, since=now)
    await desk.put_operator(tx, operator)
    return operator
