"""The statement of a contract's fee month: what is charged, why, and the tax it contains (R-INVOICE)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol, assert_never

from common.civil import FeeMonth, fee_month_of_day
from contracts.domain.adjustments import Adjustment
from contracts.domain.billable import Billable
from contracts.domain.catalogue import Catalogue, Rounding, Tax
from contracts.domain.contract import OptionTime
from contracts.domain.plans import OptionKind
from contracts.domain.refusals import EarlierFeeMonthOpen, FeeMonthNotBilled, FeeMonthNotOver


class LineKind(StrEnum):
    """What a line charges for."""

    PLAN = "plan"
    OPTION = "option"
    SETUP_VISIT = "setup_visit"
    ADJUSTMENT = "adjustment"


class StatementKind(StrEnum):
    """Whether a statement bills a month of the contract, or what came in after its end."""

    REGULAR = "regular"
    SUPPLEMENTARY = "supplementary"


@dataclass(frozen=True, kw_only=True)
class Charge:
    """A charge that another service raised for work on `day` (JST); `details` are its priced lines."""

    id: str
    day: date
    total: int
    amounts: Mapping[int, int] = field(hash=False)
    details: Sequence[Mapping[str, Any]] = field(hash=False)
    rule_ids: tuple[str, ...]
    event_id: str


@dataclass(frozen=True, kw_only=True)
class Owed:
    """What a contract owes besides plan and options: charges by day, approved adjustments in order."""

    charges: Sequence[Charge] = field(default=(), hash=False)
    adjustments: Sequence[Adjustment] = field(default=(), hash=False)


@dataclass(frozen=True, kw_only=True)
class StatementLine:
    """One line: tax-included yen, the fee month of the service, the rules and the event behind it."""

    position: int
    kind: LineKind
    code: str
    name_ja: str
    name_en: str
    amount: int
    tax_rate: int
    service_month: str
    rule_ids: tuple[str, ...]
    event_id: str | None
    charge_id: str | None = None
    adjustment_id: str | None = None
    why: Mapping[str, Any] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, kw_only=True)
class TaxRate:
    """What was charged at one rate (per cent) and the tax contained in it."""

    rate: int
    total: int
    tax: int


@dataclass(frozen=True, kw_only=True)
class Statement:
    """A closed statement: written once, never changed."""

    id: str
    kind: StatementKind
    contract_id: str
    subscriber_id: str
    partner: str | None
    fee_month: str
    first_day: date
    last_day: date
    total: int
    tax: int
    tax_rates: tuple[TaxRate, ...]
    lines: tuple[StatementLine, ...]
    closed_at: datetime
    closed_by: str


def tax_included(total: int, rate: int, rounding: Rounding) -> int:
    """The consumption tax contained in a tax-included total, rounded once (R-INVOICE)."""
    match rounding:
        case Rounding.DOWN:
            return total * rate // (100 + rate)
        case other:
            assert_never(other)


def require_closable(contract: Billable, month: FeeMonth, owed: Owed, now: datetime) -> None:
    """A month is closed from the first day after it, in order, when there is something to bill.

    Raises `FeeMonthNotOver`, `EarlierFeeMonthOpen`, `FeeMonthNotBilled`.
    """
    if now < month.end:
        raise FeeMonthNotOver(fee_month=month.name, last_day=month.last_day, closes_from=month.end, now=now)
    open_end = contract.open_month_ends_at
    if open_end is not None and open_end < month.end and contract.active_from is not None:
        earlier = contract.fee_month_at(open_end - timedelta(seconds=1))
        raise EarlierFeeMonthOpen(fee_month=month.name, open_month=earlier.name)
    unbilled_before = open_end is None or month.end < open_end
    if unbilled_before or not (contract.in_force_during(month) or owed.charges or owed.adjustments):
        raise FeeMonthNotBilled(fee_month=month.name, active_from=contract.active_from, ends_at=contract.ends_at)


def close_month(
    contract: Billable, month: FeeMonth, owed: Owed, catalogue: Catalogue, *, statement_id: str, now: datetime, by: str
) -> Statement:
    """The statement of a fee month: plan, options, then what is owed besides that no statement has yet.

    Raises what `require_closable` does.
    """
    require_closable(contract, month, owed, now)
    in_force = contract.in_force_during(month)
    found: list[dict[str, Any]] = []
    if in_force:
        found.append(_plan_line(contract, month, catalogue))
        found += [_option_line(o, month, catalogue) for o in _options_of(contract, month)]
    for charge in owed.charges:
        found += _charge_lines(contract, charge)
    found += _adjustment_lines(owed.adjustments, month, found)
    lines = tuple(StatementLine(position=n, **line) for n, line in enumerate(found, start=1))
    tax_rates = tax_by_rate(lines, catalogue.tax)
    return Statement(
        id=statement_id,
        kind=StatementKind.REGULAR if in_force else StatementKind.SUPPLEMENTARY,
        contract_id=contract.id,
        subscriber_id=contract.subscriber_id,
        partner=contract.partner,
        fee_month=month.name,
        first_day=month.first_day,
        last_day=month.last_day,
        total=sum(line.amount for line in lines),
        tax=sum(rate.tax for rate in tax_rates),
        tax_rates=tax_rates,
        lines=lines,
        closed_at=now,
        closed_by=by,
    )


def _plan_line(contract: Billable, month: FeeMonth, catalogue: Catalogue) -> dict[str, Any]:
    """The plan in force in the month; it changes at a month's start only, and whole months are billed."""
    held = contract.plan_at(max(month.start, contract.active_from or month.start))
    plan = catalogue.plan(held.code)
    return {
        "kind": LineKind.PLAN,
        "code": plan.code,
        "name_ja": plan.name_ja,
        "name_en": plan.name_en,
        "amount": held.price,
        "tax_rate": catalogue.tax.rate,
        "service_month": month.name,
        "rule_ids": ("R-INVOICE", "R-FEE-MONTH", "R-PRORATE", "R-PLAN-CHANGE"),
        "event_id": held.event_id,
        "why": {"in_force_from": held.starts.isoformat(), "price_a_month": held.price},
    }


