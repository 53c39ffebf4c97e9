"""Options: the hours extension and extra inquiries."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from common.civil import FeeMonth, fee_month_of_day, jst_day, jst_midnight
from common.errors import DomainError, refuse_if_any
from common.events.contracts import OptionAdded, OptionEnded, OptionEndScheduled
from contracts.domain.change import Change
from contracts.domain.contract import Contract, OptionTime, Status
from contracts.domain.plans import (
    Option,
    OptionKind,
)
from contracts.domain.refusals import (
    ContractEnding,
    ContractNotActive,
    ExtraInquiriesAlreadyTaken,
    FeeMonthClosed,
    OptionAlreadyTaken,
    OptionDayNotPossible,
    OptionNotForPlan,
)
from contracts.domain.unknown import (
    OptionUnknown,
)


@dataclass(frozen=True, kw_only=True)
class OptionWish:
    """Which option from which JST day; a last day may be named for the hours extension only."""

    option_id: str
    start_on: date
    end_on: date | None = None


def add_option(contract: Contract, option: Option, wish: OptionWish, *, now: datetime, by: str) -> Change:
    """Take an option.

    Raises `ContractNotActive` and, all at once, `OptionNotForPlan`, `OptionDayNotPossible`, `FeeMonthClosed`,
    `ContractEnding`, `ExtraInquiriesAlreadyTaken` (R-EXTRA-INQUIRIES), `OptionAlreadyTaken`.
    """
    state = contract.state(now)
    if state is not Status.ACTIVE:
        raise ContractNotActive(status=state)
    month = fee_month_of_day(wish.start_on, contract.fee_month_start_day)
    taken = _option_time(contract, option, wish, month)
    refuse_if_any(
        (
            _not_for_plan(contract, option, taken),
            _not_that_day(contract, wish, month, now),
            _taken_already(contract, option, taken),
        )
    )
    fact = OptionAdded(
        actor=by,
        contract_id=contract.id,
        subscriber_id=contract.subscriber_id,
        option_id=taken.id,
        option_code=taken.code,
        starts_at=taken.starts,
    )
    details = {"option_id": taken.id, "option_code": taken.code, "start_on": wish.start_on.isoformat()}
    options = (*contract.options, taken)
    return Change(contract=replace(contract, options=options), act="option_added", facts=(fact,), details=details)


def end_option(contract: Contract, option_id: str, *, end_on: date | None, now: datetime, by: str) -> Change:
    """The hours extension ends after `end_on` (default: with the current fee month); before it began it is taken back.

    Extra inquiries end by themselves with their fee month. Raises `OptionUnknown`, `OptionDayNotPossible`.
    """
    option = next((o for o in contract.options if o.id == option_id), None)
    if option is None:
        raise OptionUnknown(option_id=option_id)
    last_day = end_on or contract.fee_month_at(now).last_day
    ends = jst_midnight(last_day + timedelta(days=1))
    over = option.ends is not None and (option.ends <= now or option.ends < ends)
    if option.kind is OptionKind.EXTRA_INQUIRIES or over or last_day < jst_day(now):
        raise OptionDayNotPossible(option_id=option_id, option_code=option.code, end_on=last_day)
    details = {"option_id": option_id, "option_code": option.code, "end_on": last_day.isoformat()}
    ids = {
        "actor": by,
        "contract_id": contract.id,
        "subscriber_id": contract.subscriber_id,
        "option_id": option_id,
        "option_code": option.code,
    }
    if ends > option.starts:
        options = tuple(replace(o, ends=ends, own_end=ends) if o.id == option_id else o for o in contract.options)
        scheduled = OptionEndScheduled(**ids, ends_at=ends)
        ending = replace(contract, options=options)
        return Change(contract=ending, act="option_end_scheduled", facts=(scheduled,), details=details)
    fact = OptionEnded(**ids, ends_at=now)
    rest = tuple(o for o in contract.options if o.id != option_id)
    return Change(contract=replace(contract, options=rest), act="option_taken_back", facts=(fact,), details=details)


def told_ended(contract: Contract, *, now: datetime, by: str) -> Change:
    """The options whose end has come are over: each is told once."""
    over = {o.id for o in contract.options if not o.ended and o.ends is not None and o.ends <= now}
    facts = tuple(
        OptionEnded(
            actor=by,
            contract_id=contract.id,
            subscriber_id=contract.subscriber_id,
            option_id=o.id,
            option_code=o.code,
            ends_at=o.ends,
        )
        for o in contract.options
        if o.id in over and o.ends is not None
    )
    options = tuple(replace(o, ended=True) if o.id in over else o for o in contract.options)
    return Change(contract=replace(contract, options=options), act="options_ended", facts=facts)


def _option_time(contract: Contract, option: Option, wish: OptionWish, month: FeeMonth) -> OptionTime:
    starts = jst_midnight(wish.start_on)
    price = option.price_on(wish.start_on)
    if option.kind is OptionKind.EXTRA_INQUIRIES:
        before = sum(o.code == option.code and o.fee_month == month.name for o in contract.options)
        return OptionTime(
            id=wish.option_id, code=option.code, kind=option.kind, price=price, starts=starts, ends=month.end,
            own_end=month.end, fee_month=month.name, units=option.units, ordinal=before + 1,
        )  # fmt: skip
    ends = jst_midnight(wish.end_on + timedelta(days=1)) if wish.end_on else None
    limits = [at for at in (ends, contract.ends_at) if at is not None]
    return OptionTime(
        id=wish.option_id, code=option.code, kind=option.kind, price=price, starts=starts,
        ends=min(limits, default=None), own_end=ends,
    )  # fmt: skip


def _not_for_plan(contract: Contract, option: Option, taken: OptionTime) -> DomainError | None:
    """Offered with every plan the contract has while the option runs, scheduled ones included."""
    at_first = contract.plan_at(taken.starts).terms.code
    plans = {at_first, *(p.terms.code for p in contract.plans if p.meets(taken.starts, taken.ends))}
    if plans <= set(option.plans):
        return None
    return OptionNotForPlan(option_code=option.code, plan_codes=sorted(plans), offered_with=list(option.plans))


def _not_that_day(contract: Contract, wish: OptionWish, month: FeeMonth, now: datetime) -> DomainError | None:
    why = {"start_on": wish.start_on, "fee_month": month.name}
    if contract.open_month_ends_at is not None and month.end < contract.open_month_ends_at:
        return FeeMonthClosed(**why)
    if contract.ends_at is not None and jst_midnight(wish.start_on) >= contract.ends_at:
        return ContractEnding(**why, ends_at=contract.ends_at)
    too_early = month < contract.fee_month_at(now) or (
        contract.active_from is not None and wish.start_on < jst_day(contract.active_from)
    )
    backwards = wish.end_on is not None and wish.end_on < wish.start_on
    return OptionDayNotPossible(**why, end_on=wish.end_on) if too_early or backwards else None


def _taken_already(contract: Contract, option: Option, taken: OptionTime) -> DomainError | None:
    if option.kind is OptionKind.EXTRA_INQUIRIES:
        if taken.ordinal <= option.per_fee_month:
            return None
        return ExtraInquiriesAlreadyTaken(fee_month=taken.fee_month, allowed=option.per_fee_month)
    same = [o for o in contract.options if o.kind is option.kind and o.meets(taken.starts, taken.ends)]
    if not same:
        return None
    return OptionAlreadyTaken(option_code=same[0].code, option_id=same[0].id)
