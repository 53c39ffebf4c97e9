"""Time travel through the running service: commands over its API, what comes by itself, and the events it tells.

The sequences are random and the same each time. After them, the newest event of each contract, the answer of
`GET …/entitlements?at=` and the slow model agree at every instant at which anything changes, and just before it.
"""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from common.events.contracts import EntitlementsChanged
from contracts.testing import ADDRESS, MONDAY_MORNING, Body, Desk
from contracts.testing import slow_commands as slow
from contracts.testing.lives import seen_by_consumer
from contracts.testing.slow_model import PLANS, Seen, SlowContract, day_of, midnight

TICK = timedelta(microseconds=1)
PAUSES = [0, 0, 0, 1, 3, 13, 29, 30, 31, 62]


class ServedLife:
    """One contract of the service beside its slow model."""

    def __init__(self, desk: Desk, contract: Body, model: SlowContract, pick: random.Random) -> None:
        self.desk, self.id, self.model, self.pick = desk, contract["id"], model, pick
        self._count = 0

    @property
    def now(self) -> datetime:
        return self.desk.suite.clock.now()

    def unique(self, kind: str) -> str:
        self._count += 1
        return f"{kind}{self._count:04d}{self.id[-12:]}"

    def day(self, first: int, last: int) -> date:
        return day_of(self.now) + timedelta(days=self.pick.randint(first, last))

    async def command(self, path: str, body: Body | None = None, *, method: str = "POST") -> Body | None:
        """What the service answers; None when it refuses."""
        answer = await self.desk.call(method, f"/contracts/{self.id}{path}", body)
        assert answer.is_success or answer.status_code in {404, 409}, answer.text
        return (answer.json() if answer.content else {}) if answer.is_success else None

    def agreed(self, command: str, answer: Body | None, /, **words: Any) -> None:
        expected = getattr(slow, command)(self.model, self.now, **words)
        assert (answer is not None) == expected, f"{command} {words} at {self.now}: {answer}"

    async def step(self) -> None:
        await getattr(self, self.pick.choice(STEPS))()

    async def simple(self) -> None:
        name, path, body = self.pick.choice(SIMPLE)
        self.agreed(name, await self.command(path, body))

    async def change_plan(self) -> None:
        plan = self.pick.choice(sorted(PLANS))
        line = {"kind": "flets_hikari_next", "number": self.unique("L")}
        body = {"plan_code": plan, **({} if self.model.has_line else {"line": line})}
        self.agreed("change_plan", await self.command("/plan-changes", body), plan=plan)

    async def cancel_plan_change(self) -> None:
        changes = (await self.desk.get(f"/contracts/{self.id}/plan-changes"))["items"]
        if changes:
            answer = await self.command(f"/plan-changes/{changes[-1]['id']}/cancellation")
            self.agreed("cancel_plan_change", answer)

    async def take_hours(self) -> None:
        name = f"{self.pick.choice(['light', 'standard'])}-hours-extension"
        start_on, length = self.day(-10, 40), self.pick.choice([None, 0, 5, 31])
        end_on = None if length is None else start_on + timedelta(days=length)
        body = {"option_code": name, "start_on": str(start_on), "end_on": end_on and str(end_on)}
        self.agreed("take_hours", await self.command("/options", body), name=name, start_on=start_on, end_on=end_on)

    async def end_hours(self) -> None:
        options = (await self.desk.get(f"/contracts/{self.id}/options"))["items"]
        held = [option for option in options if option["kind"] == "hours_extension"]
        if held:
            which, end_on = self.pick.randrange(len(held)), self.day(-3, 40)
            answer = await self.command(f"/options/{held[which]['id']}/end", {"end_on": str(end_on)})
            self.agreed("end_hours", answer, which=which, end_on=end_on)

    async def take_extra(self) -> None:
        start_on = self.day(-10, 40)
        body = {"option_code": "standard-extra-inquiries", "start_on": str(start_on)}
        self.agreed("take_extra", await self.command("/options", body), name=self.unique("x"), start_on=start_on)

    async def move(self) -> None:
        day = self.day(-1, 40)
        body = {"contract_address": {**ADDRESS, "street": self.unique("街")}, "effective_on": str(day)}
        answer = await self.command("/address-changes", body)
        self.agreed("move", answer, name=answer["address"]["id"] if answer else "", day=day)

    async def cancel_move(self) -> None:
        held = (await self.desk.get(f"/contracts/{self.id}/address-changes"))["items"]
        self.agreed("cancel_move", await self.command(f"/address-changes/{held[-1]['id']}/cancellation"))

    async def add_site(self) -> None:
        answer = await self.command("/sites", {"label": "自宅"})
        self.agreed("add_site", answer, name=answer["id"] if answer else "")

    async def remove_site(self) -> None:
        if self.model.sites:
            site = self.pick.choice(self.model.sites).name
            self.agreed("remove_site", await self.command(f"/sites/{site}", method="DELETE"), name=site)

    async def consent(self) -> None:
        document = self.pick.choice(["service_terms", "remote_support_licence", "management_tool_licence"])
        version, accepted = self.pick.choice(["2019-01", "2024-04"]), self.now - timedelta(days=self.pick.randint(0, 9))
        body = {"document": document, "version": version, "accepted_by": "x", "accepted_at": accepted.isoformat()}
        answer = await self.command("/consents", body)
        self.agreed("consent", answer, document=document, version=version, accepted=accepted)

    async def succeed(self) -> None:
        holder = await self.desk.subscriber()
        consent = {"document": "service_terms", "version": "2024-04", "accepted_by": "x",
                   "accepted_at": self.now.isoformat()}  # fmt: skip
        answer = await self.command("/succession", {"subscriber_id": holder["id"], "consents": [consent]})
        self.agreed("succeed", answer, holder=holder["id"], accepted=self.now)

    async def change_line(self) -> None:
        line = {"kind": "flets_hikari_next", "number": self.unique("L")}
        body = {"change": "relocation", "line": line, "access_lines": [line]}
        self.agreed("change_line", await self.command("/line-changes", body))

    async def seen(self, at: datetime) -> Seen:
        found = await self.desk.get(f"/contracts/{self.id}/entitlements?at={at.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}")
        missing = found["consents"]["missing"]
        return Seen(
            status=found["status"],
            plan=found["plan_code"],
            inquiries=found["inquiries"]["limit"],
            seats=found["seats"]["limit"] if found["seats"]["available"] else None,
            always_open=found["support_hours"]["always_open"],
            fee_month=found["fee_month"]["name"],
            address=found["address_id"],
            sites=frozenset(found["site_ids"]),
            missing=tuple((need, tuple(missing.get(need, ()))) for need, _ in self.model.seen(at).missing),
        )


