"""Files of old contracts over the API: received, read in the background, reported row by row."""

from __future__ import annotations

import csv
import io
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from common.events.contracts import (
    AddressChanged,
    ContractActivated,
    EntitlementsChanged,
    SubscriberDirectoryChanged,
)
from contracts.storage.tables import metadata
from contracts.testing import MONDAY_MORNING, Desk
from contracts.testing.legacy_files import TITLES, good, write_file

HOUSE = "supervisor"


async def sent(desk: Desk, content: bytes, role: str = HOUSE, **params: Any) -> httpx.Response:
    async with desk.suite.client(role) as client:
        return await client.post("/api/contracts/v1/legacy-imports", content=content, params=params)


async def imported(desk: Desk, content: bytes, **params: Any) -> dict[str, Any]:
    """The import when it has been read to its end."""
    received = await sent(desk, content, **params)
    assert received.status_code == 202, received.text
    assert received.json()["status"] == "reading"
    await desk.suite.sweep()
    return await desk.get(f"/legacy-imports/{received.json()['id']}", role=HOUSE)


async def rows_of(desk: Desk, done: dict[str, Any], **params: Any) -> list[dict[str, Any]]:
    found = await desk.get(f"/legacy-imports/{done['id']}/rows", role=HOUSE, params={"limit": 100, **params})
    items: list[dict[str, Any]] = found["items"]
    return items


def a_file(*rows: dict[str, str], encoding: str = "utf-8-sig") -> bytes:
    out = io.StringIO()
    writer = csv.DictWriter(out, TITLES)
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode(encoding)


def _report(table: sa.Table) -> bool:
    return table.name == "legacy_import_row"


@pytest.mark.rule("R-SALE-WINDOW")
async def test_a_row_becomes_what_the_single_command_makes_of_it(desk: Desk) -> None:
    done = await imported(desk, a_file(good(1)), file_name="old.csv")
    assert (done["status"], done["counts"], done["file_name"]) == ("done", {"imported": 1, "rows": 1}, "old.csv")
    (row,) = await rows_of(desk, done)
    by_file = await desk.get(f"/contracts/{row['contract_id']}")
    subscriber = await desk.get(f"/subscribers/{by_file['subscriber_id']}")
    assert (subscriber["name"], subscriber["phones"], subscriber["version"]) == (
        "株式会社見本商店1",
        ["+81300000001"],
        1,
    )

    other = await desk.subscriber(name=subscriber["name"], name_kana=subscriber["name_kana"])
    hours = [{"weekdays": [1, 2, 3, 4, 5], "opens": "09:00", "closes": "18:00"}]
    body = desk.application(
        other["id"],
        plan_code="light-1",
        start_on="2015-04-01",
        legacy_number="L-other",
        line={"kind": "flets_hikari_next", "number": "CAF-777"},
        recorded_limits={"inquiry_limit": 3, "seats": 0, "setup_visit": True, "support_hours": hours},
    )
    by_command = await desk.post("/legacy-contracts", body, role=HOUSE)
    told: list[list[Any]] = []
    for contract in (by_file, by_command):
        events = [
            event
            for event in await desk.suite.published()
            if isinstance(event.data, ContractActivated | EntitlementsChanged | AddressChanged)
            and event.data.contract_id == contract["id"]
        ]
        bodies = [event.data.model_dump() for event in events]
        for each in bodies:
            for name in ("contract_id", "subscriber_id", "address_id", "address_periods", "street", "building"):
                each.pop(name, None)
        told.append(
            sorted([(type(e.data).__name__, e.sequence, b) for e, b in zip(events, bodies, strict=True)], key=str)
        )
    assert told[0] == told[1]
    same = ("status", "version", "plan_code", "monthly_price", "fee_month_start_day", "active_from", "flags")
    assert {name: by_file[name] for name in same} == {name: by_command[name] for name in same}
    async with desk.suite.transaction() as tx:
        owned = [table.name for table in metadata.tables.values() if "contract_id" in table.c and not _report(table)]
        rows = [
            {
                t: await tx.connection.fetchval(f"SELECT count(*) FROM {t} WHERE contract_id = $1", c["id"])
                for t in owned
            }
            for c in (by_file, by_command)
        ]
    assert rows[0] == rows[1]
    assert rows[0]["plan_period"] == 1
    acts = [(await desk.get(f"/contracts/{c['id']}/history"))["items"][0]["act"] for c in (by_file, by_command)]
    assert acts == ["imported", "imported"]
    assert (await desk.told(SubscriberDirectoryChanged))[0].data.contract_ids == (by_file["id"],)


async def test_the_same_file_again_changes_nothing_and_says_so(desk: Desk) -> None:
    content = a_file(good(1), good(3))
    await imported(desk, content)
    before = len(await desk.suite.published())
    again = await imported(desk, content)
    assert again["counts"] == {"unchanged": 2, "rows": 2}
    assert len(await desk.suite.published()) == before


