"""Everybody's fee months at once: exactly one statement each, through kills, and the sum that SQL finds by itself."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sys
import time
from collections.abc import Callable

import asyncpg
import pytest

from common.events.contracts import StatementClosed
from contracts.storage import catalogue
from contracts.testing import Desk, jst
from contracts.testing.crowd import CLOSES, contract_id, month_of, settle

CONTRACTS = int(os.environ.get("ANSHIN_CLOSING_CONTRACTS", "3000"))
KILLS = 4 if CONTRACTS <= 3000 else 20
MOST = max(50, min(500, CONTRACTS // 60))
PATIENCE = 600.0
GROWTH_KIB = 32 * 1024

# From the catalogue and the facts alone, without a word of the code that closes.
EXPECTED = """
WITH fact AS (SELECT type, payload FROM published_event UNION ALL SELECT type, payload FROM outbox),
sold AS (
    SELECT entry ->> 'code' AS code, (price.yen)::bigint AS yen
    FROM catalogue_part part, jsonb_array_elements(part.body) entry, LATERAL (
        SELECT p ->> 'yen' AS yen FROM jsonb_array_elements(entry -> 'prices') p
        WHERE (p ->> 'since')::date <= '2026-05-01' ORDER BY p ->> 'since' DESC LIMIT 1
    ) price
    WHERE part.part IN ('plans', 'options')
)
SELECT (SELECT sum(yen) FROM fact JOIN sold ON sold.code = payload ->> 'plan_code'
        WHERE type = 'anshin.contracts.ContractActivated.v1')
     + (SELECT coalesce(sum(yen), 0) FROM fact JOIN sold ON sold.code = payload ->> 'option_code'
        WHERE type = 'anshin.contracts.OptionAdded.v1')
     + (SELECT coalesce(sum((line ->> 'amount')::bigint), 0) FROM charge, jsonb_array_elements(lines) line)
