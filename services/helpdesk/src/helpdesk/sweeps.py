"""What the passing of time does here."""

from __future__ import annotations

from datetime import datetime

from common.db import Tx
from common.settings import ServiceSettings
from common.sweeping import Sweep
from helpdesk.storage import callbacks, credentials, goals, reports
from helpdesk.usecases.judge_goals import judge_goals, review
from helpdesk.usecases.keep_callbacks import tell_overdue
from helpdesk.usecases.keep_credentials import keys_of, seal_anew
from helpdesk.usecases.take_report import judge_reports

BATCH = 100


async def _next_broken_promise(tx: Tx) -> datetime | None:
    return await callbacks.next_due(tx)


async def _tell_broken_promises(tx: Tx, now: datetime) -> int:
    return await tell_overdue(tx, now, limit=BATCH)


async def _next_review(tx: Tx) -> datetime | None:
    return await goals.next_review(tx)


async def _review(tx: Tx, now: datetime) -> int:
    return await review(tx, now)


async def _next_judgement(tx: Tx) -> datetime | None:
    return await goals.next_judgement(tx)


async def _judge_goals(tx: Tx, now: datetime) -> int:
    return await judge_goals(tx, now, limit=BATCH)


async def _next_opening(tx: Tx) -> datetime | None:
    return await reports.next_opening(tx)


async def _judge_reports(tx: Tx, now: datetime) -> int:
    return await judge_reports(tx, now, limit=BATCH)


def sealing_anew(settings: ServiceSettings) -> Sweep:
    """What old secret keys sealed is sealed by the present one, as long as there are old keys."""

    async def next_due(tx: Tx) -> datetime | None:
        old = keys_of(settings.secrets()).ids[1:]
        return await credentials.oldest_sealed_by(tx, old) if old else None

    async def run(tx: Tx, now: datetime) -> int:
        return await seal_anew(tx, keys_of(settings.secrets()), limit=BATCH)

    return Sweep("credentials", next_due=next_due, run=run)


SWEEPS = (
    Sweep("callbacks", next_due=_next_broken_promise, run=_tell_broken_promises),
    Sweep("goal reviews", next_due=_next_review, run=_review),
    Sweep("reports", next_due=_next_opening, run=_judge_reports),
    Sweep("goals", next_due=_next_judgement, run=_judge_goals),
)
