"""What the house knows: written, published, found, voted on, retired; replies filled in."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from common.events.contracts import SubscriberDirectoryChanged
from common.testing import RunningService
from helpdesk.testing import API, SUBSCRIBER, accepted, get, post, told

WORDS = {
    "title_ja": "プリンターがオフラインのとき", "title_en": "When the printer is offline",
    "body_ja": "ポートを確認します。", "body_en": "Check the port.",
}  # fmt: skip
REPLY = {
    "title_ja": "受付のお知らせ", "title_en": "We have your inquiry",
    "body_ja": "{{subscriber_name}} 様 {{received_on}} {{inquiry_id}} {{summary}}",
    "body_en": "Dear {{subscriber_name}}, {{summary}}",
}  # fmt: skip


@pytest.fixture
async def supervisor(suite: RunningService) -> AsyncIterator[httpx.AsyncClient]:
    """Who writes articles."""
    async with suite.client("supervisor", subject="sv-mori") as client:
        yield client


async def written(client: httpx.AsyncClient, **body: Any) -> str:
    answer = await post(client, "/articles", body)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def hits(client: httpx.AsyncClient, q: str) -> list[str]:
    return [each["id"] for each in (await get(client, f"/search?what=article&q={q}"))["items"]]


async def test_an_article_is_found_while_it_is_published_and_keeps_every_version(
    suite: RunningService, operator: httpx.AsyncClient, supervisor: httpx.AsyncClient
) -> None:
    article = await written(supervisor, kind="article", **WORDS)
    assert await hits(operator, "ﾌﾟﾘﾝﾀ") == []
    published = await post(supervisor, f"/articles/{article}/publication", None, **{"If-Match": '"1"'})
    assert (published.json()["status"], published.headers["etag"]) == ("published", '"2"')
    assert await hits(operator, "ﾌﾟﾘﾝﾀ") == await hits(operator, "offline") == [article]
    new = {**WORDS, "body_ja": "ケーブルも確認します。"}
    assert (await supervisor.put(f"{API}/articles/{article}", json=new)).json()["version"] == 3
    assert await hits(operator, "ケーブル") == [article]
    assert await hits(operator, "ポート") == []
    stale = await supervisor.put(f"{API}/articles/{article}", json=WORDS, headers={"If-Match": '"2"'})
    assert (stale.status_code, stale.json()["code"]) == (412, "stale_version")
    again = await post(supervisor, f"/articles/{article}/publication")
    assert (again.status_code, again.json()["code"]) == (409, "wrong_state")
    await post(supervisor, f"/articles/{article}/retirement")
    assert await hits(operator, "ケーブル") == []
    refused = await supervisor.put(f"{API}/articles/{article}", json=WORDS)
    assert (refused.status_code, refused.json()["why"]["status"]) == (409, "retired")
    kept = (await get(operator, f"/articles/{article}/versions"))["items"]
    assert [(each["version"], each["status"], each["body_ja"]) for each in kept] == [
        (4, "retired", new["body_ja"]), (3, "published", new["body_ja"]), (2, "published", WORDS["body_ja"]),
        (1, "draft", WORDS["body_ja"]),
    ]  # fmt: skip
    assert [each["id"] for each in (await get(operator, "/articles?status=retired&kind=article"))["items"]] == [article]
    assert (await get(operator, "/articles?status=published"))["items"] == []


async def test_only_a_supervisor_writes_and_partners_find_nothing(
    suite: RunningService, operator: httpx.AsyncClient, supervisor: httpx.AsyncClient
) -> None:
    assert (await post(operator, "/articles", {"kind": "article", **WORDS})).status_code == 403
    article = await written(supervisor, kind="article", **WORDS)
    await post(supervisor, f"/articles/{article}/publication")
    async with suite.client("partner", partner="itpartner") as partner:
        assert await hits(partner, "プリンター") == []
        assert (await partner.get(f"{API}/articles/{article}")).status_code == 403
    for path in ("", "/versions", "/votes", "/reply?inquiry_id=x"):
        unknown = await operator.get(f"{API}/articles/art_none{path}")
        assert (unknown.status_code, unknown.json()["code"]) == (404, "article_unknown"), path


async def test_a_person_has_one_vote_however_often_it_is_given(
    suite: RunningService, operator: httpx.AsyncClient, supervisor: httpx.AsyncClient
) -> None:
    article = await written(supervisor, kind="article", **WORDS)
    path = f"{API}/articles/{article}/vote"
    await asyncio.gather(*[operator.put(path, json={"useful": True}) for _ in range(5)])
    assert (await supervisor.put(path, json={"useful": False})).json() == {"useful": 1, "useless": 1}
    assert (await operator.put(path, json={"useful": False})).json() == {"useful": 0, "useless": 2}
    assert await get(operator, f"/articles/{article}/votes") == {"useful": 0, "useless": 2}
    assert (await operator.put(f"{API}/articles/art_none/vote", json={"useful": True})).status_code == 404


async def test_a_reply_is_filled_in_once_and_as_text(
    suite: RunningService, operator: httpx.AsyncClient, supervisor: httpx.AsyncClient
) -> None:
    name = "<b>{{summary}}</b>商店"
    directory = SubscriberDirectoryChanged(
        actor="op", subscriber_id=SUBSCRIBER, name=name, name_kana="ミホン", phones=()
    )
    inquiry = str((await accepted(operator, summary="{{inquiry_id}}"))["id"])
    reply = await written(supervisor, kind="reply", **REPLY)
    path = f"{API}/articles/{reply}/reply?inquiry_id={inquiry}"
    draft = await operator.get(path)
    assert (draft.status_code, draft.json()["code"]) == (409, "reply_not_ready")
    await post(supervisor, f"/articles/{reply}/publication")
    nobody = (await operator.get(path)).json()
    assert (nobody["code"], nobody["why"]["missing"]) == ("reply_not_ready", ["subscriber_name"])
    await told(suite, directory, SUBSCRIBER, 1)
    filled = (await operator.get(path)).json()
    assert filled["ja"] == f"{name} 様 2026-06-01 {inquiry} {{{{inquiry_id}}}}"
    assert filled["en"] == f"Dear {name}, {{{{inquiry_id}}}}"
    unknown = await operator.get(f"{API}/articles/{reply}/reply?inquiry_id=inq_none")
    assert unknown.json()["code"] == "inquiry_unknown"


async def test_a_place_that_nobody_can_fill_is_refused_where_it_is_written(
    suite: RunningService, supervisor: httpx.AsyncClient
) -> None:
    wrong: list[dict[str, Any]] = [
        {"kind": "reply", **REPLY, "body_en": "{{password}}"},
        {"kind": "reply", **REPLY, "title_ja": "{{summary}}"},
        {"kind": "article", **WORDS, "body_ja": "{{summary}}"},
    ]
    for body in wrong:
        answer = await post(supervisor, "/articles", body)
        assert (answer.status_code, answer.json()["code"]) == (422, "place_unknown"), body
    reply = await written(supervisor, kind="reply", **REPLY)
    answer = await supervisor.put(f"{API}/articles/{reply}", json={**REPLY, "body_ja": "{{ summary }}"})
    assert (answer.json()["code"], answer.json()["why"]["unknown"]) == ("place_unknown", [" summary "])
    assert (await get(supervisor, f"/articles/{reply}"))["version"] == 1
    assert (await post(supervisor, "/articles", {"kind": "song", **WORDS})).status_code == 422
