"""Apply for a contract."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from common.db import Tx
from common.ids import new_id
from contracts.domain.application import Application, Holder, apply_for
from contracts.domain.catalogue import (
    Catalogue,
)
from contracts.domain.contract import Address, Contract
from contracts.domain.lines import Line, key_of
from contracts.domain.plans import (
    Family,
)
from contracts.storage import catalogue, contracts, subscribers
from contracts.usecases.directory import tell_new_contract
from contracts.usecases.record_change import record
from contracts.usecases.tenancy import tenant_of_contract


@dataclass(frozen=True, kw_only=True)
class ApplyForContract:
    """An application. Without `contract_address` the subscriber's address becomes the contract address."""

    subscriber_id: str
    plan_code: str
    start_on: date
    line: Line | None = None
    access_lines: tuple[Line, ...] = ()
    contract_address: Address | None = None
    fee_month_start_day: int = 1
    partner: str | None = None
    service_id: str | None = None


async def apply_for_contract(cmd: ApplyForContract, tx: Tx, now: datetime) -> Contract:
    """A new contract, `applied` or `in_review`; raises `SubscriberUnknown` and what `apply_for` raises."""
    holder = await subscribers.load(tx, cmd.subscriber_id, lock=True)
    book = await catalogue.current(tx, now)
    asked = Application(
        contract_id=new_id("ctr"),
        address_id=new_id("adr"),
        subscriber_id=holder.id,
        partner=tenant_of_contract(tx, cmd.partner, holder),
        plan_code=cmd.plan_code,
        line=cmd.line,
        access_lines=cmd.access_lines,
        service_id=cmd.service_id or new_id("svc"),
        address=cmd.contract_address or holder.address,
        start_on=cmd.start_on,
        fee_month_start_day=cmd.fee_month_start_day,
    )
    change = apply_for(asked, book, holder=await seen_holder(asked, book, tx), now=now, by=tx.actor)
    contract = await record(None, change, tx, now)
    await tell_new_contract(contract, holder, tx, now)
    return contract


async def seen_holder(asked: Application, book: Catalogue, tx: Tx) -> Holder | None:
    """Who has the line or service ID already, as far as the caller may see; the unique indexes see the rest."""
    light = book.plan(asked.plan_code).family is Family.LIGHT
    line_key = key_of(asked.line, book) if light else None
    if light and line_key is None:
        return None
    found = await contracts.holder_of(tx, line_key=line_key, service_id=None if light else asked.service_id)
    return Holder(contract_id=found) if found is not None else None
