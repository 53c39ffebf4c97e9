"""Add, change and remove the people a customer names."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from common.db import Tx
from common.ids import new_id
from contracts.domain.change import Change
from contracts.domain.contacts import Contact, judge_contact
from contracts.domain.contract import Contract
from contracts.domain.phones import e164
from contracts.storage import contacts
from contracts.usecases.directory import tell_subscriber_again
from contracts.usecases.read_contract import locked_with_holder
from contracts.usecases.record_change import record


@dataclass(frozen=True, kw_only=True)
class KeepContact:
    """Who, how to be reached, and what the person may do."""

    contract_id: str
    name: str
    name_kana: str | None
    phones: tuple[str, ...]
    email: str | None
    roles: tuple[str, ...]


async def add_contact(cmd: KeepContact, tx: Tx, now: datetime, *, expected: int | None) -> Contact:
    """The contact as kept; raises `NotInThisState`, `ContactRoleUnknown` (R-MDM-WIPE-TWO), `PhoneUnreadable`."""
    contract = await locked_with_holder(cmd.contract_id, tx, expected=expected)
    contact = _contact(cmd, contract, contact_id=new_id("cnt"), now=now)
    await contacts.insert(tx, contact, contract)
    await _told(contract, "contact_added", contact, tx, now)
    return contact


async def change_contact(contact_id: str, cmd: KeepContact, tx: Tx, now: datetime, *, expected: int | None) -> Contact:
    """The contact as it is now; raises `ContactUnknown` and what `add_contact` raises."""
    contract = await locked_with_holder(cmd.contract_id, tx, expected=expected)
    before = await contacts.load(tx, contract.id, contact_id)
    contact = replace(_contact(cmd, contract, contact_id=contact_id, now=now), since=before.since)
    await contacts.update(tx, contact)
    await _told(contract, "contact_changed", contact, tx, now)
    return contact


async def remove_contact(contract_id: str, contact_id: str, tx: Tx, now: datetime, *, expected: int | None) -> None:
    """The person is no contact any more; raises `ContactUnknown`."""
    contract = await locked_with_holder(contract_id, tx, expected=expected)
    contact = await contacts.load(tx, contract.id, contact_id)
    await contacts.remove(tx, contact_id)
    await _told(contract, "contact_removed", contact, tx, now)


def _contact(cmd: KeepContact, contract: Contract, *, contact_id: str, now: datetime) -> Contact:
    judge_contact(contract, cmd.roles, now=now)
    return Contact(
        id=contact_id,
        contract_id=contract.id,
        subscriber_id=contract.subscriber_id,
        name=cmd.name,
        name_kana=cmd.name_kana,
        phones=tuple(dict.fromkeys(e164(phone) for phone in cmd.phones)),
        email=cmd.email,
        roles=tuple(dict.fromkeys(cmd.roles)),
        since=now,
    )


async def _told(contract: Contract, act: str, contact: Contact, tx: Tx, now: datetime) -> None:
    details = {"contact_id": contact.id, "roles": list(contact.roles)}
    await record(contract, Change(contract=contract, act=act, details=details), tx, now)
    await tell_subscriber_again(contract.subscriber_id, tx, now)
