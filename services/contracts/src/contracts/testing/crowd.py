"""Many contracts at once, as if they had been activated one by one: rows and the facts behind them.

Contract `n` begins its fee months on day 1 + n % 28; plan, options, charges and adjustments follow from `n`, too, so
that two crowds of one size are alike. By 1 July 2026 exactly one fee month of each is over.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime

from common.civil import FeeMonth, jst_midnight
from common.context import system_context
from common.db import Database, Tx
from common.events.base import NewEvent
from common.events.contracts import ContractActivated, LifecycleData, OptionAdded
from contracts.domain.catalogue import Catalogue
from contracts.domain.plans import OptionKind

CLOSES = datetime(2026, 6, 30, 15, tzinfo=UTC)
_BATCH = 1000
_PLANS = ("light-anshin-1", "light-anshin-2", "standard-anshin-1", "standard-anshin-2")
_EVERY_BOUGHT, _EVERY_CHARGED = 10, 20

_SUBSCRIBERS = """
INSERT INTO subscriber (id, name, name_kana, postal_code, prefecture, prefecture_code, city, street, created_at,
                        version)
SELECT 'sub_' || lpad(to_hex(n), 32, '0'), '見本商店' || n, 'ミホンショウテン', '1600023', '東京都', '13', '新宿区',
       '見本町1-2-3', $3, 1
FROM generate_series($1::int, $2::int) n
"""
_CONTRACTS = """
INSERT INTO contract (id, subscriber_id, status, version, entitlements_version, fee_month_start_day, applied_at,
                      starts_at, active_from, line_kind, line_number, line_key, service_id,
                      access_lines, resumes_with_line)
SELECT id, 'sub_' || substr(id, 5), 'active', version, 1, day, since, since, since, 'flets_hikari_next', id,
       CASE WHEN plan LIKE 'light%' THEN id END, CASE WHEN plan LIKE 'standard%' THEN id END, '[]', false
FROM unnest($1::text[], $2::int[], $3::timestamptz[], $4::text[], $5::int[]) t (id, day, since, plan, version)
"""
_OPEN_MONTHS = """
INSERT INTO open_month (contract_id, ends_at) SELECT * FROM unnest($1::text[], $2::timestamptz[])
"""
_PLAN_PERIODS = """
INSERT INTO plan_period (contract_id, starts_at, plan_code, terms, price, event_id)
SELECT * FROM unnest($1::text[], $2::timestamptz[], $3::text[], $4::jsonb[], $5::int[], $6::text[])
"""
_OPTION_PERIODS = """
INSERT INTO option_period (contract_id, id, code, kind, price, starts_at, ends_at, fee_month, units, ordinal, ended,
                           event_id)
SELECT contract_id, id, code, kind, price, starts_at, ends_at, fee_month, units, 1, false, event_id
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::int[], $6::timestamptz[], $7::timestamptz[],
            $8::text[], $9::int[], $10::text[])
     t (contract_id, id, code, kind, price, starts_at, ends_at, fee_month, units, event_id)
"""
_CHARGES = """
INSERT INTO charge (id, contract_id, day, total, lines, rule_ids, event_id)
SELECT 'chg_' || substr(id, 5), id, day, 18040,
       '[{"menu_code": "basic-work", "amount": 4950, "tax_rate": 10}, {"menu_code": "rest", "amount": 13090,
          "tax_rate": 10}]', ARRAY['R-SETUP-PRICE'], 'evt_charge_' || substr(id, 5)