"""


async def crowded(desk: Desk, contracts: int) -> None:
    async with desk.suite.transaction() as tx:
        book = await catalogue.current(tx, CLOSES)
    await settle(desk.suite.database, book, contracts)
    desk.at(CLOSES)


async def fetchval(desk: Desk, statement: str) -> int:
    async with desk.suite.transaction() as tx:
        found: int = await tx.connection.fetchval(statement)
        return found


@pytest.mark.rule("R-INVOICE")
@pytest.mark.timeout(1800)
async def test_workers_killed_on_the_way_leave_each_contract_exactly_one_statement_and_the_right_sum(
    desk: Desk, service_url: Callable[[str], str], capsys: pytest.CaptureFixture[str]
) -> None:
    await crowded(desk, CONTRACTS)
    run = await desk.post("/closing-runs", {}, role="supervisor")
    assert (run["status"], run["left"]) == ("running", CONTRACTS)
    chance = random.Random("closing")  # noqa: S311 - when to kill
    held: list[int] = []
    begun, deaths = time.monotonic(), 0
    while (await desk.get(f"/closing-runs/{run['id']}", role="supervisor"))["status"] == "running":
        assert time.monotonic() - begun < PATIENCE
        worker = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "contracts.testing.closer", service_url("contracts"), str(MOST),
            stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        assert worker.stdout is not None
        lives = chance.randint(2, 8) if deaths < KILLS else None
        held.clear()
        while line := await worker.stdout.readline():
            held.append(int(line.split()[1]))
            if lives is not None and len(held) >= lives:
                await asyncio.sleep(chance.random() * 0.02)  # somewhere within the batch that follows
                worker.send_signal(signal.SIGKILL)
                break
        deaths += await worker.wait() == -signal.SIGKILL
    seconds = time.monotonic() - begun

    assert deaths == KILLS
    done = await desk.get(f"/closing-runs/{run['id']}", role="supervisor")
    assert (done["status"], done["statements"], done["failures"], done["left"]) == ("finished", CONTRACTS, 0, 0)
    assert await fetchval(desk, "SELECT count(*) FROM statement") == CONTRACTS
    assert await fetchval(desk, "SELECT count(DISTINCT contract_id) FROM statement") == CONTRACTS
    expected = await fetchval(desk, EXPECTED)
    assert await fetchval(desk, "SELECT sum(total) FROM statement") == expected == done["total"]
    assert await fetchval(desk, "SELECT sum(amount) FROM statement_line") == expected
    told = "SELECT count(*) FROM outbox WHERE type = 'anshin.contracts.StatementClosed.v1'"
    assert await fetchval(desk, told) == CONTRACTS
    assert await fetchval(desk, "SELECT count(*) FROM charge WHERE statement_id IS NULL") == 0
    assert max(held) - held[0] < GROWTH_KIB
    with capsys.disabled():
        sys.stdout.write(
            f"\n{CONTRACTS} contracts closed, {expected} yen, {deaths} kills, {seconds:.1f} s with starts of workers, "
            f"memory of the last {held[0] // 1024} to {max(held) // 1024} MiB\n"
        )


@pytest.mark.rule("R-INVOICE")
async def test_a_month_that_cannot_be_closed_is_listed_and_stops_nobody(desk: Desk, admin_url: str) -> None:
    good, bad = await desk.active(), await desk.active()
    owner = await asyncpg.connect(admin_url, server_settings={"search_path": "contracts"})
    await owner.execute("UPDATE plan_period SET plan_code = 'gone' WHERE contract_id = $1", bad["id"])
    desk.at(jst(2026, 7, 1))
    run = await desk.post("/closing-runs", {}, role="supervisor")
    await desk.suite.sweep()
    done = await desk.get(f"/closing-runs/{run['id']}", role="supervisor")
    assert (done["status"], done["statements"], done["failures"]) == ("finished", 1, 1)
    failed = (await desk.get(f"/closing-runs/{run['id']}/failures", role="supervisor"))["items"]
    assert [(each["id"], each["fee_month"], each["code"]) for each in failed] == [
        (bad["id"], "2026-06", "plan_unknown")
    ]
    assert [told.data.contract_id for told in await desk.told(StatementClosed)] == [good["id"]]
    everywhere = (await desk.get("/closing-failures", role="supervisor"))["items"]
    assert [(each["id"], each["run_id"]) for each in everywhere] == [(bad["id"], run["id"])]
    assert await desk.suite.service.next_due() == jst(2026, 8, 6)  # the good one's; the other waits for a person
    await owner.execute("UPDATE plan_period SET plan_code = 'light-anshin-1' WHERE contract_id = $1", bad["id"])
    await owner.close()
    again = await desk.post("/closing-runs", {}, role="supervisor")
    await desk.suite.sweep()
    assert (await desk.get(f"/closing-runs/{again['id']}", role="supervisor"))["statements"] == 1
    for path in (f"/closing-runs/{run['id']}/failures", "/closing-failures"):
        assert (await desk.get(path, role="supervisor"))["items"] == []


@pytest.mark.rule("R-INVOICE")
async def test_one_contract_that_failed_is_closed_again_alone(desk: Desk, admin_url: str) -> None:
    mended, broken = await desk.active(), await desk.active()
    owner = await asyncpg.connect(admin_url, server_settings={"search_path": "contracts"})
    await owner.execute("UPDATE plan_period SET plan_code = 'gone'")
    desk.at(jst(2026, 7, 1))
    run = await desk.post("/closing-runs", {}, role="supervisor")
    await desk.suite.sweep()
    assert (await desk.close(mended["id"], "2026-06")).json()["code"] == "plan_unknown"
    await owner.execute("UPDATE plan_period SET plan_code = 'light-anshin-1' WHERE contract_id = $1", mended["id"])
    await owner.close()
    assert (await desk.close(mended["id"], "2026-06")).status_code == 201
    failed = (await desk.get(f"/closing-runs/{run['id']}/failures", role="supervisor"))["items"]
    assert [each["id"] for each in failed] == [broken["id"]]
    assert [told.data.contract_id for told in await desk.told(StatementClosed)] == [mended["id"]]


@pytest.mark.rule("R-INVOICE")
async def test_a_month_that_the_database_refuses_is_listed_and_the_others_of_its_batch_are_closed(
    desk: Desk, admin_url: str
) -> None:
    good, bad = await desk.active(), await desk.active()
    owner = await asyncpg.connect(admin_url, server_settings={"search_path": "contracts"})
    await owner.execute(f"ALTER TABLE statement ADD CONSTRAINT odd CHECK (contract_id <> '{bad['id']}')")
    await owner.close()
    desk.at(jst(2026, 7, 1))
    run = await desk.post("/closing-runs", {}, role="supervisor")
    await desk.suite.sweep()
    failed = (await desk.get(f"/closing-runs/{run['id']}/failures", role="supervisor"))["items"]
    assert [(each["id"], each["code"]) for each in failed] == [(bad["id"], "database")]
    assert [told.data.contract_id for told in await desk.told(StatementClosed)] == [good["id"]]


@pytest.mark.rule("R-INVOICE")
async def test_what_may_pass_undoes_the_batch_and_is_raised_by_its_own_name(desk: Desk, admin_url: str) -> None:
    await desk.active()
    owner = await asyncpg.connect(admin_url, server_settings={"search_path": "contracts"})
    await owner.execute("""
        CREATE FUNCTION met() RETURNS trigger LANGUAGE plpgsql AS
        $$BEGIN RAISE EXCEPTION 'x' USING ERRCODE = 'serialization_failure'; END$$;
        CREATE TRIGGER met BEFORE INSERT ON statement FOR EACH ROW EXECUTE FUNCTION met()
    """)
    desk.at(jst(2026, 7, 1))
    run = await desk.post("/closing-runs", {}, role="supervisor")
    with pytest.raises(asyncpg.SerializationError):
        await desk.suite.sweep()
    await owner.execute("DROP TRIGGER met ON statement")
    await owner.close()
    assert (await desk.get(f"/closing-runs/{run['id']}", role="supervisor"))["statements"] == 0
    await desk.suite.sweep()
    done = await desk.get(f"/closing-runs/{run['id']}", role="supervisor")
    assert (done["status"], done["statements"], done["failures"]) == ("finished", 1, 0)


@pytest.mark.rule("R-INVOICE", "R-FEE-MONTH")
async def test_one_run_at_a_time_over_months_that_are_over(desk: Desk) -> None:
    await desk.active()
    later = {"until": "2026-07-01T00:00:00+09:00"}
    refused = await desk.refused("/closing-runs", later, role="supervisor")
    assert (refused["code"], refused["rule_ids"]) == ("fee_month_not_over", ["R-FEE-MONTH", "R-INVOICE"])
    await desk.post("/closing-runs", {}, role="supervisor")
    assert (await desk.refused("/closing-runs", {}, role="supervisor"))["code"] == "closing_run_goes_on"
    await desk.suite.sweep()
    (run,) = (await desk.get("/closing-runs", role="supervisor"))["items"]
    assert (run["status"], run["statements"]) == ("finished", 0)
    unknown = await desk.refused("/closing-runs/crn_0", method="GET", status=404, role="supervisor")
    assert unknown["code"] == "closing_run_unknown"
    assert (await desk.refused("/closing-runs", {"until": "soon"}, status=422, role="supervisor"))["code"]
    assert (await desk.call("POST", "/closing-runs", {})).status_code == 403


@pytest.mark.rule("R-INVOICE")
async def test_parallel_sweeps_and_single_closings_make_one_statement_each(desk: Desk) -> None:
    await crowded(desk, 60)
    await desk.post("/closing-runs", {}, role="supervisor")
    singles = (desk.close(contract_id(n), month_of(n).name) for n in range(0, 60, 5))
    await asyncio.gather(desk.suite.sweep(), *singles, desk.suite.sweep())
    await desk.suite.sweep()
    assert await fetchval(desk, "SELECT count(*) FROM statement") == 60
    assert await fetchval(desk, "SELECT sum(total) FROM statement") == await fetchval(desk, EXPECTED)
