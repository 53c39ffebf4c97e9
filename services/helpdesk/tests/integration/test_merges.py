"""Merging, splitting and undoing: what hangs on a case neither gets lost nor doubled, and units follow."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from common.events.helpdesk import InquiryMergeUndone, QuotaThresholdReached
from common.ids import new_id
from common.testing import RunningService
from helpdesk.testing import CONTRACT, accepted, entitlements, extra, get, jst, light, post, standard, tell

HANGING = """
SELECT tc.table_name, kcu.column_name FROM information_schema.referential_constraints rc
JOIN information_schema.table_constraints tc USING (constraint_name, constraint_schema)
JOIN information_schema.key_column_usage kcu USING (constraint_name, constraint_schema)
WHERE rc.unique_constraint_name = 'pk_inquiry' AND tc.table_name NOT IN ('inquiry', 'quota_ledger', 'service_goal')
"""


async def used(client: httpx.AsyncClient, contract_id: str = CONTRACT) -> int:
    return int((await get(client, f"/contracts/{contract_id}/overview"))["quota"]["used"])


async def merge(client: httpx.AsyncClient, source: str, target: str) -> httpx.Response:
    return await post(client, "/merges", {"source_id": source, "target_id": target})


async def undo(client: httpx.AsyncClient, source: str) -> httpx.Response:
    return await post(client, f"/inquiries/{source}/merge-undo")


@pytest.mark.rule("R-QUOTA-COUNT")
async def test_an_undone_merge_takes_a_unit_again(suite: RunningService, operator: httpx.AsyncClient) -> None:
    one, two = (await accepted(operator))["id"], (await accepted(operator))["id"]
    await post(operator, f"/inquiries/{one}/waiting", {"reason": "looks for the cable"})
    merged = (await merge(operator, one, two)).json()["source"]
    assert await used(operator) == 1
    answer = await undo(operator, one)
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert (body["status"], body["merged_into"], body["merged_at"]) == ("waiting_for_customer", None, None)
    assert body["quota"] == {"fee_month": "2026-06", "allowed": 5, "used": 2, "remaining": 3}
    assert body["version"] == merged["version"] + 1
    (event,) = await suite.published(InquiryMergeUndone)
    assert (event.subject, event.sequence, event.data.target_inquiry_id) == (one, body["version"], two)
    entries = (await get(operator, f"/contracts/{CONTRACT}/quota-ledger"))["items"]
    last = entries[-1]
    assert (last["units"], last["reason"], last["rule_id"]) == (1, "merge_undone", "R-QUOTA-COUNT")
    assert last["evidence"]["target_inquiry_id"] == two
    again = await undo(operator, one)
    assert (again.status_code, again.json()["code"]) == (409, "wrong_state")


@pytest.mark.rule("R-QUOTA-COUNT")
async def test_without_a_unit_left_a_merge_stays(suite: RunningService, operator: httpx.AsyncClient) -> None:
    await tell(suite, entitlements(light(inquiry_limit=2), version=2))
    one, two = (await accepted(operator))["id"], (await accepted(operator))["id"]
    await merge(operator, one, two)
    await accepted(operator)
    before = len(await suite.published())
    refused = await undo(operator, one)
    assert refused.status_code == 409
    problem = refused.json()
    assert (problem["code"], problem["rule_ids"][0]) == ("inquiry_quota_exhausted", "R-QUOTA-INQUIRY")
    assert (problem["why"]["allowed"], problem["why"]["used"]) == (2, 2)
    assert (await get(operator, f"/inquiries/{one}"))["status"] == "merged"
    assert len(await suite.published()) == before
    await tell(suite, entitlements(standard(inquiry_limit=2), version=3, extra_inquiries=(extra(units=1),)))
    assert (await undo(operator, one)).json()["unit_source"] == "extra"
    assert (await post(operator, f"/inquiries/{one}/void", {"reason": "x"})).status_code == 200
    assert await used(operator) == 2


async def test_a_merge_is_undone_for_a_day_and_in_the_month_it_came_from(
    suite: RunningService, operator: httpx.AsyncClient
) -> None:
    suite.clock.move_to(jst(6, 30, 17))
    one, two = (await accepted(operator))["id"], (await accepted(operator))["id"]
    await merge(operator, one, two)
    suite.clock.move_to(jst(7, 1, 16, 59))
    assert (await undo(operator, one)).json()["quota"]["fee_month"] == "2026-06"
    await merge(operator, one, two)
    suite.clock.move_to(jst(7, 2, 16, 59))
    refused = await undo(operator, one)
    assert (refused.status_code, refused.json()["code"]) == (409, "merge_undo_too_late")
    assert refused.json()["why"]["undoable_until"] == "2026-07-02T16:59:00+09:00"


async def test_the_middle_of_a_chain_comes_back_with_its_own_duplicates(
    suite: RunningService, operator: httpx.AsyncClient
) -> None:
    one, two, three = [(await accepted(operator))["id"] for _ in range(3)]
    for each in (one, two):
        await post(operator, f"/inquiries/{each}/notes", {"body": f"about {each}"})
    await merge(operator, one, two)
    await merge(operator, two, three)
    await undo(operator, two)
    seen = [note["inquiry_id"] for note in (await get(operator, f"/inquiries/{two}/notes"))["items"]]
    assert seen == [one, two]
    assert (await get(operator, f"/inquiries/{three}/notes"))["items"] == []


async def test_the_thresholds_of_a_month_are_told_once(suite: RunningService, operator: httpx.AsyncClient) -> None:
    ids = [(await accepted(operator))["id"] for _ in range(4)]
    assert (await post(operator, f"/inquiries/{ids[0]}/void", {"reason": "x"})).status_code == 200
    for _ in range(2):
        await accepted(operator)
    events = await suite.published(QuotaThresholdReached)
    assert [(each.sequence, each.data.percent, each.data.used) for each in events] == [(1, 80, 4), (2, 100, 5)]
    first = events[0]
    assert (first.subject, first.key, first.partner) == (f"{CONTRACT}/2026-06", CONTRACT, None)
    await tell(suite, entitlements(light(inquiry_limit=6), version=2))
    await accepted(operator)
    assert len(await suite.published(QuotaThresholdReached)) == 2
    suite.clock.move_to(jst(7, 1))
    await tell(suite, entitlements(light(inquiry_limit=1), version=3))
    await accepted(operator)
    july = [event.data for event in await suite.published(QuotaThresholdReached)][2:]
    assert [(data.fee_month, data.percent) for data in july] == [("2026-07", 80), ("2026-07", 100)]


async def test_what_can_no_longer_be_reopened_is_followed_up(
    suite: RunningService, operator: httpx.AsyncClient
) -> None:
    await tell(suite, entitlements(contract_id="ctr_b"))
    old = (await accepted(operator))["id"]
    await post(operator, f"/inquiries/{old}/resolution", {"outcome": "explained"})
    suite.clock.move_to(jst(6, 8))
    refused = (await post(operator, f"/inquiries/{old}/reopening")).json()
    assert refused["why"]["help"] == [{"what": "follow_up", "follow_up_of": old}]
    new = await accepted(operator, follow_up_of=old)
    assert (new["follow_up_of"], new["quota"]["used"]) == (old, 2)
    assert (await get(operator, f"/inquiries/{new['id']}"))["follow_up_of"] == old
    for contract, earlier in (("ctr_b", old), (CONTRACT, "inq_none")):
        answer = await post(
            operator,
            "/inquiries",
            {"contract_id": contract, "kind": "trouble", "channel": "phone", "summary": "x", "follow_up_of": earlier},
        )
        assert (answer.status_code, answer.json()["code"]) == (409, "follow_up_unknown")


@dataclass
class Desk:
    """A model of the desk: which inquiry is part of which, and the notes that were written."""

    parts: dict[str, str | None] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)

    def root(self, inquiry: str) -> str:
        target = self.parts[inquiry]
        return inquiry if target is None else self.root(target)

    def standing(self) -> list[str]:
        return [inquiry for inquiry, target in self.parts.items() if target is None]


DEEDS = st.lists(
    st.tuples(
        st.sampled_from(["note", "triage", "merge", "merge", "undo", "undo", "split"]),
        st.integers(0, 9),
        st.integers(0, 9),
    ),
    min_size=4,
    max_size=16,
)


async def hanging(suite: RunningService) -> dict[str, Counter[str]]:
    """Every row that belongs to an inquiry, table by table, whatever tables there are."""
    async with suite.transaction() as tx:
        tables = await tx.connection.fetch(HANGING)
        assert {"note", "triage", "verdict", "remote_session"} <= {row["table_name"] for row in tables}
        return {
            name: Counter(row[0] for row in await tx.connection.fetch(f"SELECT t::text FROM {name} t"))
            for name, _ in tables
        }


@given(deeds=DEEDS)
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_what_hangs_on_a_case_is_never_lost_nor_doubled(
    suite: RunningService, operator: httpx.AsyncClient, deeds: list[tuple[str, int, int]]
) -> None:
    contract_id = new_id("ctr")
    await tell(suite, entitlements(light(inquiry_limit=40), contract_id=contract_id))
    desk = Desk(parts={(await accepted(operator, contract_id=contract_id))["id"]: None for _ in range(3)})
    for deed, first, second in deeds:
        before = await hanging(suite)
        ids = list(desk.parts)
        await done(operator, desk, deed, ids[first % len(ids)], ids[second % len(ids)])
        after = await hanging(suite)
        if deed in {"merge", "undo", "split"}:
            assert after == before
    seen = Counter[str]()
    for inquiry in desk.standing():
        shown = (await get(operator, f"/inquiries/{inquiry}/notes?limit=100"))["items"]
        assert {note["id"] for note in shown} == {note for note, on in desk.notes.items() if desk.root(on) == inquiry}
        seen.update(note["id"] for note in shown)
        told = (await get(operator, f"/inquiries/{inquiry}/timeline"))["items"]
        assert {line["inquiry_id"] for line in told} == {part for part in desk.parts if desk.root(part) == inquiry}
    assert seen == Counter(desk.notes.keys())
    assert await used(operator, contract_id) == len(desk.standing())


async def done(client: httpx.AsyncClient, desk: Desk, deed: str, one: str, other: str) -> None:
    """Do it, and do it in the model when it may be done there."""
    answer: httpx.Response
    may: bool
    match deed:
        case "note":
            answer, may = await post(client, f"/inquiries/{one}/notes", {"body": "Called again"}), True
            desk.notes[answer.json()["id"]] = one
        case "triage":
            answers = {"answers": [{"question": "Lamps?", "answer": "Dark"}]}
            answer, may = await post(client, f"/inquiries/{one}/triage", answers), desk.parts[one] is None
        case "merge":
            may = one != other and desk.parts[one] is None and desk.parts[other] is None
            answer = await merge(client, one, other)
            desk.parts[one] = other if may else desk.parts[one]
        case "undo":
            may = desk.parts[one] is not None
            answer = await undo(client, one)
            desk.parts[one] = None
        case _:
            body: dict[str, Any] = {"source_id": one, "kind": "how_to", "summary": "Another question"}
            answer, may = await post(client, "/splits", body), desk.parts[one] is None
            if may:
                desk.parts[answer.json()["id"]] = None
    assert answer.is_success is may, (deed, answer.text)
