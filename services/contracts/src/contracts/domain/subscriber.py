"""The small business that pays."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from common.events.contracts import AddressChanged, DirectoryContact, SubscriberDirectoryChanged
from contracts.domain.contacts import Contact
from contracts.domain.contract import Address, AddressTime, Contract


@dataclass(frozen=True, kw_only=True)
class Subscriber:
    """A subscriber with phones in E.164; `contract_ids` are the contracts it holds, ended ones too.

    Of an erased one nothing personal is left.
    """

    id: str
    partner: str | None
    name: str
    name_kana: str
    address: Address
    phones: tuple[str, ...]
    version: int
    created_at: datetime
    contract_ids: tuple[str, ...] = ()
    contacts: tuple[Contact, ...] = ()
    erased_at: datetime | None = None


def directory_entry(subscriber: Subscriber, *, actor: str) -> SubscriberDirectoryChanged:
    """What the restricted directory says of a subscriber."""
    return SubscriberDirectoryChanged(
        actor=actor,
        subscriber_id=subscriber.id,
        partner=subscriber.partner,
        name=subscriber.name,
        name_kana=subscriber.name_kana,
        phones=subscriber.phones,
        contract_ids=subscriber.contract_ids,
        contacts=tuple(
            DirectoryContact(
                contact_id=contact.id,
                contract_id=contact.contract_id,
                name=contact.name,
                name_kana=contact.name_kana,
                phones=contact.phones,
                roles=contact.roles,
            )
            for contact in subscriber.contacts
        ),
    )


def address_entry(contract: Contract, held: AddressTime, *, actor: str) -> AddressChanged:
    """What the restricted directory says of a contract address."""
    return AddressChanged(
        actor=actor,
        address_id=held.id,
        contract_id=contract.id,
        partner=contract.partner,
        postal_code=held.address.postal_code,
        prefecture=held.address.prefecture,
        city=held.address.city,
        street=held.address.street,
        building=held.address.building,
    )
