"""Random histories of one contract: what operators do to its inquiries, and what `contracts` says meanwhile."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import timedelta
from random import Random
from typing import Any

import httpx

from common.events.contracts import ExtraInquiries
from common.testing import RunningService
from helpdesk.testing import witness
from helpdesk.testing.contracts_told import entitlements, since_begin, standard
from helpdesk.testing.files import PNG
from helpdesk.testing.outages import opened, results, rows
from helpdesk.testing.service import API, a_report, post, tell

STEPS = (timedelta(hours=1), timedelta(hours=5), timedelta(hours=30), timedelta(days=4))


class History:
    """Many clients on one contract; `done` counts what was answered, by step and code."""

    def __init__(self, suite: RunningService, contract_id: str, random: Random) -> None:
        self.suite = suite
        self.contract_id = contract_id
        self.inquiries: list[str] = []
        self.sources: list[str] = []
        self.ended: list[str] = []
        self.returned: list[str] = []
        self.notes: list[str] = []
        self.attachments: list[str] = []
        self.done: Counter[str] = Counter()
        self.version = 1
        self.limit = 8
        self.outage = ""
        self._random = random
        self._extras: list[ExtraInquiries] = []

    async def run(self, client: httpx.AsyncClient, *, clients: int, steps: int) -> None:
        """Let so many work at once, `steps` each, while the contract changes and days go by."""
        await self.tell()
        self.outage = await opened(client, areas=[])
        works = [self._work(client, Random(self._random.random()), steps) for _ in range(clients)]  # noqa: S311
        await asyncio.gather(*works, self._meanwhile(steps))

    async def tell(self) -> None:
        """The contract's newest entitlements, always open."""
        state = entitlements(
            standard(inquiry_limit=self.limit),
            contract_id=self.contract_id,
            version=self.version,
            extra_inquiries=tuple(self._extras),
            hours_extension_periods=(since_begin(),),
        )
        await tell(self.suite, state)

    async def _meanwhile(self, steps: int) -> None:
        """Limits raised and lowered, another plan, extra inquiries bought, the month rolled over."""
        for _ in range(steps):
            self.version += 1
            match self._random.choice(["limit", "extra", "without", "time", "time"]):
                case "limit":
                    self.limit = self._random.randint(3, 14)
                case "extra":
                    month = self._random.choice(["2026-06", "2026-07"])
                    self._extras = [*self._extras, ExtraInquiries(fee_month=month, units=self._random.randint(1, 5))]
                case "without":
                    self._extras = []
                case _:
                    self.suite.clock.advance(self._random.choice(STEPS))
            await self.tell()

    async def _work(self, client: httpx.AsyncClient, random: Random, steps: int) -> None:
        acts: list[tuple[int, Callable[[httpx.AsyncClient, Random], Awaitable[None]]]] = [
            (8, self._report), (3, self._void), (4, self._merge), (4, self._undo), (3, self._split), (2, self._end),
            (2, self._reopen), (2, self._note), (1, self._attach), (3, self._link), (4, self._return),
            (4, self._recount),
        ]  # fmt: skip
        for _ in range(steps):
            (act,) = random.choices([act for _, act in acts], weights=[weight for weight, _ in acts])
            await act(client, random)

    async def _report(self, client: httpx.AsyncClient, random: Random) -> None:
        await self._taking(client, "/inquiries", a_report(contract_id=self.contract_id))

    async def _split(self, client: httpx.AsyncClient, random: Random) -> None:
        if self.inquiries:
            body = {"source_id": random.choice(self.inquiries), "kind": "how_to", "summary": "A second question"}
            await self._taking(client, "/splits", body)

    async def _undo(self, client: httpx.AsyncClient, random: Random) -> None:
        if self.inquiries:
            await self._taking(
                client, f"/inquiries/{random.choice(self.sources[-6:] or self.inquiries)}/merge-undo", {}
            )

    async def _void(self, client: httpx.AsyncClient, random: Random) -> None:
        if self.inquiries:
            await self._step(client, f"/inquiries/{random.choice(self.inquiries)}/void", {"reason": "out of scope"})

    async def _merge(self, client: httpx.AsyncClient, random: Random) -> None:
        if self.inquiries:
            source, target = random.choice(self.inquiries), random.choice(self.inquiries)
            if (await self._step(client, "/merges", {"source_id": source, "target_id": target})).is_success:
                self.sources.append(source)

    async def _end(self, client: httpx.AsyncClient, random: Random) -> None:
        if self.inquiries:
            found = random.choice(self.inquiries)
            if (await self._step(client, f"/inquiries/{found}/resolution", {"outcome": "explained"})).is_success:
                self.ended.append(found)
            await self._step(client, f"/inquiries/{found}/closing", {})

    async def _reopen(self, client: httpx.AsyncClient, random: Random) -> None:
        if self.inquiries:
            await self._step(client, f"/inquiries/{random.choice(self.ended[-3:] or self.inquiries)}/reopening", {})

    async def _link(self, client: httpx.AsyncClient, random: Random) -> None:
        await self._many(client, random, random.choice(["links", "links", "unlinking"]), {})

    async def _return(self, client: httpx.AsyncClient, random: Random) -> None:
        async with self.suite.client("supervisor") as supervisor:
            await self._many(supervisor, random, "unit-returns", {"reason": "the carrier's fault"})

    async def _recount(self, client: httpx.AsyncClient, random: Random) -> None:
        if self.inquiries:
            path = f"/inquiries/{random.choice(self.returned[-3:] or self.inquiries)}/recounting"
            async with self.suite.client("supervisor") as supervisor:
                await self._taking(supervisor, path, {"reason": "its own router"})

    async def _many(self, client: httpx.AsyncClient, random: Random, step: str, body: dict[str, Any]) -> None:
        """A step on some inquiries at once; what became of each is counted."""
        if self.inquiries:
            chosen = random.sample(self.inquiries, min(4, len(self.inquiries)))
            found = results(await rows(client, f"{self.outage}/{step}", inquiry_ids=chosen, **body))
            self.returned += [inquiry_id for inquiry_id, result in found.items() if result == "returned"]
            self.done.update(f"{step}: {result}" for result in found.values())

    async def _note(self, client: httpx.AsyncClient, random: Random) -> None:
        if self.inquiries:
            answer = await self._step(client, f"/inquiries/{random.choice(self.inquiries)}/notes", {"body": "Called"})
            self.notes.append(answer.json()["id"])

    async def _attach(self, client: httpx.AsyncClient, random: Random) -> None:
        if self.inquiries:
            place = f"{API}/attachments?inquiry_id={random.choice(self.inquiries)}&file_name=a.png"
            answer = await client.post(place, content=PNG)
            assert answer.status_code == 201, answer.text  # noqa: PLR2004 - created
            self.attachments.append(answer.json()["id"])
            self.done["attachments"] += 1

    async def _taking(self, client: httpx.AsyncClient, path: str, body: dict[str, Any]) -> None:
        """A step that takes a unit; a refusal for want of one is checked against what the witness saw meanwhile."""
        seen = await self._seen()
        answer = await self._step(client, path, body)
        if answer.is_success and not path.endswith(("merge-undo", "recounting")):
            self.inquiries.append(answer.json()["id"])
        if answer.json().get("code") == "inquiry_quota_exhausted":
            month = answer.json()["why"]["fee_month"]
            moments = [moment for moment in await self._seen() if moment.fee_month == month]
            known = [moment for moment in seen if moment.fee_month == month]
            assert any(moment.full for moment in moments[max(0, len(known) - 1) :]), answer.text

    async def reported(self, client: httpx.AsyncClient) -> str:
        """One more inquiry that was accepted."""
        await self._report(client, self._random)
        return self.inquiries[-1]

    async def merged(self, client: httpx.AsyncClient, source: str, target: str) -> httpx.Response:
        """Merge these two."""
        return await self._step(client, "/merges", {"source_id": source, "target_id": target})

    async def undone(self, client: httpx.AsyncClient, source: str) -> httpx.Response:
        """Take a merge back."""
        return await self._step(client, f"/inquiries/{source}/merge-undo", {})

    async def _seen(self) -> list[witness.Seen]:
        async with self.suite.database.connection() as connection:
            return await witness.testimony(connection, self.contract_id)

    async def _step(self, client: httpx.AsyncClient, path: str, body: dict[str, Any]) -> httpx.Response:
        answer = await post(client, path, body)
        assert answer.status_code in {200, 201, 409, 503}, answer.text
        step = path.rsplit("/", 1)[-1]
        self.done[step if answer.is_success else f"{step}: {answer.json()['code']}"] += 1
        return answer
