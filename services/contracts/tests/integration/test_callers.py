"""Who is calling."""

from __future__ import annotations

import pytest

from contracts.storage import callers
from contracts.testing import MONDAY_MORNING, Desk, jst


@pytest.mark.parametrize(
    "phone",
    [
        "0312345678",
        "03-1234-5678",
        "０３－１２３４－５６７８",
        "%2B81312345678",
        "+81312345678",
        "81312345678",
        "010-81-3-1234-5678",
    ],
)
async def test_a_number_finds_its_subscriber_however_it_is_written(desk: Desk, phone: str) -> None:
    contract = await desk.active()
    found = await desk.get(f"/caller-lookups?phone={phone}")
    assert (found["phone"], found["match"]) == ("+81312345678", "exact")
    assert found["subscriber"]["id"] == contract["subscriber_id"]
    held = [{"id": contract["id"], "status": "active", "plan_code": "light-anshin-1"}]
    assert (found["contracts"], found["more"]) == (held, False)


async def test_the_contracts_of_a_caller_are_shown_as_they_stand_now(desk: Desk) -> None:
    contract = await desk.active()
    await desk.post(f"/contracts/{contract['id']}/plan-changes", {"plan_code": "light-anshin-2"})
    await desk.post(f"/contracts/{contract['id']}/termination", {"reason": "moved"})
    seen = []
    for at in (jst(2026, 6, 30, 23), jst(2026, 7, 1)):
        desk.at(at)
        seen.append((await desk.get("/caller-lookups?phone=0312345678"))["contracts"][0]["status"])
    assert seen == ["active", "terminated"]


async def test_a_plan_that_has_changed_is_shown_from_its_day(desk: Desk) -> None:
    contract = await desk.active()
    await desk.post(f"/contracts/{contract['id']}/plan-changes", {"plan_code": "light-anshin-2"})
    desk.at(jst(2026, 7, 1))
    await desk.suite.sweep()
    found = await desk.get("/caller-lookups?phone=0312345678")
    assert [held["plan_code"] for held in found["contracts"]] == ["light-anshin-2"]


@pytest.mark.parametrize("phone", ["5678", "１２３４－５６７８", "012345678", "06-1234-5678"])
async def test_without_an_exact_match_the_last_digits_find_who_may_be_meant(desk: Desk, phone: str) -> None:
    subscriber = await desk.subscriber()
    await desk.subscriber(phones=["03-9999-9999"])
    found = await desk.get(f"/caller-lookups?phone={phone}")
    assert (found["match"], found["subscriber"]) == ("maybe", None)
    assert [(each["subscriber"]["id"], each["in_full"]) for each in found["candidates"]] == [(subscriber["id"], False)]


async def test_an_exact_match_shows_nobody_whose_last_digits_are_the_same(desk: Desk) -> None:
    subscriber = await desk.subscriber()
    await desk.subscriber(phones=["06-1234-5678"])
    found = await desk.get("/caller-lookups?phone=0312345678")
    assert [each["subscriber"]["id"] for each in found["candidates"]] == [subscriber["id"]]


async def test_a_number_in_full_shows_nobody_whose_name_looks_like_it(desk: Desk) -> None:
    contract = await desk.active(line={"kind": "flets_hikari_next", "number": "CAF4711"})
    namesake = await desk.subscriber(name="CAF4711商店", phones=[])
    found = await desk.get("/caller-lookups", params={"q": "caf-4711"})
    assert [each["subscriber"]["id"] for each in found["candidates"]] == [contract["subscriber_id"]]
    assert found["match"] == "exact"
    other = await desk.get("/caller-lookups", params={"q": "caf4711商"})
    assert [each["subscriber"]["id"] for each in other["candidates"]] == [contract["subscriber_id"], namesake["id"]]


async def test_an_unknown_number_finds_nobody(desk: Desk) -> None:
    found = await desk.get("/caller-lookups?phone=0120-111-222")
    assert (found["match"], found["subscriber"], found["candidates"]) == ("none", None, [])