async def test_a_row_that_says_something_else_than_before_changes_nothing_and_is_refused(desk: Desk) -> None:
    await imported(desk, a_file(good(1)))
    before = len(await desk.suite.published())
    done = await imported(desk, a_file({**good(1), "問い合わせ上限回数": "99"}))
    (row,) = await rows_of(desk, done)
    assert (row["outcome"], row["findings"]) == ("refused", [{"field": "legacy_number", "code": "legacy_number_taken"}])
    assert len(await desk.suite.published()) == before


async def test_an_old_number_entered_by_command_is_not_imported_again(desk: Desk) -> None:
    subscriber = await desk.subscriber()
    body = desk.application(subscriber["id"], plan_code="light-1", start_on="2015-04-01", legacy_number="L-0000001")
    await desk.post("/legacy-contracts", body, role=HOUSE)
    (row,) = await rows_of(desk, await imported(desk, a_file(good(1))))
    assert row["findings"] == [{"field": "legacy_number", "code": "legacy_number_taken"}]


@pytest.mark.rule("R-ELIGIBLE-LINE")
async def test_a_line_that_another_contract_holds_is_refused(desk: Desk) -> None:
    await desk.active(line={"kind": "flets_hikari_next", "number": "CAF-0000000001"})
    (row,) = await rows_of(desk, await imported(desk, a_file(good(1))))
    assert row["findings"] == [{"field": "line_number", "code": "line_already_contracted"}]


async def test_contracts_of_one_subscriber_share_it_within_a_file_and_across_files(desk: Desk) -> None:
    second = {**good(2), "契約者番号": "C-0000001", "契約者名": good(1)["契約者名"], "電話番号": good(1)["電話番号"]}
    third = {**second, "旧契約番号": "L-9", "回線番号": "CAF9"}
    done = [await imported(desk, a_file(good(1), second)), await imported(desk, a_file(third))]
    ids = [row["contract_id"] for each in done for row in await rows_of(desk, each)]
    holders = {(await desk.get(f"/contracts/{id_}"))["subscriber_id"] for id_ in ids}
    assert len(holders) == 1
    told = [event.data.contract_ids for event in await desk.told(SubscriberDirectoryChanged)]
    assert told == [tuple(ids[:2]), tuple(ids)]
    assert [event.sequence for event in await desk.told(SubscriberDirectoryChanged)] == [1, 2]


async def test_a_row_without_limits_is_billed_only_and_listed(desk: Desk) -> None:
    bare = {**good(1), "問い合わせ上限回数": "", "対応時間": "", "ツール台数": ""}
    done = await imported(desk, a_file(bare, good(2)))
    assert done["codes"] == {"limits_not_recorded": 3}
    (row,) = await rows_of(desk, done, outcome="billing_only")
    contract = await desk.get(f"/contracts/{row['contract_id']}")
    assert contract["flags"] == ["limits_not_recorded"]


async def test_a_dry_run_says_the_same_and_does_nothing(desk: Desk, tmp_path: Path) -> None:
    write_file(tmp_path / "old.csv", 200)
    content = (tmp_path / "old.csv").read_bytes()
    before = len(await desk.suite.published())
    dry = await imported(desk, content, dry_run=True)
    assert len(await desk.suite.published()) == before
    async with desk.suite.transaction() as tx:
        left = [
            await tx.connection.fetchval(f"SELECT count(*) FROM {table}")
            for table in ("contract", "subscriber", "legacy_source", "legacy_import_chunk")
        ]
    assert left == [0, 0, 0, 0]
    real = await imported(desk, content)
    assert (dry["counts"], dry["codes"]) == (real["counts"], real["codes"])
    for page in ({}, {"outcome": "refused"}):
        alike = [
            [(row["line"], row["outcome"], row["findings"]) for row in await rows_of(desk, each, **page)]
            for each in (dry, real)
        ]
        assert alike[0] == alike[1]


async def test_json_is_read_too_as_lines_or_as_an_array(desk: Desk) -> None:
    row: dict[str, Any] = {
        "legacy_number": "L-1", "name": "見本", "name_kana": "ミホン", "postal_code": "1600023", "prefecture": "東京都",
        "city": "新宿区", "street": "1", "plan": "standard-1", "start_on": "2015-04-01", "inquiry_limit": 3, "seats": 0,
        "support_hours": "basic", "setup_visit": True,
    }  # fmt: skip
    done = await imported(desk, (json.dumps(row) + "\n{broken\n").encode())
    assert (done["format"], done["counts"]) == ("jsonl", {"imported": 1, "refused": 1, "rows": 2})
    assert [each["findings"] for each in await rows_of(desk, done)][1] == [{"field": "", "code": "record_unreadable"}]
    array = json.dumps([row, 5, {**row, "legacy_number": "L-2"}], indent=1)
    done = await imported(desk, array.encode() + b"\n" * 300_000)
    assert (done["format"], done["counts"]) == ("json", {"unchanged": 1, "refused": 1, "imported": 1, "rows": 3})
    lines = array.splitlines()
    objects = [n for n, line in enumerate(lines, start=1) if line in (" {", " 5,")]
    assert [each["line"] for each in await rows_of(desk, done)] == objects


