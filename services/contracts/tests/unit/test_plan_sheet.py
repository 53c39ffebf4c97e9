"""The published service table is regenerated from the catalogue: every cell, footnote, dash and blank."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from common.errors import DomainError
from contracts.api.plan_sheet_page import page
from contracts.domain.plan_sheet import Block, Sheet, publish
from contracts.domain.sheet_layout import Language
from contracts.domain.sheet_tables import Cell, Table
from contracts.storage.catalogue_document import read_catalogue, shipped_document
from contracts.testing import the_catalogue

EXPECTED = Path(__file__).with_name("plan_sheet.expected.txt")
TODAY = date(2026, 6, 1)
BLANK = "[blank]"
Line = tuple[str, ...]


def alike(text: str) -> str:
    """Text without what differs in the source from place to place: spaces, line breaks, the two waves."""
    return re.sub(r"\s", "", text).replace("～", "~")


def expected() -> list[Line]:
    """The hand-written page, line by line."""
    lines = EXPECTED.read_text("utf-8").split("\n\n", 1)[1].splitlines()
    return [read_line(line) for line in lines if line]


def read_line(line: str) -> Line:
    """The kind of a line and its parts."""
    kind, rest = line[0], line[2:]
    match kind:
        case "|":
            return (kind, *(alike(cell) for cell in rest.removesuffix("|").split("|")))
        case "#" | "=" | "!":
            first, _, text = rest.partition(" ")
            return kind, first, alike(text)
        case _:
            return kind, alike(rest)


def regenerated(sheet: Sheet) -> Iterator[Line]:
    """The sheet in the form of the hand-written page."""
    for section in sheet.sections:
        yield "#", section.code, alike(section.title)
        for block in section.blocks:
            yield from lines_of(block)


def lines_of(block: Block) -> Iterator[Line]:
    """A block in that form."""
    text = alike(block.text + (block.url or ""))
    match block.kind:
        case "table":
            assert block.table is not None
            yield "=", block.table.code, text
            for row in (*block.table.head, *block.table.rows):
                yield ("|", *(alike(cell.text + cell.mark) or BLANK for cell in row))
        case "heading":
            yield ">", text
        case "note":
            yield "!", block.mark, text
        case _:
            yield ":", text


def the_sheet(language: Language = Language.JA, as_of: date = TODAY, **over: Any) -> Sheet:
    return publish(the_catalogue(**over), language, as_of)


def tables(sheet: Sheet) -> dict[str, Table]:
    return {b.table.code: b.table for section in sheet.sections for b in section.blocks if b.table is not None}


def test_every_cell_footnote_dash_and_blank_is_as_it_was_published() -> None:
    assert list(regenerated(the_sheet())) == expected()


def test_the_hand_written_page_holds_the_whole_table() -> None:
    cells = [cell for kind, *row in expected() if kind == "|" for cell in row]
    assert (len(cells), cells.count(BLANK), sum(cell.startswith("—") for cell in cells)) == (248, 10, 8)
    assert {line[1] for line in expected() if line[0] == "!"} == {"*1", "*2", "*3", "*", "※"}


@pytest.mark.parametrize("language", Language)
def test_rows_are_as_long_as_their_head_in_both_languages(language: Language) -> None:
    for table in tables(the_sheet(language)).values():
        assert len({len(row) for row in (*table.head, *table.rows)}) == 1


def test_the_english_table_has_the_same_shape_and_no_japanese_word() -> None:
    japanese, english = (list(regenerated(the_sheet(language))) for language in (Language.JA, Language.EN))
    assert [(line[0], len(line)) for line in japanese] == [(line[0], len(line)) for line in english]
    marks = [[cell[-2:] for cell in line if cell.startswith("—") or cell == BLANK] for line in japanese]
    assert marks == [[cell[-2:] for cell in line if cell.startswith("—") or cell == BLANK] for line in english]
    assert not [text for line in english for text in line if re.search(r"[ぁ-ヿ一-鿿]", text)]


def test_numbers_come_from_the_catalogue_and_from_nowhere_else() -> None:
    document = shipped_document()
    document["plans"][0] |= {"prices": [{"since": "2010-06-30", "yen": 2345}], "inquiry_limit": 7, "seats": 9}
    document["options"][2]["units"] = 33
    document["settings"] |= {"loan_days_max": 10, "loan_kinds_max": 4}
    document["hours"]["support_basic"] = [{"weekdays": [1, 2, 3, 4, 5], "opens": "08:30", "closes": "20:00"}]
    document["visit_menu"][3]["unit_price"] = 5678
    document["service"]["initial_fee"] = 1000
    changed = list(regenerated(publish(read_catalogue(document), Language.JA, TODAY)))
    before = expected()
    different = [(old, new) for old, new in zip(before, changed, strict=True) if old != new]
    texts = [text for _, new in different for text in new]
    for told in ("2,345円", "7回/月まで", "~9台", "33回追加/月", "5,678円", "1,000円"):
        assert told in texts
    assert any("最大10日間" in text for text in texts)
    assert any("最大4機種" in text for text in texts)
    assert any("問い合わせ回数33回追加" in text for text in texts)
    assert "8:30~20:00土曜、日曜、祝日、年末年始除く" in texts


def test_a_price_of_another_day_is_shown_for_that_day() -> None:
    document = shipped_document()
    document["plans"][0]["prices"].append({"since": "2026-07-01", "yen": 2400})
    book = read_catalogue(document)
    shown = [
        tables(publish(book, Language.JA, day))["monthly_prices"].rows[0][-1].text
        for day in (date(2026, 6, 30), date(2026, 7, 1))
    ]
    assert shown == ["2,200円", "2,400円"]


def broken(change: str) -> dict[str, Any]:
    """The shipped file with one thing in its layout that does not fit."""
    document = shipped_document()
    sheet = document["sheet"]
    match change:
        case "an unknown table":
            sheet["sections"][1]["blocks"][0] = {"table": "yearly_prices"}
        case "an unknown name in a text":
            sheet["sections"][2]["blocks"][0]["text"]["en"] = "{colour}"
        case "a loan kind without words":
            del sheet["loan_conditions"]["hub"]
        case "an option that is not in the catalogue":
            sheet["features"][0]["options"][0]["code"] = "light-anything"
        case "a row that nothing fills":
            sheet["features"][0]["rows"][0]["code"] = "colour"
        case "a block without anything":
            sheet["sections"][0]["blocks"].append({})
        case "a function on a system without the tool":
            document["tool_functions"][0]["systems"].append({"os": "mac"})
        case "a family without its layout":
            sheet["features"].pop()
    return document


@pytest.mark.parametrize(
    "change",
    [
        "an unknown table",
        "an unknown name in a text",
        "a loan kind without words",
        "an option that is not in the catalogue",
        "a row that nothing fills",
        "a block without anything",
        "a function on a system without the tool",
        "a family without its layout",
    ],
)
def test_a_layout_that_does_not_fit_the_catalogue_is_refused_as_a_whole(change: str) -> None:
    with pytest.raises(DomainError) as refused:
        read_catalogue(broken(change))
    assert {fault.code for fault in refused.value.reasons} == {"catalogue_invalid"}


@pytest.mark.parametrize("language", Language)
def test_the_page_shows_every_text_and_cell(language: Language) -> None:
    sheet = the_sheet(language)
    html = page(sheet, "2026-06-01")
    plain = alike(unescape(re.sub(r"<[^>]+>", "", html.split("<body>")[1])))
    for line in regenerated(sheet):
        for text in line[1:] if line[0] not in "#=" else line[2:]:
            assert text in plain or text == BLANK
    assert f'<html lang="{language.value}">' in html
    assert "<script" not in html


def test_neighbouring_headings_of_one_name_become_one_cell() -> None:
    html = page(the_sheet(), "")
    assert '<th scope="row" rowspan="5">2019年4月19日販売終了</th>' in html
    assert '<th scope="row"></th><th scope="row">スタンダード</th>' not in html
    assert '<th scope="col" colspan="2" rowspan="3">プラン</th>' in html
    assert '<th scope="row" colspan="2">IT機器故障時の代替機貸出し</th>' in html
    assert "<td>—<sup>*2</sup></td>" in html


def test_what_stands_in_the_catalogue_cannot_break_the_page() -> None:
    document = shipped_document()
    document["service"]["name_ja"] = "<script>alert(1)</script>&"
    html = page(publish(read_catalogue(document), Language.JA, TODAY), "")
    assert "<script>" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;&amp;" in html


def test_a_blank_cell_is_blank() -> None:
    assert tables(the_sheet())["closed_plans"].rows[5][0] == Cell()
