"""Collect by direct debit: the file for the bank, and what its answer makes of invoices (R-DIRECT-DEBIT, R-DUNNING)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from common.db import Tx
from common.events.base import NewEvent
from common.events.contracts import InvoicePaid, PaymentFailed
from common.ids import new_id
from contracts.domain.contract import Status
from contracts.domain.debit_refusals import CollectorNotConfigured, NothingToCollect
from contracts.domain.debits import (
    Account,
    BatchStatus,
    DebitBatch,
    DebitOrder,
    answered,
    order,
    reason_of,
    require_collection_day,
    require_mandate,
    settled,
    suspends,
)
from contracts.domain.invoices import COLLECTABLE, Invoice, Owing
from contracts.domain.invoicing import Dunning
from contracts.domain.lifecycle import suspend
from contracts.domain.zengin import PAID, Debit, bank_account, read_results, request_file
from contracts.storage import catalogue, debits, invoices, subscribers
from contracts.storage.bank_seals import BankSeal
from contracts.usecases.read_contract import locked
from contracts.usecases.record_change import record

MOST = 5_000
"""Debits in one file; what is owed beyond them comes into the next."""


async def keep_account(asked: Account, tx: Tx, now: datetime, *, seal: BankSeal) -> Account:
    """The subscriber pays from this account from now on.

    Raises `SubscriberUnknown`, `MandateMissing`, `BankAccountUnreadable`.
    """
    holder = await subscribers.load(tx, asked.subscriber_id, lock=True)
    require_mandate(asked.mandate, now)
    kept = replace(asked, partner=holder.partner, account=bank_account(asked.account))
    await debits.put_account(tx, kept, seal, now)
    return await debits.account(tx, holder.id, seal)


async def make_debit_batch(collect_on: date, tx: Tx, now: datetime, *, seal: BankSeal) -> DebitBatch:
    """A file over all that may be asked for; its invoices are with the bank then.

    Raises `CollectionDayNotPossible`, `CollectorNotConfigured`, `NothingToCollect`.
    """
    require_collection_day(collect_on, now)
    collector = (await catalogue.current(tx, now)).invoicing.collector
    if collector is None:
        raise CollectorNotConfigured
    payers = await debits.payers(tx, MOST)
    owed = await _owed(tx, payers)
    accounts = await debits.accounts(tx, sorted(owed), seal)
    orders = [order(n, owed[payer]) for n, payer in enumerate(sorted(owed), start=1)]
    if not orders:
        raise NothingToCollect(collect_on=collect_on)
    file = request_file(collector, collect_on, [_debit(each, accounts[each.subscriber_id]) for each in orders])
    batch = DebitBatch(
        id=new_id("dbt"),
        collect_on=collect_on,
        status=BatchStatus.MADE,
        made_at=now,
        made_by=tx.actor,
        debits=len(orders),
        total=sum(each.amount for each in orders),
    )
    await debits.insert_batch(tx, batch, orders, file, seal)
    await debits.debited(tx, sorted(owed))
    for invoice in (each for of in owed.values() for each in of):
        await invoices.update_owing(tx, replace(invoice, owing=Owing.REQUESTED))
    return batch


async def take_results(batch_id: str, content: bytes, tx: Tx, now: datetime, *, seal: BankSeal) -> DebitBatch:
    """What the bank answered, once: the same file again changes nothing.

    Raises `DebitBatchUnknown`, `DebitFileUnreadable`, `DebitResultContradicts`; then nothing of the file counts.
    """
    batch = await debits.batch(tx, batch_id, lock=True)
    results = read_results(content, await debits.file_of(tx, batch_id, seal))
    asked = await debits.orders(tx, batch_id)
    answers = [answered(each, code) for each, code in zip(asked, results.codes, strict=True)]
    if batch.status is BatchStatus.SETTLED:
        return batch
    rule = (await catalogue.current(tx, now)).invoicing.dunning
    for answer in answers:
        for invoice_id in answer.invoice_ids:
            await _settle(invoice_id, answer, batch, rule, tx, now)
    paid = [answer for answer in answers if answer.result == PAID]
    done = replace(
        batch,
        status=BatchStatus.SETTLED,
        paid=len(paid),
        paid_total=sum(answer.amount for answer in paid),
        settled_at=now,
        version=batch.version + 1,
    )
    await debits.keep_results(tx, done, answers)
    return done


async def _owed(tx: Tx, payers: Sequence[str]) -> dict[str, list[Invoice]]:
    """By subscriber the invoices that may be asked for, locked; only those with something left to pay."""
    found: dict[str, list[Invoice]] = {}
    for invoice in await invoices.collectable(tx, payers):
        if invoice.owing in COLLECTABLE and invoice.owed > 0:
            found.setdefault(invoice.subscriber_id, []).append(invoice)
    return found


def _debit(asked: DebitOrder, account: Account) -> Debit:
    return Debit(
        account=account.account,
        customer_number=account.customer_number,
        amount=asked.amount,
        first=not account.debited,
    )


async def _settle(invoice_id: str, answer: DebitOrder, batch: DebitBatch, rule: Dunning, tx: Tx, now: datetime) -> None:
    invoice = await invoices.load(tx, invoice_id, lock=True)
    code = answer.result or ""
    done = settled(invoice, code, batch.collect_on)
    why = reason_of(code)
    await invoices.update_owing(tx, done, failed_for=why)
    ids: dict[str, Any] = {"actor": tx.actor, "invoice_id": done.id, "subscriber_id": done.subscriber_id}
    amount = done.total - done.credited
    fact: InvoicePaid | PaymentFailed
    if why is None:
        fact = InvoicePaid(**ids, total=amount, by="direct_debit")
    else:
        fact = PaymentFailed(**{**ids, "total": amount, "reason": why, "failures": done.failures})
    await tx.publish(
        NewEvent(
            data=fact,
            subject=done.id,
            sequence=done.sequence,
            key=done.subscriber_id,
            time=now,
            partner=done.partner,
            correlation_id=done.lines[0].contract_id,
        )
    )
    if suspends(rule, owing=done.owing, failures=done.failures):
        for contract_id in dict.fromkeys(line.contract_id for line in done.lines):
            contract = await locked(contract_id, tx)
            if contract.state(now) is Status.ACTIVE:
                await record(contract, suspend(contract, reason="unpaid", now=now, by=tx.actor), tx, now)
