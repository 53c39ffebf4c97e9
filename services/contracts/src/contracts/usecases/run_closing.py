"""Close the fee months of everybody: a run that goes on batch by batch, through kills, until nothing is left."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

from common.civil import FeeMonth
from common.db import Tx
from common.errors import DomainError
from common.ids import new_id
from contracts.domain.billable import Billable
from contracts.domain.billing_refusals import ClosingInTheFuture
from contracts.domain.catalogue import Catalogue
from contracts.domain.closed_day import calendar_of
from contracts.domain.closing import ClosingFailure, ClosingRun, RunStatus, closable_until, closing_due
from contracts.domain.statements import Owed, Statement, close_month
from contracts.storage import catalogue, closing, closing_runs
from contracts.usecases.close_fee_month import due_in, write_closed

Month = tuple[Billable, FeeMonth, Statement]
A = TypeVar("A")
B = TypeVar("B")

# A batch is decided in so many parts, of at least so many contracts; after each few of them the writer is let through.
_PARTS, _LEAST, _BREATH = 4, 10, 5


async def start_closing(tx: Tx, now: datetime, *, until: datetime | None = None) -> ClosingRun:
    """Begin a run over all months that ended at `until` (default: now) or earlier; the worker carries it out.

    Raises `ClosingInTheFuture`, `ClosingRunGoesOn`.
    """
    if until is not None and until > now:
        raise ClosingInTheFuture(until=until, now=now)
    return await _begin(tx, now, until=until or now, automatic=False)


async def next_closing_due(tx: Tx) -> datetime | None:
    """When there is something to close: a run goes on, or a month's business days have passed."""
    run = await closing_runs.running(tx)
    if run is not None:
        return run.started_at
    end = await closing_runs.first_open_month_end(tx)
    if end is None:
        return None
    book = await catalogue.current(tx, end)
    return closing_due(
        end,
        business_days=book.settings["closing_business_days"],
        hours=book.hours.support_basic,
        calendar=calendar_of(book.calendar, await catalogue.closed_days(tx)),
    )


async def close_batch(tx: Tx, now: datetime, *, most: int) -> int:
    """Close up to `most` months of the run that goes on, else of a new automatic one; how many were dealt with.

    A month that cannot be closed is kept with the reason, and the others go on.
    """
    run = await closing_runs.running(tx, lock=True)
    book = await catalogue.current(tx, now)
    run = run or await _begin(tx, now, until=await _closable(tx, book, now), automatic=True)
    due = await closing.lock_due(tx, until=run.until, run_id=run.id, automatic=run.automatic, limit=most)
    done, failures = await _dealt_with(tx, due, book, run, now)
    await closing_runs.keep_failures(tx, failures)
    run = replace(
        run,
        statements=run.statements + len(done),
        total=run.total + sum(statement.total for statement in done),
        failures=run.failures + len(failures),
        version=run.version + 1,
    )
    if len(due) < most and await closing_runs.is_done(tx, run):
        run = replace(run, status=RunStatus.FINISHED, finished_at=now)
    await closing_runs.update(tx, run)
    return len(due)


async def _begin(tx: Tx, now: datetime, *, until: datetime, automatic: bool) -> ClosingRun:
    run = ClosingRun(
        id=new_id("crn"),
        until=until,
        automatic=automatic,
        status=RunStatus.RUNNING,
        started_at=now,
        started_by=tx.actor,
    )
    await closing_runs.insert(tx, run)
    return run


async def _closable(tx: Tx, book: Catalogue, now: datetime) -> datetime:
    return closable_until(
        now,
        business_days=book.settings["closing_business_days"],
        hours=book.hours.support_basic,
        calendar=calendar_of(book.calendar, await catalogue.closed_days(tx)),
    )


async def _dealt_with(
    tx: Tx, due: Sequence[Billable], book: Catalogue, run: ClosingRun, now: datetime
) -> tuple[list[Statement], list[ClosingFailure]]:
    """Statements of those that could be closed, and why the others could not.

    While the database writes one part, the next one is decided: each would otherwise wait for the other.
    """
    owed = await closing.owed(tx, [contract.id for contract in due])
    done: list[Statement] = []
    failures: list[ClosingFailure] = []
    decided: list[Month] = []
    size = max(_LEAST, -(-len(due) // _PARTS))
    for first in range(0, len(due) + size, size):
        refused, (following, undecided) = await _both(
            _refused(tx, decided, now), _decided(due[first : first + size], owed, book, run, tx.actor, now)
        )
        failures += [_failure(contract, month, run, now, "database", str(why)) for contract, month, why in refused]
        lost = {contract.id for contract, _, _ in refused}
        done += [statement for contract, _, statement in decided if contract.id not in lost]
        decided, failures = following, failures + undecided
    return done, failures


async def _both(writing: Coroutine[Any, Any, A], deciding: Coroutine[Any, Any, B]) -> tuple[A, B]:
    """Both at once; of what fails the error itself is raised, by which others know what may pass."""
    try:
        async with asyncio.TaskGroup() as group:
            one, other = group.create_task(writing), group.create_task(deciding)
    except ExceptionGroup as failed:
        raise failed.exceptions[0] from failed
    return one.result(), other.result()


async def _decided(
    due: Sequence[Billable], owed: dict[str, Owed], book: Catalogue, run: ClosingRun, by: str, now: datetime
) -> tuple[list[Month], list[ClosingFailure]]:
    """Statements of those that can be closed, and why the others cannot; who writes is let through now and then."""
    months: list[Month] = []
    failures: list[ClosingFailure] = []
    for place, contract in enumerate(due):
        if place % _BREATH == 0:
            await asyncio.sleep(0)
        end = contract.open_month_ends_at or run.until
        month = contract.fee_month_at(end - timedelta(seconds=1))
        try:
            owes = due_in(month, owed[contract.id])
            statement = close_month(contract, month, owes, book, statement_id=new_id("stm"), now=now, by=by)
        except (DomainError, LookupError) as error:
            code = error.code if isinstance(error, DomainError) else "contract_incomplete"
            failures.append(_failure(contract, month, run, now, code, str(error)))
        else:
            months.append((contract, month, statement))
    return months, failures


async def _refused(tx: Tx, months: Sequence[Month], now: datetime) -> list[tuple[Billable, FeeMonth, Exception]]:
    """Write all together; when the database refuses, one by one, and those that it refuses are named."""
    if not months:
        return []
    try:
        async with tx.savepoint():
            await write_closed(tx, months, now)
    except closing.RowRefused as error:
        contract, month, _ = months[0]
        if len(months) == 1:
            return [(contract, month, error)]
        return [each for one in months for each in await _refused(tx, [one], now)]
    return []


def _failure(
    contract: Billable, month: FeeMonth, run: ClosingRun, now: datetime, code: str, why: str
) -> ClosingFailure:
    return ClosingFailure(
        contract_id=contract.id,
        partner=contract.partner,
        fee_month=month.name,
        run_id=run.id,
        at=now,
        code=code,
        why=why[:500],
    )
