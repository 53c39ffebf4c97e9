"""What a contract may use at an instant, worked out the slow and obvious way.

Every accepted command leaves facts of the form "from this instant on"; a question looks at all of them, months are
found by walking day by day, and the numbers are copied by hand from the published table. Nothing here uses the rules'
own code.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone

JAPAN = timezone(timedelta(hours=9))
DAY = timedelta(days=1)
PARK_DAYS = 60
PLANS = {
    "light-anshin-1": ("light", 5, 3),
    "light-anshin-2": ("light", 10, 5),
    "standard-anshin-1": ("standard", 20, None),
    "standard-anshin-2": ("standard", 50, None),
}
EXTRA_UNITS = 20
NEEDS = {
    "activation": ("service_terms",),
    "remote_session": ("service_terms", "remote_support_licence"),
    "management_tool": ("management_tool_licence",),
    "visit": ("service_terms",),
}
NEEDED_VERSION = "2024-04"


def midnight(day: date) -> datetime:
    """The first instant of a day in Japan."""
    return datetime.combine(day, time.min, JAPAN).astimezone(UTC)


def day_of(at: datetime) -> date:
    """The day in Japan."""
    return at.astimezone(JAPAN).date()


class Span:
    """Something from an instant to another, or without end; `asked`: its end if the contract did not end before."""

    def __init__(
        self, name: str, begins: datetime, ends: datetime | None = None, *, asked: datetime | None = None
    ) -> None:
        self.name, self.begins, self.ends, self.asked = name, begins, ends, asked

    def holds(self, at: datetime) -> bool:
        """Whether it holds then."""
        return self.begins <= at and (self.ends is None or at < self.ends)


@dataclass(frozen=True)
class Seen:
    """All that is compared."""

    status: str | None
    plan: str | None
    inquiries: int | None
    seats: int | None
    always_open: bool
    fee_month: str
    address: str | None
    sites: frozenset[str]
    missing: tuple[tuple[str, tuple[str, ...]], ...]


class SlowContract:
    """One contract and the facts about it, in the order in which they were made."""

    def __init__(
        self, *, plan: str, start_day: int, applied_at: datetime, start: datetime, address: str, holder: str
    ) -> None:
        self.start_day, self.start = start_day, start
        self.plans = [(applied_at, plan)]
        self.addresses = [(applied_at, address)]
        self.holders = [(applied_at, holder)]
        self.statuses = [(applied_at, "applied")]
        self.head = "applied"
        self.has_line = PLANS[plan][0] == "light"
        self.active_from: datetime | None = None
        self.ends: datetime | None = None
        self.parked: datetime | None = None
        self.resumes_with_line = False
        self.pending: tuple[datetime, str] | None = None
        self.hours: list[Span] = []
        self.extras: list[tuple[str, date]] = []
        self.sites: list[Span] = []
        self.consents: list[tuple[str, str, str, datetime]] = []

    def month_begins(self, day: date) -> date:
        """The day on which the fee month of `day` begins."""
        while day.day != self.start_day:
            day -= DAY
        return day

    def month_after(self, at: datetime) -> datetime:
        """The first instant of the fee month that follows the one of `at`."""
        day = day_of(at) + DAY
        while day.day != self.start_day:
            day += DAY
        return midnight(day)

    def begun(self, now: datetime) -> datetime:
        """Now, or the contract's first instant while that is ahead."""
        return now if self.active_from is None or self.active_from < now else self.active_from

    def latest(self, facts: list[tuple[datetime, str]], at: datetime) -> str | None:
        """The fact that counts then: of those that have begun, the one that begins last; of two, the later told."""
        found: tuple[datetime, str] | None = None
        for fact in facts:
            if fact[0] <= at and (found is None or fact[0] >= found[0]):
                found = fact
        return found[1] if found else None

    def plan_at(self, at: datetime) -> str:
        """The plan then; before the first, the first."""
        return self.latest(self.plans, at) or self.plans[0][1]

    def family_at(self, at: datetime) -> str:
        """Light or Standard."""
        return PLANS[self.plan_at(at)][0]

    def state(self, now: datetime) -> str:
        """Where the contract stands for a command."""
        return "terminated" if self.ends is not None and self.ends <= now else self.head

    def seen(self, at: datetime) -> Seen:
        """What may be used then."""
        over = self.ends is not None and self.ends <= at
        status = "terminated" if over else self.latest(self.statuses, at)
        plan = None if over else self.latest(self.plans, at)
        month = self.month_begins(day_of(at))
        extra = sum(EXTRA_UNITS for _, day in self.extras if self.month_begins(day) == month)
        return Seen(
            status=status,
            plan=plan,
            inquiries=None if plan is None else PLANS[plan][1] + extra,
            seats=None if plan is None else PLANS[plan][2],
            always_open=any(span.holds(at) for span in self.hours),
            fee_month=f"{month:%Y-%m}",
            address=self.latest(self.addresses, at),
            sites=frozenset(span.name for span in self.sites if span.holds(at)),
            missing=tuple((purpose, self.missing(purpose, at)) for purpose in NEEDS),
        )

    def missing(self, purpose: str, at: datetime) -> tuple[str, ...]:
        """The documents that whoever holds the contract then has not accepted by then."""
        holder = self.latest(self.holders, at) or self.holders[0][1]
        given = {
            document
            for giver, document, version, accepted in self.consents
            if giver == holder and version >= NEEDED_VERSION and accepted <= at
        }
        return tuple(document for document in NEEDS[purpose] if document not in given)

    def boundaries(self) -> set[datetime]:
        """Every instant at which something may change."""
        spans = [*self.hours, *self.sites]
        found = {at for at, _ in (*self.plans, *self.addresses, *self.holders, *self.statuses)}
        found |= {at for span in spans for at in (span.begins, span.ends) if at is not None}
        found |= {midnight(self.month_begins(day)) for _, day in self.extras}
        found |= {self.month_after(midnight(day)) for _, day in self.extras}
        found |= {accepted for *_, accepted in self.consents}
        return found | {at for at in (self.ends, self.parked, self.active_from) if at is not None}
