"""Enter a contract of a closed plan, and record what it may use."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from common.db import Tx
from common.ids import new_id
from contracts.domain.application import Application
from contracts.domain.catalogue import (
    Catalogue,
)
from contracts.domain.contract import Address, Contract
from contracts.domain.contract_file import record_limits, with_limits
from contracts.domain.legacy import Legacy, Warned, import_legacy
from contracts.domain.lines import Line
from contracts.domain.plans import (
    Hours,
    PlanTerms,
)
from contracts.storage import catalogue, subscribers
from contracts.usecases.apply_for_contract import seen_holder
from contracts.usecases.directory import tell_new_contract
from contracts.usecases.read_contract import locked
from contracts.usecases.record_change import record
from contracts.usecases.tenancy import tenant_of_contract


@dataclass(frozen=True, kw_only=True)
class RecordedLimits:
    """What an old contract says it may use; `support_hours` None: the basic hours of the catalogue."""

    inquiry_limit: int
    support_hours: tuple[Hours, ...] | None = None
    seats: int | None = None
    setup_visit: bool = False


@dataclass(frozen=True, kw_only=True)
class EnterLegacyContract:
    """An old contract. Without `limits` it is billed, and support is refused until they are recorded."""

    legacy_number: str
    subscriber_id: str
    plan_code: str
    start_on: date
    line: Line | None = None
    access_lines: tuple[Line, ...] = ()
    contract_address: Address | None = None
    fee_month_start_day: int = 1
    partner: str | None = None
    service_id: str | None = None
    limits: RecordedLimits | None = None


@dataclass(frozen=True, kw_only=True)
class Entered:
    """The contract and what a person may want to look at."""

    contract: Contract
    warnings: tuple[Warned, ...]


async def enter_legacy_contract(cmd: EnterLegacyContract, tx: Tx, now: datetime) -> Entered:
    """An active contract of a closed plan; raises what `import_legacy` raises, `LegacyNumberTaken`."""
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
    terms = book.terms_of(book.plan(cmd.plan_code))
    old = Legacy(
        application=asked,
        legacy_number=cmd.legacy_number,
        terms=_limited(terms, cmd.limits, book) if cmd.limits else terms,
    )
    change, warnings = import_legacy(old, book, holder=await seen_holder(asked, book, tx), now=now, by=tx.actor)
    contract = await record(None, change, tx, now)
    await tell_new_contract(contract, holder, tx, now)
    return Entered(contract=contract, warnings=warnings)


async def record_legacy_limits(
    contract_id: str, limits: RecordedLimits, tx: Tx, now: datetime, *, expected: int | None
) -> Contract:
    """What the contract may use is known now; raises `LimitsFromCatalogue` unless its plan is closed."""
    contract = await locked(contract_id, tx, expected=expected)
    book = await catalogue.current(tx, now)
    terms = _limited(contract.plan_at(now).terms, limits, book)
    return await record(contract, record_limits(contract, terms), tx, now)


def _limited(terms: PlanTerms, limits: RecordedLimits, book: Catalogue) -> PlanTerms:
    return with_limits(
        terms,
        inquiry_limit=limits.inquiry_limit,
        support_hours=book.hours.support_basic if limits.support_hours is None else limits.support_hours,
        seats=limits.seats,
        setup_visit=limits.setup_visit,
        visit_hours=book.hours.visit_basic,
    )
