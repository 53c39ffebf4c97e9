"""Take an option, end it, tell that it ended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from common.db import Tx
from common.ids import new_id
from contracts.domain.contract import Contract, OptionTime
from contracts.domain.options import OptionWish, add_option, end_option
from contracts.storage import catalogue
from contracts.usecases.read_contract import locked
from contracts.usecases.record_change import record


@dataclass(frozen=True, kw_only=True)
class TakeOption:
    """An option from a JST day on; the hours extension may name its last day."""

    contract_id: str
    option_code: str
    start_on: date
    end_on: date | None = None


async def take_option(cmd: TakeOption, tx: Tx, now: datetime, *, expected: int | None = None) -> OptionTime:
    """The option as taken; raises `OptionNotInCatalogue` and what `add_option` raises."""
    contract = await locked(cmd.contract_id, tx, expected=expected)
    book = await catalogue.current(tx, now)
    wish = OptionWish(option_id=new_id("opt"), start_on=cmd.start_on, end_on=cmd.end_on)
    change = add_option(contract, book.option(cmd.option_code), wish, now=now, by=tx.actor)
    after = await record(contract, change, tx, now)
    return next(option for option in after.options if option.id == wish.option_id)


async def stop_option(
    contract_id: str, option_id: str, tx: Tx, now: datetime, *, end_on: date | None, expected: int | None
) -> Contract:
    """The contract with the option's end; raises `OptionUnknown`, `OptionDayNotPossible`."""
    contract = await locked(contract_id, tx, expected=expected)
    change = end_option(contract, option_id, end_on=end_on, now=now, by=tx.actor)
    return await record(contract, change, tx, now)
