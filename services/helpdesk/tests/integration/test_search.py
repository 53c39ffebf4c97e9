"""Search: at once, by everybody's rights, without what was erased."""

from __future__ import annotations

import asyncio
from random import Random
from typing import Any

import asyncpg
import httpx

from common.events.contracts import SubscriberDirectoryChanged, SubscriberErased
from common.folding import HIRAGANA, OLD, fold
from common.testing import RunningService
from helpdesk.storage.entitlements import retenant
from helpdesk.storage.tables import search_document
from helpdesk.testing import CONTRACT, SUBSCRIBER, accepted, entitlements, get, jst, light, post, tell, told

MARKS = (
    "ーｰｱｶﾞﾊﾟ゛゜か\u3099は\u309aＡｂ１㈱㍿①½ﬁé・、。「」-‐–—―−〜~～+=<>^`|$%_!?#@/\\&*()[]{} 　々〆ヵヶ→★℃¥￥"
    "株式会社(有)髙﨑漢字"
)
PHONES = ["+81312345678"]


async def found(client: httpx.AsyncClient, q: str, **filters: Any) -> list[tuple[str, str]]:
    items = (await get(client, f"/search?{httpx.QueryParams(q=q, **filters)}"))["items"]
    return [(each["what"], each["id"]) for each in items]


async def tell_name(suite: RunningService, name: str, sequence: int, subscriber: str = SUBSCRIBER) -> None:
    directory = SubscriberDirectoryChanged(
        actor="op-sato", subscriber_id=subscriber, name=name, name_kana="ミホンショウテン", phones=tuple(PHONES)
    )
    await told(suite, directory, subscriber, sequence)


async def test_everything_that_is_written_is_found_at_once(suite: RunningService, operator: httpx.AsyncClient) -> None:
    inquiry = str((await accepted(operator, summary="複合機が動かない"))["id"])
    note = (await post(operator, f"/inquiries/{inquiry}/notes", {"body": "基板の交換を提案"})).json()["id"]
    verdict = {"result": "isolated", "cause": "device_fault", "evidence": "焦げた臭い"}
    device = {"kind": "soho_router", "maker": "見本電機", "model": "MR-900", "serial": "SN00-4711"}
    given = (await post(operator, f"/inquiries/{inquiry}/verdict", {**verdict, "failed_device": device})).json()["id"]
    await post(operator, f"/inquiries/{inquiry}/resolution", {"outcome": "solved", "solution": "ヒューズを替えた"})
    await tell_name(suite, "株式会社見本商店", 1)
    assert await found(operator, "複合") == [("inquiry", inquiry)]
    assert await found(operator, "ﾋｭｰｽﾞ") == [("inquiry", inquiry)]
    assert await found(operator, "基板") == [("note", note)]
    for q in ("焦げた", "mr900", "ＳＮ００４７１１", "見本電機"):
        assert await found(operator, q) == [("verdict", given)], q
    for q in ("見本商店", "(株)見本商店", "みほんしょうてん"):
        assert await found(operator, q) == [("subscriber", SUBSCRIBER)], q
    assert await found(operator, "花子") == [("caller", inquiry)]
    assert set(await found(operator, "+81 3-1234-5678")) == {("caller", inquiry), ("subscriber", SUBSCRIBER)}
    assert await found(operator, "5678") != []
    (hit,) = (await get(operator, "/search?q=基板"))["items"]
    assert (hit["inquiry"]["id"], hit["inquiry"]["status"], hit["match"]) == (inquiry, "resolved", "exact")
    assert hit["excerpt"] == [{"text": "基板", "hit": True}, {"text": "の交換を提案", "hit": False}]


