"""Random histories of one contract's desk, kept beside a slow desk that must come to the same."""

from __future__ import annotations

from datetime import timedelta
from random import Random
from typing import Any

import httpx

from common.civil import jst_day
from common.events.contracts import CatalogueChanged, EntitlementsChanged, Period, PlanPeriod, ServiceGoal
from common.testing import RunningService
from helpdesk.testing.contracts_told import calendar, entitlements, light, standard
from helpdesk.testing.service import a_report, post, tell
from helpdesk.testing.slow_desk import DAY, MINUTES, SlowDesk, instant, minute

PAUSES = (1, 7, 45, 180, 540, DAY, 3 * DAY)
PLANS = {"light-anshin-1": light, "standard-anshin-1": standard}


def promises() -> CatalogueChanged:
    """What is promised, as the slow desk knows it."""
    goals = tuple(
        ServiceGoal(plans=(plan,), first_response_minutes=first, callback_minutes=first, resolution_minutes=resolution)
        for plan, (first, resolution) in MINUTES.items()
    )
    return CatalogueChanged(actor="system:contracts", part="service_goals", service_goals=goals)


class GoalHistory:
    """What an operator does, what `contracts` says, how time goes by, and when nobody sweeps."""

    def __init__(self, suite: RunningService, client: httpx.AsyncClient, seed: int) -> None:
        self.suite = suite
        self.slow = SlowDesk()
        self.done: dict[str, int] = {}
        self.contract_id = f"ctr_{seed}"
        self._client = client
        self._random = Random(seed)  # noqa: S311 - histories can be had again
        self._version = 0
        self._calendar_version = 10 + 1000 * seed

    async def begin(self) -> None:
        """The contract is known, the days that another history closed are open again, two cases are there."""
        await self._tell_calendar()
        await self._tell_contract()
        await self._accept()
        await self._accept()
        await self.sweep()

    async def step(self) -> None:
        """One thing happens, then some time goes by."""
        acts = {
            self._accept: 2, self._status: 10, self._merge: 2, self._undo: 3, self._close_day: 2, self._plan: 1,
            self._extend: 1, self._sweeper: 1, self._reassign: 1,
        }  # fmt: skip
        (act,) = self._random.choices(list(acts), weights=list(acts.values()))
        await act()
        await self.sweep()
        await self._pass(self._random.choice(PAUSES))

    async def sweep(self) -> None:
        """The sweeper looks, unless it is down."""
        if not self.slow.down:
            await self.suite.sweep()
            self.slow.announce(self.now, self.now)

    @property
    def now(self) -> int:
        """This minute."""
        return minute(self.suite.clock.now())

    async def _pass(self, minutes: int) -> None:
        """Time goes by; a sweeper that is up looks whenever something is due, to the whole minute."""
        begin, end = self.now, self.now + minutes
        while not self.slow.down:
            due = await self.suite.service.next_due()
            if due is None or due > instant(end):
                break
            behind = (due - instant(0)) % timedelta(minutes=1) > timedelta(0)
            self.suite.clock.move_to(max(instant(minute(due) + behind), self.suite.clock.now()))
            await self.suite.sweep()
        self.suite.clock.move_to(instant(end))
        if not self.slow.down:
            self.slow.announce(begin, end)

    async def _accept(self) -> None:
        answer = await self._client.post("/api/helpdesk/v1/inquiries", json=a_report(contract_id=self.contract_id))
        if answer.is_success:
            self.slow.add(answer.json()["id"], self.now)
            self._count("accepted")

    async def _status(self) -> None:
        """The next step of one case: worked on, waiting, resumed, resolved, closed, reopened, seldom voided."""
        steps: dict[str, tuple[dict[str, Any], str]] = {
            "triage": ({"answers": [{"question": "Lamp?", "answer": "no"}]}, "in_progress"),
            "waiting": ({"reason": "new cable"}, "waiting_for_customer"),
            "resumption": ({}, "in_progress"),
            "resolution": ({"outcome": "solved_remotely"}, "resolved"),
            "closing": ({}, "closed"),
            "reopening": ({}, "in_progress"),
            "void": ({"reason": "out of scope"}, "voided"),
        }
        case = self._random.choice(list(self.slow.cases))
        for name in self._random.choices(list(steps), weights=[3, 4, 4, 3, 1, 4, 1], k=4):
            body, status = steps[name]
            if (await post(self._client, f"/inquiries/{case}/{name}", body)).is_success:
                self.slow.set(case, self.now, status)
                self._count(name)
                return

    async def _merge(self) -> None:
        if len(self.slow.cases) > 1:
            source, target = self._random.sample(list(self.slow.cases), k=2)
            if (await post(self._client, "/merges", {"source_id": source, "target_id": target})).is_success:
                self.slow.merge(source, target, self.now)
                self._count("merge")

    async def _undo(self) -> None:
        for case in list(self.slow.cases):
            if (await post(self._client, f"/inquiries/{case}/merge-undo")).is_success:
                self.slow.undo(case, self.now)
                self._count("merge-undo")
                return

    async def _reassign(self) -> None:
        """Somebody else has it now, or nobody: no clock cares."""
        for case in list(self.slow.cases):
            given = await post(self._client, f"/inquiries/{case}/assignment", {"assignee": "op-sato"})
            put_back = await post(self._client, f"/inquiries/{case}/queueing")
            if given.is_success and put_back.is_success:
                self._count("reassigned")

    async def _close_day(self) -> None:
        """A day is closed or opened again, perhaps one that has passed."""
        day = jst_day(self.suite.clock.now() + timedelta(days=self._random.randint(-4, 4)))
        self.slow.closed ^= {day}
        await self._tell_calendar()
        self._count("day")

    async def _plan(self) -> None:
        """Another plan, said now, in force since or from some hour."""
        since = self.now + self._random.choice([-2 * DAY, -30, 0, DAY])
        self.slow.plans = [it for it in self.slow.plans if it[0] < since]
        self.slow.plans.append((since, self._random.choice(list(PLANS))))
        await self._tell_contract()
        self._count("plan")

    async def _extend(self) -> None:
        """The hours extension for some days, said before or afterwards."""
        since = self.now + self._random.choice([-DAY, 0, DAY])
        self.slow.extension = [(since, since + self._random.choice([90, DAY, 4 * DAY]))]
        await self._tell_contract()
        self._count("extension")

    async def _sweeper(self) -> None:
        self.slow.down = not self.slow.down
        self._count("sweeper")

    async def _tell_calendar(self) -> None:
        self._calendar_version += 1
        state = calendar(closed=tuple(sorted(self.slow.closed)))
        await self.suite.deliver(state, subject="calendar", sequence=self._calendar_version, key="calendar")

    async def _tell_contract(self) -> None:
        self._version += 1
        ends = [since for since, _ in self.slow.plans[1:]] + [None]
        await tell(self.suite, self._state(ends))

    def _state(self, ends: list[int | None]) -> EntitlementsChanged:
        plans: list[PlanPeriod] = [
            PLANS[code](**{
                "from": instant(since), "to": instant(end) if end is not None else None, "inquiry_limit": 900,
            })
            for (since, code), end in zip(self.slow.plans, ends, strict=True)
        ]  # fmt: skip
        return entitlements(
            contract_id=self.contract_id,
            version=self._version,
            plan_periods=tuple(plans),
            hours_extension_periods=tuple(
                Period.model_validate({"from": instant(since), "to": instant(end)})
                for since, end in self.slow.extension
            ),
        )

    def _count(self, what: str) -> None:
        self.done[what] = self.done.get(what, 0) + 1
