"""The people a customer names for a contract."""

from __future__ import annotations

from common.http import IfMatch, Now, PageOf, Router, TxDep
from contracts.api.contact_schemas import ContactIn, ContactOut
from contracts.storage import contacts, contracts
from contracts.usecases.keep_contacts import add_contact, change_contact, remove_contact

router = Router(prefix="/api/contracts/v1/contracts/{contract_id}/contacts", tags=["contacts"])


@router.post("", status_code=201, response_model=ContactOut)
async def post_contact(contract_id: str, body: ContactIn, tx: TxDep, now: Now, if_match: IfMatch) -> object:
    """Name a person: who calls, who is billed, who may authorise a wipe (R-MDM-WIPE-TWO)."""
    return ContactOut.of(await add_contact(body.command(contract_id), tx, now, expected=if_match))


@router.get("", response_model=PageOf[ContactOut])
async def list_contacts(contract_id: str, tx: TxDep) -> object:
    """All people named for a contract."""
    contract = await contracts.load(tx, contract_id)
    found = await contacts.of_contract(tx, contract.id)
    return {"items": [ContactOut.of(contact) for contact in found], "next": None}


@router.put("/{contact_id}", response_model=ContactOut)
async def put_contact(
    contract_id: str, contact_id: str, body: ContactIn, tx: TxDep, now: Now, if_match: IfMatch
) -> object:
    """State anew who a person is and what it may do."""
    return ContactOut.of(await change_contact(contact_id, body.command(contract_id), tx, now, expected=if_match))


@router.delete("/{contact_id}", status_code=204)
async def delete_contact(contract_id: str, contact_id: str, tx: TxDep, now: Now, if_match: IfMatch) -> None:
    """The person is no contact any more; nothing of it stays."""
    await remove_contact(contract_id, contact_id, tx, now, expected=if_match)
