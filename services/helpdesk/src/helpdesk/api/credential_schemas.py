"""What goes in and out about sealed credentials. A secret goes in to be sealed, and out of a reveal alone."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, SecretStr

from common.http import Answer, Command, IdText, Line, Moment
from helpdesk.domain.credentials import Credential
from helpdesk.usecases.keep_credentials import Secret, Shown

_LONGEST = 500


class CredentialIn(Command):
    """A secret to be sealed, exactly as it is typed."""

    label: Annotated[Line, Field(examples=["PPPoE"])]
    login: Annotated[Line | None, Field(description="Shown to the house; no secret.")] = None
    secret: Annotated[SecretStr, Field(min_length=1, max_length=_LONGEST)]

    def given(self) -> Secret:
        """The same for the use case."""
        return Secret(label=self.label, login=self.login, secret=self.secret.get_secret_value())


class CredentialOut(Answer):
    """A credential without its secret; `destroyed`: there is none any more."""

    id: str
    entry_id: str
    label: str
    login: str | None
    destroyed: bool
    actor: str
    at: Moment
    version: int

    @classmethod
    def of(cls, found: Credential) -> CredentialOut:
        """From the domain."""
        return cls.model_validate(found)


class RevealIn(Command):
    """For which open inquiry of the contract, and why."""

    inquiry_id: IdText
    reason: Annotated[Line, Field(description="Never personal data.", examples=["Router replaced, PPPoE to be set"])]


class RevealOut(Answer):
    """Who was shown which secret, when, for which inquiry and why."""

    id: str
    credential_id: str
    credential_version: int
    entry_id: str
    contract_id: str
    inquiry_id: str
    reason: str
    actor: str
    person: Annotated[str, Field(description="Who is behind the login.")]
    at: Moment


class ShownOut(RevealOut):
    """The secret itself, in this answer only."""

    label: str
    login: str | None
    secret: str

    @classmethod
    def of(cls, shown: Shown) -> ShownOut:
        """From the use case."""
        told = RevealOut.model_validate(shown.reveal).model_dump()
        return cls(**told, label=shown.credential.label, login=shown.credential.login, secret=shown.secret)
