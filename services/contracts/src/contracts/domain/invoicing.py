"""Who issues invoices, what one person may adjust, how money is collected: a part of the catalogue."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from contracts.domain.billing_refusals import RegistrationNumberWrong
from contracts.domain.plans import Entry

_REGISTRATION = re.compile(r"T(?P<check>[0-9])(?P<base>[0-9]{12})")


def check_digit(base: str) -> int:
    """The digit before the twelve digits of a corporate number: nine less the rest, by nine, of their weighted sum.

    From the last digit on the weights are 1, 2, 1, 2 …
    """
    return 9 - sum(int(digit) * (1 + n % 2) for n, digit in enumerate(reversed(base))) % 9


def require_registration_number(number: str) -> str:
    """The number of a qualified-invoice issuer (適格請求書発行事業者); raises `RegistrationNumberWrong`."""
    found = _REGISTRATION.fullmatch(number)
    if found is None or int(found["check"]) != check_digit(found["base"]):
        raise RegistrationNumberWrong(registration_number=number)
    return number


@dataclass(frozen=True, kw_only=True)
class Issuer(Entry):
    """Who issues invoices, as it stands on them."""

    name_ja: str
    name_en: str
    registration_number: str
    postal_code: str
    address: str
    phone: str

    def __post_init__(self) -> None:
        require_registration_number(self.registration_number)


@dataclass(frozen=True, kw_only=True)
class AdjustmentRule(Entry):
    """What one person may adjust: so many yen, so often in a contract's fee month (R-ADJUSTMENT)."""

    alone_up_to: int = 3000
    alone_a_month: int = 1


@dataclass(frozen=True, kw_only=True)
class Collector(Entry):
    """The account to which direct debits are collected; `code` is what the bank calls the collector."""

    code: str
    name_kana: str
    bank_code: str
    bank_name_kana: str
    branch_code: str
    branch_name_kana: str
    account_kind: str
    account_number: str


@dataclass(frozen=True, kw_only=True)
class Dunning(Entry):
    """After how many failed debits of one invoice its contracts are suspended; None: a person decides (R-DUNNING)."""

    suspend_after_failures: int | None = None


@dataclass(frozen=True, kw_only=True)
class Invoicing(Entry):
    """Everything about money that is data; an empty one issues no invoice and collects nothing."""

    issuer: Issuer | None = None
    payment_days: int = 30
    adjustments: AdjustmentRule = field(default_factory=AdjustmentRule)
    collector: Collector | None = None
    dunning: Dunning = field(default_factory=Dunning)
