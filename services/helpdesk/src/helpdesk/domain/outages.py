"""Outages: one fault that hits many at once, whom it may concern, and which inquiries are its."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from common.errors import StaleVersion, WrongState
from common.events.contracts import AddressPeriod
from common.events.helpdesk_outages import (
    InquiryLinkedToOutage,
    InquiryUnlinkedFromOutage,
    OutageData,
    OutageOpened,
    OutageResolved,
    OutageUpdated,
)
from helpdesk.domain.counting import STILL_THERE
from helpdesk.domain.inquiry import Inquiry, Step, require
from helpdesk.domain.outage_refusals import InquiryOfAnotherOutage, OutageTimesImpossible


class Origin(StrEnum):
    """Whose fault it is."""

    CARRIER = "carrier"
    PROVIDER = "provider"
    OWN = "own"


class OutageStatus(StrEnum):
    """Whether it goes on."""

    OPEN = "open"
    RESOLVED = "resolved"


class Matched(StrEnum):
    """Why an outage may concern a contract: by its contract address. Whose line it is, is not known here."""

    EVERYWHERE = "everywhere"
    PREFECTURE = "prefecture"
    MUNICIPALITY = "municipality"
    MUNICIPALITY_UNKNOWN = "municipality_unknown"
    """The prefecture fits; in which municipality the address lies was never told."""


@dataclass(frozen=True, kw_only=True)
class Described:
    """What is said about an outage; `areas` are codes of prefectures and municipalities, none: everywhere."""

    title_ja: str
    title_en: str
    origin: str
    party: str | None
    areas: Sequence[str]
    started_at: datetime
    expected_end_at: datetime | None
    ticket_number: str | None


@dataclass(frozen=True, kw_only=True)
class Outage(Described):
    """An outage as it stands; `party` is whose fault it is by name, with their `ticket_number`."""

    id: str
    status: OutageStatus
    opened_at: datetime
    opened_by: str
    version: int
    resolved_at: datetime | None = None


Told = tuple[Outage, OutageData]
"""An outage after something happened, and the fact that says so."""


def opened(described: Described, *, outage_id: str, actor: str, now: datetime) -> Told:
    """It is known from now on; raises `OutageTimesImpossible`."""
    new = Outage(
        **asdict(described),
        id=outage_id,
        status=OutageStatus.OPEN,
        opened_at=now,
        opened_by=actor,
        version=1,
    )
    _require_possible(new, now)
    return new, OutageOpened(**_facts(new, actor))


def described_anew(before: Outage, described: Described, *, expected: int | None, actor: str, now: datetime) -> Told:
    """Other words, areas or times; raises `StaleVersion`, `WrongState`, `OutageTimesImpossible`."""
    after = replace(_open(before, expected), **asdict(described))
    _require_possible(after, now)
    return after, OutageUpdated(**_facts(after, actor))


def with_news(before: Outage, *, update_id: str, actor: str) -> Told:
    """Something new is known about it, also when it is over."""
    after = replace(before, version=before.version + 1)
    return after, OutageUpdated(**_facts(after, actor), update_id=update_id)


def resolved(before: Outage, *, at: datetime, expected: int | None, actor: str, now: datetime) -> Told:
    """It ended at `at`; raises `StaleVersion`, `WrongState`, `OutageTimesImpossible`."""
    after = replace(_open(before, expected), status=OutageStatus.RESOLVED, resolved_at=at)
    if not after.started_at < at <= now:
        raise OutageTimesImpossible(started_at=after.started_at, resolved_at=at, now=now)
    return after, OutageResolved(**_facts(after, actor), resolved_at=at)


def matched(areas: Sequence[str], address: AddressPeriod | None) -> Matched | None:
    """Why an outage in these areas may concern a contract with this address; None: it does not."""
    if not areas:
        return Matched.EVERYWHERE
    if address is None:
        return None
    if address.municipality_code in areas:
        return Matched.MUNICIPALITY
    if address.prefecture_code in areas:
        return Matched.PREFECTURE
    within = any(area.startswith(address.prefecture_code) for area in areas)
    return Matched.MUNICIPALITY_UNKNOWN if within and address.municipality_code is None else None


def link(inquiry: Inquiry, outage_id: str, *, linked_to: str | None, actor: str) -> Step | None:
    """The inquiry is this outage's; None when it was already. Raises `InquiryOfAnotherOutage`, `WrongState`."""
    if linked_to == outage_id:
        return None
    if linked_to is not None:
        raise InquiryOfAnotherOutage(outage_id=linked_to)
    require(inquiry, STILL_THERE)
    linked = InquiryLinkedToOutage(
        actor=actor, inquiry_id=inquiry.id, contract_id=inquiry.contract_id, outage_id=outage_id
    )
    return Step(inquiry=inquiry, events=(linked,))


def unlink(inquiry: Inquiry, outage_id: str, *, linked_to: str | None, actor: str) -> Step | None:
    """The inquiry is not this outage's after all; None when it was not anyway. A unit that went back stays back."""
    if linked_to != outage_id:
        return None
    unlinked = InquiryUnlinkedFromOutage(
        actor=actor, inquiry_id=inquiry.id, contract_id=inquiry.contract_id, outage_id=outage_id
    )
    return Step(inquiry=inquiry, events=(unlinked,))


def _open(before: Outage, expected: int | None) -> Outage:
    """The next version of an outage that goes on."""
    if expected is not None and expected != before.version:
        raise StaleVersion(version=before.version, expected=expected)
    if before.status is not OutageStatus.OPEN:
        raise WrongState(status=before.status.value, allowed=[OutageStatus.OPEN.value])
    return replace(before, version=before.version + 1)


def _require_possible(outage: Outage, now: datetime) -> None:
    ends = outage.expected_end_at
    if outage.started_at > now or (ends is not None and ends <= outage.started_at):
        raise OutageTimesImpossible(started_at=outage.started_at, expected_end_at=ends, now=now)


def _facts(outage: Outage, actor: str) -> dict[str, Any]:
    return {
        "actor": actor,
        "outage_id": outage.id,
        "origin": outage.origin,
        "areas": tuple(outage.areas),
        "started_at": outage.started_at,
        "expected_end_at": outage.expected_end_at,
    }
