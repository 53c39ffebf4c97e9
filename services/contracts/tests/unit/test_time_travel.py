"""Time travel: after any sequence of commands, what a contract may use at any instant is what the slow model says.

The state is taken from the newest event alone, as a consumer has it, and only events that the rules found worth telling
count: a change that was not told is a difference, too.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from contracts.domain.application import apply_for
from contracts.testing import OPERATOR, a_line, an_address, an_application, the_catalogue
from contracts.testing import slow_commands as slow
from contracts.testing.lives import PureLife, seen_by_consumer
from contracts.testing.slow_model import PLANS, SlowContract, day_of, midnight

TICK = timedelta(microseconds=1)
PAUSES = st.sampled_from([0, 0.5, 1, 5, 14, 27, 28, 29, 30, 31, 32, 59, 61, 92]).map(lambda days: timedelta(days=days))
# Month ends, a leap day, 31sts, and mornings shortly before and after midnight in Japan.
BEGINNINGS = st.sampled_from(
    [
        datetime(2024, 1, 31, 14, 59, tzinfo=UTC), datetime(2024, 1, 31, 15, tzinfo=UTC),
        datetime(2024, 2, 28, 20, tzinfo=UTC), datetime(2024, 2, 29, 1, tzinfo=UTC),
        datetime(2023, 12, 30, 15, tzinfo=UTC), datetime(2026, 5, 31, 3, tzinfo=UTC),
        datetime(2027, 2, 27, 14, 30, tzinfo=UTC), datetime(2028, 2, 28, 15, tzinfo=UTC),
    ]
)  # fmt: skip
DAYS = st.integers(-40, 75)
RARELY = st.integers(0, 7).map(lambda n: n == 0)


class Life(RuleBasedStateMachine):
    """A contract on the real rules and on the slow model."""

    real: PureLife
    model: SlowContract
    now: datetime

    def __init__(self) -> None:
        super().__init__()
        self._names = 1

    @initialize(
        begins=BEGINNINGS, plan=st.sampled_from(sorted(PLANS)), start_day=st.integers(1, 28), ahead=st.integers(0, 45)
    )
    def apply(self, begins: datetime, plan: str, start_day: int, ahead: int) -> None:
        self.now = begins
        start_on = day_of(begins) + timedelta(days=ahead)
        light = PLANS[plan][0] == "light"
        asked = an_application(
            plan_code=plan, fee_month_start_day=start_day, start_on=start_on, line=a_line() if light else None,
            address=an_address(),
        )  # fmt: skip
        applied = apply_for(asked, the_catalogue(), holder=None, now=begins, by=OPERATOR).contract
        self.real = PureLife(applied, begins)
        self.model = SlowContract(
            plan=plan,
            start_day=start_day,
            applied_at=begins,
            start=midnight(start_on),
            address="adr_1",
            holder="sub_1",
        )

    def give(self, command: str, **words: Any) -> None:
        accepted = self.real.do(command, self.now, **words)
        expected = getattr(slow, command)(self.model, self.now, **words)
        assert accepted == expected, f"{command} {words} at {self.now}"

    def name(self, kind: str) -> str:
        self._names += 1
        return f"{kind}_{self._names}"

    def day(self, ahead: int) -> date:
        return day_of(self.now) + timedelta(days=ahead)

    @rule(pause=PAUSES)
    def time_passes(self, pause: timedelta) -> None:
        self.now += pause
        self.real.pass_time(self.now)
        slow.pass_time(self.model, self.now)

    @rule(plan=st.sampled_from(sorted(PLANS)))
    def change_plan(self, plan: str) -> None:
        self.give("change_plan", plan=plan)

    @rule(ahead=DAYS, length=st.none() | st.integers(-1, 70), family=st.sampled_from(["light", "standard"]))
    def take_hours(self, ahead: int, length: int | None, family: str) -> None:
        start_on = self.day(ahead)
        end_on = None if length is None else start_on + timedelta(days=length)
        self.give("take_hours", name=f"{family}-hours-extension", start_on=start_on, end_on=end_on)

    @rule(which=st.integers(0, 2), ahead=st.none() | DAYS)
    def end_hours(self, which: int, ahead: int | None) -> None:
        self.give("end_hours", which=which, end_on=None if ahead is None else self.day(ahead))

    @rule(ahead=DAYS)
    def take_extra(self, ahead: int) -> None:
        self.give("take_extra", name=self.name("opt"), start_on=self.day(ahead))

    @rule(ahead=st.integers(-1, 60))
    def move(self, ahead: int) -> None:
        self.give("move", name=self.name("adr"), day=self.day(ahead))

    @rule()
    def add_site(self) -> None:
        self.give("add_site", name=self.name("site"))

    @precondition(lambda self: self.model.sites)
    @rule(pick=st.integers(0, 50))
    def remove_site(self, pick: int) -> None:
        sites = self.model.sites
        self.give("remove_site", name=sites[pick % len(sites)].name)

    @rule(
        document=st.sampled_from(["service_terms", "remote_support_licence", "management_tool_licence"]),
        version=st.sampled_from(["2019-01", "2024-04"]),
        ago=st.sampled_from([-1, 0, 1, 40]),
    )
    def consent(self, document: str, version: str, ago: int) -> None:
        self.give("consent", document=document, version=version, accepted=self.now - timedelta(days=ago))

    @precondition(lambda self: self.model.head == "applied")
    @rule()
    def come_into_force(self) -> None:
        self.give("consent", document="service_terms", version="2024-04", accepted=self.now)
        self.give("activate")

    @rule(
        command=st.sampled_from(["activate", "suspend", "resume", "cancel_plan_change", "cancel_move", "change_line"])
    )
    def simple(self, command: str) -> None:
        self.give(command)

    @rule(command=st.sampled_from(["terminate", "cancel_line"]), wanted=RARELY)
    def drastic(self, command: str, wanted: bool) -> None:
        if wanted:
            self.give(command)

    @precondition(lambda self: self.model.ends is not None)
    @rule()
    def stay(self) -> None:
        self.give("take_back_termination")

    @rule(ago=st.sampled_from([-1, 0, 3]))
    def succeed(self, ago: int) -> None:
        self.give("succeed", holder=self.name("sub"), accepted=self.now - timedelta(days=ago))

    @invariant()
    def every_instant_is_as_the_slow_model_says(self) -> None:
        if not hasattr(self, "model"):
            return
        boundaries = self.model.boundaries() | {self.now, self.model.month_after(self.now)}
        for boundary in boundaries:
            for at in (boundary - TICK, boundary):
                assert seen_by_consumer(self.real.told, at) == self.model.seen(at), at


@pytest.mark.rule("R-FEE-MONTH", "R-PLAN-CHANGE", "R-EXTRA-INQUIRIES", "R-CONSENT", "R-ADDRESS", "R-HOURS-EXT")
def test_after_any_sequence_of_commands_every_instant_is_as_the_slow_model_says() -> None:
    run_state_machine_as_test(
        Life,
        settings=settings(
            max_examples=50, stateful_step_count=40, deadline=None, derandomize=True, report_multiple_bugs=False
        ),
    )
