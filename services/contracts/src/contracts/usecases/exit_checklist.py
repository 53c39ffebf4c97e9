"""What is still to be done before a contract that ends is over, ticked by what the other services told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from common.db import Tx
from contracts.domain.change_refusals import ContractNotEnding
from contracts.storage import contracts, usage


@dataclass(frozen=True, kw_only=True)
class ExitItem:
    """One thing to be done; `open` is what keeps it from being done."""

    item: str
    done: bool
    open: Sequence[Mapping[str, str]]
    rule_ids: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class ExitChecklist:
    """All of them, as far as events were heard by `known_up_to`."""

    contract_id: str
    ends_at: datetime
    complete: bool
    items: tuple[ExitItem, ...]
    known_up_to: datetime | None


async def exit_checklist(contract_id: str, tx: Tx) -> ExitChecklist:
    """Loans back, devices released, visits settled, last month billed; raises `ContractNotEnding`."""
    contract = await contracts.load(tx, contract_id)
    if contract.ends_at is None:
        raise ContractNotEnding(status=contract.status)
    left = await usage.left_open(tx, contract_id)
    month = contract.open_month_ends_at
    unbilled = [] if month is None else [{"fee_month_ends_at": month.isoformat()}]
    items = (
        _item("loans_back", left.loans, "R-LOAN-TERM"),
        _item("devices_released", left.devices, "R-MDM-PLAN"),
        _item("visits_settled", left.visits, "R-ADDRESS"),
        _item("last_bill", unbilled, "R-INVOICE"),
    )
    known = await usage.known_up_to(tx, contract_id)
    return ExitChecklist(
        contract_id=contract_id,
        ends_at=contract.ends_at,
        complete=all(item.done for item in items),
        items=items,
        known_up_to=max(known.values(), default=None),
    )


def _item(name: str, left: Sequence[Mapping[str, str]], rule: str) -> ExitItem:
    return ExitItem(item=name, done=not left, open=left, rule_ids=(rule,))
