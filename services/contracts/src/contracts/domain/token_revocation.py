"""Revoking access tokens before their time: one that leaked, or all that somebody got before an instant."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from common.errors import Invalid, NotFound, WrongState
from common.events.contract_access import TokenRevocationLifted, TokenRevoked

Kind = Literal["token", "subject", "client", "person"]


class RevocationUnknown(NotFound):
    """No such revocation, or another tenant's."""

    code = "revocation_unknown"
    en = "There is no such revocation."
    ja = "該当する失効登録がありません。"


class RevocationAlreadyLifted(WrongState):
    """The revocation was lifted before."""

    code = "revocation_already_lifted"
    en = "This revocation was lifted already."
    ja = "この失効登録はすでに解除されています。"


class IssuedBeforeMisplaced(Invalid):
    """`issued_before` belongs to revocations of many tokens, and is never in the future."""

    code = "issued_before_misplaced"
    en = "issued_before is for subject, client and person, and never in the future."
    ja = "issued_before は subject・client・person の場合のみ、現在以前の時刻で指定してください。"


@dataclass(frozen=True, kw_only=True)
class Target:
    """Which tokens are meant. `issued_before` None: those issued until now."""

    kind: Kind
    value: str
    issued_before: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class TokenRevocation:
    """Tokens that are worth nothing any more. `partner`: only tokens of this tenant; None: whosever.

    All its times are real time, for the times of tokens are.
    """

    id: str
    kind: Kind
    value: str
    partner: str | None
    issued_before: datetime | None
    reason: str
    revoked_at: datetime
    revoked_by: str
    lifted_at: datetime | None
    lifted_by: str | None
    version: int


def revoke(
    target: Target, *, revocation_id: str, partner: str | None, reason: str, by: str, at: datetime
) -> TokenRevocation:
    """A new revocation, made at `at` of real time. Raises `IssuedBeforeMisplaced`."""
    single = target.kind == "token"
    before = target.issued_before
    if before is not None and (single or before > at):
        raise IssuedBeforeMisplaced(kind=target.kind, issued_before=before, now=at)
    return TokenRevocation(
        id=revocation_id,
        kind=target.kind,
        value=target.value,
        partner=partner,
        issued_before=None if single else before or at,
        reason=reason,
        revoked_at=at,
        revoked_by=by,
        lifted_at=None,
        lifted_by=None,
        version=1,
    )


def lift(revocation: TokenRevocation, *, by: str, at: datetime) -> TokenRevocation:
    """The revocation, holding no longer. Raises `RevocationAlreadyLifted`."""
    if revocation.lifted_at is not None:
        raise RevocationAlreadyLifted(revocation_id=revocation.id, lifted_at=revocation.lifted_at)
    return replace(revocation, lifted_at=at, lifted_by=by, version=revocation.version + 1)


def told(revocation: TokenRevocation, *, actor: str) -> TokenRevoked | TokenRevocationLifted:
    """The fact that says how it stands; the reason stays here."""
    if revocation.lifted_at is not None:
        return TokenRevocationLifted(actor=actor, revocation_id=revocation.id, partner=revocation.partner)
    return TokenRevoked(
        actor=actor,
        revocation_id=revocation.id,
        partner=revocation.partner,
        kind=revocation.kind,
        value=revocation.value,
        issued_before=revocation.issued_before,
    )
