"""Whether an inquiry is accepted, and why not."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from common.civil import JST, fee_month_named
from common.entitlements import closed_days, standing
from common.errors import DomainError
from common.events.contracts import EntitlementsChanged
from helpdesk.domain.acceptance import Admission, Facts, Report, judge, opened
from helpdesk.domain.inquiry import InquiryKind, UnitSource
from helpdesk.domain.quota import Allowance, Counter, allowance_of, next_source
from helpdesk.testing import (
    MONDAY_10,
    an_inquiry,
    calendar,
    closed_plan,
    entitlements,
    extra,
    jst,
    light,
    since_begin,
    standard,
)

SUNDAY = jst(6, 7)


def facts(
    state: EntitlementsChanged | None = None,
    *,
    at: datetime = MONDAY_10,
    used: Counter | None = None,
    closed: tuple[date, ...] = (),
    extra_open: tuple[date, ...] = (),
) -> Facts:
    told = state or entitlements()
    found = standing(told, at)
    return Facts(
        standing=found,
        allowance=allowance_of(told, found.fee_month),
        counter=used or Counter(),
        calendar=closed_days(calendar(closed=closed, extra_open=extra_open)),
        received_at=at,
        known_up_to=MONDAY_10,
    )


def report(**over: str) -> Report:
    return Report(**{"kind": "trouble", "channel": "phone", "site": "contract_address", **over})


def refused(found: Facts, asked: Report | None = None) -> DomainError:
    with pytest.raises(DomainError) as caught:
        judge(asked or report(), found)
    return caught.value


def codes(error: DomainError) -> list[str]:
    return [cause.code for cause in error.reasons]


def admitted(found: Facts, asked: Report | None = None) -> Admission:
    return judge(asked or report(), found)


def test_accepts_a_call_in_hours_with_units_left() -> None:
    admission = admitted(facts())
    assert admission.fee_month.name == "2026-06"
    assert admission.unit_source is UnitSource.PLAN
    assert admission.allowance == Allowance(5, 0)


@pytest.mark.rule("R-QUOTA-INQUIRY")
def test_refuses_the_sixth_inquiry_of_the_month() -> None:
    error = refused(facts(used=Counter(plan=5)))
    assert codes(error) == ["inquiry_quota_exhausted"]
    assert "R-QUOTA-INQUIRY" in error.rule_ids
    assert error.why["allowed"] == 5
    assert error.why["used"] == 5
    assert error.why["remaining"] == 0
    assert error.why["fee_month"] == "2026-06"
    assert error.why["known_up_to"] == MONDAY_10


@pytest.mark.rule("R-QUOTA-INQUIRY")
def test_accepts_the_fifth_inquiry_of_the_month() -> None:
    assert admitted(facts(used=Counter(plan=4))).unit_source is UnitSource.PLAN


def test_says_when_new_units_come_and_how_many_days_that_takes() -> None:
    error = refused(facts(at=jst(6, 29), used=Counter(plan=5)))
    assert error.why["help"] == [{"what": "next_fee_month", "at": jst(7, 1, 0), "days_left": 2}]


def test_offers_extra_inquiries_to_a_standard_contract_that_has_none_yet() -> None:
    without = refused(facts(entitlements(standard()), used=Counter(plan=20)))
    assert {"what": "option", "option_code": "standard-extra-inquiries"} in without.why["help"]
    bought = entitlements(standard(), extra_inquiries=(extra(),))
    exhausted = refused(facts(bought, used=Counter(plan=20, extra=20)))
    assert [each["what"] for each in exhausted.why["help"]] == ["next_fee_month"]


@pytest.mark.rule("R-HOURS-SUPPORT")
@pytest.mark.parametrize(
    ("at", "opens"),
    [
        (jst(6, 1, 8, 59), jst(6, 1, 9)),
        (jst(6, 1, 18), jst(6, 2, 9)),
        (SUNDAY, jst(6, 8, 9)),
        (jst(6, 6, 18), jst(6, 8, 9)),
    ],
)
def test_refuses_a_call_outside_support_hours_and_says_when_it_opens(at: datetime, opens: datetime) -> None:
    error = refused(facts(at=at))
    assert codes(error) == ["outside_support_hours"]
    assert "R-HOURS-SUPPORT" in error.rule_ids
    assert error.why["next_open_at"] == opens
    assert error.why["received_at"] == at
    assert {"what": "option", "option_code": "light-hours-extension"} in error.why["help"]


@pytest.mark.rule("R-HOURS-SUPPORT")
@pytest.mark.parametrize("at", [jst(6, 1, 9), jst(6, 1, 17, 59), jst(6, 6, 12)])
def test_accepts_a_call_from_opening_to_closing_and_on_saturdays(at: datetime) -> None:
    assert admitted(facts(at=at)).fee_month.contains(at)


@pytest.mark.rule("R-CLOSED-DAYS")
@pytest.mark.parametrize(
    ("at", "reason"),
    [
        (datetime(2026, 5, 6, 10, tzinfo=JST), "national_holiday"),
        (datetime(2026, 9, 22, 10, tzinfo=JST), "national_holiday"),
        (datetime(2026, 12, 31, 10, tzinfo=JST), "year_end"),
        (datetime(2026, 6, 3, 10, tzinfo=JST), "typhoon"),
    ],
)
def test_refuses_a_call_on_a_closed_day_and_names_the_reason(at: datetime, reason: str) -> None:
    error = refused(facts(at=at, closed=(date(2026, 6, 3),)))
    assert codes(error) == ["outside_support_hours"]
    assert "R-CLOSED-DAYS" in error.rule_ids
    assert error.why["closed_day"] == reason


@pytest.mark.rule("R-CLOSED-DAYS")
def test_accepts_a_call_on_an_extra_open_sunday() -> None:
    assert admitted(facts(at=SUNDAY, extra_open=(SUNDAY.date(),))).fee_month.name == "2026-06"


@pytest.mark.rule("R-HOURS-EXT")
@pytest.mark.parametrize("at", [SUNDAY, jst(6, 1, 3), datetime(2026, 12, 31, 23, 59, tzinfo=JST)])
def test_the_hours_extension_is_always_open(at: datetime) -> None:
    always = entitlements(hours_extension_periods=(since_begin(),))
    assert admitted(facts(always, at=at)).fee_month.contains(at)


@pytest.mark.rule("R-TELEWORK")
def test_refuses_a_telework_site_on_a_light_plan() -> None:
    error = refused(facts(), report(site="telework"))
    assert codes(error) == ["telework_requires_standard"]
    assert error.rule_ids == ("R-TELEWORK",)
    assert error.why["plan_code"] == "light-anshin-1"


@pytest.mark.rule("R-TELEWORK")
def test_accepts_a_telework_site_on_a_standard_plan() -> None:
    assert admitted(facts(entitlements(standard())), report(site="telework")).site == "telework"


@pytest.mark.parametrize("status", ["applied", "in_review", "suspended", "terminated", "rejected", "withdrawn"])
def test_refuses_a_contract_that_is_not_in_force(status: str) -> None:
    error = refused(facts(entitlements(status=status)))
    assert codes(error) == ["contract_not_active"]
    assert error.why["status"] == status


def test_refuses_an_active_contract_before_its_plan_begins() -> None:
    assert codes(refused(facts(entitlements(light(**{"from": jst(7, 1, 0)}))))) == ["contract_not_active"]


def test_never_guesses_limits_that_were_not_recorded() -> None:
    error = refused(facts(entitlements(closed_plan())))
    assert codes(error) == ["limits_not_recorded"]
    assert error.why["missing"] == ["inquiry_limit", "support_hours"]


def test_serves_a_closed_plan_whose_limits_were_recorded() -> None:
    recorded = closed_plan(inquiry_limit=2, support_hours=light().support_hours)
    assert admitted(facts(entitlements(recorded))).allowance == Allowance(2, 0)


@pytest.mark.parametrize(
    ("over", "code"),
    [
        ({"kind": "gossip"}, "inquiry_kind_unknown"),
        ({"channel": "pigeon"}, "channel_unknown"),
        ({"site": "moon"}, "site_unknown"),
    ],
)
def test_judges_words_by_name(over: dict[str, str], code: str) -> None:
    assert codes(refused(facts(), report(**over))) == [code]


def test_names_every_rule_that_says_no() -> None:
    state = entitlements(status="suspended")
    error = refused(facts(state, at=SUNDAY, used=Counter(plan=5)), report(site="telework", kind="gossip"))
    assert codes(error) == [
        "inquiry_kind_unknown",
        "contract_not_active",
        "telework_requires_standard",
        "outside_support_hours",
        "inquiry_quota_exhausted",
    ]
    assert {"R-TELEWORK", "R-HOURS-SUPPORT", "R-QUOTA-INQUIRY"} <= set(error.rule_ids)


@pytest.mark.rule("R-EXTRA-INQUIRIES")
def test_extra_units_count_in_their_own_month_only() -> None:
    state = entitlements(standard(), extra_inquiries=(extra(fee_month="2026-06"),))
    assert allowance_of(state, fee_month_named("2026-06", 1)) == Allowance(20, 20)
    assert allowance_of(state, fee_month_named("2026-07", 1)) == Allowance(20, 0)
    assert allowance_of(state, fee_month_named("2026-05", 1)) == Allowance(20, 0)


@pytest.mark.rule("R-EXTRA-INQUIRIES")
@pytest.mark.parametrize(
    ("used", "source"),
    [
        (Counter(plan=0), UnitSource.PLAN),
        (Counter(plan=19), UnitSource.PLAN),
        (Counter(plan=20), UnitSource.EXTRA),
        (Counter(plan=20, extra=19), UnitSource.EXTRA),
        (Counter(plan=19, extra=5), UnitSource.PLAN),
        (Counter(plan=20, extra=20), None),
    ],
)
def test_plan_units_burn_before_extra_ones(used: Counter, source: UnitSource | None) -> None:
    assert next_source(Allowance(20, 20), used) is source


def test_a_lowered_limit_leaves_nothing_to_take() -> None:
    assert next_source(Allowance(3, 0), Counter(plan=5)) is None


def test_a_month_has_the_plan_that_was_in_force_last_in_it() -> None:
    change = jst(7, 1, 0)
    state = entitlements(plan_periods=(light(to=change), light(**{"from": change, "inquiry_limit": 10})))
    assert allowance_of(state, fee_month_named("2026-06", 1)).plan == 5
    assert allowance_of(state, fee_month_named("2026-07", 1)).plan == 10


def test_the_fee_month_is_the_contracts_own() -> None:
    state = entitlements(fee_month_start_day=15)
    assert admitted(facts(state, at=jst(6, 10))).fee_month.name == "2026-05"
    assert admitted(facts(state, at=jst(6, 15))).fee_month.name == "2026-06"


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        (InquiryKind.TROUBLE, ["InquiryAccepted", "TroubleReported"]),
        (InquiryKind.HOW_TO, ["InquiryAccepted"]),
        (InquiryKind.SETTING, ["InquiryAccepted"]),
    ],
)
def test_only_a_trouble_is_reported_as_one(kind: InquiryKind, names: list[str]) -> None:
    born: list[Any] = list(opened(an_inquiry(kind=kind), allowance=Allowance(5, 0), used=1, actor="op-sato"))
    assert [type(fact).__name__ for fact in born] == names
    assert (born[0].units, born[0].used, born[0].allowed, born[0].fee_month) == (1, 1, 5, "2026-06")


def test_the_decision_keeps_its_inputs() -> None:
    inputs = admitted(facts(at=MONDAY_10 + timedelta(hours=1), used=Counter(plan=2))).inputs
    assert inputs["used"] == 2
    assert inputs["allowed"] == 5
    assert inputs["plan_code"] == "light-anshin-1"
    assert inputs["received_at"] == MONDAY_10 + timedelta(hours=1)
