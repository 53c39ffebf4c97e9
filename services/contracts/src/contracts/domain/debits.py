"""Collecting what is owed from subscribers' accounts (R-DIRECT-DEBIT), and what follows when it fails (R-DUNNING)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from common.civil import jst_day
from contracts.domain.debit_refusals import CollectionDayNotPossible, DebitResultContradicts, MandateMissing
from contracts.domain.invoices import Invoice, Owing
from contracts.domain.invoicing import Dunning
from contracts.domain.zengin import FAILURES, PAID, BankAccount

_LONGEST = timedelta(days=365)


class BatchStatus(StrEnum):
    """Whether the bank's answer is known."""

    MADE = "made"
    SETTLED = "settled"


@dataclass(frozen=True, kw_only=True)
class Mandate:
    """The holder's signed order to pay by direct debit (口座振替依頼書)."""

    signed_on: date
    signed_by: str
    channel: str


@dataclass(frozen=True, kw_only=True)
class Account:
    """The account from which a subscriber pays; `debited`: asked for at least once since it is on file."""

    subscriber_id: str
    partner: str | None
    account: BankAccount
    mandate: Mandate
    customer_number: str = ""
    debited: bool = False
    version: int = 1


@dataclass(frozen=True, kw_only=True)
class DebitOrder:
    """What is asked of one subscriber's account: its invoices together. `result`: the bank's code once it answered."""

    position: int
    subscriber_id: str
    invoice_ids: tuple[str, ...]
    amount: int
    result: str | None = None


@dataclass(frozen=True, kw_only=True)
class DebitBatch:
    """A file for the bank, and how much of it was paid."""

    id: str
    collect_on: date
    status: BatchStatus
    made_at: datetime
    made_by: str
    debits: int
    total: int
    paid: int = 0
    paid_total: int = 0
    settled_at: datetime | None = None
    version: int = 1


def require_mandate(mandate: Mandate, now: datetime) -> Mandate:
    """A mandate that was signed by today; raises `MandateMissing` (R-DIRECT-DEBIT)."""
    if mandate.signed_on > jst_day(now):
        raise MandateMissing(signed_on=mandate.signed_on, today=jst_day(now))
    return mandate


def require_collection_day(collect_on: date, now: datetime) -> date:
    """A day that lies ahead, at most a year; raises `CollectionDayNotPossible`."""
    today = jst_day(now)
    if not today < collect_on <= today + _LONGEST:
        raise CollectionDayNotPossible(collect_on=collect_on, today=today)
    return collect_on


def order(position: int, invoices: Sequence[Invoice]) -> DebitOrder:
    """One debit over all that a subscriber owes."""
    return DebitOrder(
        position=position,
        subscriber_id=invoices[0].subscriber_id,
        invoice_ids=tuple(invoice.id for invoice in invoices),
        amount=sum(invoice.owed for invoice in invoices),
    )


def answered(asked: DebitOrder, code: str) -> DebitOrder:
    """With the bank's answer; the same again changes nothing. Raises `DebitResultContradicts`."""
    if asked.result not in (None, code):
        raise DebitResultContradicts(position=asked.position, before=asked.result, now=code)
    return replace(asked, result=code)


def settled(invoice: Invoice, code: str, collected_on: date) -> Invoice:
    """An invoice that was with the bank: paid, or failed once more (dunning)."""
    if code == PAID:
        return replace(invoice, owing=Owing.PAID, paid_on=collected_on, sequence=invoice.sequence + 1)
    return replace(invoice, owing=Owing.FAILED, failures=invoice.failures + 1, sequence=invoice.sequence + 1)


def reason_of(code: str) -> str | None:
    """Why a debit failed; None when it did not."""
    return FAILURES.get(code)


def suspends(rule: Dunning, *, owing: Owing, failures: int) -> bool:
    """Whether the rule (data of the catalogue) suspends the contracts of an invoice that failed (R-DUNNING)."""
    limit = rule.suspend_after_failures
    return limit is not None and owing is Owing.FAILED and failures >= limit
