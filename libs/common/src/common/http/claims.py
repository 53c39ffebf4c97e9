"""What the claims of a token mean here: who asks, with which roles and scopes, for which tenant.

Every identity provider puts these somewhere else, so where they are found is data.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from common.errors import Unauthenticated
from common.two_people import Signatory

_LONGEST = 255


class Role(StrEnum):
    """What a person or program is to the house."""

    OPERATOR = "operator"
    SUPERVISOR = "supervisor"
    TECHNICIAN = "technician"
    DEPOT = "depot"
    ANALYST = "analyst"
    PARTNER = "partner"
    PARTNER_ADMIN = "partner-admin"


TENANT_ROLES = frozenset({Role.PARTNER, Role.PARTNER_ADMIN})
"""Roles of a tenant's people and programs; an administrator may all that a partner may."""


@dataclass(frozen=True, kw_only=True)
class Principal:
    """Who asks. `partner` is the tenant; None for people of the house.

    `person` names the human being behind the login, the same for all logins of one; None when the token does not say.
    `client_id` is the program through which the token was got.
    """

    subject: str
    roles: frozenset[Role]
    partner: str | None
    scopes: frozenset[str]
    issuer: str
    token_id: str | None = None
    person: str | None = None
    client_id: str | None = None
    issued_at: datetime | None = None

    def has(self, *roles: Role) -> bool:
        """Whether the principal has any of these roles."""
        return not self.roles.isdisjoint(roles)

    @property
    def signatory(self) -> Signatory:
        """Who puts a hand to something, to be kept with it where a second person decides."""
        return Signatory(
            subject=self.subject,
            person=self.person,
            client_id=self.client_id,
            token_id=self.token_id,
            token_issued_at=self.issued_at,
        )


@dataclass(frozen=True, kw_only=True)
class ClaimNames:
    """Where a provider's tokens say what: the name of a claim, or a path such as `realm_access.roles`."""

    roles: str = "roles"
    scope: str = "scope"
    partner: str = "partner"
    person: str = "sub"

    def principal(self, claims: Mapping[str, Any]) -> Principal:
        """The bearer, from claims that were verified.

        What is absent gives no right; what is there and unreadable raises `Unauthenticated`.
        """
        known = {role.value for role in Role}
        return Principal(
            subject=_text(claims, "sub") or "",
            roles=frozenset(Role(role) for role in _words(claims, self.roles) if role in known),
            partner=_text(claims, self.partner),
            scopes=frozenset(_words(claims, self.scope)),
            issuer=str(claims["iss"]),
            token_id=_text(claims, "jti"),
            person=_text(claims, self.person),
            client_id=_text(claims, "azp") or _text(claims, "client_id"),
            issued_at=_instant(claims, "iat"),
        )


def _found(claims: Mapping[str, Any], name: str) -> Any:
    """The claim of this very name, or what lies at its path; None when there is neither."""
    if name in claims:
        return claims[name]
    value: Any = claims
    for part in name.split("."):
        if not isinstance(value, Mapping):
            return None
        value = value.get(part)
    return value


def _text(claims: Mapping[str, Any], name: str) -> str | None:
    value = _found(claims, name)
    if value is None or (isinstance(value, str) and 0 < len(value) <= _LONGEST and value.isprintable()):
        return value
    raise Unauthenticated(reason=f"claim {name} unreadable")


def _words(claims: Mapping[str, Any], name: str) -> list[str]:
    """A list of words, or words in one text with spaces between."""
    value = _found(claims, name)
    if value is None:
        return []
    if isinstance(value, str):
        return value.split()
    if isinstance(value, list) and all(isinstance(word, str) for word in value):
        return value
    raise Unauthenticated(reason=f"claim {name} unreadable")


def _instant(claims: Mapping[str, Any], name: str) -> datetime | None:
    value = claims.get(name)
    try:
        return None if value is None else datetime.fromtimestamp(value, UTC)
    except (TypeError, ValueError, OverflowError, OSError) as error:
        raise Unauthenticated(reason=f"claim {name} unreadable") from error
