"""May there be a visit at all, then: every rule before any technician."""

from __future__ import annotations

from typing import Any

import pytest

from common.entitlements import closed_days
from common.events.contracts import CalendarException, Period, StatusPeriod
from dispatch.domain.cases import CaseStatus
from dispatch.domain.eligibility import Facts, contract_hold_reasons, request_refusals, window_refusals
from dispatch.domain.windows import Window
from dispatch.testing import (
    ADDRESS,
    SINCE,
    a_case,
    a_plan,
    an_address_period,
    at,
    calendar,
    entitlements,
    facts,
    setup_facts,
    window,
)

TUESDAY_TEN = window("2026-06-02 10:00")


def codes(known: Facts, wanted: Window) -> list[str]:
    return [error.code for error in window_refusals(known, wanted)]


def test_nothing_speaks_against_a_visit_on_a_weekday_morning() -> None:
    assert codes(facts(), TUESDAY_TEN) == []
    assert codes(setup_facts(), TUESDAY_TEN) == []


@pytest.mark.rule("R-HOURS-VISIT")
@pytest.mark.parametrize(
    ("start", "hours", "allowed"),
    [
        ("2026-06-02 09:00", 1, True),
        ("2026-06-02 08:30", 1, False),
        ("2026-06-02 16:00", 1, True),
        ("2026-06-02 16:30", 1, False),
        ("2026-06-06 10:00", 1, True),
        ("2026-06-07 10:00", 1, False),
        ("2026-06-02 09:00", 8, True),
        ("2026-06-02 09:00", 8.5, False),
    ],
)
@pytest.mark.parametrize("known", [facts(), setup_facts()], ids=["isolation", "setup"])
def test_the_whole_window_lies_inside_the_visit_hours(known: Facts, start: str, hours: float, allowed: bool) -> None:
    assert codes(known, window(start, hours)) == ([] if allowed else ["outside_visit_hours"])


@pytest.mark.rule("R-CLOSED-DAYS")
@pytest.mark.parametrize("day", ["2026-07-20", "2026-12-31", "2027-01-02"])
def test_there_are_no_visits_on_closed_days(day: str) -> None:
    (refusal,) = window_refusals(facts(), window(f"{day} 10:00"))
    assert refusal.code == "outside_visit_hours"
    assert "R-CLOSED-DAYS" in refusal.rule_ids
    assert refusal.why["closed"]


@pytest.mark.rule("R-CLOSED-DAYS")
def test_a_day_that_an_operator_closed_has_no_visits() -> None:
    typhoon = calendar(closed=(CalendarException(day=TUESDAY_TEN.day, reason="typhoon"),))
    (refusal,) = window_refusals(facts(calendar=closed_days(typhoon)), TUESDAY_TEN)
    assert refusal.why["closed"] == "typhoon"


@pytest.mark.rule("R-HOURS-EXT")
@pytest.mark.parametrize("start", ["2026-06-07 10:00", "2026-06-02 23:30", "2026-12-31 03:00"])
def test_with_the_extension_isolation_visits_are_always_possible(start: str) -> None:
    assert codes(facts(entitlements=entitlements(extended=True)), window(start)) == []


@pytest.mark.rule("R-HOURS-EXT", "R-HOURS-VISIT")
@pytest.mark.parametrize("start", ["2026-06-07 10:00", "2026-06-02 18:00"])
def test_setup_visits_keep_basic_hours_even_with_the_extension(start: str) -> None:
    assert codes(setup_facts(entitlements=entitlements(extended=True)), window(start)) == ["outside_visit_hours"]


@pytest.mark.rule("R-HOURS-EXT")
def test_a_window_that_outlasts_the_extension_is_outside_the_hours() -> None:
    until_midnight = (Period(**{"from": SINCE}, to=at("2026-06-03 00:00")),)
    known = facts(entitlements=entitlements(hours_extension_periods=until_midnight))
    assert codes(known, window("2026-06-02 23:00")) == []
    assert codes(known, window("2026-06-02 23:30")) == ["outside_visit_hours"]


@pytest.mark.rule("R-ISOLATION-QUOTA")
def test_one_isolation_visit_a_fee_month() -> None:
    known = facts(rights_taken={"2026-06": "vis_other"})
    (refusal,) = window_refusals(known, TUESDAY_TEN)
    assert (refusal.code, refusal.why["visit_id"]) == ("isolation_visit_used", "vis_other")
    assert codes(known, window("2026-07-01 10:00")) == []


@pytest.mark.rule("R-ISOLATION-QUOTA")
def test_the_month_is_the_fee_month_of_the_visit_day() -> None:
    known = facts(
        entitlements=entitlements(fee_month_start_day=15, extended=True), rights_taken={"2026-05": "vis_other"}
    )
    assert codes(known, window("2026-06-14 23:30")) == ["isolation_visit_used"]
    assert codes(known, window("2026-06-15 00:00")) == []