async def test_the_report_is_a_table_with_titles_in_both_languages(desk: Desk) -> None:
    done = await imported(desk, a_file(good(1), {**good(2), "プラン": "?", "契約開始日": "?"}))
    japanese = await desk.call("GET", f"/legacy-imports/{done['id']}/report", role=HOUSE)
    assert japanese.headers["content-type"] == "text/csv; charset=utf-8"
    lines = list(csv.reader(io.StringIO(japanese.content.decode("utf-8-sig"))))
    assert lines[0] == ["行", "旧契約番号", "結果", "項目", "コード", "契約ID"]
    assert [line[:5] for line in lines[1:]] == [
        ["2", "L-0000001", "imported", "", ""],
        ["3", "L-0000002", "refused", "プラン", "plan_unknown"],
        ["3", "L-0000002", "refused", "契約開始日", "date_unreadable"],
    ]
    english = await desk.call("GET", f"/legacy-imports/{done['id']}/report?lang=en", role=HOUSE)
    assert english.content.decode("utf-8-sig").splitlines()[0] == "line,legacy_number,outcome,field,code,contract_id"


async def test_columns_that_are_not_those_of_old_contracts_fail_the_import_and_the_file_is_gone(desk: Desk) -> None:
    done = await imported(desk, "色,大きさ\n赤,1\n".encode())
    assert (done["status"], done["failure"]["code"]) == ("failed", "import_columns_unreadable")
    assert done["failure"]["unknown"] == ["色", "大きさ"]
    async with desk.suite.transaction() as tx:
        assert await tx.connection.fetchval("SELECT count(*) FROM legacy_import_chunk") == 0


@pytest.mark.parametrize(
    ("content", "params", "code"),
    [
        (b"", {}, "import_file_empty"),
        (b"[{}, {}\n \n", {}, "import_file_cut_off"),
        (b"[{}]" + b" " * 600_000 + b"x", {}, "import_file_cut_off"),
        (b"{}", {"format": "json"}, "import_file_cut_off"),
        (b"a", {"encoding": "utf-16"}, "import_encoding_unknown"),
        (b"a", {"format": "xlsx"}, "validation_failed"),
    ],
)
async def test_what_cannot_be_a_file_is_refused_at_once(
    desk: Desk, content: bytes, params: dict[str, str], code: str
) -> None:
    refused = await sent(desk, content, **params)
    assert (refused.status_code, refused.json()["code"]) == (422, code)
    assert await desk.suite.sweep() == 0
    async with desk.suite.transaction() as tx:
        assert await tx.connection.fetchval("SELECT count(*) FROM legacy_import_chunk") == 0


async def test_a_file_may_be_larger_than_other_bodies_and_only_there(desk: Desk) -> None:
    large = a_file(good(1)) + b"\n" * (3 * 1024 * 1024)
    assert (await imported(desk, large))["counts"] == {"imported": 1, "rows": 1}
    async with desk.suite.client(HOUSE) as client:
        other = await client.post("/api/contracts/v1/subscribers", content=large)
    assert (other.status_code, other.json()["code"]) == (413, "body_too_large")


async def test_only_supervisors_import(desk: Desk) -> None:
    assert (await sent(desk, a_file(good(1)), role="operator")).status_code == 403
    assert (await desk.call("GET", "/legacy-imports")).status_code == 403
    unknown = await desk.refused("/legacy-imports/imp_0", method="GET", status=404, role=HOUSE)
    assert unknown["code"] == "legacy_import_unknown"


async def test_imports_are_listed_newest_first(desk: Desk) -> None:
    ids = [(await imported(desk, a_file(good(n))))["id"] for n in (1, 2)]
    listed = await desk.get("/legacy-imports", role=HOUSE)
    assert [each["id"] for each in listed["items"]] == ids[::-1]


async def test_an_upload_that_broke_off_is_given_up_after_a_day(desk: Desk) -> None:
    received = (await sent(desk, a_file(good(1)))).json()["id"]
    async with desk.suite.transaction() as tx:
        await tx.connection.execute("UPDATE legacy_import SET status = 'receiving' WHERE id = $1", received)
    desk.at(MONDAY_MORNING + timedelta(days=1, minutes=1))
    await imported(desk, a_file(good(2)))
    await desk.suite.sweep()
    given_up = await desk.get(f"/legacy-imports/{received}", role=HOUSE)
    assert (given_up["status"], given_up["failure"]) == ("failed", {"code": "upload_incomplete"})