async def test_a_number_of_several_names_them_all(desk: Desk) -> None:
    ids = [(await desk.subscriber())["id"] for _ in range(2)]
    found = await desk.get("/caller-lookups?phone=0312345678")
    assert (found["match"], found["subscriber"]) == ("several", None)
    assert [each["subscriber"]["id"] for each in found["candidates"]] == ids


async def test_what_is_no_number_is_refused(desk: Desk) -> None:
    problem = await desk.refused("/caller-lookups?phone=abc", method="GET", status=422)
    assert problem["code"] == "phone_unreadable"
    registered = await desk.call("POST", "/subscribers", {"phones": ["abc"]})
    assert registered.status_code == 422


async def test_phones_are_kept_in_one_spelling_once_each(desk: Desk) -> None:
    subscriber = await desk.subscriber(phones=["03-1234-5678", "+81312345678", "050-1234-5678"])
    assert subscriber["phones"] == ["+81312345678", "+815012345678"]
    assert await desk.get(f"/subscribers/{subscriber['id']}") == subscriber
    unknown = await desk.refused("/subscribers/sub_0", method="GET", status=404)
    assert unknown["code"] == "subscriber_unknown"


COMPANY = {
    "name": "株式会社ＡＢＣ髙橋ホームセンター",
    "name_kana": "カブシキガイシャ エービーシー タカハシ ホームセンター",
}


@pytest.mark.parametrize(
    "q",
    [
        "髙橋",
        "高橋",
        "橋ホ",
        "abc",
        "ＡＢＣ",
        "ﾀｶﾊｼ",
        "たかはし",
        "タカハシ",
        "ﾎｰﾑｾﾝﾀ-",
        "センター",
        "㈱ABC高橋",
        "高橋 センター",
        "高橋　ほーむ",
        "ｶﾌﾞｼｷｶﾞｲｼﾔ ｴ-ﾋﾞ-ｼ-",
    ],
)
async def test_words_find_a_name_in_every_spelling(desk: Desk, q: str) -> None:
    subscriber = await desk.subscriber(**COMPANY)
    await desk.subscriber(name="有限会社別の商店", name_kana="ユウゲンガイシャベツノショウテン")
    found = await desk.get("/caller-lookups", params={"q": q})
    assert [each["subscriber"]["id"] for each in found["candidates"]] == [subscriber["id"]]
    assert (found["phone"], found["q"], found["more"]) == (None, q, False)


@pytest.mark.parametrize("q", ["商店", "別の", "のシ", "ベツノショウテン商店", "高橋 別の"])
async def test_words_that_fit_no_name_find_nobody_else(desk: Desk, q: str) -> None:
    await desk.subscriber(**COMPANY)
    found = await desk.get("/caller-lookups", params={"q": q})
    assert (found["match"], found["candidates"]) == ("none", [])


async def test_a_whole_name_comes_before_its_beginning_and_that_before_a_part(desk: Desk) -> None:
    ids = [
        (await desk.subscriber(name=name, name_kana=kana))["id"]
        for name, kana in [("東京見本", "トウキョウミホン"), ("見本商店", "ミホンショウテン"), ("㈱見本", "ミホン")]
    ]
    found = await desk.get("/caller-lookups", params={"q": "見本"})
    assert [each["subscriber"]["id"] for each in found["candidates"]] == ids[::-1]
    assert (found["match"], found["subscriber"]["id"]) == ("exact", ids[2])
    assert (await desk.get("/caller-lookups", params={"q": "見本商"}))["match"] == "maybe"
    await desk.subscriber(name="合同会社見本", name_kana="ミホン")
    assert (await desk.get("/caller-lookups", params={"q": "みほん"}))["match"] == "several"


