"""The published service table as a page to read and to print: one file, no script, nothing fetched."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from contracts.domain.plan_sheet import Block, Section, Sheet
from contracts.domain.sheet_tables import Cell, Table

_STYLE = """
:root { color-scheme: light; }
body { font-family: "Noto Sans CJK JP", "Noto Sans JP", "Hiragino Sans", "Yu Gothic", Meiryo, sans-serif;
  line-height: 1.6; color: #1a1a1a; background: #fff; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; border-bottom: 3px solid #1f5f8b; padding-bottom: .3rem; }
h2 { font-size: 1.25rem; margin-top: 2.2rem; border-left: .4rem solid #1f5f8b; padding-left: .6rem; }
h3 { font-size: 1.05rem; margin: 1.4rem 0 .3rem; }
p { margin: .3rem 0; }
table { border-collapse: collapse; width: 100%; margin: .6rem 0; font-size: .95rem; }
caption { text-align: left; font-weight: 600; padding: .4rem 0; }
th, td { border: 1px solid #8a8a8a; padding: .35rem .6rem; vertical-align: middle; text-align: center; }
th { background: #eaf1f6; font-weight: 600; }
tbody th { white-space: nowrap; }
td.words { text-align: left; white-space: pre-line; }
td.yen { text-align: right; white-space: nowrap; }
.note { font-size: .9rem; padding-left: 2rem; text-indent: -2rem; }
.note .mark { display: inline-block; min-width: 2rem; text-indent: 0; }
sup { line-height: 0; margin-left: .1rem; }
.as-of { color: #555; font-size: .9rem; }
@page { size: A4; margin: 15mm; }
@media print {
  body { max-width: none; margin: 0; padding: 0; font-size: 10pt; }
  h2, h3, caption { break-after: avoid; }
  table { font-size: 9pt; }
  table, tr { break-inside: avoid; }
  a { color: inherit; text-decoration: none; }
}
"""
_LONG = 20


def page(sheet: Sheet, as_of: str) -> str:
    """The whole page; `as_of` says for which day its prices are."""
    title = escape(sheet.title)
    body = "".join(_section(section) for section in sheet.sections)
    return (
        f'<!doctype html>\n<html lang="{sheet.language.value}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n<title>{title}</title>\n'
        f"<style>{_STYLE}</style>\n</head>\n<body>\n<h1>{title}</h1>\n"
        f'<p class="as-of">{escape(as_of)}</p>\n{body}</body>\n</html>\n'
    )


def _section(section: Section) -> str:
    blocks = "".join(_block(block) for block in section.blocks)
    return f'<section id="{escape(section.code)}">\n<h2>{escape(section.title)}</h2>\n{blocks}</section>\n'


def _block(block: Block) -> str:
    if block.table is not None:
        return _table(block.table, block.text)
    text = escape(block.text)
    if block.kind == "heading":
        return f"<h3>{text}</h3>\n"
    if block.url is not None:
        text += f'<br><a href="{escape(block.url)}">{escape(block.url)}</a>'
    if block.kind == "note":
        return f'<p class="note"><span class="mark">{escape(block.mark)}</span>{text}</p>\n'
    return f"<p>{text}</p>\n"


def _table(table: Table, title: str) -> str:
    caption = f"<caption>{escape(title)}</caption>\n" if title else ""
    head = "".join(f"<tr>{''.join(row)}</tr>\n" for row in _headings(table.head, 'scope="col"'))
    labels = _headings([row[: table.labels] for row in table.rows], 'scope="row"')
    body = "".join(
        f"<tr>{''.join(names)}{''.join(_value(cell) for cell in row[table.labels :])}</tr>\n"
        for names, row in zip(labels, table.rows, strict=True)
    )
    return (
        f'<table id="{escape(table.code)}">\n{caption}'
        + (f"<thead>\n{head}</thead>\n" if head else "")
        + f"<tbody>\n{body}</tbody>\n</table>\n"
    )


def _headings(rows: Sequence[Sequence[Cell]], scope: str) -> Iterator[list[str]]:
    """Rows of headings; the same heading in neighbouring cells is one that spans them."""
    seen: set[tuple[int, int]] = set()
    for y, row in enumerate(rows):
        shown = []
        for x, cell in enumerate(row):
            if (y, x) in seen:
                continue
            wide = _run([row[right] == cell for right in range(x, len(row))]) if cell.text else 1
            tall = _run([all(one == cell for one in below[x : x + wide]) for below in rows[y:]]) if cell.text else 1
            seen |= {(y + down, x + right) for down in range(tall) for right in range(wide)}
            spans = (f' colspan="{wide}"' if wide > 1 else "") + (f' rowspan="{tall}"' if tall > 1 else "")
            shown.append(f"<th {scope}{spans}>{_text(cell)}</th>")
        yield shown


def _run(same: list[bool]) -> int:
    return (*same, False).index(False)


def _value(cell: Cell) -> str:
    kind = ""
    if cell.text.endswith(("円", " yen")):
        kind = ' class="yen"'
    elif len(cell.text) > _LONG:
        kind = ' class="words"'
    return f"<td{kind}>{_text(cell)}</td>"


def _text(cell: Cell) -> str:
    return escape(cell.text) + (f"<sup>{escape(cell.mark)}</sup>" if cell.mark else "")
