"""What goes in and out about customers' records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Annotated

from pydantic import Field

from common.http import Answer, Code, Command, IdText, Line, Moment, Prose
from helpdesk.domain.records import Particulars, RecordEntry, RecordKind, RecordStatus

_ADDRESS = "Host name, network address, network name (SSID) or mail address."
_SHARED = "Whether the contract's partner sees it; what a partner writes always is."


class RecordKindIn(Command):
    """What a kind is called, where it stands in lists, and whether new entries may be of it."""

    ja: Annotated[Line, Field(examples=["ルーター"])]
    en: Annotated[Line, Field(examples=["Router"])]
    place: Annotated[int, Field(ge=1, le=1000, examples=[2])]
    offered: bool = True

    def kind(self, code: str) -> RecordKind:
        """The same for the domain."""
        return RecordKind(code=code, ja=self.ja, en=self.en, place=self.place, offered=self.offered)


class RecordKindOut(Answer):
    """A kind of entry."""

    code: Annotated[str, Field(examples=["router"])]
    ja: str
    en: str
    place: int
    offered: bool


class RecordKindsOut(Answer):
    """All kinds, in their order."""

    items: list[RecordKindOut]


class ParticularsIn(Command):
    """What an entry says. Never a secret: secrets are sealed as credentials."""

    kind: Annotated[Code, Field(examples=["router"])]
    site: Annotated[Code, Field(examples=["contract_address"])] = "contract_address"
    site_id: Annotated[IdText | None, Field(description="Which telework site of the contract.")] = None
    label: Annotated[Line, Field(examples=["親ルーター(事務所)"])]
    maker: Annotated[Line | None, Field(examples=["NEC"])] = None
    model: Annotated[Line | None, Field(examples=["Aterm WX5400HP"])] = None
    serial: Line | None = None
    address: Annotated[Line | None, Field(description=_ADDRESS, examples=["192.168.0.1"])] = None
    note: Prose | None = None
    shared: Annotated[bool, Field(description=_SHARED)] = False

    def particulars(self) -> Particulars:
        """The same for the domain."""
        return Particulars(**{name: getattr(self, name) for name in ParticularsIn.model_fields})


class RecordEntryIn(ParticularsIn):
    """A new entry in the record of a contract."""

    contract_id: IdText


class RecordEntryOut(Answer):
    """An entry as it stands, or stood in this version."""

    id: str
    contract_id: str
    status: RecordStatus
    kind: str
    site: str
    site_id: str | None
    label: str
    maker: str | None
    model: str | None
    serial: str | None
    address: Annotated[str | None, Field(description=_ADDRESS)]
    note: str | None
    shared: bool
    actor: str
    at: Moment
    version: int

    @classmethod
    def of(cls, found: RecordEntry) -> RecordEntryOut:
        """From the domain."""
        own = {name: getattr(found, name) for name in ("id", "contract_id", "status", "actor", "at", "version")}
        return cls(**own, **asdict(found.said))


class RecordVersionsOut(Answer):
    """Versions, the newest first; `next` is the version to ask for those `before`, or null."""

    items: list[RecordEntryOut]
    next: int | None


class RecordLineOut(Answer):
    """An entry in short."""

    id: str
    kind: str
    site: str
    label: str
    maker: str | None
    model: str | None
    secrets: Annotated[int | None, Field(description="How many credentials hang on it; null for partners.")]

    @classmethod
    def of(cls, found: RecordEntry, secrets: Mapping[str, int] | None) -> RecordLineOut:
        """From the domain."""
        said = found.said
        return cls(
            id=found.id,
            kind=said.kind,
            site=said.site,
            label=said.label,
            maker=said.maker,
            model=said.model,
            secrets=None if secrets is None else secrets.get(found.id, 0),
        )
