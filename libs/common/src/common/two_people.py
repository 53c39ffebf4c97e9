"""Separation of duties: what one person asks for, another person decides on.

People are told apart by who they are, not by how they logged in: two logins of one person are one person. The claim
that names the person is a setting (`person_claim`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from common.errors import DomainError, Forbidden


@dataclass(frozen=True, kw_only=True)
class Signatory:
    """Who put a hand to something: the login, the person behind it, and the token by which that was known.

    Kept with what was signed, so that it can be judged again when another person decides. `person` None: the token
    did not name one.
    """

    subject: str
    person: str | None
    client_id: str | None = None
    token_id: str | None = None
    token_issued_at: datetime | None = None


class SelfApproval(Forbidden):
    """Somebody would decide on what they themselves asked for."""

    code = "self_approval"
    en = "Another person has to decide on this."
    ja = "申請者本人は承認・却下できません。別の担当者が行ってください。"

    def __init__(self, *, rule_id: str, **why: Any) -> None:
        super().__init__(**why)
        self.rule_ids = (rule_id,)  # type: ignore[misc]


class PersonUnknown(Forbidden):
    """The token does not say which person uses it, so nobody can say that two people took part."""

    code = "person_unknown"
    en = "The access token does not name the person who uses it; this step needs to know."
    ja = "アクセストークンに担当者を特定する情報がないため、この操作はできません。"

    def __init__(self, *, rule_id: str, **why: Any) -> None:
        super().__init__(**why)
        self.rule_ids = (rule_id,)  # type: ignore[misc]


class RightsWithdrawn(DomainError):
    """Whoever asked for something lost the right to it, or the token it was asked with, before it was decided on."""

    code = "requester_rights_withdrawn"
    en = "The rights by which this was asked for have been withdrawn; somebody else has to ask for it."
    ja = "申請時の権限が取り消されています。別の担当者が改めて申請してください。"

    def __init__(self, *, rule_id: str, **why: Any) -> None:
        super().__init__(**why)
        self.rule_ids = (rule_id,)  # type: ignore[misc]


def require_person(who: Signatory, *, rule_id: str, **why: Any) -> str:
    """The person who asks for something that another one will have to decide on; raises `PersonUnknown`."""
    if who.person is None:
        raise PersonUnknown(rule_id=rule_id, subject=who.subject, **why)
    return who.person


def require_second_person(first: Signatory, second: Signatory, *, rule_id: str, **why: Any) -> None:
    """Raise unless `second`, who decides, is another person than `first`, who asked.

    Raises `SelfApproval` for the same person, under whatever login, and `PersonUnknown` when either is not named.
    """
    if second.subject == first.subject or (second.person is not None and second.person == first.person):
        raise SelfApproval(rule_id=rule_id, requested_by=first.subject, **why)
    for who in (first, second):
        require_person(who, rule_id=rule_id, **why)
