"""What a customer is told when its contract begins: number, ID, plan, hours, price."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from common.civil import jst_day
from common.db import Tx
from contracts.domain.contract import IN_FORCE, Contract, in_force
from contracts.domain.plans import Hours, Option, Plan
from contracts.domain.refusals import ContractNotActive
from contracts.storage import catalogue, contracts, subscribers


@dataclass(frozen=True, kw_only=True)
class NoticeLine:
    """A plan or option with its price, tax-included yen a month."""

    code: str
    name_ja: str
    name_en: str
    monthly_price: int


@dataclass(frozen=True, kw_only=True)
class StartNotice:
    """The notice; `service_id` is the ID of a Standard contract, the contract's own id otherwise."""

    contract_id: str
    support_number: str | None
    service_id: str
    holder: str
    address: str
    service_ja: str
    service_en: str
    centre_ja: str
    centre_en: str
    starts_on: date
    fee_month_start_day: int
    lines: tuple[NoticeLine, ...]
    inquiry_limit: int | None
    seats: int | None
    support_hours: tuple[Hours, ...]
    documents: tuple[tuple[str, str], ...]
    noticed_on: date


async def start_notice(contract_id: str, tx: Tx, now: datetime) -> StartNotice:
    """The notice of a contract in force; raises `ContractNotActive`."""
    contract = await contracts.load(tx, contract_id)
    state = contract.state(now)
    if state not in IN_FORCE or contract.active_from is None:
        raise ContractNotActive(status=state)
    holder = await subscribers.load(tx, contract.subscriber_id)
    book = await catalogue.current(tx, now)
    at = max(now, contract.active_from)
    terms = contract.plan_at(at).terms
    held = in_force(contract.addresses, at) or contract.addresses[-1]
    place = held.address
    service = book.service
    return StartNotice(
        contract_id=contract.id,
        support_number=contract.support_number,
        service_id=contract.service_id or contract.id,
        holder=holder.name,
        address=" ".join(filter(None, (place.prefecture + place.city + place.street, place.building))),
        service_ja=service.name_ja,
        service_en=service.name_en,
        centre_ja=service.centre_ja,
        centre_en=service.centre_en,
        starts_on=jst_day(contract.active_from),
        fee_month_start_day=contract.fee_month_start_day,
        lines=(*_plan(contract, at, book.plan(terms.code)), *_options(contract, at, book.options)),
        inquiry_limit=terms.inquiry_limit,
        seats=terms.seats if terms.management_tool else None,
        support_hours=terms.support_hours,
        documents=tuple((c.document, c.version) for c in contract.consents if c.holds_until is None),
        noticed_on=jst_day(now),
    )


def _plan(contract: Contract, at: datetime, plan: Plan) -> tuple[NoticeLine, ...]:
    price = contract.plan_at(at).price
    return (NoticeLine(code=plan.code, name_ja=plan.name_ja, name_en=plan.name_en, monthly_price=price),)


def _options(contract: Contract, at: datetime, offered: Sequence[Option]) -> list[NoticeLine]:
    names = {option.code: option for option in offered}
    return [
        NoticeLine(
            code=taken.code,
            name_ja=names[taken.code].name_ja,
            name_en=names[taken.code].name_en,
            monthly_price=taken.price,
        )
        for taken in contract.options
        if taken.holds_at(at) and taken.code in names
    ]
