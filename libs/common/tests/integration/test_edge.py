"""The HTTP edge on real PostgreSQL: what it promises to every route."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence

import pytest

from common.bus.protocol import Message
from common.relay import Relay
from common.testing import RunningService

THINGS = "/api/loaner/v1/things"


async def test_commits_before_it_answers_and_records_its_event(suite: RunningService) -> None:
    async with suite.client() as operator:
        made = await operator.post(THINGS, json={"name": "a hub"})
        assert made.status_code == 201, made.text
        found = await operator.get(f"{THINGS}/{made.json()['id']}")
    assert found.json() == made.json()
    assert found.json()["made_at"] == "2026-06-01T10:00:00+09:00"
    assert found.headers["etag"] == '"1"'
    (event,) = await suite.published()
    assert (event.subject, event.sequence, event.data.actor) == (made.json()["id"], 1, "operator-1")
    assert event.causation_id == made.headers["x-request-id"]


async def test_a_refusal_rolls_back_all_of_it(suite: RunningService) -> None:
    async with suite.client() as operator:
        await operator.post(THINGS, json={"name": "a hub"})
        again = await operator.post(THINGS, json={"name": "a hub"})
    assert again.status_code == 409
    assert again.headers["content-type"] == "application/problem+json"
    assert again.json()["code"] == "name_taken"
    assert again.json()["why"] == {"name": "a hub"}
    assert len(await suite.published()) == 1


async def test_a_recorded_refusal_is_committed_and_answered_in_the_callers_language(suite: RunningService) -> None:
    async with suite.client() as operator:
        refused = await operator.post(THINGS, json={"name": "refuse me"}, headers={"Accept-Language": "ja,en;q=0.5"})
    assert (refused.status_code, refused.json()["code"]) == (409, "name_refused")
    assert refused.json()["title"] == "この名前は使用できません。"
    assert [event.subject for event in await suite.published()] == [refused.json()["reference"]]


async def test_the_same_key_and_body_has_its_effect_once(suite: RunningService) -> None:
    async with suite.client() as operator:
        headers = {"Idempotency-Key": "k-1"}
        first = await operator.post(THINGS, json={"name": "a", "note": "b"}, headers=headers)
        second = await operator.post(THINGS, content=b'{"note":"b",  "name":"a"}', headers=headers)
        other = await operator.post(THINGS, json={"name": "c"}, headers=headers)
    assert (first.status_code, second.status_code) == (201, 201)
    assert second.json() == first.json()
    assert second.headers["idempotent-replayed"] == "true"
    assert "idempotent-replayed" not in first.headers
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert len(await suite.published()) == 1


async def test_parallel_requests_with_one_key_have_one_effect(suite: RunningService) -> None:
    async with suite.client() as operator:
        answers = await asyncio.gather(
            *(operator.post(THINGS, json={"name": "a"}, headers={"Idempotency-Key": "k"}) for _ in range(20))
        )
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert {answer.json().get("code") for answer in answers if answer.status_code == 409} <= {"idempotency_in_flight"}
    assert len(await suite.published()) == 1


async def test_refusals_are_not_replayed(suite: RunningService) -> None:
    async with suite.client() as operator:
        thing = (await operator.post(THINGS, json={"name": "a"})).json()
        refused = await operator.post(THINGS, json={"name": "a"}, headers={"Idempotency-Key": "k"})
        await operator.post(f"{THINGS}/{thing['id']}/renaming", json={"name": "b"})
        later = await operator.post(THINGS, json={"name": "a"}, headers={"Idempotency-Key": "k"})
    assert (refused.status_code, later.status_code) == (409, 201)


async def test_keys_of_two_people_do_not_meet(suite: RunningService) -> None:
    async with suite.client() as one, suite.client(subject="op-other") as other:
        first = await one.post(THINGS, json={"name": "a"}, headers={"Idempotency-Key": "k"})
        second = await other.post(THINGS, json={"name": "b"}, headers={"Idempotency-Key": "k"})
    assert (first.status_code, second.status_code) == (201, 201)


async def test_a_stale_if_match_is_412(suite: RunningService) -> None:
    async with suite.client() as operator:
        thing = (await operator.post(THINGS, json={"name": "a"})).json()
        path = f"{THINGS}/{thing['id']}/renaming"
        changed = await operator.post(path, json={"name": "b"}, headers={"If-Match": '"1"'})
        stale = await operator.post(path, json={"name": "c"}, headers={"If-Match": '"1"'})
    assert (changed.status_code, changed.headers["etag"]) == (200, '"2"')
    assert (stale.status_code, stale.json()["code"]) == (412, "stale_version")


async def test_a_fault_of_ours_says_nothing_of_the_inside_and_changes_nothing(suite: RunningService) -> None:
    async with suite.client() as operator:
        failed = await operator.post(THINGS, json={"name": "boom"})
    assert (failed.status_code, failed.json()["code"]) == (500, "internal_error")
    assert "ZeroDivision" not in failed.text
    assert await suite.published() == []


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"{", 422, "malformed_json"),
        (b"[" * 100_000, 422, "malformed_json"),
        (b"[]", 422, "validation_failed"),
        (b'{"name": 1}', 422, "validation_failed"),
        (b'{"name": "a", "colour": "red"}', 422, "validation_failed"),
        (b'{"name": "a\\u0000b"}', 422, "validation_failed"),
        (b'{"name": "\\ud800"}', 422, "validation_failed"),
        (b'{"name": "\xff"}', 422, "malformed_json"),
        (json.dumps({"name": "x" * 1_000_000}).encode(), 422, "validation_failed"),
        (json.dumps({"name": "x" * 3_000_000}).encode(), 413, "body_too_large"),
    ],
)
async def test_bad_bodies_are_named_problems(suite: RunningService, body: bytes, status: int, code: str) -> None:
    async with suite.client() as operator:
        answer = await operator.post(THINGS, content=body, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text[:300]
    assert await suite.published() == []


async def test_a_body_without_length_is_counted_too(suite: RunningService) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(40):
            yield b"x" * 100_000

    async with suite.client() as operator:
        answer = await operator.post(THINGS, content=pieces(), headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")


@pytest.mark.parametrize("path", [f"{THINGS}/a%00b", f"{THINGS}?q=a%00b"])
async def test_nul_in_a_path_or_query_is_refused(suite: RunningService, path: str) -> None:
    async with suite.client() as operator:
        answer = await operator.get(path)
    assert (answer.status_code, answer.json()["code"]) == (422, "nul_character")


async def test_a_path_with_broken_utf8_is_no_fault_of_ours(suite: RunningService) -> None:
    async with suite.client() as operator:
        answer = await operator.get(f"{THINGS}/%ff%fe")
    assert answer.status_code in {404, 422}


async def test_asks_for_a_token_and_a_right(suite: RunningService) -> None:
    async with suite.client(None) as nobody, suite.client("analyst") as analyst:
        unknown = await nobody.get(THINGS)
        unfit = await analyst.get(THINGS)
    assert (unknown.status_code, unknown.json()["code"], unknown.headers["www-authenticate"]) == (
        401,
        "unauthenticated",
        "Bearer",
    )
    assert (unfit.status_code, unfit.json()["code"]) == (403, "forbidden")


async def test_a_partner_sees_its_own_rows_only_though_no_query_filters(suite: RunningService) -> None:
    async with (
        suite.client("partner", partner="p-one") as one,
        suite.client("partner", partner="p-two") as two,
        suite.client() as house,
    ):
        mine = (await one.post(THINGS, json={"name": "a"})).json()
        assert (await two.get(f"{THINGS}/{mine['id']}")).status_code == 404
        assert (await two.post(f"{THINGS}/{mine['id']}/renaming", json={"name": "x"})).status_code == 404
        assert (await two.get(THINGS)).json()["items"] == []
        assert len((await one.get(THINGS)).json()["items"]) == 1
        assert len((await house.get(THINGS)).json()["items"]) == 1
        taken = await two.post(THINGS, json={"name": "a"})
    assert (taken.status_code, taken.json()["code"]) == (409, "name_taken")


async def test_a_role_claimed_beside_a_tenant_gives_nothing(suite: RunningService) -> None:
    async with suite.client("operator", partner="p-one") as disguised, suite.client("partner") as homeless:
        assert (await disguised.get(THINGS)).status_code == 403
        assert (await homeless.get(THINGS)).status_code == 403


async def test_lists_go_on_behind_a_cursor(suite: RunningService) -> None:
    async with suite.client() as operator:
        for number in range(5):
            await operator.post(THINGS, json={"name": f"thing {number}"})
        first = (await operator.get(THINGS, params={"limit": 2})).json()
        second = (await operator.get(THINGS, params={"limit": 2, "cursor": first["next"]})).json()
        third = (await operator.get(THINGS, params={"limit": 2, "cursor": second["next"]})).json()
        broken = await operator.get(THINGS, params={"cursor": "%%%"})
    names = [thing["name"] for part in (first, second, third) for thing in part["items"]]
    assert names == [f"thing {number}" for number in range(5)]
    assert third["next"] is None
    assert (broken.status_code, broken.json()["code"]) == (422, "cursor_unreadable")


async def test_unknown_paths_and_methods_are_problems(suite: RunningService) -> None:
    async with suite.client() as operator:
        nowhere = await operator.get("/api/loaner/v1/nothing")
        never = await operator.delete(THINGS)
    assert (nowhere.status_code, nowhere.json()["code"]) == (404, "not_found")
    assert (never.status_code, never.json()["code"]) == (405, "method_not_allowed")


async def test_pooled_connections_leak_no_tenant(suite: RunningService) -> None:
    async with suite.client("partner", partner="p-one") as one, suite.client("partner", partner="p-two") as two:
        await one.post(THINGS, json={"name": "one's"})
        await two.post(THINGS, json={"name": "two's"})
        answers = await asyncio.gather(*((one, two)[number % 2].get(THINGS) for number in range(300)))
    for number, answer in enumerate(answers):
        assert [thing["name"] for thing in answer.json()["items"]] == [("one's", "two's")[number % 2]]


async def test_published_events_can_be_polled_gaplessly_by_their_tenant_only(suite: RunningService) -> None:
    async with suite.client("partner", partner="p-one") as one, suite.client("partner", partner="p-two") as two:
        made = (await one.post(THINGS, json={"name": "a"})).json()
        await one.post(f"{THINGS}/{made['id']}/renaming", json={"name": "b"})
        await two.post(THINGS, json={"name": "c"})
        assert await Relay(suite.database, _Accepts()).step() == 3
        first = (await one.get("/api/loaner/v1/events", params={"limit": 1})).json()
        rest = (await one.get("/api/loaner/v1/events", params={"cursor": first["next"]})).json()
        of_case = (await one.get("/api/loaner/v1/events", params={"correlation_id": made["id"]})).json()
        foreign = (await two.get("/api/loaner/v1/events", params={"correlation_id": made["id"]})).json()
        refused = [
            await one.get("/api/loaner/v1/events", params={"cursor": cursor}) for cursor in ("1", foreign["last"], "１")
        ]
    assert [event["sequence"] for event in first["items"] + rest["items"]] == ["1", "2"]
    assert rest["next"] is None
    assert of_case["items"] == first["items"] + rest["items"]
    assert foreign["items"] == []
    assert [(answer.status_code, answer.json()["code"]) for answer in refused] == [(422, "cursor_unreadable")] * 3


class _Accepts:
    """A publisher that takes everything."""

    async def open(self, epoch: int) -> None: ...

    async def publish(self, messages: Sequence[Message]) -> None: ...

    async def close(self) -> None: ...
