"""Which windows can be offered: the earliest on a grid, day by day, that every rule and one technician allow."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from common.civil import jst_day, jst_instant, jst_midnight
from common.errors import DomainError
from dispatch.domain.eligibility import Facts, window_refusals
from dispatch.domain.offers import OfferTerms
from dispatch.domain.refusals import ClosedOnThatDay, SearchRangeInvalid
from dispatch.domain.windows import Window
from dispatch.domain.workforce import Coverage, Need, Roster, crew_refusals

_DAY = timedelta(days=1)
_HURDLES = ("crew_mismatch", "other_branch", "skill_missing", "not_on_shift")


@dataclass(frozen=True)
class Slot:
    """A window in which this technician can go."""

    window: Window
    technician_id: str


@dataclass(frozen=True)
class RefusedDay:
    """Why a day has no slot: one entry per rule that says no."""

    day: date
    code: str
    rule_ids: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class SearchRange:
    """JST days `first` to `last`, both included, and within each day starts from `not_before` until `not_after`."""

    first: date
    last: date
    not_before: time | None = None
    not_after: time | None = None

    @property
    def days(self) -> Iterator[date]:
        """Each day."""
        return (self.first + timedelta(days=n) for n in range((self.last - self.first).days + 1))

    def allows(self, start: datetime) -> bool:
        """Whether the caller wants this start."""
        day = jst_day(start)
        late_enough = self.not_before is None or jst_instant(day, self.not_before) <= start
        return late_enough and (self.not_after is None or start <= jst_instant(day, self.not_after))


@dataclass(frozen=True)
class Found:
    """The outcome of a search."""

    slots: tuple[Slot, ...]
    refused: tuple[RefusedDay, ...]


def require_range(wanted: SearchRange, terms: OfferTerms) -> None:
    """Raises `SearchRangeInvalid` for a reversed or too long range."""
    days = (wanted.last - wanted.first).days + 1
    if not 1 <= days <= terms.days_max:
        raise SearchRangeInvalid(first=wanted.first, last=wanted.last, days_max=terms.days_max)


@dataclass(frozen=True, kw_only=True)
class Search:
    """Everything a search looks at. `work` is the length of the window; `rosters` reach over the whole range."""

    facts: Facts
    coverage: Coverage
    skills: frozenset[str]
    rosters: Sequence[Roster]
    work: timedelta
    terms: OfferTerms

    def need(self, window: Window) -> Need:
        """What a visit in this window asks of a technician; the branch follows the contract address of that day."""
        return need_at(self.facts, self.coverage, self.skills, window)


def need_at(facts: Facts, coverage: Coverage, skills: frozenset[str], window: Window) -> Need:
    """Crew, skills and the branch that serves the contract address at the time of the visit."""
    address = facts.at(window.start).address
    branch = coverage.branch_of(address.prefecture_code) if address else None
    return Need(purpose=facts.purpose, skills=skills, branch_id=branch)


def find(search: Search, wanted: SearchRange, *, enough: int | None = None) -> Found:
    """At most `slots_per_day` slots a day with different starts, earliest first, and why other days have none.

    With `enough` it stops at the day on which so many are found.
    """
    slots: list[Slot] = []
    refused: list[RefusedDay] = []
    for day in wanted.days:
        of_day, reasons = _day(search, wanted, day)
        slots += of_day
        refused += reasons
        if enough is not None and len(slots) >= enough:
            break
    return Found(tuple(slots[:enough]), tuple(refused))


def _day(search: Search, wanted: SearchRange, day: date) -> tuple[list[Slot], list[RefusedDay]]:
    slots: list[Slot] = []
    allowed: list[Window] = []
    fewest: list[DomainError] | None = None
    for start in _starts(day, search.terms.grid):
        if not wanted.allows(start):
            continue
        window = Window(start, start + search.work)
        errors = window_refusals(search.facts, window)
        if errors:
            fewest = errors if fewest is None or len(errors) < len(fewest) else fewest
            continue
        allowed.append(window)
        if (who := _who(search, window)) is not None:
            slots.append(Slot(window, who))
        if len(slots) == search.terms.slots_per_day:
            break
    if slots:
        return slots, []
    if allowed:
        return [], [_nobody(search, allowed, day)]
    if fewest is None:
        return [], [RefusedDay(day, "outside_wished_times", ())]
    return [], [_refused(day, error) for error in fewest]


def _starts(day: date, grid: timedelta) -> Iterator[datetime]:
    start = jst_midnight(day)
    return (start + n * grid for n in range(_DAY // grid))


def _who(search: Search, window: Window) -> str | None:
    """The technician with the fewest visits that day among those who can go; None: nobody can."""
    occupied, need = search.terms.occupied(window), search.need(window)
    able = [
        roster
        for roster in search.rosters
        if not crew_refusals(need, roster, window) and roster.clash(occupied) is None
    ]
    chosen = min(able, key=lambda r: (r.visits_on(window.day), r.technician.id), default=None)
    return chosen.technician.id if chosen else None


def _refused(day: date, error: DomainError) -> RefusedDay:
    code = "closed_day" if isinstance(error, ClosedOnThatDay) else error.code
    return RefusedDay(day, code, error.rule_ids)


def _nobody(search: Search, windows: Sequence[Window], day: date) -> RefusedDay:
    """The first hurdle that nobody took: branch, crew, skills, shift, other visits."""
    needs = [(window, search.need(window)) for window in windows]
    if all(need.branch_id is None for _, need in needs):
        return RefusedDay(day, "branch_missing", ("R-ELIGIBLE-LINE",))
    found = [
        {error.code for error in crew_refusals(need, roster, window)}
        for roster in search.rosters
        for window, need in needs
    ]
    for n, hurdle in enumerate(_HURDLES):
        if all(codes & set(_HURDLES[: n + 1]) for codes in found):
            return RefusedDay(day, hurdle, ("R-VISIT-CREW",))
    return RefusedDay(day, "window_full", ("R-VISIT-CREW",))