SIMPLE: list[tuple[str, str, Body | None]] = [
    ("suspend", "/suspensions", {"reason": "x"}),
    ("resume", "/resumption", None),
    ("resume", "/resumption", None),
    ("cancel_line", "/line-cancellation", {"reason": "x"}),
    ("terminate", "/termination", {"reason": "x"}),
    ("take_back_termination", "/termination/cancellation", {"reason": "x"}),
]
STEPS = [
    "simple", *["change_plan", "take_hours", "take_extra", "move", "consent"] * 2, "cancel_plan_change", "cancel_move",
    "end_hours", "add_site", "remove_site", "succeed", "change_line",
]  # fmt: skip


async def a_life(desk: Desk, pick: random.Random, plan: str, start_day: int) -> ServedLife:
    light = PLANS[plan][0] == "light"
    over: Body = {"plan_code": plan, "fee_month_start_day": start_day, "start_on": "2026-06-01"}
    contract = await desk.active(**over, **({} if light else {"line": None}))
    at = MONDAY_MORNING
    model = SlowContract(
        plan=plan,
        start_day=start_day,
        applied_at=at,
        start=midnight(day_of(at)),
        address=contract["contract_address"]["id"],
        holder=contract["subscriber_id"],
    )
    slow.consent(model, at, "service_terms", "2024-04", at)
    assert slow.activate(model, at)
    return ServedLife(desk, contract, model, pick)


@pytest.mark.rule("R-PLAN-CHANGE", "R-EXTRA-INQUIRIES", "R-FEE-MONTH", "R-ADDRESS", "R-CONSENT")
@pytest.mark.parametrize("seed", [1, 2])
async def test_service_events_and_slow_model_agree_at_every_instant(desk: Desk, seed: int) -> None:
    pick = random.Random(seed)  # noqa: S311 - the same lives each time
    lives = [
        await a_life(desk, pick, plan, start_day)
        for plan, start_day in (("light-anshin-1", 1), ("standard-anshin-1", 28), ("standard-anshin-2", 15))
    ]
    for _ in range(22):
        pause = timedelta(days=pick.choice(PAUSES), hours=pick.choice([0, 5, 14]))
        desk.at(desk.suite.clock.now() + pause)
        await desk.suite.sweep()
        for life in lives:
            slow.pass_time(life.model, life.now)
            await life.step()
    told = await desk.told(EntitlementsChanged)
    for life in lives:
        states = [event.data for event in told if event.data.contract_id == life.id]
        assert [state.version for state in states] == list(range(1, len(states) + 1))
        for boundary in sorted(life.model.boundaries()):
            for at in (boundary - TICK, boundary):
                assert seen_by_consumer(states[-1], at) == life.model.seen(at), at
            assert await life.seen(boundary) == life.model.seen(boundary), boundary
