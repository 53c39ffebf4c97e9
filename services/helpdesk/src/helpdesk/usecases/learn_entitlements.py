"""A contract may use something else now: remember it, and move the limits of its months with it."""

from __future__ import annotations

from datetime import datetime

from common.civil import fee_month_named
from common.db import Tx
from common.events.contracts import EntitlementsChanged
from helpdesk.domain.quota import allowance_of
from helpdesk.storage import entitlements, goals, quota


async def learn_entitlements(state: EntitlementsChanged, tx: Tx, now: datetime, *, known_at: datetime) -> None:
    """Remember the newest state of a contract, re-judge its months and goals; an older version changes nothing.

    The projection is locked first: an acceptance that is being decided by the old state comes to its end before, and
    the next one waits for the new limits. Then inquiries, then counters: the order in which everybody locks.
    """
    before = await entitlements.lock(tx, state.contract_id)
    if before is not None and before.version >= state.version:
        return
    await entitlements.put(tx, state, known_at=known_at)
    if before is not None and before.partner != state.partner:
        await entitlements.retenant(tx, state.contract_id, state.partner)
    months = await quota.lock_months(tx, state.contract_id)
    limits = {
        month.fee_month: allowance_of(state, fee_month_named(month.fee_month, state.fee_month_start_day))
        for month in months
    }
    await quota.put_limits(tx, state.contract_id, limits)
    await goals.judge_again(tx, now, contract_id=state.contract_id)
