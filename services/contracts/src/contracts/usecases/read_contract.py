"""Reading a contract before changing it, and the view of it that callers get."""

from __future__ import annotations

from common.db import Tx
from common.errors import StaleVersion
from contracts.domain.contract import Contract
from contracts.storage import contracts


async def locked(contract_id: str, tx: Tx, *, expected: int | None = None) -> Contract:
    """The contract, kept from others until the end of the transaction.

    Raises `ContractUnknown`, `StaleVersion` when the caller expects another version.
    """
    contract = await contracts.load(tx, contract_id, lock=True)
    if expected is not None and contract.version != expected:
        raise StaleVersion(expected=expected, version=contract.version)
    return contract
