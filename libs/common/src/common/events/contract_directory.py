"""Who and where: the personal data that `contracts` publishes, on the one restricted topic."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from common.events.base import AddressRef, ContractRef, EventData, Part, SubscriberRef

DIRECTORY = "contracts.directory.v1"


class DirectoryContact(Part):
    """A person that the subscriber named for a contract: personal data, on the restricted topic only."""

    contact_id: Annotated[str, Field(description="Contact.", examples=["cnt_0197f3c29a7b7cc8a1f2c3d4e5f60727"])]
    contract_id: ContractRef
    name: Annotated[str, Field(description="Name.", examples=["見本太郎"])]
    name_kana: Annotated[str | None, Field(description="Name in kana.", examples=["ミホンタロウ"])] = None
    phones: Annotated[tuple[str, ...], Field(description="E.164.", examples=[["+819012345678"]])] = ()
    roles: Annotated[
        tuple[str, ...], Field(description="manager | caller | billing | technical", examples=[["manager"]])
    ]


class SubscriberDirectoryChanged(EventData):
    """Names and phones of a subscriber: personal data, on the restricted topic only."""

    topic: ClassVar[str] = DIRECTORY
    aggregate: ClassVar[str] = "subscriber"

    subscriber_id: SubscriberRef
    partner: Annotated[str | None, Field(description="The tenant; absent: the house.")] = None
    name: Annotated[str, Field(description="Name.", examples=["株式会社見本"])]
    name_kana: Annotated[str, Field(description="Name in kana.", examples=["カブシキガイシャミホン"])]
    phones: Annotated[tuple[str, ...], Field(description="E.164.", examples=[["+81312345678"]])] = ()
    contract_ids: Annotated[tuple[ContractRef, ...], Field(description="Contracts of the subscriber.")] = ()
    contacts: Annotated[
        tuple[DirectoryContact, ...], Field(description="People named for its contracts (R-MDM-WIPE-TWO).")
    ] = ()


class AddressChanged(EventData):
    """An address in full: personal data, on the restricted topic only. It belongs to the contract."""

    topic: ClassVar[str] = DIRECTORY
    aggregate: ClassVar[str] = "address"

    address_id: AddressRef
    contract_id: ContractRef
    partner: Annotated[str | None, Field(description="The tenant; absent: the house.")] = None
    postal_code: Annotated[str, Field(description="Seven digits.", examples=["1600023"])]
    prefecture: Annotated[str, Field(description="Prefecture.", examples=["東京都"])]
    city: Annotated[str, Field(description="City.", examples=["新宿区"])]
    street: Annotated[str, Field(description="Street and number.", examples=["見本町1-2-3"])]
    building: Annotated[str | None, Field(description="Building and floor.", examples=["見本ビル"])] = None


class AddressErased(EventData):
    """An address is no longer anybody's; every copy is to be erased."""

    topic: ClassVar[str] = DIRECTORY
    aggregate: ClassVar[str] = "address"

    address_id: AddressRef
    contract_id: ContractRef


class SubscriberErased(EventData):
    """The subscriber's personal data is gone; every copy is to be erased."""

    topic: ClassVar[str] = DIRECTORY
    aggregate: ClassVar[str] = "subscriber"

    subscriber_id: SubscriberRef


EVENTS: tuple[type[EventData], ...] = (
    SubscriberDirectoryChanged,
    AddressChanged,
    AddressErased,
    SubscriberErased,
)
