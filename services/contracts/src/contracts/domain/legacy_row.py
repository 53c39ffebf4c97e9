"""One row of a file of old contracts: every cell read and judged by itself, every fault named."""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, TypeVar

from common.errors import DomainError
from contracts.domain.catalogue import Catalogue
from contracts.domain.contract import Address
from contracts.domain.legacy_file import REQUIRED
from contracts.domain.lines import Line
from contracts.domain.phones import e164
from contracts.domain.plans import Family, Hours, Plan
from contracts.domain.prefectures import prefecture_code

T = TypeVar("T")

LONGEST_CELL, LONGEST_NUMBER = 200, 64
_ERAS = {"令和": 2018, "R": 2018, "平成": 1988, "H": 1988}
_DATE = re.compile(r"(令和|平成|[RH])?(\d{1,4}|元)[年./-](\d{1,2})[月./-](\d{1,2})日?")
_HOURS = re.compile(r"([月火水木金土日1-7])(?:[-~]([月火水木金土日1-7]))?\s*(\d{1,2}:\d\d)[-~](\d{1,2}:\d\d)")
_DAYS = "月火水木金土日"
_YES = {"有", "あり", "○", "yes", "true", "1"}
_NO = {"無", "なし", "×", "no", "false", "0"}
_ALWAYS = {"24時間", "24時間365日", "24h"}
_BASIC = {"基本", "basic"}
_RECORDED = ("inquiry_limit", "support_hours", "seats")


