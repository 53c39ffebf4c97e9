"""Whose case it is: given, taken as the next, handed on, taken over with a reason, put back into a group's queue."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from common.events.helpdesk_desk import InquiryAssigned, InquiryQueued, InquiryTakenOver
from helpdesk.domain.desk_refusals import AssignedToAnother, NotAssigned, OperatorNotAvailable
from helpdesk.domain.inquiry import OPEN, Inquiry, Step, require


class Availability(StrEnum):
    """Whether somebody at the desk can take the next case."""

    AVAILABLE = "available"
    ON_A_CALL = "on_a_call"
    AWAY = "away"


@dataclass(frozen=True, kw_only=True)
class Operator:
    """Somebody at the desk."""

    id: str
    availability: Availability
    since: datetime


def require_available(found: Operator | None) -> None:
    """Raise `OperatorNotAvailable` for whoever is away, on a call, or has not said that they are there."""
    availability = found.availability if found is not None else Availability.AWAY
    if availability is not Availability.AVAILABLE:
        raise OperatorNotAvailable(availability=availability.value)


def assign(inquiry: Inquiry, assignee: str, *, actor: str) -> Step:
    """Give a case that is nobody's or one's own to somebody. Raises `AssignedToAnother`, `WrongState`."""
    require(inquiry, OPEN)
    if inquiry.assignee == assignee:
        return Step(inquiry=inquiry, events=())
    _require_free(inquiry, actor)
    given = InquiryAssigned(
        actor=actor,
        inquiry_id=inquiry.id,
        contract_id=inquiry.contract_id,
        assignee=assignee,
        previous_assignee=inquiry.assignee,
        group=inquiry.group_code,
    )
    return Step(inquiry=replace(inquiry, assignee=assignee), events=(given,))


def take_over(inquiry: Inquiry, reason: str, *, actor: str) -> Step:
    """Take a case from whoever has it. Raises `NotAssigned` when nobody does, `WrongState`."""
    require(inquiry, OPEN)
    if inquiry.assignee is None:
        raise NotAssigned(inquiry_id=inquiry.id)
    if inquiry.assignee == actor:
        return Step(inquiry=inquiry, events=())
    taken = InquiryTakenOver(
        actor=actor,
        inquiry_id=inquiry.id,
        contract_id=inquiry.contract_id,
        assignee=actor,
        previous_assignee=inquiry.assignee,
        reason=reason,
    )
    return Step(inquiry=replace(inquiry, assignee=actor), events=(taken,))


def queue(inquiry: Inquiry, group: str | None, *, actor: str) -> Step:
    """Put a case that is nobody's or one's own into the queue of a group (None: everybody's).

    Raises `AssignedToAnother`, `WrongState`.
    """
    require(inquiry, OPEN)
    _require_free(inquiry, actor)
    if (inquiry.assignee, inquiry.group_code) == (None, group):
        return Step(inquiry=inquiry, events=())
    queued = InquiryQueued(
        actor=actor,
        inquiry_id=inquiry.id,
        contract_id=inquiry.contract_id,
        group=group,
        previous_assignee=inquiry.assignee,
    )
    return Step(inquiry=replace(inquiry, assignee=None, group_code=group), events=(queued,))


def _require_free(inquiry: Inquiry, actor: str) -> None:
    if inquiry.assignee not in {None, actor}:
        raise AssignedToAnother(assignee=inquiry.assignee)
