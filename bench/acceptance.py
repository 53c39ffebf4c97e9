"""A1, A6, A9: reports over HTTP to the helpdesk as it is served, against pgbench sending the same statements."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from random import Random
from statistics import median

import asyncpg

from bench.desk import CONNECTIONS, Desk, called, helpdesk
from bench.grounds import Grounds
from bench.measuring import Figure, Side, at_least, at_most, median_ratio, quantile, stopwatch
from bench.recorded import script, sent_by
from common.clock import SystemClock
from common.events.contracts import EntitlementsChanged
from common.testing import running
from evaluation.testing.databases import TemplateDatabases
from helpdesk.app import create_app
from helpdesk.settings import HelpdeskSettings
from helpdesk.testing import API, a_report, entitlements, light, since_begin, tell, tell_catalogue

TITLE = "POST of an inquiry / pgbench sending the same statements, 16 connections"
HOT_TITLE = "One hot contract: POST of inquiries / pgbench updating its one row, 16 connections"
CONTRACTS = 500
GOAL_THROUGHPUT, GOAL_CPU, GOAL_HOT, GOAL_TAIL = 0.60, 1.6, 0.6, 3.0
ROLE = "helpdesk"

_ONE_ROW = """
UPDATE quota_counter SET ceiling = ceiling + 1 WHERE contract_id = '{contract}' AND fee_month = '{month}';
"""
_FEW = 32  # calls before the clocks start: plans, keys and connections are there then


def contract_of(number: int) -> str:
    """The contract of this number."""
    return f"ctr_{number:032x}"


async def run(grounds: Grounds, *, rounds: int, operations: int) -> list[Figure]:
    """A1 and A9: contracts drawn at random."""
    sides: list[tuple[Side, Side]] = []
    tails: list[float] = []
    async with _laid(grounds, limit=10**6) as (database, limit), helpdesk(grounds, database) as desk:
        await _reported(desk, contracts=CONTRACTS, calls=_FEW)
        for number in range(rounds):
            measured: dict[bool, Side] = {}
            for ours in (True, False) if number % 2 == 0 else (False, True):
                if ours:
                    measured[ours], seconds = await _report(grounds, desk, operations)
                    tails.append(quantile(seconds, 0.99) / quantile(seconds, 0.5))
                else:
                    measured[ours] = await _pgbench(grounds, limit, database, operations)
            sides.append((measured[True], measured[False]))
    ours_alone, limits = [side for side, _ in sides], [side for _, side in sides]
    return [
        at_most(
            "CPU with PostgreSQL, ratio",
            median_ratio([side.cpu_micros for side in ours_alone], [side.cpu_micros for side in limits]),
            GOAL_CPU,
            gate=True,
        ),
        at_least(
            "throughput, ratio",
            median_ratio([side.per_second for side in ours_alone], [side.per_second for side in limits]),
            GOAL_THROUGHPUT,
        ),
        at_most("A9: p99 / p50", median(tails), GOAL_TAIL),
        *_absolute(ours_alone, limits),
    ]


async def run_hot(grounds: Grounds, *, rounds: int, operations: int) -> list[Figure]:
    """A6: all on one contract, which has fewer units than calls; a contract of its own for each round."""
    allowed = operations - max(1, operations // 20)
    sides: list[tuple[Side, Side]] = []
    accepted: list[int] = []
    async with _laid(grounds, limit=allowed) as (database, _), helpdesk(grounds, database) as desk:
        await _reported(desk, contracts=1, calls=_FEW, first=CONTRACTS - 1)
        for number in range(rounds):
            with stopwatch(grounds.server, desk.cpu_seconds) as read:
                outcome = await _reported(desk, contracts=1, calls=operations, first=number)
                ours = read(operations)
            accepted.append(outcome[0][201])
            month = f"{datetime.now(UTC):%Y-%m}"
            one_row = _ONE_ROW.format(contract=contract_of(number), month=month)
            sides.append((ours, await _pgbench(grounds, one_row, database, operations)))
    ours_alone, limits = [side for side, _ in sides], [side for _, side in sides]
    exact = sum(each == allowed for each in accepted) / len(accepted)
    return [
        at_least("rounds in which exactly the limit was accepted", exact, 1.0),
        at_least(
            "throughput, ratio",
            median_ratio([side.per_second for side in ours_alone], [side.per_second for side in limits]),
            GOAL_HOT,
        ),
        *_absolute(ours_alone, limits),
    ]


def _absolute(ours: list[Side], limits: list[Side]) -> list[Figure]:
    return [
        Figure(name="ours, inquiries per second", value=median(side.per_second for side in ours)),
        Figure(name="ours, Python CPU, µs per inquiry", value=median(side.client_micros for side in ours)),
        Figure(name="ours, CPU with PostgreSQL, µs per inquiry", value=median(side.cpu_micros for side in ours)),
        Figure(name="limit, transactions per second", value=median(side.per_second for side in limits)),
        Figure(name="limit, CPU with PostgreSQL, µs per transaction", value=median(side.cpu_micros for side in limits)),
    ]


@asynccontextmanager
async def _laid(grounds: Grounds, *, limit: int) -> AsyncIterator[tuple[str, str]]:
    """A database with many contracts, always open, and what one acceptance sends as a script for pgbench."""
    databases = TemplateDatabases(grounds.cluster)
    await asyncio.to_thread(databases.prepare)
    try:
        with databases.database() as name:
            url = grounds.cluster.role_url(ROLE, name)
            now = SystemClock().now()
            async with running(create_app, HelpdeskSettings, url=url, at=now, pool_size=1) as suite:
                await tell_catalogue(suite)
                for number in range(CONTRACTS):
                    await tell(suite, _entitled(number, limit))
                async with suite.client("operator") as client:

                    async def report() -> None:
                        headers = {"Idempotency-Key": f"key_{now.timestamp():032.0f}"}
                        body = a_report(contract_id=contract_of(0))
                        answer = await client.post(f"{API}/inquiries", json=body, headers=headers)
                        answer.raise_for_status()

                    statements = await sent_by(suite.database, report)
            async with _administrator(grounds, name) as admin:
                await admin.execute("TRUNCATE inquiry, quota_ledger, quota_counter CASCADE")
                await admin.execute("TRUNCATE outbox, case_entry, idempotency_record")
            yield name, script(statements, contract_id=contract_of(0), contracts=CONTRACTS)
    finally:
        databases.close()


def _entitled(number: int, limit: int) -> EntitlementsChanged:
    return entitlements(
        light(inquiry_limit=limit), contract_id=contract_of(number), hours_extension_periods=(since_begin(),)
    )


@asynccontextmanager
async def _administrator(grounds: Grounds, name: str) -> AsyncIterator[asyncpg.Connection]:
    admin = await asyncpg.connect(grounds.cluster.admin_url(name), server_settings={"search_path": ROLE})
    try:
        await admin.execute("SET session_replication_role = replica")
        yield admin
    finally:
        await admin.close()


async def _report(grounds: Grounds, desk: Desk, operations: int) -> tuple[Side, list[float]]:
    with stopwatch(grounds.server, desk.cpu_seconds) as read:
        statuses, seconds = await _reported(desk, contracts=CONTRACTS, calls=operations)
        side = read(operations)
    if statuses != {201: operations}:
        raise RuntimeError(f"not all were accepted: {dict(statuses)}")
    return side, seconds


async def _reported(desk: Desk, *, contracts: int, calls: int, first: int = 0) -> tuple[dict[int, int], list[float]]:
    chosen = Random(calls)  # noqa: S311 - which contract is called next
    bodies = [json.dumps(a_report(contract_id=contract_of(first + n))).encode() for n in range(contracts)]
    outcome = await called(desk, lambda: chosen.choice(bodies), calls)
    return outcome.statuses, outcome.seconds


async def _pgbench(grounds: Grounds, what: str, database: str, operations: int) -> Side:
    return await grounds.pgbench(
        what,
        database=database,
        transactions=operations // CONNECTIONS,
        operations=operations,
        clients=CONNECTIONS,
        role=ROLE,
    )
