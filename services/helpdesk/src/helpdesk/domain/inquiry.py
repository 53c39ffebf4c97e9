"""The inquiry: its states and what leads from one to the next.

Each function takes the present inquiry and what happened, and returns a `Step`: the inquiry as it is then and the facts
to publish. Each transition is exactly one event.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from common.errors import WrongState
from common.events.helpdesk import (
    CaseData,
    InquiryClosed,
    InquiryReopened,
    InquiryResolved,
    InquiryResumed,
    InquiryStarted,
    InquiryWaiting,
    TriageCompleted,
)
from helpdesk.domain.refusals import RemoteSessionRunning, ReopeningTooLate


class InquiryStatus(StrEnum):
    """Where an inquiry is in its life."""

    ACCEPTED = "accepted"
    IN_PROGRESS = "in_progress"
    WAITING_FOR_CUSTOMER = "waiting_for_customer"
    RESOLVED = "resolved"
    CLOSED = "closed"
    VOIDED = "voided"
    MERGED = "merged"


OPEN = frozenset({InquiryStatus.ACCEPTED, InquiryStatus.IN_PROGRESS, InquiryStatus.WAITING_FOR_CUSTOMER})
"""Somebody still has to do something."""

GONE = frozenset({InquiryStatus.VOIDED, InquiryStatus.MERGED})
"""It no longer stands for a case of its own; its unit went back."""


class InquiryKind(StrEnum):
    """What the customer wants."""

    TROUBLE = "trouble"
    HOW_TO = "how_to"
    SETTING = "setting"


class Site(StrEnum):
    """Where the customer's equipment stands."""

    CONTRACT_ADDRESS = "contract_address"
    TELEWORK = "telework"


class Channel(StrEnum):
    """How the report came in."""

    PHONE = "phone"
    REMOTE = "remote"
    WEB = "web"
    PARTNER = "partner"


class UnitSource(StrEnum):
    """Where a unit of the month was taken from."""

    PLAN = "plan"
    EXTRA = "extra"


@dataclass(frozen=True, kw_only=True)
class Inquiry:
    """A case. `fee_month` (`YYYY-MM`) and `unit_source` say which unit it took; `version` counts its events.

    `counted`: that unit did not go back while the case stays (`unit_returns`).
    """

    id: str
    contract_id: str
    subscriber_id: str
    partner: str | None
    status: InquiryStatus
    kind: InquiryKind
    channel: str
    site: Site
    summary: str
    device_kind: str | None
    device_os: str | None
    suspected: str | None
    received_at: datetime
    fee_month: str
    unit_source: UnitSource
    version: int
    resolved_at: datetime | None = None
    closed_at: datetime | None = None
    verdict_id: str | None = None
    split_from: str | None = None
    merged_into: str | None = None
    merged_at: datetime | None = None
    status_before_merge: InquiryStatus | None = None
    follow_up_of: str | None = None
    group_code: str | None = None
    assignee: str | None = None
    counted: bool = True


@dataclass(frozen=True, kw_only=True)
class Step:
    """An inquiry after something happened, and the facts that say so."""

    inquiry: Inquiry
    events: tuple[CaseData, ...]


def require(inquiry: Inquiry, allowed: frozenset[InquiryStatus]) -> None:
    """Raise `WrongState` unless the inquiry is in one of `allowed`."""
    if inquiry.status not in allowed:
        raise WrongState(status=inquiry.status.value, allowed=sorted(state.value for state in allowed))


def at_work(inquiry: Inquiry, actor: str) -> Step:
    """The inquiry with somebody working on it: begun when nobody had, resumed when it waited; raises `WrongState`."""
    require(inquiry, OPEN)
    at_it = replace(inquiry, status=InquiryStatus.IN_PROGRESS)
    if inquiry.status is InquiryStatus.ACCEPTED:
        return Step(inquiry=at_it, events=(_plain(InquiryStarted, inquiry, actor),))
    if inquiry.status is InquiryStatus.WAITING_FOR_CUSTOMER:
        return Step(inquiry=at_it, events=(_plain(InquiryResumed, inquiry, actor),))
    return Step(inquiry=at_it, events=())