@pytest.mark.rule("R-ISOLATION-QUOTA")
def test_options_do_not_raise_the_number_of_isolation_visits() -> None:
    known = facts(entitlements=entitlements(extended=True), rights_taken={"2026-06": "vis_other"})
    assert codes(known, TUESDAY_TEN) == ["isolation_visit_used"]


def test_setup_visits_take_no_isolation_right() -> None:
    known = setup_facts(rights_taken={"2026-06": "vis_other"})
    assert codes(known, TUESDAY_TEN) == []
    assert known.right_fee_month(TUESDAY_TEN) is None


@pytest.mark.rule("R-ISOLATION-EVIDENCE")
@pytest.mark.parametrize(
    "case",
    [
        {"verdict_result": None, "verdict_origin": None},
        {"verdict_result": "isolated"},
        {"verdict_result": "not_isolated_on_site", "verdict_origin": "visit"},
        {"status": CaseStatus.VOIDED},
        {"status": CaseStatus.CLOSED},
        {"kind": "how_to"},
    ],
    ids=["no verdict", "isolated", "by a visit", "voided", "closed", "no trouble"],
)
def test_an_isolation_visit_needs_a_standing_remote_verdict(case: dict[str, Any]) -> None:
    (refusal,) = window_refusals(facts(case=a_case(**case)), TUESDAY_TEN)
    assert refusal.code == "isolation_evidence_missing"
    assert refusal.why["known_up_to"] == at("2026-06-01 10:00")
    assert refusal.retry_after == 1


@pytest.mark.rule("R-ADDRESS")
def test_faults_at_telework_sites_get_no_visit() -> None:
    assert codes(facts(case=a_case(site="telework")), TUESDAY_TEN) == ["fault_response_contract_address_only"]


@pytest.mark.rule("R-ADDRESS")
def test_there_is_no_visit_on_a_day_without_contract_address() -> None:
    gone = (an_address_period(to=at("2026-06-02 00:00")),)
    assert codes(facts(entitlements=entitlements(address_periods=gone)), TUESDAY_TEN) == ["contract_address_missing"]


@pytest.mark.rule("R-CONSENT")
@pytest.mark.parametrize("known", [facts, setup_facts], ids=["isolation", "setup"])
def test_visits_need_the_service_terms(known: Any) -> None:
    assert codes(known(entitlements=entitlements(consents=())), TUESDAY_TEN) == ["consent_missing"]
    assert [e.code for e in request_refusals(known(entitlements=entitlements(consents=())))] == ["consent_missing"]


def test_the_contract_is_active_when_the_visit_takes_place() -> None:
    ends = (
        StatusPeriod(**{"from": SINCE}, to=at("2026-06-03 00:00"), status="active"),
        StatusPeriod(**{"from": at("2026-06-03 00:00")}, status="terminated"),
    )
    known = facts(entitlements=entitlements(status_periods=ends, extended=True))
    assert codes(known, TUESDAY_TEN) == []
    assert codes(known, window("2026-06-03 10:00")) == ["contract_not_active"]
    assert codes(known, window("2026-06-02 23:30")) == ["contract_not_active"]


def test_the_feature_is_in_the_plan() -> None:
    bare = entitlements(plan_periods=(a_plan(isolation=0, setup_visit=False),))
    assert codes(facts(entitlements=bare), TUESDAY_TEN) == ["feature_not_in_plan"]
    assert codes(setup_facts(entitlements=bare), TUESDAY_TEN) == ["feature_not_in_plan"]


def test_a_window_that_has_begun_is_refused() -> None:
    assert codes(facts(now=at("2026-06-02 10:01")), TUESDAY_TEN) == ["window_in_past"]


def test_all_failing_rules_are_named() -> None:
    known = facts(
        entitlements=entitlements(consents=()),
        case=a_case(site="telework", verdict_result="isolated"),
        rights_taken={"2026-06": "vis_other"},
    )
    assert codes(known, window("2026-06-07 10:00")) == [
        "consent_missing",
        "fault_response_contract_address_only",
        "isolation_evidence_missing",
        "isolation_visit_used",
        "outside_visit_hours",
    ]


@pytest.mark.rule("R-ADDRESS")
def test_a_move_touches_visits_on_or_after_it() -> None:
    moved = entitlements(
        address_periods=(
            an_address_period(to=at("2026-06-03 00:00")),
            an_address_period(**{"from": at("2026-06-03 00:00"), "address_id": "adr_new"}),
        )
    )
    assert contract_hold_reasons(moved, TUESDAY_TEN, address_id=ADDRESS) == frozenset()
    assert contract_hold_reasons(moved, window("2026-06-03 10:00"), address_id=ADDRESS) == {"address_moved"}


def test_a_visit_of_a_contract_that_ended_is_held() -> None:
    ended = entitlements(status_periods=(StatusPeriod(**{"from": SINCE}, status="suspended"),))
    assert contract_hold_reasons(ended, TUESDAY_TEN, address_id=ADDRESS) == {"contract_not_active"}
