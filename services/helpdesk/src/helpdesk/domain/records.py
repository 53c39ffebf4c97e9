"""The customer's record: what whoever is on the phone wants to know before asking, entry by entry."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from common.errors import Invalid, NotFound, StaleVersion, WrongState, refuse_if_any
from helpdesk.domain.acceptance import site_known
from helpdesk.domain.inquiry import Site


class RecordStatus(StrEnum):
    """A retired entry is out of sight and stays."""

    ACTIVE = "active"
    RETIRED = "retired"


class RecordEntryUnknown(NotFound):
    """There is no such entry, or the caller may not know of it."""

    code = "record_entry_unknown"
    en = "There is no such entry in a customer's record."
    ja = "該当するカルテの項目がありません。"


class RecordKindUnknown(Invalid):
    """No kind of entry that is offered."""

    code = "record_kind_unknown"
    en = "Entries of this kind are not kept."
    ja = "カルテの項目の種類が正しくありません。"


class RecordSiteUnknown(Invalid):
    """No telework site of the contract, or a telework site where none is meant."""

    code = "record_site_unknown"
    en = "The contract has no such telework site."
    ja = "この契約に該当するテレワーク拠点がありません。"


@dataclass(frozen=True, kw_only=True)
class RecordKind:
    """A kind of entry; what is no longer `offered` stays where it is. Lists are ordered by `place`."""

    code: str
    ja: str
    en: str
    place: int
    offered: bool


@dataclass(frozen=True, kw_only=True)
class Particulars:
    """What an entry says. `address` is a host name, network address, network name or mail address; `site_id` tells
    telework sites apart; `shared` with the contract's partner or not.
    """  # noqa: D205 - one sentence in two lines

    kind: str
    site: str
    site_id: str | None
    label: str
    maker: str | None
    model: str | None
    serial: str | None
    address: str | None
    note: str | None
    shared: bool


@dataclass(frozen=True, kw_only=True)
class RecordEntry:
    """An entry as it stands since its last change; it was written for whom the contract belonged to then."""

    id: str
    contract_id: str
    subscriber_id: str
    status: RecordStatus
    version: int
    said: Particulars
    actor: str
    at: datetime


def checked(
    said: Particulars, *, kinds: Collection[RecordKind], sites: Collection[str], before: Particulars | None = None
) -> Particulars:
    """The same; raises `RecordKindUnknown`, `SiteUnknown`, `RecordSiteUnknown`, all that apply.

    An entry keeps the kind and the site that it had `before`, whatever is offered by now.
    """
    offered = sorted(kind.code for kind in kinds if kind.offered)
    kept = before is not None and said.kind == before.kind
    there = said.site == Site.TELEWORK and said.site_id in sites
    stayed = before is not None and (said.site, said.site_id) == (before.site, before.site_id)
    refuse_if_any(
        [
            None if kept or said.kind in offered else RecordKindUnknown(kind=said.kind, allowed=offered),
            site_known(said.site),
            None if said.site_id is None or there or stayed else RecordSiteUnknown(site_id=said.site_id),
        ]
    )
    return said


def changed(
    before: RecordEntry,
    *,
    expected: int | None,
    subscriber_id: str,
    actor: str,
    now: datetime,
    said: Particulars | None = None,
    status: RecordStatus = RecordStatus.ACTIVE,
) -> RecordEntry:
    """The next version; a retired entry is written anew by saying what it says. Raises `StaleVersion`, `WrongState`."""
    if expected is not None and expected != before.version:
        raise StaleVersion(version=before.version, expected=expected)
    if said is None and before.status is status:
        raise WrongState(status=before.status.value, allowed=[RecordStatus.ACTIVE.value])
    return replace(
        before,
        version=before.version + 1,
        subscriber_id=subscriber_id,
        status=status,
        said=said or before.said,
        actor=actor,
        at=now,
    )


def require_active(entry: RecordEntry) -> RecordEntry:
    """The same; raises `WrongState` when it is retired."""
    if entry.status is not RecordStatus.ACTIVE:
        raise WrongState(status=entry.status.value, allowed=[RecordStatus.ACTIVE.value])
    return entry
