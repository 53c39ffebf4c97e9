"""The price of a setup visit is accepted, or changes on site and needs a new acceptance (R-SETUP-PRICE)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from common.db import Tx
from dispatch.domain.completion import accept_quote, change_quote
from dispatch.domain.quotes import Ordered, price
from dispatch.domain.visits import Visit
from dispatch.storage import knowledge, visits
from dispatch.usecases.own_visit import Whose, locked_own
from dispatch.usecases.telling import tell_visit


@dataclass(frozen=True, kw_only=True)
class AcceptQuote:
    """Who accepts which total, in yen with tax included."""

    whose: Whose
    total: int
    accepted_by: str


@dataclass(frozen=True, kw_only=True)
class ChangeQuote:
    """What is to be done instead."""

    whose: Whose
    items: tuple[Ordered, ...]


async def agree_to_quote(cmd: AcceptQuote, tx: Tx, now: datetime) -> Visit:
    """Record the acceptance. Raises `QuoteNotApplicable`, `QuoteMismatch`, `WrongState`."""
    _, visit = await locked_own(tx, cmd.whose)
    after, event = accept_quote(visit, total=cmd.total, accepted_by=cmd.accepted_by, now=now, actor=tx.actor)
    await visits.save(tx, after)
    await tell_visit(tx, after, event, now=now, rule_ids=("R-SETUP-PRICE",), inputs={"total": cmd.total})
    return after


async def requote(cmd: ChangeQuote, tx: Tx, now: datetime) -> Visit:
    """Price other work by today's menu; any acceptance lapses.

    Raises `MenuItemUnknown`, `QuoteNotApplicable`, `WrongState`.
    """
    _, visit = await locked_own(tx, cmd.whose)
    quote = price(await knowledge.menu(tx), cmd.items)
    after, event = change_quote(visit, quote, actor=tx.actor)
    await visits.save(tx, after)
    before = visit.quote.total if visit.quote else None
    inputs = {"total": quote.total, "previous_total": before}
    await tell_visit(tx, after, event, now=now, rule_ids=("R-SETUP-PRICE",), inputs=inputs)
    return after
