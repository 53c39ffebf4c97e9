"""A charge that another service raised comes onto a statement."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from common.civil import fee_month_of_day
from common.db import Tx
from common.events.base import Received
from common.events.dispatch import ChargeRaised
from contracts.domain.contract import Contract
from contracts.storage import contracts, statements


async def take_charge(event: Received[ChargeRaised], tx: Tx, now: datetime) -> None:
    """Keep the charge for the next statement that closes; its line names the month of the work.

    The month of the work is locked, so that the charge is either on its statement or comes after its closing. An ended
    contract that owes nothing more gets one further fee month to bill it in.
    """
    raised = event.data
    contract = await contracts.find(tx, raised.contract_id)
    partner = contract.partner if contract is not None else event.partner
    if contract is not None:
        month = fee_month_of_day(raised.day, contract.fee_month_start_day)
        await statements.lock_month(tx, contract_id=contract.id, partner=partner, month=month.name)
    new = await statements.keep_charge(tx, raised, event_id=event.id, partner=partner)
    if new and contract is not None and contract.open_month_ends_at is None:
        await contracts.update_head(tx, _reopened(contract, raised, now))


def _reopened(contract: Contract, raised: ChargeRaised, now: datetime) -> Contract:
    of_now = contract.fee_month_at(now)
    of_work = fee_month_of_day(raised.day, contract.fee_month_start_day)
    return replace(contract, open_month_ends_at=max(of_now, of_work).end)
