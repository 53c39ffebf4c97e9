"""Who can go: branches, technicians, their crews, skills, shifts and absences (R-VISIT-CREW)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from types import MappingProxyType

from common.civil import jst_midnight
from common.errors import DomainError
from dispatch.domain.refusals import CrewMismatch, NotOnShift, OtherBranch, SkillMissing, SlotTaken
from dispatch.domain.windows import Window, joined, without

MINUTES_OF_A_DAY = 24 * 60


class Purpose(StrEnum):
    """What a visit is for."""

    ISOLATION = "isolation"
    SETUP = "setup"


class Crew(StrEnum):
    """The two kinds of technicians."""

    FAULT_REPAIR = "fault_repair"
    SETUP = "setup"


CREW_FOR: Mapping[Purpose, Crew] = MappingProxyType({Purpose.ISOLATION: Crew.FAULT_REPAIR, Purpose.SETUP: Crew.SETUP})


@dataclass(frozen=True, kw_only=True)
class Branch:
    """A branch and the prefectures (JIS X 0401) it serves; a prefecture belongs to one branch."""

    id: str
    name: str
    prefectures: tuple[str, ...]
    version: int


@dataclass(frozen=True, kw_only=True)
class Skill:
    """Something a technician has learnt; required by every visit of `purposes` and by the menu items named."""

    code: str
    name_ja: str
    name_en: str
    purposes: frozenset[Purpose] = frozenset()
    menu_codes: frozenset[str] = frozenset()

    def required_by(self, purpose: Purpose, menu_codes: frozenset[str]) -> bool:
        """Whether a visit of this purpose with these menu items needs it."""
        return purpose in self.purposes or bool(self.menu_codes & menu_codes)


@dataclass(frozen=True, kw_only=True)
class Technician:
    """A person of one crew; `subject` is the token subject that is this person."""

    id: str
    name: str
    crew: Crew
    skills: frozenset[str]
    branch_id: str
    home_base: str | None = None
    subject: str | None = None
    active: bool = True
    version: int = 1


@dataclass(frozen=True, kw_only=True)
class Shift:
    """A weekly pattern: works `from_minute` until `to_minute` (minutes since midnight JST, up to 1440 = 24:00) on each
    of `weekdays` (ISO) from `valid_from` until `valid_to` (included; None: without end). A night is two patterns.
    """  # noqa: D205

    id: str
    technician_id: str
    weekdays: frozenset[int]
    from_minute: int
    to_minute: int
    valid_from: date
    valid_to: date | None = None

    def on(self, day: date) -> Window | None:
        """When it is worked on a JST day."""
        valid = self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)
        if not valid or day.isoweekday() not in self.weekdays:
            return None
        midnight = jst_midnight(day)
        return Window(midnight + timedelta(minutes=self.from_minute), midnight + timedelta(minutes=self.to_minute))


@dataclass(frozen=True, kw_only=True)
class Absence:
    """Away, whatever the shifts say."""

    id: str
    technician_id: str
    window: Window
    reason: str


@dataclass(frozen=True, kw_only=True)
class Occupation:
    """A live or completed visit of a technician: `window` includes the way to the next one."""

    visit_id: str
    window: Window


@dataclass(frozen=True, kw_only=True)
class Roster:
    """One technician's working time and visits around the days in question.

    `working` are disjoint windows; `occupied` those of visits that are neither cancelled nor failed.
    """

    technician: Technician
    working: tuple[Window, ...]
    occupied: tuple[Occupation, ...] = ()

    def works(self, window: Window) -> bool:
        """Whether the whole window lies in one working stretch."""
        return self.technician.active and any(stretch.contains(window) for stretch in self.working)

    def clash(self, window: Window) -> Occupation | None:
        """The visit that is in the way, if any."""
        return next((taken for taken in self.occupied if taken.window.overlaps(window)), None)

    def visits_on(self, day: date) -> int:
        """How many visits begin on a JST day."""
        return sum(taken.window.day == day for taken in self.occupied)


def working_time(
    shifts: tuple[Shift, ...], absences: tuple[Absence, ...], *, first: date, last: date
) -> tuple[Window, ...]:
    """When somebody works from `first` to `last` and into the nights around them: shifts joined, absences cut out."""
    days = [first + timedelta(days=n) for n in range(-1, (last - first).days + 2)]
    worked = (shift.on(day) for shift in shifts for day in days)
    return without(joined(w for w in worked if w is not None), (absence.window for absence in absences))


@dataclass(frozen=True)
class Coverage:
    """Which branch serves which prefecture (JIS X 0401)."""

    by_prefecture: Mapping[str, str]

    def branch_of(self, prefecture_code: str) -> str | None:
        """The branch's id; None is a gap, which operations must close and which never refuses a contract."""
        return self.by_prefecture.get(prefecture_code)


@dataclass(frozen=True, kw_only=True)
class Need:
    """What a visit asks of a technician. `branch_id` None: no branch serves the address, so any may go."""

    purpose: Purpose
    skills: frozenset[str]
    branch_id: str | None


def crew_refusals(need: Need, roster: Roster, window: Window) -> list[DomainError]:
    """Why this technician cannot go then: crew, branch, skills, shift (R-VISIT-CREW). Other visits are not judged."""
    who = roster.technician
    found: list[DomainError] = []
    if who.crew is not CREW_FOR[need.purpose]:
        found.append(CrewMismatch(purpose=need.purpose, needed=CREW_FOR[need.purpose], crew=who.crew))
    if need.branch_id is not None and who.branch_id != need.branch_id:
        found.append(OtherBranch(branch_id=need.branch_id, technician_branch_id=who.branch_id))
    if lacking := sorted(need.skills - who.skills):
        found.append(SkillMissing(missing=lacking))
    if not roster.works(window):
        found.append(NotOnShift(technician_id=who.id, start=window.start, end=window.end))
    return found


def overlap_refusal(roster: Roster, occupied: Window) -> SlotTaken | None:
    """Never in two places (R-VISIT-CREW): the refusal when another visit is in the way of `occupied`."""
    clash = roster.clash(occupied)
    if clash is None:
        return None
    return SlotTaken(technician_id=roster.technician.id, start=occupied.start, end=occupied.end)
