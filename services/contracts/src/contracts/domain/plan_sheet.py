"""The published service table, regenerated from the catalogue: sections of headings, texts, footnotes and tables."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from contracts.domain import wording
from contracts.domain.catalogue import Catalogue
from contracts.domain.plans import OptionKind
from contracts.domain.refusals import CatalogueInvalid
from contracts.domain.sheet_layout import BlockLayout, Language, SectionLayout
from contracts.domain.sheet_tables import TABLES, Table, View

SERVICE_TERMS = "service_terms"


@dataclass(frozen=True, kw_only=True)
class Block:
    """A heading, a text, a footnote or a link (a text with `url`), or a table."""

    kind: str
    text: str = ""
    mark: str = ""
    url: str | None = None
    table: Table | None = None


@dataclass(frozen=True, kw_only=True)
class Section:
    """A section."""

    code: str
    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """The whole table in one language, with the prices of contracts that begin on `as_of`."""

    language: Language
    as_of: date
    title: str
    sections: tuple[Section, ...]


def publish(book: Catalogue, language: Language, as_of: date) -> Sheet:
    """The table; raises `CatalogueInvalid` when the layout names what the catalogue does not know."""
    view = View(book=book, language=language, as_of=as_of)
    facts = dict(_facts(view))
    try:
        sections = tuple(_section(layout, view, facts) for layout in book.sheet.sections)
    except (LookupError, ValueError) as unknown:
        raise CatalogueInvalid(part="sheet", unknown=str(unknown)) from unknown
    return Sheet(language=language, as_of=as_of, title=facts["service"], sections=sections)


def _facts(view: View) -> Iterator[tuple[str, str]]:
    """What texts may refer to by `{name}`."""
    book, language = view.book, view.language
    service = book.service
    documents = {document.code: view.named(document) for document in book.documents}
    quoted = [f"「{name}」" for name in documents.values()]
    extra = [option.units for option in book.options if option.kind is OptionKind.EXTRA_INQUIRIES]
    yield "service", view.named(service)
    yield "centre", service.centre_ja if language is Language.JA else service.centre_en
    yield "area", service.area_ja if language is Language.JA else service.area_en
    yield "documents", "".join(quoted) if language is Language.JA else ", ".join(documents.values())
    yield "terms", documents.get(SERVICE_TERMS, "")
    yield "units", "/".join(map(str, dict.fromkeys(extra)))
    yield "isolation", str(max((plan.isolation for plan in view.plans()), default=0))
    yield "loan_term", wording.days(book.settings["loan_days_max"], language)
    yield "loan_kinds", str(book.settings["loan_kinds_max"])


def _section(layout: SectionLayout, view: View, facts: dict[str, str]) -> Section:
    return Section(
        code=layout.code,
        title=layout.title.of(view.language).format_map(facts),
        blocks=tuple(_block(block, view, facts) for block in layout.blocks),
    )


def _block(layout: BlockLayout, view: View, facts: dict[str, str]) -> Block:
    if layout.table is not None:
        title = layout.title.of(view.language) if layout.title else ""
        return Block(kind="table", text=title, table=TABLES[layout.table](view))
    if layout.heading is not None:
        return Block(kind="heading", text=layout.heading.of(view.language))
    if layout.text is None:
        raise ValueError("a block without heading, text or table")
    text = layout.text.of(view.language).format_map(facts)
    return Block(kind="note" if layout.mark else "text", text=text, mark=layout.mark, url=layout.url)
