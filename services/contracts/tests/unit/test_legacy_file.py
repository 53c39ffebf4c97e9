"""A file of old contracts: cut into records, its encoding found out, its columns named."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.domain.import_refusals import ImportColumnsUnreadable
from contracts.domain.legacy_file import (
    BOM,
    HEADERS,
    LONGEST_RECORD,
    REQUIRED,
    Format,
    cells_of,
    columns,
    encoding_of,
    format_of,
    object_of,
    pieces,
    text_of,
)


def cut(data: bytes, kind: Format = Format.CSV, *, last: bool = True) -> list[tuple[bytes, int]]:
    found = pieces(data, kind, offset=0, line=1, last=last)
    return [(piece.body, piece.line) for piece in found if piece.body]


def in_portions(data: bytes, kind: Format, portion: int) -> list[tuple[bytes, int]]:
    found, offset, line, reach = [], 0, 1, portion
    while offset < len(data):
        window = data[offset : offset + reach]
        some = list(pieces(window, kind, offset=offset, line=line, last=offset + len(window) >= len(data)))
        found += [(piece.body, piece.line) for piece in some if piece.body]
        if some:
            offset, line, reach = some[-1].next_offset, some[-1].next_line, portion
        else:
            reach += portion
    return found


def test_records_end_at_line_breaks_outside_quotes_and_know_their_line() -> None:
    data = b'a,b\r\n"c\nd","e""\n",f\n\n\ng,h'
    assert cut(data) == [(b"a,b", 1), (b'"c\nd","e""\n",f', 2), (b"g,h", 7)]


def test_without_the_end_of_the_file_an_unfinished_record_waits() -> None:
    assert cut(b'a,b\n"c\n', last=False) == [(b"a,b", 1)]
    assert cut(b"a,b\nc", last=False) == [(b"a,b", 1)]


def test_blank_lines_lead_on_though_they_are_no_records() -> None:
    (only,) = pieces(b"\n\r\n\n", Format.CSV, offset=10, line=5, last=False)
    assert (only.body, only.next_line, only.next_offset) == (b"", 8, 14)


def test_a_json_line_ends_at_its_line_break_whatever_it_quotes() -> None:
    assert cut(b'{"a": "\\""}\n{"b": 1}\n', Format.JSONL) == [(b'{"a": "\\""}', 1), (b'{"b": 1}', 2)]


def test_a_quote_that_nobody_closed_costs_one_line_and_not_the_file() -> None:
    rows = [b"%d,x" % n for n in range(LONGEST_RECORD // 4)]
    found = list(pieces(b'"open,x\n' + b"\n".join(rows), Format.CSV, offset=0, line=1, last=True))
    assert (found[0].too_long, found[0].line) == (True, 1)
    assert [piece.body for piece in found[1:]] == rows
    assert found[1].line == 2


@given(st.lists(st.lists(st.text('abあア,"\n', max_size=4), min_size=2, max_size=2), max_size=8), st.integers(1, 40))
def test_a_file_read_in_portions_gives_the_records_of_the_whole(rows: list[list[str]], portion: int) -> None:
    quoted = ["x," + ",".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in rows]
    data = "".join(f"{row}\n" for row in quoted).encode()
    whole = cut(data)
    assert [body.decode() for body, _ in whole] == quoted
    assert in_portions(data, Format.CSV, portion) == whole


@pytest.mark.parametrize(
    ("sample", "encoding"),
    [
        ("旧契約番号,見本\n".encode("cp932"), "cp932"),
        ("旧契約番号,見本\n".encode(), "utf-8"),
        (BOM + b"a\n", "utf-8"),
        (b"legacy_number\n", "utf-8"),
        (b"legacy_number\n" + "見本\n".encode("cp932") * 3, "cp932"),
        ("見本\n".encode() * 9 + b"\xff\n", "utf-8"),
        ("見本\n".encode("cp932") * 9 + b"\x81 \n", "cp932"),
    ],
)
def test_the_encoding_is_the_one_that_most_lines_are_readable_in(sample: bytes, encoding: str) -> None:
    assert encoding_of(sample) == encoding


@pytest.mark.parametrize("body", [b"\xff", b"\x81 ", b"\x80", "\ufffd".encode()])
def test_bytes_that_mean_nothing_are_no_text(body: bytes) -> None:
    assert text_of(body, "cp932" if body != "\ufffd".encode() else "utf-8") is None


def test_the_extensions_of_windows_are_read() -> None:
    assert text_of("①㈱髙﨑～".encode("cp932"), "cp932") == "①㈱髙﨑～"


@given(
    rows=st.lists(st.dictionaries(st.text(max_size=4), st.text(max_size=6), max_size=3), max_size=6),
    indent=st.sampled_from([None, 0, 2]),
    ascii_only=st.booleans(),
    portion=st.integers(1, 60),
)
def test_a_json_array_is_cut_into_its_objects_whatever_they_hold(
    rows: list[dict[str, str]], indent: int | None, ascii_only: bool, portion: int
) -> None:
    data = (json.dumps(rows, indent=indent, ensure_ascii=ascii_only) + "\n").encode()
    found = in_portions(data, Format.JSON, portion)
    assert [json.loads(body) for body, _ in found] == rows
    assert found == cut(data, Format.JSON)


def test_what_is_no_object_in_an_array_costs_itself() -> None:
    data = b'[1,\n{"a": "}"},\n"x", null, {"b": {"c": 2}}\n, {"d"'
    assert in_portions(data, Format.JSON, 9) == [
        (b"1,", 1), (b'{"a": "}"}', 2), (b'"x", null, ', 3), (b'{"b": {"c": 2}}', 3), (b'{"d"', 4),
    ]  # fmt: skip


def test_an_object_in_an_array_that_is_too_long_costs_itself() -> None:
    long = b'{"a": "' + b"x" * LONGEST_RECORD + b'"}'
    first, second, _ = pieces(b"[" + long + b', {"b": 1}]', Format.JSON, offset=0, line=1, last=True)
    assert (first.too_long, second.body) == (True, b'{"b": 1}')


def test_json_lines_begin_with_a_brace_and_an_array_with_a_bracket() -> None:
    assert format_of(b' \n[{"a": 1}]') is Format.JSON
    assert format_of(BOM + b' {"a": 1}') is Format.JSONL
    assert format_of(b"a,b") is Format.CSV


def test_titles_are_japanese_or_english_in_any_order() -> None:
    assert columns(",".join(HEADERS)) == list(HEADERS)
    assert columns(",".join(titles[0] for titles in HEADERS.values())) == list(HEADERS)
    assert columns(",".join(reversed(REQUIRED))) == list(reversed(REQUIRED))
    assert columns(
        " Legacy_Number ,ｻｰﾋﾞｽID,契約者名,フリガナ,郵便番号,都道府県,市区町村,町名番地,契約プラン,利用開始日"
    )[1] == ("service_id")


def test_titles_that_are_unknown_missing_or_there_twice_are_all_named() -> None:
    with pytest.raises(ImportColumnsUnreadable) as refused:
        columns("旧契約番号,契約番号,色,name")
    assert refused.value.why["unknown"] == ["色"]
    assert refused.value.why["twice"] == ["legacy_number"]
    assert "plan (プラン)" in refused.value.why["missing"]
    with pytest.raises(ImportColumnsUnreadable):
        columns("")


def test_cells_stand_under_their_columns_and_blank_ones_are_left_out() -> None:
    assert cells_of('1, ,"a ""b"""', ["legacy_number", "plan", "name"]) == {"legacy_number": "1", "name": 'a "b"'}
    assert cells_of("1,2", ["legacy_number"]) is None
    assert cells_of('"1', ["legacy_number"]) is None


def test_a_json_object_gives_the_same_cells() -> None:
    text = '{"legacy_number": "L-1", "seats": 0, "setup_visit": true, "phones": ["03-1", "03-2"], "building": null}'
    assert object_of(text) == {"legacy_number": "L-1", "seats": "0", "setup_visit": "yes", "phones": "03-1;03-2"}


@pytest.mark.parametrize(
    "text", ["", "[]", "1", "{", '{"colour": "red"}', '{"name": {"first": "a"}}', '{"seats": 1.5}']
)
def test_what_is_no_object_of_known_fields_gives_none(text: str) -> None:
    assert object_of(text) is None
