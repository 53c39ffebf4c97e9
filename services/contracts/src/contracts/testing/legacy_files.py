"""Files of old contracts with faults of every kind, and what must become of each row."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

TITLES = (
    "旧契約番号", "契約者番号", "契約者名", "契約者名カナ", "電話番号", "郵便番号", "都道府県", "市区町村", "番地",
    "プラン", "契約開始日", "回線種別", "回線番号", "問い合わせ上限回数", "対応時間", "ツール台数", "訪問サポート",
)  # fmt: skip
EVERY = 100
"""Each kind of fault is in one row of so many."""

Findings = tuple[tuple[str, str], ...]


@dataclass(frozen=True, kw_only=True)
class Fate:
    """What becomes of a row at the first import and at the second of the same file."""

    line: int
    legacy_number: str
    outcome: str
    findings: Findings = ()
    again: str = "unchanged"
    again_findings: Findings = ()


def good(n: int) -> dict[str, str]:
    """A row without a fault; every third is of a Standard plan."""
    standard = n % 3 == 0
    return {
        "旧契約番号": f"L-{n:07d}",
        "契約者番号": f"C-{n:07d}",
        "契約者名": f"株式会社見本商店{n}",
        "契約者名カナ": "カブシキガイシャミホンショウテン",
        "電話番号": f"03-{n // 10_000 % 10_000:04d}-{n % 10_000:04d}",
        "郵便番号": "160-0023",
        "都道府県": "東京都",
        "市区町村": "新宿区",
        "番地": f"西新宿{n % 9 + 1}-{n % 20 + 1}-{n % 30 + 1}",
        "プラン": "プラン2" if standard else "プラン1 ライト",
        "契約開始日": "平成27年4月1日" if n % 2 else "2015/4/1",
        "回線種別": "" if standard else "フレッツ 光ネクスト",
        "回線番号": "" if standard else f"CAF{n:010d}",
        "問い合わせ上限回数": "3回",
        "対応時間": "月-金 9:00-18:00",
        "ツール台数": "0",
        "訪問サポート": "有",
    }


def write_file(path: Path, rows: int, *, encoding: str = "cp932") -> list[Fate]:
    """Write a file of so many rows, and say what must become of each."""
    fates = []
    with path.open("wb") as file:
        file.write(_line(TITLES, encoding))
        line = 2
        for n in range(rows):
            cells, fate = _row(n, line)
            body = _line([cells[title] for title in TITLES], encoding)
            if n % EVERY == 0:
                body = body.replace("見本商店".encode(encoding), b"\x81 ", 1)
            file.write(body)
            fates.append(fate)
            line += body.count(b"\n")
    return fates


def _line(cells: tuple[str, ...] | list[str], encoding: str) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerow(cells)
    return out.getvalue().encode(encoding)


def _row(n: int, line: int) -> tuple[dict[str, str], Fate]:  # noqa: C901, PLR0911 - one case for each kind of fault
    cells = good(n)
    number = cells["旧契約番号"]
    match n % EVERY:
        case 0:
            return cells, _refused(line, "", ("", "not_decodable"))
        case 10:
            cells["プラン"] = "プラン9 ライト"
            return cells, _refused(line, number, ("plan", "plan_unknown"))
        case 20:
            cells |= {"問い合わせ上限回数": "", "対応時間": "", "ツール台数": ""}
            names = ("inquiry_limit", "support_hours", "seats")
            findings = tuple((name, "limits_not_recorded") for name in names)
            return cells, Fate(line=line, legacy_number=number, outcome="billing_only", findings=findings)
        case 30:
            cells = good(n - 1)
            twice = (("legacy_number", "duplicate_row"),)
            return cells, Fate(line=line, legacy_number=cells["旧契約番号"], outcome="unchanged", findings=twice)
        case 40:
            cells = {**good(n - 1), "契約者名": "別の会社", "契約者番号": ""}
            return cells, _refused(line, cells["旧契約番号"], ("legacy_number", "legacy_number_taken"))
        case 50:
            cells |= {"プラン": "ライトあんしんプラン1", "回線種別": "フレッツ 光ネクスト", "回線番号": f"CAG{n:010d}"}
            return cells, _refused(line, number, ("plan", "plan_not_closed"))
        case 60:
            cells["契約開始日"] = "2015年2月30日"
            return cells, _refused(line, number, ("start_on", "date_unreadable"))
        case 70:
            cells |= {"契約者名": "", "電話番号": "なし"}
            return cells, _refused(line, number, ("name", "field_missing"), ("phones", "phone_unreadable"))
        case 80:
            held = n - 3 if (n - 3) % 3 else n - 4
            cells |= {"プラン": "プラン1 ライト", "回線種別": "フレッツ 光ネクスト", "回線番号": f"caf-{held:010d}"}
            return cells, _refused(line, number, ("line_number", "line_already_contracted"))
        case 90:
            cells |= {"プラン": "プラン ミニ", "契約開始日": "2019-12-01", "回線種別": "", "回線番号": ""}
            late = (("start_on", "start_after_inferred_end_of_sale"),)
            return cells, Fate(line=line, legacy_number=number, outcome="imported", findings=late)
        case 95:
            cells["契約者名"] = '株式会社\n"見本"商店'
        case 96:
            cells |= {"契約者番号": f"C-{n - 2:07d}"}
            return cells, _refused(line, number, ("subscriber_number", "subscriber_differs"))
    return cells, Fate(line=line, legacy_number=number, outcome="imported")


def _refused(line: int, number: str, *findings: tuple[str, str]) -> Fate:
    return Fate(
        line=line, legacy_number=number, outcome="refused", findings=findings, again="refused", again_findings=findings
    )


def as_report(fates: list[Fate], *, again: bool = False) -> Iterator[tuple[str, ...]]:
    """The lines of the report that must come of it, without the ids of contracts."""
    for fate in fates:
        outcome, findings = (fate.again, fate.again_findings) if again else (fate.outcome, fate.findings)
        for finding in findings or (("", ""),):
            yield (str(fate.line), fate.legacy_number, outcome, *finding)