async def test_numbers_of_contract_line_and_service_find_their_subscriber(desk: Desk) -> None:
    light = await desk.active(line={"kind": "flets_hikari_next", "number": "CAF-0009-9999"})
    access = [{"kind": "hikari_collaboration", "carrier": "見本光", "number": "K-777"}]
    standard = await desk.standard(service_id="AN-0001", access_lines=access)
    old = await desk.subscriber()
    body = desk.application(old["id"], plan_code="light-1", start_on="2015-04-01", legacy_number="旧A-12")
    await desk.post("/legacy-contracts", body, role="supervisor")
    for q, subscriber_id in [
        (light["id"], light["subscriber_id"]),
        ("caf00099999", light["subscriber_id"]),
        ("ＣＡＦ ０００９ ９９９９", light["subscriber_id"]),
        ("an0001", standard["subscriber_id"]),
        ("k777", standard["subscriber_id"]),
        ("A12", old["id"]),
    ]:
        found = await desk.get("/caller-lookups", params={"q": q})
        assert (found["match"], found["subscriber"]["id"]) == ("exact", subscriber_id), q


async def test_a_phone_among_words_is_a_phone(desk: Desk) -> None:
    subscriber = await desk.subscriber()
    found = await desk.get("/caller-lookups", params={"q": "０３－１２３４－５６７８"})
    assert (found["match"], found["subscriber"]["id"]) == ("exact", subscriber["id"])


async def test_a_name_that_changes_is_found_by_its_new_spelling_only(desk: Desk) -> None:
    subscriber = await desk.subscriber(**COMPANY)
    async with desk.suite.transaction() as tx:
        await tx.connection.execute("UPDATE subscriber SET name = '新名商事', name_kana = 'シンメイショウジ'")
    assert (await desk.get("/caller-lookups", params={"q": "高橋"}))["match"] == "none"
    assert (await desk.get("/caller-lookups", params={"q": "新名"}))["candidates"][0]["subscriber"]["id"] == subscriber[
        "id"
    ]


async def test_of_many_who_fit_twenty_are_shown_and_more_is_said(desk: Desk) -> None:
    for n in range(21):
        await desk.subscriber(name=f"見本{n}号店", name_kana="ミホン")
    found = await desk.get("/caller-lookups", params={"q": "見本"})
    assert (len(found["candidates"]), found["more"]) == (20, True)
    assert (await desk.get("/caller-lookups", params={"q": "見本20号"}))["more"] is False


@pytest.mark.parametrize("q", ["見", "株式会社", "㈱", "ｶﾌﾞｼｷｶﾞｲｼｬ", "%", "__", " 　"])
async def test_what_would_find_everybody_is_refused(desk: Desk, q: str) -> None:
    refused = await desk.call("GET", "/caller-lookups", params={"q": q})
    assert (refused.status_code, refused.json()["code"]) == (422, "query_too_short")


@pytest.mark.parametrize("params", [{}, {"phone": "0312345678", "q": "見本"}])
async def test_a_lookup_is_by_phone_or_by_words(desk: Desk, params: dict[str, str]) -> None:
    refused = await desk.call("GET", "/caller-lookups", params=params)
    assert (refused.status_code, refused.json()["code"]) == (422, "lookup_ambiguous")


async def test_every_way_of_asking_goes_by_an_index(desk: Desk) -> None:
    """Whatever the planner guesses of the size of a table: sequential scans and row security are in nobody's way."""
    asked = [
        (callers.BY_PHONE, "+81312345678"),
        (callers.BY_LAST_DIGITS, "5678"),
        (callers.BY_WORDS, "見本", "CAF1", ["見本"], "+81312345678"),
    ]
    async with desk.suite.transaction() as tx:
        await tx.connection.execute("SET LOCAL enable_seqscan = off")
        plans = [
            str(await tx.connection.fetch(f"EXPLAIN {statement}", MONDAY_MORNING, 21, *arguments))
            for statement, *arguments in asked
        ]
    assert "ix_subscriber_phone_phone" in plans[0]
    assert "ix_subscriber_phone_tail" in plans[1]
    for index in ("ix_contract_numbers", "ix_subscriber_phone_phone", "ix_subscriber_search"):
        assert index in plans[2]
    assert not any("Seq Scan" in plan for plan in plans)
