"""Dead letters redriven while others redrive them too and events of their subjects arrive."""

from __future__ import annotations

import asyncio

from common.db import Tx
from common.effects import Effects
from common.testing import RunningService
from libs.common.tests.integration.ailments import (
    GROUP,
    consumer,
    heard,
    listed,
    outcomes,
    redrive,
    repair,
    restocked,
    sick_line,
)


async def test_supervisors_who_redrive_at_once_make_each_effect_once(suite: RunningService) -> None:
    subjects = [f"sick-{n}" for n in range(8)]
    for subject in subjects:
        await sick_line(suite, subject, length=4)
    await repair(suite)
    async with suite.client("supervisor", subject="sup-a") as a, suite.client("supervisor", subject="sup-b") as b:
        answers = await asyncio.gather(*[redrive(who, all=True) for who in (a, b, a, b)])
        assert await listed(a) == []
    done = [event_id for answer in answers for event_id, outcome in answer if outcome == "redriven"]
    assert len(done) == len(set(done)) == 32
    assert {outcome for answer in answers for _, outcome in answer} <= {"redriven", "already"}
    assert sorted(await heard(suite)) == sorted((subject, n) for subject in subjects for n in range(1, 5))
    assert {subject: [n for s, n in await heard(suite) if s == subject] for subject in subjects} == {
        subject: [1, 2, 3, 4] for subject in subjects
    }


async def test_events_that_arrive_during_a_redrive_follow_in_order(suite: RunningService) -> None:
    rounds = 30
    for n in range(rounds):
        await sick_line(suite, f"sick-{n}")
    await repair(suite)
    arriving = [restocked(suite, f"sick-{n}", k) for n in range(rounds) for k in (4, 5)]

    async def arrive() -> None:
        late = consumer(suite)
        for message in arriving:
            await late.apply([message])

    async with suite.client("supervisor") as supervisor:
        await asyncio.gather(redrive(supervisor, all=True), arrive(), redrive(supervisor, all=True))
        left = await listed(supervisor)
    assert left == []
    told = await heard(suite)
    for n in range(rounds):
        assert [k for subject, k in told if subject == f"sick-{n}"] == [1, 2, 3, 4, 5]


class Hesitating(Effects):
    """Effects of a consumer that pauses once it has seen that an event has to park, before it parks it."""

    def __init__(self, suite: RunningService) -> None:
        super().__init__(GROUP, suite.service.parts.projections, suite.clock)
        self.reached, self.go_on = asyncio.Event(), asyncio.Event()

    async def claim(self, tx: Tx, event_id: str) -> bool:
        self.reached.set()
        await self.go_on.wait()
        return await super().claim(tx, event_id)


async def test_a_redrive_waits_for_an_event_that_is_just_parking_and_takes_it_along(suite: RunningService) -> None:
    messages = [*await sick_line(suite, length=2), restocked(suite, "sick", 3)]
    await repair(suite)
    slow, hesitating = consumer(suite), Hesitating(suite)
    slow._effects = hesitating
    async with suite.client("supervisor") as supervisor, asyncio.TaskGroup() as tasks:
        tasks.create_task(slow.apply(messages[2:]))
        await hesitating.reached.wait()
        redriven = tasks.create_task(redrive(supervisor, all=True))
        await asyncio.wait([redriven], timeout=0.3)
        assert not redriven.done()
        hesitating.go_on.set()
        assert await redriven == outcomes(messages, *["redriven"] * 3)
    assert await heard(suite) == [("sick", 1), ("sick", 2), ("sick", 3)]