def _options_of(contract: Billable, month: FeeMonth) -> list[OptionTime]:
    """Hours extension in force in any part of the month; extra inquiries once, in their own month."""
    return [
        o
        for o in contract.options
        if (o.fee_month == month.name if o.kind is OptionKind.EXTRA_INQUIRIES else o.meets(month.start, month.end))
    ]


def _option_line(option: OptionTime, month: FeeMonth, catalogue: Catalogue) -> dict[str, Any]:
    sold = catalogue.option(option.code)
    own = "R-EXTRA-INQUIRIES" if option.kind is OptionKind.EXTRA_INQUIRIES else "R-HOURS-EXT"
    return {
        "kind": LineKind.OPTION,
        "code": option.code,
        "name_ja": sold.name_ja,
        "name_en": sold.name_en,
        "amount": option.price,
        "tax_rate": catalogue.tax.rate,
        "service_month": month.name,
        "rule_ids": ("R-INVOICE", own, "R-PRORATE"),
        "event_id": option.event_id,
        "why": {"option_id": option.id, "starts": option.starts.isoformat(), "units": option.units},
    }


def _charge_lines(contract: Billable, charge: Charge) -> list[dict[str, Any]]:
    """One line per tax rate of the charge, in the month in which the work was done."""
    month = fee_month_of_day(charge.day, contract.fee_month_start_day)
    return [
        {
            "kind": LineKind.SETUP_VISIT,
            "code": "setup-visit",
            "name_ja": "訪問サポート",
            "name_en": "Setup visit",
            "amount": amount,
            "tax_rate": rate,
            "service_month": month.name,
            "rule_ids": tuple(dict.fromkeys(("R-INVOICE", *charge.rule_ids))),
            "event_id": charge.event_id,
            "charge_id": charge.id,
            "why": {"day": charge.day.isoformat(), "lines": [dict(line) for line in charge.details]},
        }
        for rate, amount in sorted(charge.amounts.items())
    ]


def _adjustment_lines(
    adjustments: Sequence[Adjustment], month: FeeMonth, lines: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """In the order in which they were asked for; one that would take a rate's total below nothing waits."""
    totals: dict[int, int] = {}
    for line in lines:
        totals[line["tax_rate"]] = totals.get(line["tax_rate"], 0) + line["amount"]
    found: list[dict[str, Any]] = []
    for adjustment in adjustments:
        left = totals.get(adjustment.tax_rate, 0) + adjustment.amount
        if left < 0:
            continue
        totals[adjustment.tax_rate] = left
        found.append(_adjustment_line(adjustment, month))
    return found


def _adjustment_line(adjustment: Adjustment, month: FeeMonth) -> dict[str, Any]:
    return {
        "kind": LineKind.ADJUSTMENT,
        "code": "adjustment",
        "name_ja": adjustment.text,
        "name_en": adjustment.text,
        "amount": adjustment.amount,
        "tax_rate": adjustment.tax_rate,
        "service_month": month.name,
        "rule_ids": ("R-INVOICE", "R-ADJUSTMENT"),
        "event_id": adjustment.event_id,
        "adjustment_id": adjustment.id,
        "why": {"asked_in": adjustment.fee_month, "one_person": adjustment.alone},
    }


class Taxed(Protocol):
    """What has an amount (yen with tax) at a rate (per cent)."""

    @property
    def amount(self) -> int: ...
    @property
    def tax_rate(self) -> int: ...


def tax_by_rate(lines: Iterable[Taxed], tax: Tax) -> tuple[TaxRate, ...]:
    """Rounded once per rate, over all lines together (R-INVOICE)."""
    totals: dict[int, int] = {}
    for line in lines:
        totals[line.tax_rate] = totals.get(line.tax_rate, 0) + line.amount
    return tuple(
        TaxRate(rate=rate, total=total, tax=tax_included(total, rate, tax.rounding))
        for rate, total in sorted(totals.items())
    )