@dataclass(frozen=True, kw_only=True)
class Finding:
    """Something about a row that a person should know: which field, and a code that says what."""

    field: str
    code: str


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What the old contract may use."""

    inquiry_limit: int
    support_hours: tuple[Hours, ...]
    seats: int
    setup_visit: bool


@dataclass(frozen=True, kw_only=True)
class LegacyRow:
    """A row that can be read. Without `limits` the contract is for billing only."""

    legacy_number: str
    subscriber_number: str | None
    name: str
    name_kana: str
    phones: tuple[str, ...]
    address: Address
    plan_code: str
    family: Family
    start_on: date
    fee_month_start_day: int
    line: Line | None
    service_id: str | None
    partner: str | None
    limits: Limits | None

    @property
    def digest(self) -> str:
        """Changes exactly when what the row says does, however it is written."""
        return _digest(asdict(self))

    @property
    def subscriber_digest(self) -> str:
        """The same of what it says of its subscriber."""
        return _digest([self.name, self.name_kana, self.phones, self.partner])


def read_row(cells: Mapping[str, str], book: Catalogue) -> tuple[LegacyRow | None, list[Finding]]:
    """The row, or None with every fault; findings of a row that is read say what is not recorded."""
    reading = _Reading(cells, book)
    row = reading.row()
    return (None, reading.faults) if reading.faults else (row, list(reading.not_recorded()))


class _Reading:
    def __init__(self, cells: Mapping[str, str], book: Catalogue) -> None:
        self._cells = cells
        self._book = book
        self.faults = [Finding(field=name, code="field_missing") for name in REQUIRED if name not in cells]
        for name, cell in cells.items():
            limit = LONGEST_NUMBER if name.endswith(("number", "_id")) or name == "partner" else LONGEST_CELL
            if len(cell) > limit:
                self._fault(name, "field_too_long")
            elif any(unicodedata.category(c) == "Cc" and c not in "\r\n\t" for c in cell):
                self._fault(name, "control_character")

    def _fault(self, name: str, code: str) -> None:
        self.faults.append(Finding(field=name, code=code))

    def _of(self, name: str, read: Callable[[str], T | None], otherwise: T, *, code: str) -> T:
        """A cell by its reader; None and refusals are faults."""
        cell = self._cells.get(name)
        if cell is None:
            return otherwise
        try:
            found = read(unicodedata.normalize("NFKC", cell).replace("〜", "~"))
        except DomainError as refused:
            self._fault(name, refused.code)
            return otherwise
        if found is None:
            self._fault(name, code)
            return otherwise
        return found

    def _text(self, name: str) -> str | None:
        cell = self._cells.get(name)
        return " ".join(cell.split()) if cell else None

    def row(self) -> LegacyRow:
        plan = self._of("plan", self._plan, None, code="plan_unknown")
        family = plan.family if plan else Family.STANDARD
        return LegacyRow(
            legacy_number=self._text("legacy_number") or "",
            subscriber_number=self._text("subscriber_number"),
            name=self._text("name") or "",
            name_kana=self._text("name_kana") or "",
            phones=self._of("phones", _phones, (), code="phone_unreadable"),
            address=self._address(),
            plan_code=plan.code if plan else "",
            family=family,
            start_on=self._of("start_on", _day, date.min, code="date_unreadable"),
            fee_month_start_day=self._of("fee_month_start_day", _number(1, 28), 1, code="number_out_of_range"),
            line=self._line(),
            service_id=self._text("service_id"),
            partner=self._text("partner"),
            limits=self._limits(),
        )

    def _plan(self, cell: str) -> Plan | None:
        wanted = _plain(cell)
        return next((p for p in self._book.plans if wanted in {p.code, _plain(p.name_ja), _plain(p.name_en)}), None)

    def _address(self) -> Address:
        return Address(
            postal_code=self._of("postal_code", _digits(7), "", code="postal_code_unreadable"),
            prefecture=unicodedata.normalize("NFKC", self._text("prefecture") or ""),
            prefecture_code=self._of("prefecture", prefecture_code, "", code="prefecture_unknown"),
            city=self._text("city") or "",
            street=self._text("street") or "",
            building=self._text("building"),
            municipality_code=self._of("municipality_code", _digits(5), None, code="municipality_code_unreadable"),
        )

    def _line(self) -> Line | None:
        kind = self._of("line_kind", self._line_kind, None, code="line_kind_unknown")
        number = self._text("line_number")
        if number and "line_kind" not in self._cells:
            self._fault("line_kind", "field_missing")
        return Line(kind=kind, carrier=self._text("line_carrier"), number=number) if kind else None

    def _line_kind(self, cell: str) -> str | None:
        wanted = _plain(cell)
        kinds = self._book.line_kinds
        return next((k.code for k in kinds if wanted in {k.code, _plain(k.name_ja), _plain(k.name_en)}), None)

    def _limits(self) -> Limits | None:
        limit = self._of("inquiry_limit", _number(0, 10_000), None, code="number_out_of_range")
        seats = self._of("seats", _number(0, 10_000), None, code="number_out_of_range")
        hours = self._of("support_hours", self._hours, None, code="hours_unreadable")
        visit = self._of("setup_visit", _yes_or_no, False, code="yes_or_no_unreadable")
        if limit is None or seats is None or hours is None:
            return None
        return Limits(inquiry_limit=limit, support_hours=hours, seats=seats, setup_visit=visit)

    def _hours(self, cell: str) -> tuple[Hours, ...] | None:
        plain = _plain(cell)
        if plain in _BASIC:
            return self._book.hours.support_basic
        if plain in _ALWAYS:
            return (Hours(weekdays=tuple(range(1, 8)), opens="00:00", closes="24:00"),)
        blocks = [_block(part.strip()) for part in re.split(r"[;,、]", cell)]
        return None if None in blocks else tuple(block for block in blocks if block)

    def not_recorded(self) -> Iterator[Finding]:
        """What keeps the contract from being supported: it is imported for billing only, never guessed."""
        for name in _RECORDED:
            if name not in self._cells:
                yield Finding(field=name, code="limits_not_recorded")


def _phones(cell: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(e164(part) for part in re.split(r"[;,、/\n]", cell) if part.strip()))


def _day(cell: str) -> date | None:
    found = _DATE.fullmatch(cell.replace(" ", ""))
    if found is None:
        return None
    era, year, month, day = found.groups()
    try:
        return date((_ERAS[era] if era else 0) + (1 if year == "元" else int(year)), int(month), int(day))
    except ValueError:
        return None


def _number(least: int, most: int) -> Callable[[str], int | None]:
    def read(cell: str) -> int | None:
        digits = cell.replace(",", "").removesuffix("回").removesuffix("台").removesuffix("日")
        return int(digits) if digits.isascii() and digits.isdigit() and least <= int(digits[:9]) <= most else None

    return read


def _digits(number: int) -> Callable[[str], str | None]:
    def read(cell: str) -> str | None:
        digits = re.sub(r"[\s\-‐–—−ー〒]", "", cell)
        return digits if re.fullmatch(rf"[0-9]{{{number}}}", digits) else None

    return read


def _yes_or_no(cell: str) -> bool | None:
    plain = _plain(cell)
    return True if plain in _YES else False if plain in _NO else None


def _block(part: str) -> Hours | None:
    found = _HOURS.fullmatch(part)
    if found is None:
        return None
    first, last, opens, closes = found.groups()
    start, end = _weekday(first), _weekday(last or first)
    return Hours(weekdays=tuple(range(start, end + 1)), opens=opens.zfill(5), closes=closes.zfill(5))


def _weekday(sign: str) -> int:
    return _DAYS.index(sign) + 1 if sign in _DAYS else int(sign)


def _plain(text: str) -> str:
    return re.sub(r"[\s・]", "", unicodedata.normalize("NFKC", text)).lower()


def _digest(content: Any) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()
