"""Subscribers and addresses on the wire."""

from __future__ import annotations

import re
import unicodedata
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints

from common.http import Answer, Command, IdText, Line, Moment
from contracts.domain.caller import CallerLookup
from contracts.domain.contract import Address, AddressTime
from contracts.domain.prefectures import prefecture_code
from contracts.domain.subscriber import Subscriber
from contracts.usecases.register_subscriber import RegisterSubscriber

_SEVEN_DIGITS = re.compile(r"[0-9]{7}")


def _postal_code(text: str) -> str:
    digits = re.sub(r"[\s\-‐–—−ー〒]", "", unicodedata.normalize("NFKC", text))
    if _SEVEN_DIGITS.fullmatch(digits) is None:
        message = "a postal code has seven digits"
        raise ValueError(message)
    return digits


PostalCode = Annotated[str, StringConstraints(max_length=20), AfterValidator(_postal_code)]
MunicipalityCode = Annotated[str, StringConstraints(pattern=r"^[0-9]{5}$")]


class AddressIn(Command):
    """An address in Japan; `municipality_code` is JIS X 0402 and left out when it is not known."""

    postal_code: PostalCode
    prefecture: Line
    city: Line
    street: Line
    building: Line | None = None
    municipality_code: MunicipalityCode | None = None

    def address(self) -> Address:
        """The address; raises `PrefectureUnknown`."""
        return Address(
            postal_code=self.postal_code,
            prefecture=unicodedata.normalize("NFKC", self.prefecture),
            prefecture_code=prefecture_code(self.prefecture),
            city=self.city,
            street=self.street,
            building=self.building,
            municipality_code=self.municipality_code,
        )


class AddressOut(Answer):
    """An address."""

    postal_code: str
    prefecture: str
    prefecture_code: str
    city: str
    street: str
    building: str | None
    municipality_code: str | None


class ContractAddressOut(AddressOut):
    """The contract address; `id` is how visits and loans refer to it."""

    id: str

    @classmethod
    def of(cls, held: AddressTime) -> ContractAddressOut:
        """As shown."""
        return cls(id=held.id, **AddressOut.model_validate(held.address).model_dump())


class SubscriberIn(Command):
    """A subscriber to register. The house may name the `partner` that looks after it."""

    name: Line
    name_kana: Line
    address: AddressIn
    phones: Annotated[tuple[Line, ...], Field(max_length=10)] = ()
    partner: IdText | None = None

    def command(self) -> RegisterSubscriber:
        """The command; raises `PrefectureUnknown`."""
        return RegisterSubscriber(
            name=self.name,
            name_kana=self.name_kana,
            address=self.address.address(),
            phones=self.phones,
            partner=self.partner,
        )


class SubscriberOut(Answer):
    """A subscriber; phones in E.164."""

    id: str
    version: int
    partner: str | None
    name: str
    name_kana: str
    address: AddressOut
    phones: list[str]
    contract_ids: list[str]
    created_at: Moment

    @classmethod
    def of(cls, subscriber: Subscriber) -> SubscriberOut:
        """As shown."""
        return cls.model_validate(subscriber)


class CallerContractOut(Answer):
    """A contract of the caller, in one line."""

    id: str
    status: str
    plan_code: str


class CallerOut(Answer):
    """A subscriber who may be calling, and its contracts. `in_full`: all that was asked is its number or name."""

    subscriber: SubscriberOut
    contracts: list[CallerContractOut]
    in_full: bool


class CallerLookupOut(Answer):
    """Who calls, best first.

    `match`: `exact` fills `subscriber` and `contracts`; `several` fit in full; `maybe`: last digits or a part of a name
    fit; `none`. With `more` there are others: ask longer. `phone` is the number in E.164, when it is one.
    """

    phone: str | None
    q: str | None
    match: str
    subscriber: SubscriberOut | None
    contracts: list[CallerContractOut]
    candidates: list[CallerOut]
    more: bool

    @classmethod
    def of(cls, found: CallerLookup) -> CallerLookupOut:
        """As shown."""
        candidates = [CallerOut.model_validate(each) for each in found.candidates]
        only = candidates[0] if found.caller else None
        return cls(
            phone=found.phone,
            q=found.q,
            match=found.match.value,
            subscriber=only.subscriber if only else None,
            contracts=only.contracts if only else [],
            candidates=candidates,
            more=found.more,
        )
