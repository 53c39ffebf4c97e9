"""What would help somebody whose inquiry was refused: an option, a plan, or waiting."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from common.civil import FeeMonth, jst_day
from common.events.contracts import PlanPeriod

_HOURS = {"light": "light-hours-extension", "standard": "standard-hours-extension"}
_EXTRA = {"standard": "standard-extra-inquiries"}
"""Option codes by plan family; closed plans have no options to add."""


def for_hours(plan: PlanPeriod, next_open_at: datetime | None) -> list[dict[str, Any]]:
    """Call again at the next opening, or take the hours extension."""
    waiting = [{"what": "call_again", "at": next_open_at}] if next_open_at is not None else []
    return [*waiting, *_option(plan, _HOURS)]


def for_quota(plan: PlanPeriod, month: FeeMonth, *, extra_bought: bool, now: datetime) -> list[dict[str, Any]]:
    """The next fee month brings new units; Standard contracts may buy twenty more, once a month."""
    waiting = {
        "what": "next_fee_month",
        "at": month.end,
        "days_left": (month.next().first_day - jst_day(now)).days,
    }
    return [waiting, *([] if extra_bought else _option(plan, _EXTRA))]


def for_telework() -> list[dict[str, Any]]:
    """A Standard anshin plan."""
    return [{"what": "plan_family", "family": "standard"}]


def _option(plan: PlanPeriod, options: dict[str, str]) -> list[dict[str, Any]]:
    code = None if plan.closed_plan else options.get(plan.family)
    return [] if code is None else [{"what": "option", "option_code": code}]
