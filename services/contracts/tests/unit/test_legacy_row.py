"""One row of a file of old contracts: every cell read, every fault named, nothing guessed."""

from __future__ import annotations

from datetime import date

import pytest

from contracts.domain.legacy_row import LegacyRow, read_row
from contracts.domain.lines import Line
from contracts.domain.plans import Family, Hours
from contracts.testing import the_catalogue

BOOK = the_catalogue()
CELLS = {
    "legacy_number": "L-1",
    "name": "株式会社見本",
    "name_kana": "カブシキガイシャミホン",
    "postal_code": "〒160-0023",
    "prefecture": "東京都",
    "city": "新宿区",
    "street": "西新宿3-19-2",
    "plan": "プラン1 ライト",
    "start_on": "2015-04-01",
    "line_kind": "フレッツ 光ネクスト",
    "line_number": "CAF1234567890",
    "inquiry_limit": "3",
    "support_hours": "月-金 9:00-18:00",
    "seats": "0",
}


def the_row(**over: str) -> LegacyRow:
    row, _ = read_row({**CELLS, **over}, BOOK)
    assert row is not None
    return row


def faults(**over: str) -> list[tuple[str, str]]:
    cells = {name: cell for name, cell in {**CELLS, **over}.items() if cell}
    row, found = read_row(cells, BOOK)
    assert (row is None) is bool(found)
    return [(fault.field, fault.code) for fault in found]


def test_a_row_is_read_whole() -> None:
    row = the_row(phones="０３－１２３４－５６７８／050-1234-5678", setup_visit="有", fee_month_start_day="１５日")
    assert (row.plan_code, row.family, row.start_on) == ("light-1", Family.LIGHT, date(2015, 4, 1))
    assert (row.phones, row.fee_month_start_day) == (("+81312345678", "+815012345678"), 15)
    assert row.line == Line(kind="flets_hikari_next", number="CAF1234567890")
    assert (row.address.postal_code, row.address.prefecture_code) == ("1600023", "13")
    assert row.limits is not None
    assert row.limits.support_hours == (Hours(weekdays=(1, 2, 3, 4, 5), opens="09:00", closes="18:00"),)
    assert (row.limits.inquiry_limit, row.limits.seats, row.limits.setup_visit) == (3, 0, True)


@pytest.mark.parametrize("plan", ["light-1", "プラン１　ライト", "プラン1ライト", "Plan 1 Light"])
def test_a_plan_is_known_by_its_code_and_its_names(plan: str) -> None:
    assert the_row(plan=plan).plan_code == "light-1"


@pytest.mark.parametrize(
    "start_on", ["2015-04-01", "2015/4/1", "2015年4月1日", "平成27年4月1日", "H27.4.1", "Ｈ２７．４．１", "2015.04.01"]
)
def test_a_day_is_read_in_the_ways_of_old_files(start_on: str) -> None:
    assert the_row(start_on=start_on).start_on == date(2015, 4, 1)


def test_the_first_year_of_an_era_is_a_year() -> None:
    assert the_row(start_on="令和元年5月1日").start_on == date(2019, 5, 1)


@pytest.mark.parametrize(
    ("cell", "hours"),
    [
        ("月-土 9:00-18:00", (Hours(weekdays=(1, 2, 3, 4, 5, 6), opens="09:00", closes="18:00"),)),
        ("1-5 09:00～17:30；6 10:00〜15:00", (
            Hours(weekdays=(1, 2, 3, 4, 5), opens="09:00", closes="17:30"),
            Hours(weekdays=(6,), opens="10:00", closes="15:00"),
        )),
        ("基本", BOOK.hours.support_basic),
        ("24時間365日", (Hours(weekdays=(1, 2, 3, 4, 5, 6, 7), opens="00:00", closes="24:00"),)),
    ],
)  # fmt: skip
def test_hours_are_read(cell: str, hours: tuple[Hours, ...]) -> None:
    row = the_row(support_hours=cell)
    assert row.limits is not None
    assert row.limits.support_hours == hours


@pytest.mark.parametrize("missing", ["inquiry_limit", "support_hours", "seats"])
def test_without_all_limits_nothing_is_guessed(missing: str) -> None:
    row, found = read_row({name: cell for name, cell in CELLS.items() if name != missing}, BOOK)
    assert row is not None
    assert row.limits is None
    assert [(each.field, each.code) for each in found] == [(missing, "limits_not_recorded")]


@pytest.mark.parametrize(
    ("over", "found"),
    [
        ({"plan": "プラン9"}, [("plan", "plan_unknown")]),
        ({"start_on": "2015-02-30"}, [("start_on", "date_unreadable")]),
        ({"start_on": "昨日"}, [("start_on", "date_unreadable")]),
        ({"postal_code": "123"}, [("postal_code", "postal_code_unreadable")]),
        ({"prefecture": "江戸"}, [("prefecture", "prefecture_unknown")]),
        ({"municipality_code": "1"}, [("municipality_code", "municipality_code_unreadable")]),
        ({"phones": "なし"}, [("phones", "phone_unreadable")]),
        ({"fee_month_start_day": "29"}, [("fee_month_start_day", "number_out_of_range")]),
        ({"inquiry_limit": "-1"}, [("inquiry_limit", "number_out_of_range")]),
        ({"seats": "many"}, [("seats", "number_out_of_range")]),
        ({"support_hours": "いつでも"}, [("support_hours", "hours_unreadable")]),
        ({"support_hours": "月-金 18:00-9:00"}, [("support_hours", "opening_hours_unreadable")]),
        ({"setup_visit": "maybe"}, [("setup_visit", "yes_or_no_unreadable")]),
        ({"line_kind": "糸電話"}, [("line_kind", "line_kind_unknown")]),
        ({"line_kind": ""}, [("line_kind", "field_missing")]),
        ({"name": ""}, [("name", "field_missing")]),
        ({"name": "あ" * 201}, [("name", "field_too_long")]),
        ({"legacy_number": "1" * 65}, [("legacy_number", "field_too_long")]),
        ({"city": "新宿\x00区"}, [("city", "control_character")]),
        ({"name": "", "plan": "?", "seats": "x"}, [
            ("name", "field_missing"), ("plan", "plan_unknown"), ("seats", "number_out_of_range"),
        ]),
    ],
)  # fmt: skip
def test_every_fault_of_a_row_is_named_with_its_field(over: dict[str, str], found: list[tuple[str, str]]) -> None:
    assert faults(**over) == found


def test_the_same_row_written_otherwise_has_the_same_digest() -> None:
    same = the_row(plan="light-1", start_on="平成27年4月1日", postal_code="1600023", support_hours="1-5 09:00-18:00")
    assert same.digest == the_row().digest
    assert the_row(seats="1").digest != the_row().digest
    assert the_row(street="西新宿1").subscriber_digest == the_row().subscriber_digest
    assert the_row(name="別").subscriber_digest != the_row().subscriber_digest