@dataclass(frozen=True, kw_only=True)
class ByTree:
    """The version of the decision tree that was followed; `outcome` is None when the operator left it."""

    code: str
    version: int
    outcome: str | None


def triage(
    inquiry: Inquiry, *, triage_id: str, suspected: str | None, answers: int, actor: str, by: ByTree | None = None
) -> Step:
    """Guided questions were asked; `answers` counts them. What they point to is remembered."""
    begun = at_work(inquiry, actor)
    done = TriageCompleted(
        actor=actor,
        inquiry_id=inquiry.id,
        contract_id=inquiry.contract_id,
        triage_id=triage_id,
        suspected=suspected,
        answers=answers,
        tree=by.code if by is not None else None,
        tree_version=by.version if by is not None else None,
        outcome=by.outcome if by is not None else None,
    )
    after = replace(begun.inquiry, suspected=suspected or inquiry.suspected)
    return Step(inquiry=after, events=(*begun.events, done))


def wait(inquiry: Inquiry, *, reason: str, actor: str) -> Step:
    """The customer has to do something first."""
    require(inquiry, OPEN - {InquiryStatus.WAITING_FOR_CUSTOMER})
    begun = at_work(inquiry, actor)
    waiting = InquiryWaiting(actor=actor, inquiry_id=inquiry.id, contract_id=inquiry.contract_id, reason=reason)
    after = replace(begun.inquiry, status=InquiryStatus.WAITING_FOR_CUSTOMER)
    return Step(inquiry=after, events=(*begun.events, waiting))


def resume(inquiry: Inquiry, *, actor: str) -> Step:
    """The customer answered."""
    require(inquiry, frozenset({InquiryStatus.WAITING_FOR_CUSTOMER}))
    return at_work(inquiry, actor)


def resolve(inquiry: Inquiry, *, outcome: str, session_running: bool, actor: str, now: datetime) -> Step:
    """Solved, or all that can be done is done. Raises `RemoteSessionRunning` while a remote session goes on."""
    require(inquiry, OPEN)
    if session_running:
        raise RemoteSessionRunning(inquiry_id=inquiry.id)
    begun = Step(inquiry=inquiry, events=())
    if inquiry.status is InquiryStatus.ACCEPTED:
        begun = at_work(inquiry, actor)
    resolved = InquiryResolved(actor=actor, inquiry_id=inquiry.id, contract_id=inquiry.contract_id, outcome=outcome)
    after = replace(begun.inquiry, status=InquiryStatus.RESOLVED, resolved_at=now)
    return Step(inquiry=after, events=(*begun.events, resolved))


def close(inquiry: Inquiry, *, actor: str, now: datetime) -> Step:
    """Over for good (but for reopening within some days)."""
    require(inquiry, frozenset({InquiryStatus.RESOLVED}))
    after = replace(inquiry, status=InquiryStatus.CLOSED, closed_at=now)
    return Step(inquiry=after, events=(_plain(InquiryClosed, inquiry, actor),))


def reopen(inquiry: Inquiry, *, within: timedelta, actor: str, now: datetime) -> Step:
    """The fault came back: the same inquiry, no unit (R-QUOTA-COUNT). Raises `ReopeningTooLate` after `within`."""
    require(inquiry, frozenset({InquiryStatus.RESOLVED, InquiryStatus.CLOSED}))
    ended_at = inquiry.closed_at or inquiry.resolved_at or inquiry.received_at
    if now >= ended_at + within:
        raise ReopeningTooLate(
            ended_at=ended_at,
            reopenable_until=ended_at + within,
            now=now,
            days=within.days,
            help=[{"what": "follow_up", "follow_up_of": inquiry.id}],
        )
    reopened = InquiryReopened(
        actor=actor, inquiry_id=inquiry.id, contract_id=inquiry.contract_id, fee_month=inquiry.fee_month, units=0
    )
    after = replace(inquiry, status=InquiryStatus.IN_PROGRESS, resolved_at=None, closed_at=None)
    return Step(inquiry=after, events=(reopened,))


def _plain(event: Callable[..., CaseData], inquiry: Inquiry, actor: str) -> CaseData:
    return event(actor=actor, inquiry_id=inquiry.id, contract_id=inquiry.contract_id)
