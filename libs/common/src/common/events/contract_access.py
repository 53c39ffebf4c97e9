"""Which tokens are worth nothing any more, although they still hold: told to all who take tokens."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from common.events.base import EventData, Instant

ACCESS = "contracts.access.v1"

RevokedKind = Literal["token", "subject", "client", "person"]
RevocationRef = Annotated[str, Field(description="Revocation.", examples=["rvk_0197f3c29a7b7cc8a1f2c3d4e5f60725"])]
Tenant = Annotated[
    str | None, Field(description="Only tokens of this tenant; absent: whosever.", examples=["partner-one"])
]


class TokenRevoked(EventData):
    """One token, or all of a login, a program or a person from before an instant, are refused from now on."""

    topic: ClassVar[str] = ACCESS
    aggregate: ClassVar[str] = "token_revocation"

    revocation_id: RevocationRef
    partner: Tenant = None
    kind: Annotated[RevokedKind, Field(description="What `value` names.", examples=["subject"])]
    value: Annotated[
        str, Field(description="The token's `jti`; a subject; a client id; a person's id.", examples=["op-sato"])
    ]
    issued_before: Annotated[
        Instant | None, Field(description="Tokens issued before it (real time); absent for a single token.")
    ] = None


class TokenRevocationLifted(EventData):
    """A revocation holds no longer."""

    topic: ClassVar[str] = ACCESS
    aggregate: ClassVar[str] = "token_revocation"

    revocation_id: RevocationRef
    partner: Tenant = None


EVENTS: tuple[type[EventData], ...] = (TokenRevoked, TokenRevocationLifted)