async def test_filters_leave_the_rest_out(suite: RunningService, operator: httpx.AsyncClient) -> None:
    await tell(suite, entitlements(contract_id="ctr_other"))
    first = ("inquiry", str((await accepted(operator, summary="画面が暗い"))["id"]))
    suite.clock.move_to(jst(6, 2))
    second = ("inquiry", (await accepted(operator, summary="画面が白い", contract_id="ctr_other", kind="how_to"))["id"])
    note = ("note", (await post(operator, f"/inquiries/{first[1]}/notes", {"body": "画面の件"})).json()["id"])
    await post(operator, f"/inquiries/{second[1]}/resolution", {"outcome": "explained"})
    assert set(await found(operator, "画面")) == {first, second, note}
    assert set(await found(operator, "画面", contract_id="ctr_other")) == {second}
    assert set(await found(operator, "画面", status="resolved")) == {second}
    assert set(await found(operator, "画面", kind="trouble")) == {first, note}
    assert set(await found(operator, "画面", what="note")) == {note}
    assert set(await found(operator, "画面", **{"from": "2026-06-02T00:00:00+09:00"})) == {second, note}
    assert set(await found(operator, "画面", to="2026-06-02T00:00:00+09:00")) == {first}
    assert await found(operator, "画面", contract_id="ctr_none") == []
    page = await get(operator, "/search?q=画面&limit=2")
    assert (len(page["items"]), page["more"]) == (2, True)


async def test_what_cannot_be_looked_for_is_refused(suite: RunningService, operator: httpx.AsyncClient) -> None:
    short = await operator.get("/api/helpdesk/v1/search", params={"q": "株式会社"})
    assert (short.status_code, short.json()["code"]) == (422, "query_too_short")
    assert short.json()["why"] == {"q": "株式会社", "fewest_characters": 2}
    japanese = await operator.get("/api/helpdesk/v1/search", params={"q": "%"}, headers={"Accept-Language": "ja"})
    assert "2文字以上" in japanese.json()["title"]
    for wrong in ("", "q=", f"q={'x' * 201}", "q=画面&limit=51", "q=画面&what=secret"):
        assert (await operator.get(f"/api/helpdesk/v1/search?{wrong}")).status_code == 422, wrong
    assert await found(operator, "_' OR 1=1 --") == []


async def test_a_tenant_finds_its_own_and_no_internal_notes(suite: RunningService, operator: httpx.AsyncClient) -> None:
    await tell(suite, entitlements(contract_id="ctr_ours", partner="itpartner"))
    ours = str((await accepted(operator, summary="断線の疑い", contract_id="ctr_ours"))["id"])
    await accepted(operator, summary="断線かもしれない")
    shared = (await post(operator, f"/inquiries/{ours}/notes", {"body": "断線の写真", "internal": False})).json()["id"]
    internal = (await post(operator, f"/inquiries/{ours}/notes", {"body": "断線は口実"})).json()["id"]
    await tell_name(suite, "断線商会", 1)
    own = {("inquiry", ours), ("note", shared)}
    assert {*own, ("note", internal), ("subscriber", SUBSCRIBER)} < set(await found(operator, "断線"))
    async with suite.client("partner", partner="itpartner") as partner:
        assert set(await found(partner, "断線")) == own
        assert await found(partner, "花子") == []
        assert set(await found(partner, "断線", what="note")) == {("note", shared)}
    async with suite.client("partner", partner="rival") as rival:
        assert await found(rival, "断線") == []
        await tell(suite, entitlements(contract_id="ctr_ours", partner="rival", version=2))
        assert set(await found(rival, "断線")) == own
    async with suite.client("partner", partner="itpartner") as partner:
        assert await found(partner, "断線") == []


WAITING = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


async def test_a_note_written_while_its_contract_moves_goes_along(
    suite: RunningService, operator: httpx.AsyncClient
) -> None:
    await tell(suite, entitlements(contract_id="ctr_moving", partner="p0"))
    inquiry = str((await accepted(operator, summary="引越し", contract_id="ctr_moving"))["id"])
    async with suite.transaction() as tx:
        await retenant(tx, "ctr_moving", "p1")
        writing = asyncio.create_task(post(operator, f"/inquiries/{inquiry}/notes", {"body": "途中"}))
        async with suite.database.connection() as watcher:
            while not writing.done() and not await watcher.fetchval(WAITING):
                await asyncio.wait({writing}, timeout=0.01)
    assert (await writing).status_code == 201
    async with suite.transaction() as tx:
        rows = await tx.connection.fetch("SELECT DISTINCT partner FROM search_document WHERE inquiry_id = $1", inquiry)
    assert [row["partner"] for row in rows] == ["p1"]