FROM unnest($1::text[], $2::date[]) t (id, day)
"""


def contract_id(n: int) -> str:
    """The id of contract `n`."""
    return f"ctr_{n:032x}"


def month_of(n: int) -> FeeMonth:
    """The one fee month of contract `n` that is over by 1 July 2026."""
    day = 1 + n % 28
    return FeeMonth(2026, 6, 1) if day == 1 else FeeMonth(2026, 5, day)


def options_of(n: int) -> Iterator[str]:
    """Every third has the hours extension, every tenth Standard one bought inquiries."""
    family = _PLANS[n % 4].split("-", 1)[0]
    if n % 3 == 0:
        yield f"{family}-hours-extension"
    if n % _EVERY_BOUGHT == _EVERY_BOUGHT // 5 and family == "standard":
        yield "standard-extra-inquiries"


def is_charged(n: int) -> bool:
    """Every twentieth had a setup visit."""
    return n % _EVERY_CHARGED == _EVERY_CHARGED // 2


async def settle(database: Database, book: Catalogue, contracts: int) -> None:
    """Put so many contracts in force in an empty service whose catalogue is loaded."""
    for first in range(0, contracts, _BATCH):
        async with database.transaction(system_context("contracts")) as tx:
            await _settle(tx, book, range(first, min(first + _BATCH, contracts)))


async def _settle(tx: Tx, book: Catalogue, numbers: range) -> None:
    ids = [contract_id(n) for n in numbers]
    since = [jst_midnight(month_of(n).first_day) for n in numbers]
    plans = [book.plan(_PLANS[n % 4]) for n in numbers]
    await tx.connection.execute(_SUBSCRIBERS, numbers[0], numbers[-1], since[0])
    await tx.connection.execute(
        _CONTRACTS,
        ids,
        [month_of(n).start_day for n in numbers],
        since,
        [plan.code for plan in plans],
        [1 + len(list(options_of(n))) for n in numbers],
    )
    await tx.connection.execute(_OPEN_MONTHS, ids, [month_of(n).end for n in numbers])
    activated = [
        ContractActivated(
            actor="op-sato", contract_id=i, subscriber_id=f"sub_{i[4:]}", plan_code=p.code, active_from=at
        )
        for i, p, at in zip(ids, plans, since, strict=True)
    ]
    events = await tx.publish(*(_event(fact, 1, at) for fact, at in zip(activated, since, strict=True)))
    prices = [plan.price_on(date(2026, 5, 1)) for plan in plans]
    terms: list[dict[str, str]] = [{"code": plan.code, "family": plan.family.value} for plan in plans]
    codes = [plan.code for plan in plans]
    await tx.connection.execute(_PLAN_PERIODS, ids, since, codes, terms, prices, events)
    await _take_options(tx, book, numbers)
    charged = [n for n in numbers if is_charged(n)]
    await tx.connection.execute(_CHARGES, [contract_id(n) for n in charged], [month_of(n).last_day for n in charged])


async def _take_options(tx: Tx, book: Catalogue, numbers: range) -> None:
    rows = []
    facts = []
    for n in numbers:
        month = month_of(n)
        for sequence, code in enumerate(options_of(n), start=2):
            option = book.option(code)
            extra = option.kind is OptionKind.EXTRA_INQUIRIES
            id_ = f"opt_{sequence}{n:031x}"
            ends, name = (month.end, month.name) if extra else (None, None)
            price = option.price_on(month.first_day)
            rows.append((contract_id(n), id_, code, option.kind.value, price, month.start, ends, name, option.units))
            fact = OptionAdded(
                actor="op-sato",
                contract_id=contract_id(n),
                subscriber_id=f"sub_{n:032x}",
                option_id=id_,
                option_code=code,
                starts_at=month.start,
            )
            facts.append(_event(fact, sequence, month.start))
    if rows:
        events = await tx.publish(*facts)
        await tx.connection.execute(_OPTION_PERIODS, *map(list, zip(*rows, strict=True)), events)


def _event(fact: LifecycleData, sequence: int, at: datetime) -> NewEvent:
    return NewEvent(
        data=fact,
        subject=fact.contract_id,
        sequence=sequence,
        key=fact.contract_id,
        time=at,
        partner=None,
        correlation_id=fact.contract_id,
    )
