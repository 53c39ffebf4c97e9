"""`python -m contracts catalogue check | diff | apply`, as processes of their own."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from common.civil import jst_day
from common.events.contracts import CatalogueChanged
from common.testing import running
from contracts.app import create_app
from contracts.settings import ContractsSettings
from contracts.storage.catalogue_document import shipped_document
from contracts.testing import Desk

NOW = datetime.now(UTC)
NEXT_MONTH = jst_day(NOW + timedelta(days=31)).isoformat()


@pytest.fixture
async def desk(service_url: Callable[[str], str]) -> AsyncIterator[Desk]:
    """A running service whose clock shows what the clock of the commands shows."""
    async with running(create_app, ContractsSettings, url=service_url("contracts"), at=NOW) as suite:
        yield Desk(suite)


async def ordered(*words: str, url: str | None = None) -> tuple[int, str, str]:
    """Exit status, output and complaints of `python -m contracts catalogue …`."""
    settings = {
        "CONTRACTS_ISSUER": "https://issuer.test",
        "CONTRACTS_JWKS_URL": "http://127.0.0.1:9/jwks",
        "CONTRACTS_SECRET_KEY": "a long and random enough text for tests",
        **({"CONTRACTS_DATABASE_URL": url} if url else {}),
    }
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "contracts", "catalogue", *words),
        env={**os.environ, **settings},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, complaints = await process.communicate()
    return process.returncode or 0, out.decode(), complaints.decode()


def a_file(folder: Path, document: Any) -> str:
    file = folder / "catalogue.json"
    file.write_text(json.dumps(document, ensure_ascii=False), "utf-8")
    return str(file)


async def test_check_needs_no_database_and_names_every_fault(tmp_path: Path) -> None:
    assert await ordered("check") == (0, f"The catalogue is valid: {len(shipped_document())} parts.\n", "")
    document = shipped_document()
    document["options"][0]["plans"].append("light-anshin-9")
    document["documents"].append(document["documents"][0])
    status, out, complaints = await ordered("check", "--file", a_file(tmp_path, document))
    assert (status, out) == (1, "")
    assert complaints.splitlines() == [
        "catalogue_invalid: part: documents; twice: ['service_terms']",
        "catalogue_invalid: part: options.plans; unknown: ['light-anshin-9']",
    ]


async def test_a_file_that_is_none_is_told_in_one_line(tmp_path: Path) -> None:
    for content in ("", "{", None):
        file = tmp_path / "broken.json"
        file.unlink(missing_ok=True)
        if content is not None:
            file.write_text(content)
        status, out, complaints = await ordered("check", "--file", str(file))
        assert (status, out, complaints.count("\n")) == (1, "", 1)


async def test_a_price_to_come_is_shown_applied_once_and_counts_from_its_day(
    desk: Desk, service_url: Callable[[str], str], tmp_path: Path
) -> None:
    url, document = service_url("contracts"), shipped_document()
    assert await ordered("diff", url=url) == (0, "Nothing differs.\n", "")
    document["plans"][0]["prices"].append({"since": NEXT_MONTH, "yen": 2400})
    document["visit_menu"][3]["unit_price"] = 5000
    file = a_file(tmp_path, document)
    words = (
        f"+ plans [light-anshin-1] prices [{NEXT_MONTH}]: 2,400 yen from {NEXT_MONTH}\n"
        "  visit_menu [printer-setup] unit_price: 4840 → 5000\n"
    )
    assert await ordered("diff", "--file", file, url=url) == (2, words, "")
    last = "Parts that count anew: plans, visit_menu. Told to others: visit_menu.\n"
    assert await ordered("apply", "--file", file, "--by", "cli:sv-mori", url=url) == (0, words + last, "")
    told = (await desk.told(CatalogueChanged))[-1]
    assert (told.data.part, told.sequence, told.data.actor) == ("visit_menu", 2, "cli:sv-mori")

    again = await ordered("apply", "--file", file, url=url)
    assert again == (0, "Parts that count anew: none. Told to others: nothing.\n", "")
    desk.at(datetime.now(UTC) + timedelta(minutes=5))  # the order was given by the real clock
    prices = [
        (await desk.get(f"/plan-sheet?on={day}"))["sections"][1]["blocks"][1]["table"]["rows"][0][3]["text"]
        for day in (jst_day(NOW).isoformat(), NEXT_MONTH)
    ]
    assert prices == ["2,200円", "2,400円"]


async def test_a_start_leaves_what_was_applied_and_adds_what_is_not_there(
    desk: Desk, service_url: Callable[[str], str], tmp_path: Path
) -> None:
    url, document = service_url("contracts"), shipped_document()
    document["settings"]["loan_days_max"] = 10
    assert (await ordered("apply", "--file", a_file(tmp_path, document), url=url))[0] == 0
    async with desk.suite.transaction() as tx:
        await tx.connection.execute("DELETE FROM catalogue_part WHERE part = 'sheet'")
        await tx.connection.execute(
            "UPDATE catalogue_part SET body = body - 'loan_kinds_max', digest = 'x' WHERE part = 'settings'"
        )
    later = datetime.now(UTC) + timedelta(hours=1)
    async with running(create_app, ContractsSettings, url=url, at=later) as suite:
        again = Desk(suite)
        assert (await again.get("/plan-sheet"))["title"] == "ITサポート&セキュリティ"
        told = (await again.told(CatalogueChanged))[-1].data
    assert (told.part, told.settings["loan_days_max"], told.settings["loan_kinds_max"]) == ("settings", 10, 5)


async def test_a_part_of_a_newer_version_is_left_alone(desk: Desk) -> None:
    async with desk.suite.transaction() as tx:
        await tx.connection.execute(
            "INSERT INTO catalogue_part (part, valid_from, digest, body) VALUES ('gifts', $1, 'x', '[]')", NOW
        )
    assert len((await desk.get("/plans"))["items"]) == 14


async def test_a_change_of_what_has_counted_changes_nothing(
    desk: Desk, service_url: Callable[[str], str], tmp_path: Path
) -> None:
    document = shipped_document()
    document["plans"][0]["prices"][0]["yen"] = 2300
    document["visit_menu"][3]["unit_price"] = 5000
    before = len(await desk.suite.published())
    status, out, complaints = await ordered("apply", "--file", a_file(tmp_path, document), url=service_url("contracts"))
    assert (status, out) == (1, "")
    assert complaints.splitlines() == [
        f"catalogue_change_refused: code: light-anshin-1; reason: price_has_counted; until: {jst_day(NOW)}",
        "Nothing was changed.",
    ]
    assert len(await desk.suite.published()) == before
    assert await ordered("diff", url=service_url("contracts")) == (0, "Nothing differs.\n", "")