async def test_an_erased_subscriber_is_found_no_more(suite: RunningService, operator: httpx.AsyncClient) -> None:
    inquiry = str((await accepted(operator, summary="見本商店の受付"))["id"])
    await tell_name(suite, "見本商店", 1)
    await tell_name(suite, "見本百貨店", 2)
    assert set(await found(operator, "見本百貨")) == {("subscriber", SUBSCRIBER)}
    assert set(await found(operator, "見本商店")) == {("inquiry", inquiry)}
    await told(suite, SubscriberErased(actor="sv-mori", subscriber_id=SUBSCRIBER), SUBSCRIBER, 3)
    for q in ("見本百貨", "みほんしょうてん", "花子", "0312345678"):
        assert await found(operator, q) == [], q
    async with suite.transaction() as tx:
        kept = await tx.all(search_document.select().where(search_document.c.what.in_(["caller", "subscriber"])))
    assert kept == []


MANY = """
INSERT INTO search_document (what, id, shared, at, title, body)
SELECT 'note', 'note_' || n, true, '2026-06-01', '', '普通の故障' FROM generate_series(1, 250) n
"""


async def test_of_a_common_word_the_newest_are_found_and_of_a_rare_one_all(
    suite: RunningService, operator: httpx.AsyncClient, admin_url: str
) -> None:
    old = str((await accepted(operator, summary="珍しい故障"))["id"])
    admin = await asyncpg.connect(admin_url, server_settings={"search_path": "helpdesk, extensions"})
    await admin.execute("SELECT setval('search_document_number_seq', 20000)")
    new = str((await accepted(operator, summary="別の故障"))["id"])
    assert [each for _, each in await found(operator, "故障")] == [new, old]
    await admin.execute(MANY)
    assert old not in {each for _, each in await found(operator, "故障", limit=50)}
    assert [each for _, each in await found(operator, "珍しい故障")] == [old]
    assert [each for _, each in await found(operator, "故障", contract_id=CONTRACT)] == [new, old]
    await admin.close()


async def test_similar_inquiries_show_what_helped_before(suite: RunningService, operator: httpx.AsyncClient) -> None:
    await tell(suite, entitlements(light(inquiry_limit=20), contract_id="ctr_past"))

    async def past(summary: str, solution: str | None = None) -> str:
        case = str((await accepted(operator, summary=summary, contract_id="ctr_past"))["id"])
        if solution is not None:
            await post(operator, f"/inquiries/{case}/resolution", {"outcome": "solved", "solution": solution})
        return case

    near = await past("プリンターが停電のあとオフラインになった", "ポートを設定し直した")
    nearer = await past("停電のあと ﾌﾟﾘﾝﾀ がオフラインで印刷できない", "IPアドレスを戻した")
    gone = await past("プリンターが停電でオフライン", "x")
    await post(operator, f"/inquiries/{gone}/reopening")
    await post(operator, f"/inquiries/{gone}/void", {"reason": "test"})
    await past("プリンターがオフラインで印刷できない 停電")
    await past("停電でパソコンが壊れた", "交換した")
    asked = str((await accepted(operator, summary="停電後にプリンタがオフラインのまま、印刷が止まる"))["id"])
    hits = (await get(operator, f"/inquiries/{asked}/similar"))["items"]
    assert [hit["id"] for hit in hits] == [nearer, near]
    assert hits[0]["excerpt"] == [{"text": "IPアドレスを戻した", "hit": False}]
    assert "ﾌﾟﾘﾝﾀ" in {segment["text"] for segment in hits[0]["title"] if segment["hit"]}
    short = str((await accepted(operator, summary="？"))["id"])
    assert (await get(operator, f"/inquiries/{short}/similar"))["items"] == []
    unknown = await operator.get("/api/helpdesk/v1/inquiries/inq_none/similar")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "inquiry_unknown")


async def test_the_database_and_the_program_fold_alike(suite: RunningService) -> None:
    random = Random(7)  # noqa: S311
    letters = [*HIRAGANA, *OLD, *MARKS]
    texts = ["".join(random.choices(letters, k=random.randint(0, 30))) for _ in range(3000)]
    async with suite.transaction() as tx:
        rows = await tx.connection.fetch(
            "SELECT t, text_fold(t) AS folded FROM unnest($1::text[]) WITH ORDINALITY given (t, n) ORDER BY n", texts
        )
    assert {row["t"]: row["folded"] for row in rows} == {text: fold(text) for text in texts}
