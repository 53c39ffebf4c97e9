"""Where the parcel goes: the contract address, in full."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from common.db import Record, Tx
from loaner.domain.loan import Loan
from loaner.domain.refusals import AddressUnknown
from loaner.storage import knowledge, loans
from loaner.usecases.facts import facts_of


@dataclass(frozen=True, kw_only=True)
class Label:
    """A loan and the address of its parcel."""

    loan: Loan
    address: Record


async def label_loan(loan_id: str, tx: Tx, now: datetime) -> Label:
    """The address it was shipped to, or before shipment the contract address in force (R-ADDRESS).

    Raises `LoanUnknown`, `AddressUnknown`.
    """
    loan = await loans.find(tx, loan_id)
    address_id = loan.address_id or (await facts_of(tx, loan, now)).entitled.address_id
    address = await knowledge.find_address(tx, address_id) if address_id is not None else None
    if address is None:
        raise AddressUnknown(address_id=address_id)
    return Label(loan=loan, address=address)
