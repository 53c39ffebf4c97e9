"""A long file of old contracts, killed on the way, with every kind of fault (docs/legacy-import.md)."""

from __future__ import annotations

import asyncio
import csv
import json
import os
import re
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from contracts.testing.legacy_files import Fate, as_report, write_file

ROWS = int(os.environ.get("ANSHIN_IMPORT_ROWS", "3000"))
FLAT_MIB = 24
"""How much more memory the last row may have needed than the first tenth of them."""
_PROGRESS = re.compile(rb" *(\d+) % (\d+) rows")
_HIGH_WATER = re.compile(r"VmHWM:\s+(\d+) kB")


@dataclass
class Run:
    """One process of `import-legacy`: its memory by progress, and what it told at the end."""

    status: int = 0
    seconds: float = 0.0
    told: dict[str, Any] = field(default_factory=dict)
    complaints: bytes = b""
    high_water_mib: dict[int, float] = field(default_factory=dict)


async def imported(file: Path, url: str, report: Path, *, kill_at: int | None = None) -> Run:
    """Import the file; with `kill_at` the process is killed -9 when so many per cent are read."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "contracts", "import-legacy", str(file), "--report", str(report)),
        env={
            **os.environ,
            "CONTRACTS_DATABASE_URL": url,
            "CONTRACTS_ISSUER": "https://issuer.test",
            "CONTRACTS_JWKS_URL": "http://127.0.0.1:9/jwks",
            "CONTRACTS_SECRET_KEY": "a long and random enough text for tests",
        },
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    run, begun = Run(), time.perf_counter()
    async for line in process.stderr:
        run.complaints += line
        progress = _PROGRESS.match(line)
        if progress is None:
            continue
        percent = int(progress[1])
        if high_water := _HIGH_WATER.search(Path(f"/proc/{process.pid}/status").read_text()):
            run.high_water_mib[percent] = int(high_water[1]) / 1024
        if kill_at is not None and percent >= kill_at:
            process.send_signal(signal.SIGKILL)
            break
    out = await process.stdout.read()
    run.status, run.seconds = await process.wait(), time.perf_counter() - begun
    run.told = json.loads(out) if out else {}
    return run


def report_of(path: Path) -> list[tuple[str, ...]]:
    """The lines of a report without the ids of contracts."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        titles, *lines = csv.reader(file)
    assert titles == ["line", "legacy_number", "outcome", "field", "code", "contract_id"]
    return [tuple(line[:5]) for line in lines]


async def state_of(url: str) -> dict[str, Any]:
    """All that an import could have changed, counted and summed."""
    connection = await asyncpg.connect(url)
    try:
        counts = {
            table: await connection.fetchval(f"SELECT count(*) FROM {table}")
            for table in ("subscriber", "subscriber_phone", "contract", "plan_period", "address_period", "history")
        }
        events = await connection.fetch(
            "SELECT type, count(*) AS n, count(DISTINCT (aggregatetype, aggregateid, aggregate_version)) AS apart "
            "FROM outbox GROUP BY type"
        )
        numbers = await connection.fetch("SELECT legacy_number FROM contract")
    finally:
        await connection.close()
    told = {row["type"].split(".")[2]: row["n"] for row in events}
    assert all(row["n"] == row["apart"] for row in events)
    return {"counts": counts, "events": told, "numbers": sorted(row["legacy_number"] for row in numbers)}


@pytest.mark.rule("R-SALE-WINDOW")
@pytest.mark.timeout(7200)
async def test_a_long_file_killed_on_the_way_is_imported_exactly_once_with_an_exact_report(
    service_url: Callable[[str], str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, report, url = tmp_path / "old.csv", tmp_path / "report.csv", service_url("contracts")
    fates: list[Fate] = write_file(file, ROWS)
    for percent in (20, 55):
        assert (await imported(file, url, report, kill_at=percent)).status == -signal.SIGKILL
    whole = await imported(file, url, report)
    assert (whole.status, whole.told["status"]) == (2, "done"), whole.complaints.decode()
    assert b"Going on with imp_" in whole.complaints

    told, must = report_of(report), list(as_report(fates))
    assert set(told) - set(must) == set()
    assert told == must
    outcomes = Counter(fate.outcome for fate in fates)
    assert {name: whole.told.get(name, 0) for name in outcomes} == outcomes
    entered = outcomes["imported"] + outcomes["billing_only"]
    first = await state_of(url)
    kept = ("subscriber", "contract", "plan_period", "address_period", "history")
    assert {table: first["counts"][table] for table in kept} == dict.fromkeys(kept, entered)
    kinds = ("ContractActivated", "EntitlementsChanged", "SubscriberDirectoryChanged", "AddressChanged")
    assert {kind: first["events"][kind] for kind in kinds} == dict.fromkeys(kinds, entered)
    numbers = [fate.legacy_number for fate in fates if fate.outcome in {"imported", "billing_only"}]
    assert first["numbers"] == sorted(numbers)

    second = await imported(file, url, report)
    assert second.told["import_id"] != whole.told["import_id"]
    assert report_of(report) == list(as_report(fates, again=True))
    assert await state_of(url) == first

    high = second.high_water_mib
    early = next(mib for percent, mib in high.items() if percent >= 10)
    assert max(high.values()) - early <= FLAT_MIB
    with capsys.disabled():
        size = file.stat().st_size / 1024 / 1024
        sys.stdout.write(
            f"\n{ROWS} rows, {size:.1f} MiB: from 55 % on {whole.seconds:.0f} s; second run {second.seconds:.0f} s; "
            f"peak memory {max([*whole.high_water_mib.values(), *high.values()]):.0f} MiB, "
            f"at a tenth of the second run {early:.0f} MiB\n"
        )
