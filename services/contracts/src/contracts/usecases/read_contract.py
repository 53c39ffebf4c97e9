"""Reading a contract before changing it, and the view of it that callers get."""

from __future__ import annotations

from common.db import Tx
from common.errors import StaleVersion
from contracts.domain.contract import Contract
from contracts.storage import contracts, subscribers


async def locked(contract_id: str, tx: Tx, *, expected: int | None = None) -> Contract:
    """The contract, kept from others until the end of the transaction.

    Raises `ContractUnknown`, `StaleVersion` when the caller expects another version.
    """
    contract = await contracts.load(tx, contract_id, lock=True)
    if expected is not None and contract.version != expected:
        raise StaleVersion(expected=expected, version=contract.version)
    return contract


async def locked_with_holder(contract_id: str, tx: Tx, *, expected: int | None = None) -> Contract:
    """The contract with its holder, both kept from others; a subscriber is locked before its contracts by everybody.

    Raises `ContractUnknown`, `SubscriberUnknown`, `StaleVersion` also when the holder changed meanwhile.
    """
    seen = await contracts.load(tx, contract_id)
    await subscribers.load(tx, seen.subscriber_id, lock=True)
    contract = await locked(contract_id, tx, expected=expected)
    if contract.subscriber_id != seen.subscriber_id:
        raise StaleVersion(expected=seen.version, version=contract.version)
    return contract
