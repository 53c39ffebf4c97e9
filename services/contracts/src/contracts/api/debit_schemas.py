"""Accounts, files for the bank and their results on the wire."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from common.http import Answer, Command, Line, Moment
from contracts.domain.debits import Account, DebitBatch, DebitOrder, Mandate, reason_of
from contracts.domain.zengin import BankAccount

Short = Annotated[str, Field(min_length=1, max_length=60)]


class MandateIn(Command):
    """The holder's signed order (口座振替依頼書): when, by whom, how."""

    signed_on: date
    signed_by: Line
    channel: Literal["paper", "web", "phone"]


class BankAccountIn(Command):
    """An account as banks write it; kana in any width."""

    bank_code: Short
    bank_name_kana: Short
    branch_code: Short
    branch_name_kana: Short
    kind: Short
    number: Annotated[str, Field(min_length=1, max_length=7)]
    holder_kana: Short
    mandate: MandateIn

    def account(self, subscriber_id: str) -> Account:
        """What is asked for."""
        given = self.model_dump(exclude={"mandate"})
        return Account(
            subscriber_id=subscriber_id,
            partner=None,
            account=BankAccount(**given),
            mandate=Mandate(**self.mandate.model_dump()),
        )


class BankAccountOut(Answer):
    """Which account is on file, without saying it: bank, branch and the last digits."""

    subscriber_id: str
    bank_code: str
    branch_code: str
    number_ends_with: str
    customer_number: str
    mandate_signed_on: date
    mandate_channel: str
    version: int

    @classmethod
    def of(cls, account: Account) -> BankAccountOut:
        """As shown."""
        return cls(
            subscriber_id=account.subscriber_id,
            bank_code=account.account.bank_code,
            branch_code=account.account.branch_code,
            number_ends_with=account.account.number[-3:],
            customer_number=account.customer_number,
            mandate_signed_on=account.mandate.signed_on,
            mandate_channel=account.mandate.channel,
            version=account.version,
        )


class DebitBatchIn(Command):
    """Ask the bank to collect on this day."""

    collect_on: date


class DebitBatchOut(Answer):
    """A file for the bank; `status` made, then settled by the bank's answer."""

    id: str
    collect_on: date
    status: str
    made_at: Moment
    made_by: str
    debits: int
    total: int
    paid: int
    paid_total: int
    failed: int
    failed_total: int
    settled_at: Moment | None
    version: int
    rule_ids: list[str]

    @classmethod
    def of(cls, batch: DebitBatch) -> DebitBatchOut:
        """As shown."""
        known = batch.settled_at is not None
        return cls(
            id=batch.id,
            collect_on=batch.collect_on,
            status=batch.status,
            made_at=batch.made_at,
            made_by=batch.made_by,
            debits=batch.debits,
            total=batch.total,
            paid=batch.paid,
            paid_total=batch.paid_total,
            failed=batch.debits - batch.paid if known else 0,
            failed_total=batch.total - batch.paid_total if known else 0,
            settled_at=batch.settled_at,
            version=batch.version,
            rule_ids=["R-DIRECT-DEBIT"],
        )


class DebitOut(Answer):
    """One debit: of whom, for which invoices, and why it failed."""

    position: int
    subscriber_id: str
    invoice_ids: list[str]
    amount: int
    result: str | None
    failed_for: str | None

    @classmethod
    def of(cls, asked: DebitOrder) -> DebitOut:
        """As shown."""
        return cls(
            position=asked.position,
            subscriber_id=asked.subscriber_id,
            invoice_ids=list(asked.invoice_ids),
            amount=asked.amount,
            result=asked.result,
            failed_for=reason_of(asked.result) if asked.result else None,
        )


class DebitsOut(Answer):
    """The debits of a file, in its order."""

    items: list[DebitOut]
