"""Who can go: crew, skills, shift, branch, and never in two places."""

from __future__ import annotations

from datetime import date

import pytest

from dispatch.domain.workforce import (
    Absence,
    Crew,
    Need,
    Occupation,
    Purpose,
    Roster,
    Skill,
    crew_refusals,
    overlap_refusal,
    working_time,
)
from dispatch.testing import BRANCH, MONDAY, TECHNICIAN, a_roster, a_shift, a_technician, terms, window

NEED = Need(purpose=Purpose.ISOLATION, skills=frozenset(), branch_id=BRANCH)
TEN = window("2026-06-02 10:00")


def codes(need: Need, roster: Roster, start: str = "2026-06-02 10:00") -> list[str]:
    return [error.code for error in crew_refusals(need, roster, window(start))]


def test_a_fault_repair_technician_on_shift_can_go() -> None:
    assert codes(NEED, a_roster()) == []


@pytest.mark.rule("R-VISIT-CREW")
@pytest.mark.parametrize(
    ("purpose", "crew", "allowed"),
    [
        (Purpose.ISOLATION, Crew.FAULT_REPAIR, True),
        (Purpose.ISOLATION, Crew.SETUP, False),
        (Purpose.SETUP, Crew.SETUP, True),
        (Purpose.SETUP, Crew.FAULT_REPAIR, False),
    ],
)
def test_each_purpose_has_its_crew(purpose: Purpose, crew: Crew, allowed: bool) -> None:
    need = Need(purpose=purpose, skills=frozenset(), branch_id=BRANCH)
    assert codes(need, a_roster(technician=a_technician(crew=crew))) == ([] if allowed else ["crew_mismatch"])


@pytest.mark.rule("R-VISIT-CREW")
def test_the_technician_holds_every_required_skill() -> None:
    need = Need(purpose=Purpose.ISOLATION, skills=frozenset({"router", "wifi"}), branch_id=BRANCH)
    half = a_roster(technician=a_technician(skills=frozenset({"router"})))
    (refusal,) = crew_refusals(need, half, TEN)
    assert (refusal.code, refusal.why) == ("skill_missing", {"missing": ["wifi"]})
    assert codes(need, a_roster(technician=a_technician(skills=frozenset({"router", "wifi", "fax"})))) == []


@pytest.mark.rule("R-VISIT-CREW")
@pytest.mark.parametrize(
    ("start", "allowed"),
    [("2026-06-02 08:00", True), ("2026-06-02 07:30", False), ("2026-06-02 19:00", True), ("2026-06-02 19:30", False)],
)
def test_the_technician_is_on_shift_during_the_whole_window(start: str, allowed: bool) -> None:
    assert codes(NEED, a_roster(), start) == ([] if allowed else ["not_on_shift"])


@pytest.mark.rule("R-VISIT-CREW")
def test_a_night_in_two_patterns_is_one_stretch_of_work() -> None:
    evening = a_shift(id="shf_a", from_minute=22 * 60, to_minute=1440)
    morning = a_shift(id="shf_b", from_minute=0, to_minute=6 * 60)
    assert codes(NEED, a_roster(evening, morning), "2026-06-02 23:30") == []
    assert codes(NEED, a_roster(evening), "2026-06-02 23:30") == ["not_on_shift"]


def test_a_pattern_holds_from_its_first_to_its_last_day() -> None:
    shift = a_shift(valid_from=date(2026, 6, 2), valid_to=date(2026, 6, 9), weekdays=frozenset({2}))
    assert [day for day in (1, 2, 3, 9, 16) if shift.on(date(2026, 6, day))] == [2, 9]


@pytest.mark.rule("R-VISIT-CREW")
def test_absences_are_cut_out_of_shifts() -> None:
    away = Absence(id="abs_1", technician_id=TECHNICIAN, window=window("2026-06-02 09:00", 2), reason="doctor")
    working = working_time((a_shift(),), (away,), first=MONDAY, last=date(2026, 6, 5))
    roster = Roster(technician=a_technician(), working=working)
    assert codes(NEED, roster, "2026-06-02 10:30") == ["not_on_shift"]
    assert codes(NEED, roster, "2026-06-02 11:00") == []


def test_somebody_who_left_is_never_on_shift() -> None:
    assert codes(NEED, a_roster(technician=a_technician(active=False))) == ["not_on_shift"]


def test_another_branch_does_not_go_but_a_gap_refuses_nobody() -> None:
    elsewhere = a_roster(technician=a_technician(branch_id="brn_osaka"))
    assert codes(NEED, elsewhere) == ["other_branch"]
    gap = Need(purpose=Purpose.ISOLATION, skills=frozenset(), branch_id=None)
    assert codes(gap, elsewhere) == []


@pytest.mark.rule("R-VISIT-CREW")
def test_nobody_is_in_two_places_and_the_way_between_takes_time() -> None:
    taken = Occupation(visit_id="vis_1", window=terms().occupied(TEN))
    roster = a_roster(occupied=(taken,))
    refusals = {
        start: overlap_refusal(roster, terms().occupied(window(start)))
        for start in ("2026-06-02 08:30", "2026-06-02 09:00", "2026-06-02 11:00", "2026-06-02 11:30")
    }
    assert [start[-5:] for start, refusal in refusals.items() if refusal] == ["09:00", "11:00"]


def test_a_skill_is_required_by_purpose_or_by_menu_item() -> None:
    router = Skill(code="router", name_ja="ルーター", name_en="Router", purposes=frozenset({Purpose.ISOLATION}))
    printer = Skill(code="printer", name_ja="プリンタ", name_en="Printer", menu_codes=frozenset({"printer-setup"}))
    assert router.required_by(Purpose.ISOLATION, frozenset())
    assert not router.required_by(Purpose.SETUP, frozenset({"printer-setup"}))
    assert printer.required_by(Purpose.SETUP, frozenset({"printer-setup"}))
    assert not printer.required_by(Purpose.SETUP, frozenset({"pc-internet-connection"}))
