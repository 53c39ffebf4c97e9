"""Which plan would have cost least for the use that was seen (R-QUOTA-INQUIRY, R-EXTRA-INQUIRIES, R-MDM-PLAN)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from math import ceil

from contracts.domain.catalogue import Catalogue
from contracts.domain.plans import Family, Option, OptionKind, Plan


@dataclass(frozen=True, kw_only=True)
class MonthOnPlan:
    """What a month's use costs on a plan: its price and so many blocks of extra inquiries; what no block serves."""

    fee_month: str
    used: int
    allowed: int
    extra_blocks: int
    cost: int
    unserved: int


@dataclass(frozen=True, kw_only=True)
class PlanAtUse:
    """A plan judged by the use of some months; `seats_short`: devices in use for which it has no seat."""

    plan_code: str
    name_ja: str
    name_en: str
    price: int
    cost: int
    unserved: int
    seats_short: int
    months: tuple[MonthOnPlan, ...]

    @property
    def fits(self) -> bool:
        """Whether it would have served all of it."""
        return not self.unserved and not self.seats_short


@dataclass(frozen=True, kw_only=True)
class Advice:
    """The plan that serves all of the use for least; the present one when nothing is better."""

    present: str
    best: str
    saved: int
    reason_ja: str
    reason_en: str
    plans: tuple[PlanAtUse, ...]


def advise(
    present: str, family: Family, used: Mapping[str, int], devices: int, book: Catalogue, *, today: date
) -> Advice:
    """Plans of the family that are on sale, and the present one, by what the months' use would have cost on them."""
    plans = [p for p in book.plans if p.family is family and (p.on_sale(today) or p.code == present)]
    judged = tuple(_judged(plan, _extra(plan, book.options), used, devices, today) for plan in plans)
    now = next(each for each in judged if each.plan_code == present)
    best = min(judged, key=lambda each: (not each.fits, each.unserved, each.cost, each.plan_code != present))
    ja, en = _reason(now, best, len(used))
    return Advice(
        present=present,
        best=best.plan_code,
        saved=now.cost - best.cost,
        reason_ja=ja,
        reason_en=en,
        plans=judged,
    )


def _extra(plan: Plan, options: Sequence[Option]) -> Option | None:
    return next((o for o in options if o.kind is OptionKind.EXTRA_INQUIRIES and plan.code in o.plans), None)


def _judged(plan: Plan, extra: Option | None, used: Mapping[str, int], devices: int, today: date) -> PlanAtUse:
    price = plan.price_on(today)
    months = tuple(_month(name, units, plan, extra, price, today) for name, units in sorted(used.items()))
    return PlanAtUse(
        plan_code=plan.code,
        name_ja=plan.name_ja,
        name_en=plan.name_en,
        price=price,
        cost=sum(month.cost for month in months),
        unserved=sum(month.unserved for month in months),
        seats_short=max(0, devices - (plan.seats or 0)),
        months=months,
    )


def _month(name: str, used: int, plan: Plan, extra: Option | None, price: int, today: date) -> MonthOnPlan:
    allowed = plan.inquiry_limit or 0
    blocks = 0
    if extra is not None and used > allowed:
        blocks = min(extra.per_fee_month, ceil((used - allowed) / extra.units))
    served = allowed + (blocks * extra.units if extra else 0)
    return MonthOnPlan(
        fee_month=name,
        used=used,
        allowed=served,
        extra_blocks=blocks,
        cost=price + blocks * (extra.price_on(today) if extra else 0),
        unserved=max(0, used - served),
    )


def _reason(now: PlanAtUse, best: PlanAtUse, months: int) -> tuple[str, str]:
    if best == now:
        ja = f"直近{months}か月のご利用では現在のプラン({now.cost:,}円)が最適です。"
        en = f"For the use of the last {months} months the present plan ({now.cost:,} yen) is the best."
        return ja, en
    ja = (
        f"直近{months}か月のご利用では{best.name_ja}が{best.cost:,}円、現在のプランは{now.cost:,}円"
        f"(対応できない問い合わせ{now.unserved}件)です。"
    )
    en = (
        f"For the use of the last {months} months {best.name_en} costs {best.cost:,} yen, the present plan "
        f"{now.cost:,} yen ({now.unserved} inquiries beyond its limit)."
    )
    return ja, en
