"""Business time: frozen for tests, movable in the sandbox, real in production."""

from datetime import UTC, datetime, timedelta

import pytest

from common.civil import JST
from common.clock import Clock, ClockGoesForwardOnly, FrozenClock, SandboxClock, SystemClock

NINE_IN_TOKYO = datetime(2026, 6, 1, 9, 0, tzinfo=JST)
A_MOMENT = timedelta(seconds=30)


def test_a_frozen_clock_stands_still_until_it_is_told_otherwise() -> None:
    clock = FrozenClock(NINE_IN_TOKYO)
    assert clock.now() == clock.now() == NINE_IN_TOKYO
    clock.advance(timedelta(hours=9))
    assert clock.now() == datetime(2026, 6, 1, 18, 0, tzinfo=JST)
    clock.move_to(datetime(2026, 5, 1, 9, 0, tzinfo=JST))
    assert clock.now() == datetime(2026, 5, 1, 9, 0, tzinfo=JST)


@pytest.mark.parametrize("clock", [FrozenClock(NINE_IN_TOKYO), SandboxClock.starting_at(NINE_IN_TOKYO), SystemClock()])
def test_every_clock_tells_time_in_utc(clock: Clock) -> None:
    assert clock.now().tzinfo is UTC


def test_a_moved_frozen_clock_still_tells_time_in_utc() -> None:
    clock = FrozenClock(NINE_IN_TOKYO)
    clock.move_to(NINE_IN_TOKYO + timedelta(days=1))
    assert clock.now().tzinfo is UTC


def test_the_system_clock_is_the_wall_clock() -> None:
    before = datetime.now(UTC)
    shown = SystemClock().now()
    assert before <= shown <= datetime.now(UTC)


def test_a_sandbox_clock_starts_where_it_is_told_and_runs() -> None:
    clock = SandboxClock.starting_at(NINE_IN_TOKYO)
    first = clock.now()
    assert NINE_IN_TOKYO <= first < NINE_IN_TOKYO + A_MOMENT
    assert clock.now() >= first


def test_a_sandbox_clock_jumps_forward_and_runs_on_from_there() -> None:
    clock = SandboxClock.starting_at(NINE_IN_TOKYO)
    fortnight_later = NINE_IN_TOKYO + timedelta(days=14)
    clock.move_to(fortnight_later)
    assert fortnight_later <= clock.now() < fortnight_later + A_MOMENT


def test_a_sandbox_clock_refuses_to_go_back() -> None:
    clock = SandboxClock.starting_at(NINE_IN_TOKYO)
    offset = clock.offset
    yesterday = NINE_IN_TOKYO - timedelta(days=1)
    with pytest.raises(ClockGoesForwardOnly) as refused:
        clock.move_to(yesterday)
    assert refused.value.code == "clock_forward_only"
    assert refused.value.why["asked"] == yesterday
    assert clock.offset == offset


def test_a_sandbox_clock_goes_on_from_a_kept_offset() -> None:
    before = SandboxClock.starting_at(NINE_IN_TOKYO)
    before.move_to(NINE_IN_TOKYO + timedelta(days=14))
    after_restart = SandboxClock(before.offset)
    shown = before.now()
    assert timedelta(0) <= after_restart.now() - shown < A_MOMENT
