"""Bodies of token revocations."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from common.http import Answer, Command, IdText, Moment, MomentIn, Prose
from contracts.domain.token_revocation import Kind


class RevocationIn(Command):
    """Which tokens are refused from now on, and why."""

    kind: Annotated[Kind, Field(description="What `value` names.", examples=["subject"])]
    value: Annotated[
        str,
        Field(
            min_length=1,
            max_length=255,
            pattern=r"^[^\x00-\x1f\x7f]+$",
            description="The token's `jti`; or a subject, client id or person, for all their tokens.",
            examples=["op-sato"],
        ),
    ]
    issued_before: Annotated[
        MomentIn | None, Field(description="Real time; tokens issued from then on hold. By default now.")
    ] = None
    reason: Annotated[Prose, Field(examples=["Token found in a log of the partner"])]


class RevocationOut(Answer):
    """A revocation. All its times are real time."""

    id: IdText
    kind: Kind
    value: str
    partner: str | None
    issued_before: Moment | None
    reason: str
    revoked_at: Moment
    revoked_by: str
    lifted_at: Moment | None
    lifted_by: str | None
    version: int
