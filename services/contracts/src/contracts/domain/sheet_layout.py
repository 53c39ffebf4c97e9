"""What the published service table says in words, and in which order; its numbers stand elsewhere in the catalogue."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from contracts.domain.plans import Entry, Family


class Language(StrEnum):
    """The languages in which the table is published."""

    JA = "ja"
    EN = "en"


@dataclass(frozen=True, kw_only=True)
class Words(Entry):
    """The same in both languages; `{names}` stand for what the catalogue knows."""

    ja: str
    en: str

    def of(self, language: Language) -> str:
        """In one of them."""
        return self.ja if language is Language.JA else self.en


@dataclass(frozen=True, kw_only=True)
class Mark(Entry):
    """A cell that is given as it is printed: a dash, and the footnote that explains it."""

    text: str
    mark: str = ""


@dataclass(frozen=True, kw_only=True)
class OutlineRow(Entry):
    """A row of the outline of the service."""

    label: Words
    lines: tuple[Words, ...]


@dataclass(frozen=True, kw_only=True)
class FeatureRow(Entry):
    """A row of the functions by plan: what is shown, and under which heading."""

    code: str
    label: Words
    part: Words | None = None
    mark: str = ""


@dataclass(frozen=True, kw_only=True)
class OptionColumn(Entry):
    """An option in the functions by plan. Cells that neither the option fills nor `cells` name are blank."""

    code: str
    column: Words
    cells: Mapping[str, Mark] = field(default_factory=dict, hash=False)
    mark: str = ""
    price_mark: str = ""


@dataclass(frozen=True, kw_only=True)
class FeatureLayout(Entry):
    """The functions of one family of plans."""

    family: Family
    rows: tuple[FeatureRow, ...]
    options: tuple[OptionColumn, ...]


@dataclass(frozen=True, kw_only=True)
class BlockLayout(Entry):
    """One thing below another: a heading, a text, a footnote (`mark` with `text`), a link, or a table by its name."""

    heading: Words | None = None
    text: Words | None = None
    mark: str = ""
    url: str | None = None
    table: str | None = None
    title: Words | None = None


@dataclass(frozen=True, kw_only=True)
class SectionLayout(Entry):
    """A section of the table."""

    code: str
    title: Words
    blocks: tuple[BlockLayout, ...]


@dataclass(frozen=True, kw_only=True)
class SheetLayout(Entry):
    """The whole. `names` are families, systems and terminals by code, `units` what menu items are counted in."""

    names: Mapping[str, Words] = field(hash=False)
    units: Mapping[str, Words] = field(hash=False)
    loan_conditions: Mapping[str, Words] = field(hash=False)
    outline: tuple[OutlineRow, ...]
    features: tuple[FeatureLayout, ...]
    sections: tuple[SectionLayout, ...]


@dataclass(frozen=True, kw_only=True)
class OfferedOn(Entry):
    """An operating system on which a function is offered, with what restricts it there (R-MDM-MATRIX)."""

    os: str
    note: Words | None = None


@dataclass(frozen=True, kw_only=True)
class ToolFunction(Entry):
    """A function of the management tool as it is published; `functions` are its codes."""

    functions: tuple[str, ...]
    name: Words
    content: Words
    systems: tuple[OfferedOn, ...]
