"""Contacts on the wire."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from common.http import Answer, Code, Command, Line, Moment
from contracts.domain.contacts import Contact
from contracts.usecases.keep_contacts import KeepContact


class ContactIn(Command):
    """A person; `roles` are `manager` (may authorise a wipe), `caller`, `billing`, `technical`."""

    name: Line
    name_kana: Line | None = None
    phones: Annotated[tuple[Line, ...], Field(max_length=10)] = ()
    email: Line | None = None
    roles: Annotated[tuple[Code, ...], Field(max_length=10, examples=[["manager"]])]

    def command(self, contract_id: str) -> KeepContact:
        """The command."""
        return KeepContact(
            contract_id=contract_id,
            name=self.name,
            name_kana=self.name_kana,
            phones=self.phones,
            email=self.email,
            roles=self.roles,
        )


class ContactOut(Answer):
    """A person named for a contract; phones in E.164."""

    id: str
    name: str
    name_kana: str | None
    phones: list[str]
    email: str | None
    roles: list[str]
    since: Moment

    @classmethod
    def of(cls, contact: Contact) -> ContactOut:
        """As shown."""
        return cls.model_validate(contact)
