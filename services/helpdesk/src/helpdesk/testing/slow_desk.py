"""A desk that counts minutes one by one: what the clocks of service goals must come to.

It knows whole minutes since `ZERO` and walks through all of them; nothing here is shared with what it is held against.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import pairwise

from helpdesk.testing.contracts_told import jst

ZERO = jst(6, 1, 0)
DAYS = 45
DAY = 1440
SUNDAY = 7
OPENS, CLOSES = 9 * 60, 18 * 60
MINUTES = {"light-anshin-1": (60, 540), "standard-anshin-1": (30, 270)}
"""First response and resolution by plan."""
RUNNING = {"first_response": {"accepted"}, "resolution": {"accepted", "in_progress"}}
ENDED = {
    "first_response": {"in_progress", "waiting_for_customer", "resolved", "closed", "merged"},
    "resolution": {"resolved", "closed"},
}
_UNTIL_FOREVER = DAYS * DAY


def minute(at: datetime) -> int:
    """Whole minutes since the beginning."""
    return (at - ZERO) // timedelta(minutes=1)


def instant(at: int) -> datetime:
    """The instant of a minute."""
    return ZERO + timedelta(minutes=at)


class Case:
    """What happened to it: from which minute on it stood where; what it is part of."""

    def __init__(self, began: int) -> None:
        self.began = began
        self.stood = [(began, "accepted")]
        self.part_of: str | None = None
        self.before_merge = ""

    @property
    def status(self) -> str:
        """Where it stands."""
        return self.stood[-1][1]


class SlowDesk:
    """Everything that was told and done; `told` are the announcements that must have been made, with their minute."""

    def __init__(self) -> None:
        self.cases: dict[str, Case] = {}
        self.closed: set[date] = set()
        self.plans = [(-DAY, "light-anshin-1")]
        self.extension: list[tuple[int, int]] = []
        self.told: dict[tuple[str, str], int] = {}
        self.down = False

    def add(self, case_id: str, now: int) -> None:
        """It was accepted."""
        self.cases[case_id] = Case(now)

    def merge(self, source: str, target: str, now: int) -> None:
        """It became part of another."""
        case = self.cases[source]
        case.before_merge, case.part_of = case.status, target
        self.set(source, now, "merged")

    def undo(self, source: str, now: int) -> None:
        """It stands alone again."""
        case = self.cases[source]
        case.part_of = None
        self.set(source, now, case.before_merge)

    def set(self, case_id: str, now: int, status: str) -> None:
        """It stands somewhere else from now on."""
        self.cases[case_id].stood.append((now, status))

    def plan_at(self, at: int) -> str:
        """The plan in force."""
        return next(code for since, code in reversed(self.plans) if since <= at)

    def due(self, case_id: str, goal: str) -> tuple[int | None, int | None]:
        """When the goal is at risk and when it is due; None: not known while nothing runs."""
        case = self.cases[case_id]
        ended = case.status in ENDED[goal]
        if not ended and case.status not in {*RUNNING[goal], "waiting_for_customer"}:
            return None, None
        ran = self._ran(case_id, goal)
        if ended:
            last = ran.rfind(1)
            first = last + 1 if last >= 0 else case.began
            ran[first:] = b"\x01" * (_UNTIL_FOREVER - first)
        line = self._open()
        both = bytes(a & b for a, b in zip(ran, line, strict=True))
        promised = MINUTES[self.plan_at(case.began)][goal == "resolution"]
        return _nth(both, promised * 80 // 100), _nth(both, promised)

    def ended(self, case_id: str, goal: str) -> int | None:
        """When the work was done; None: it is not."""
        if self.cases[case_id].status not in ENDED[goal]:
            return None
        last = self._ran(case_id, goal).rfind(1)
        return last + 1 if last >= 0 else self.cases[case_id].began

    def announce(self, since: int, until: int) -> None:
        """The sweeper was up from `since` to `until`: what had been reached by then was told, once."""
        for case_id in self.cases:
            for goal in RUNNING:
                reached_by = self.ended(case_id, goal)
                for kind, at in zip(("at_risk", "breached"), self.due(case_id, goal), strict=True):
                    if at is not None and at <= (until if reached_by is None else reached_by):
                        self.told.setdefault((f"{case_id}/{goal}", kind), max(at, since))

    def _ran(self, case_id: str, goal: str) -> bytearray:
        line = bytearray(_UNTIL_FOREVER)
        parts = {case_id}
        while goal == "resolution" and (more := {c for c, it in self.cases.items() if it.part_of in parts} - parts):
            parts |= more
        for part in parts:
            for (since, status), (until, _) in pairwise([*self.cases[part].stood, (_UNTIL_FOREVER, "")]):
                if status in RUNNING[goal]:
                    line[since:until] = b"\x01" * (until - since)
        return line

    def _open(self) -> bytes:
        line = bytearray(_UNTIL_FOREVER)
        for day in range(DAYS):
            civil = (ZERO + timedelta(days=day)).date()
            if civil not in self.closed and civil.isoweekday() != SUNDAY:
                line[day * DAY + OPENS : day * DAY + CLOSES] = b"\x01" * (CLOSES - OPENS)
        for since, until in self.extension:
            line[max(since, 0) : until] = b"\x01" * (until - max(since, 0))
        return bytes(line)


def _nth(line: bytes, count: int) -> int | None:
    at = -1
    for _ in range(count):
        at = line.find(1, at + 1)
        if at < 0:
            return None
    return at + 1
