"""The whole walk, in the order of business time."""

from __future__ import annotations

from evaluation.walk import contracting, devices, lending, support, visits
from evaluation.walk.contracting import Cast
from evaluation.walk.desk import Desk

STEPS = 8


async def play(desk: Desk) -> Cast:
    """All eight steps and every refusal, from 1 June 2026, 09:00, on; raises `WalkFailed` at the first wrong answer."""
    cast = Cast()
    await desk.pass_over_events()
    await contracting.step_1(desk, cast)
    await contracting.step_2(desk, cast)
    await desk.move_clock("2026-06-01T10:00:00+09:00")
    case = await support.step_3(desk, cast)
    await support.six_o_clock(desk, cast)
    await contracting.options(desk, cast)
    await support.quota_used_up(desk, cast)
    await visits.step_4(desk, cast, case)
    await lending.step_5(desk, cast, case)
    await lending.lent_pc(desk, cast)
    await devices.step_6(desk, cast)
    await support.sunday(desk, cast)
    await devices.too_late(desk)
    await visits.step_7(desk, cast)
    await lending.returns(desk, cast)
    await contracting.too_early(desk, cast)
    await contracting.step_8(desk, cast)
    await support.closed_days(desk, cast)
    return cast
