"""Which windows can be offered, and why days have none."""

from __future__ import annotations

from datetime import date, time, timedelta
from typing import Any

import pytest

from dispatch.domain.refusals import SearchRangeInvalid
from dispatch.domain.slots import RefusedDay, Search, SearchRange, find, require_range
from dispatch.domain.workforce import Coverage, Crew, Occupation
from dispatch.testing import (
    BRANCH,
    a_roster,
    a_shift,
    a_technician,
    at,
    entitlements,
    facts,
    terms,
    window,
)


def search(**over: Any) -> Search:
    values: dict[str, Any] = {
        "facts": facts(),
        "coverage": Coverage({"13": BRANCH}),
        "skills": frozenset[str](),
        "rosters": (a_roster(),),
        "work": timedelta(hours=1),
        "terms": terms(),
    }
    return Search(**values | over)


def day(number: int, **over: Any) -> SearchRange:
    return SearchRange(first=date(2026, 6, number), last=date(2026, 6, number), **over)


def starts(found: Any) -> list[str]:
    return [slot.window.start.astimezone(at("2026-06-01 00:00").tzinfo).strftime("%d %H:%M") for slot in found.slots]


def refused(found: Any) -> list[tuple[int, str]]:
    return [(refusal.day.day, refusal.code) for refusal in found.refused]


def test_offers_the_earliest_windows_of_each_day() -> None:
    found = find(search(), SearchRange(first=date(2026, 6, 2), last=date(2026, 6, 3)))
    hours = ["09:00", "09:30", "10:00", "10:30", "11:00"]
    assert starts(found) == [f"02 {hour}" for hour in hours] + [f"03 {hour}" for hour in hours]
    assert found.refused == ()


def test_does_not_offer_what_has_begun() -> None:
    assert starts(find(search(), day(1)))[0] == "01 10:00"
    assert refused(find(search(facts=facts(now=at("2026-06-02 00:00"))), day(1))) == [(1, "window_in_past")]


def test_leaves_out_what_is_taken_and_the_way_to_it() -> None:
    taken = Occupation(visit_id="vis_1", window=terms().occupied(window("2026-06-02 10:00")))
    found = find(search(rosters=(a_roster(occupied=(taken,)),)), day(2))
    assert starts(found)[:2] == ["02 11:30", "02 12:00"]


def test_prefers_the_technician_with_fewer_visits_that_day() -> None:
    taken = Occupation(visit_id="vis_1", window=window("2026-06-02 15:00"))
    busy = a_roster(occupied=(taken,))
    idle = a_roster(technician=a_technician(id="tec_z"))
    found = find(search(rosters=(busy, idle)), day(2))
    assert {slot.technician_id for slot in found.slots} == {"tec_z"}


def test_starts_may_be_limited_to_a_part_of_the_day() -> None:
    found = find(search(), day(2, not_before=time(13, 0), not_after=time(14, 0)))
    assert starts(found) == ["02 13:00", "02 13:30", "02 14:00"]
    nothing = find(search(), day(2, not_before=time(14, 0), not_after=time(13, 0)))
    assert refused(nothing) == [(2, "outside_wished_times")]


@pytest.mark.rule("R-CLOSED-DAYS", "R-HOURS-VISIT")
def test_names_closed_days_and_sundays() -> None:
    july = SearchRange(first=date(2026, 7, 19), last=date(2026, 7, 20))
    found = find(search(), july)
    assert found.slots == ()
    assert found.refused == (
        RefusedDay(date(2026, 7, 19), "outside_visit_hours", ("R-HOURS-VISIT", "R-HOURS-EXT")),
        RefusedDay(date(2026, 7, 20), "closed_day", ("R-HOURS-VISIT", "R-HOURS-EXT", "R-CLOSED-DAYS")),
    )


@pytest.mark.rule("R-ISOLATION-QUOTA")
def test_names_the_days_of_a_month_whose_isolation_visit_is_used() -> None:
    used = search(facts=facts(rights_taken={"2026-06": "vis_1"}))
    found = find(used, SearchRange(first=date(2026, 6, 29), last=date(2026, 7, 1)))
    assert refused(found) == [(29, "isolation_visit_used"), (30, "isolation_visit_used")]
    assert {slot.window.day for slot in found.slots} == {date(2026, 7, 1)}


@pytest.mark.rule("R-HOURS-EXT")
def test_with_the_extension_a_night_shift_makes_sunday_nights_possible() -> None:
    night = a_shift(weekdays=frozenset({7}), from_minute=20 * 60, to_minute=1440)
    extended = search(facts=facts(entitlements=entitlements(extended=True)), rosters=(a_roster(night),))
    assert starts(find(extended, day(7))) == ["07 20:00", "07 20:30", "07 21:00", "07 21:30", "07 22:00"]


@pytest.mark.parametrize(
    ("over", "code"),
    [
        ({"coverage": Coverage({})}, "branch_missing"),
        ({"rosters": ()}, "crew_mismatch"),
        ({"rosters": (a_roster(technician=a_technician(crew=Crew.SETUP)),)}, "crew_mismatch"),
        ({"rosters": (a_roster(technician=a_technician(branch_id="brn_other")),)}, "other_branch"),
        ({"skills": frozenset({"router"})}, "skill_missing"),
        ({"rosters": (a_roster(a_shift(weekdays=frozenset({7}))),)}, "not_on_shift"),
        (
            {"rosters": (a_roster(occupied=(Occupation(visit_id="v", window=window("2026-06-02 00:00", 24)),)),)},
            "window_full",
        ),
    ],
)
@pytest.mark.rule("R-VISIT-CREW")
def test_names_the_hurdle_that_no_technician_took(over: dict[str, Any], code: str) -> None:
    gap = over.get("coverage") == Coverage({})
    found = find(search(**over | ({"rosters": ()} if gap else {})), day(2))
    assert refused(found) == [(2, code)]


def test_a_gap_in_the_branches_does_not_refuse_a_customer_whom_somebody_can_reach() -> None:
    assert find(search(coverage=Coverage({})), day(2)).slots


@pytest.mark.parametrize(("first", "last"), [(2, 1), (1, 40)])
def test_refuses_reversed_and_endless_ranges(first: int, last: int) -> None:
    wanted = SearchRange(first=date(2026, 6, 1) + timedelta(first), last=date(2026, 6, 1) + timedelta(last))
    with pytest.raises(SearchRangeInvalid):
        require_range(wanted, terms())


def test_a_whole_month_is_searched_and_its_sundays_are_left_out() -> None:
    rosters = tuple(a_roster(technician=a_technician(id=f"tec_{n}")) for n in range(7))
    found = find(search(rosters=rosters), SearchRange(first=date(2026, 6, 1), last=date(2026, 7, 1)))
    assert len(found.slots) == 5 * 27
    assert [refusal.day.day for refusal in found.refused] == [7, 14, 21, 28]
