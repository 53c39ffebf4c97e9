"""What was scheduled for a contract and has come, one step at a time, in the order in which it comes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from contracts.domain.change import Change
from contracts.domain.contract import LIVE, Contract
from contracts.domain.lifecycle import end
from contracts.domain.line_changes import give_up_parked
from contracts.domain.moves import told_moved
from contracts.domain.options import told_ended
from contracts.domain.plan_changes import take_effect

Step = Callable[[datetime], Change]


def due_step(contract: Contract, *, now: datetime, by: str) -> Change | None:
    """The step that comes first of those that have come; of several at one instant the contract's end is the last."""
    steps = [(at, rank, step) for rank, (at, step) in enumerate(_scheduled(contract, by)) if at is not None]
    at, _, step = min(steps, key=lambda due: due[:2], default=(None, 0, None))
    return step(at) if step is not None and at is not None and at <= now else None


def _scheduled(contract: Contract, by: str) -> list[tuple[datetime | None, Step]]:
    ends = [o.ends for o in contract.options if not o.ended and o.ends is not None]
    moves = [a.starts for a in contract.addresses if not a.announced]
    change = contract.scheduled_change
    live = contract.status in LIVE
    return [
        (min(ends, default=None), lambda at: told_ended(contract, now=at, by=by)),
        (change.effective_from if change else None, lambda at: take_effect(contract, now=at, by=by)),
        (min(moves, default=None), lambda at: told_moved(contract, now=at, by=by)),
        (contract.parked_until, lambda _: give_up_parked(contract, by=by)),
        (contract.ends_at if live else None, lambda _: end(contract, by=by)),
    ]
