"""Faults that hit many at once: the record, whom it may concern, and whose inquiries it has."""

from __future__ import annotations

import asyncio
from collections import Counter

import httpx

from common.events.contracts import AddressPeriod
from common.events.helpdesk import (
    InquiryLinkedToOutage,
    InquiryUnlinkedFromOutage,
    OutageOpened,
    OutageResolved,
    OutageUpdated,
)
from common.testing import RunningService
from helpdesk.testing import API, BEGIN, accepted, entitlements, get, jst, post, tell
from helpdesk.testing.outages import an_outage, opened, results, rows


def in_tokyo() -> AddressPeriod:
    place = {"address_id": "adr_a", "postal_code": "1600023", "prefecture_code": "13", "municipality_code": "13104"}
    return AddressPeriod.model_validate({"from": BEGIN, **place})


def code_of(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


async def test_an_outage_is_opened_described_anew_told_of_and_over_in_versions(
    suite: RunningService, operator: httpx.AsyncClient
) -> None:
    early = an_outage(started_at=jst(6, 1, 11).isoformat())
    assert code_of(await post(operator, "/outages", early)) == (409, "outage_times_impossible")
    assert (await post(operator, "/outages", an_outage(areas=["48"]))).status_code == 422
    found = await opened(operator)
    path = f"{API}/outages/{found}"
    first = await operator.get(path)
    assert first.headers["ETag"] == '"1"'
    anew = await operator.put(path, json=an_outage(areas=["13104"]), headers={"If-Match": '"1"'})
    assert (anew.json()["areas"], anew.json()["version"]) == (["13104"], 2)
    stale = await operator.put(path, json=an_outage(), headers={"If-Match": '"1"'})
    assert code_of(stale) == (412, "stale_version")
    news = {"words_ja": "復旧作業中", "words_en": "They are at it"}
    assert (await post(operator, f"/outages/{found}/updates", news)).json()["words_en"] == "They are at it"
    assert [each["words_ja"] for each in (await get(operator, f"/outages/{found}/updates"))["items"]] == ["復旧作業中"]
    assert [each["id"] for each in (await get(operator, "/outages?open=true"))["items"]] == [found]
    over = await post(operator, f"/outages/{found}/resolution", {}, **{"If-Match": '"3"'})
    assert (over.json()["status"], over.json()["version"]) == ("resolved", 4)
    assert code_of(await post(operator, f"/outages/{found}/resolution")) == (409, "wrong_state")
    assert (await get(operator, "/outages?open=true"))["items"] == []
    assert [each["id"] for each in (await get(operator, "/outages?open=false"))["items"]] == [found]
    assert code_of(await post(operator, "/outages/out_none/updates", news)) == (404, "outage_unknown")
    events = [event for kind in (OutageOpened, OutageUpdated, OutageResolved) for event in await suite.published(kind)]
    assert [(event.subject, event.key, event.sequence) for event in events] == [(found, found, n) for n in (1, 2, 3, 4)]
    assert not any(
        "Telecom" in event.data.model_dump_json() or "4711" in event.data.model_dump_json() for event in events
    )


async def test_overview_shows_what_goes_on_where_the_contract_address_is_to_partners_without_the_ticket(
    suite: RunningService, operator: httpx.AsyncClient
) -> None:
    await tell(suite, entitlements(version=2, partner="mihon", address_periods=(in_tokyo(),)))
    by_municipality = await opened(operator, areas=["13104"])
    by_prefecture = await opened(operator)
    await opened(operator, areas=["27"])
    own = await opened(operator, areas=[], origin="own")
    over = await opened(operator)
    await post(operator, f"/outages/{over}/resolution")
    seen = {}
    async with suite.client("partner", partner="mihon") as partner:
        for client in (operator, partner):
            overview = await get(client, "/contracts/ctr_a/overview")
            seen = {each["id"]: each["matched"] for each in overview["outages"]}
            assert seen == {by_municipality: "municipality", by_prefecture: "prefecture", own: "everywhere"}
            assert "MT-4711" not in str(overview)
        assert (await partner.get(f"{API}/outages")).status_code == 403


async def test_inquiries_are_linked_in_bulk_each_for_itself_and_once(
    suite: RunningService, operator: httpx.AsyncClient
) -> None:
    one, other = await opened(operator), await opened(operator)
    ids = [(await accepted(operator))["id"] for _ in range(4)]
    await post(operator, f"/inquiries/{ids[0]}/resolution", {"outcome": "explained"})
    await post(operator, f"/inquiries/{ids[1]}/void", {"reason": "a test"})
    await rows(operator, f"{other}/links", inquiry_ids=[ids[2]])
    asked = [*ids, ids[3], "inq_none"]
    found = await rows(operator, f"{one}/links", inquiry_ids=asked)
    assert results(found) == {
        ids[0]: "linked", ids[1]: "wrong_state", ids[2]: "inquiry_of_another_outage", ids[3]: "linked",
        "inq_none": "inquiry_unknown",
    }  # fmt: skip
    assert len(found) == len(set(asked)), "who is named twice is done once"
    (refused,) = [row["reasons"] for row in found if row["inquiry_id"] == ids[2]]
    assert refused[0]["why"] == {"outage_id": other}
    again = await rows(operator, f"{one}/links", inquiry_ids=[ids[0], ids[3]])
    assert set(results(again).values()) == {"already_linked"}
    shown = await get(operator, f"/outages/{one}/inquiries?limit=1")
    rest = await get(operator, f"/outages/{one}/inquiries?limit=1&cursor={shown['next']}")
    assert [(each["id"], each["status"]) for each in (*shown["items"], *rest["items"])] == [
        (ids[0], "resolved"),
        (ids[3], "accepted"),
    ]
    undone = await rows(operator, f"{one}/unlinking", inquiry_ids=[ids[3], ids[2]])
    assert results(undone) == {ids[3]: "unlinked", ids[2]: "not_linked"}
    assert results(await rows(operator, f"{other}/links", inquiry_ids=[ids[3]])) == {ids[3]: "linked"}
    lines = (await get(operator, f"/inquiries/{ids[3]}/timeline"))["items"]
    told = [(line["type"], line["facts"]["outage_id"]) for line in lines if "outage_id" in line["facts"]]
    assert told == [
        ("InquiryLinkedToOutage", one), ("InquiryUnlinkedFromOutage", one), ("InquiryLinkedToOutage", other),
    ]  # fmt: skip
    assert len(await suite.published(InquiryUnlinkedFromOutage)) == 1
    assert (await post(operator, f"/outages/{one}/links", {"inquiry_ids": ["x"] * 501})).status_code == 422
    assert code_of(await post(operator, "/outages/out_none/links", {"inquiry_ids": ids})) == (404, "outage_unknown")
    japanese = await post(operator, f"/outages/{one}/links", {"inquiry_ids": [ids[3]]}, **{"Accept-Language": "ja"})
    assert japanese.json()["items"][0]["reasons"][0]["title"] == "この問い合わせは別の障害に紐付けられています。"


async def test_candidates_are_open_troubles_since_it_began_where_it_is_and_no_outages_yet(
    suite: RunningService, operator: httpx.AsyncClient
) -> None:
    await tell(suite, entitlements(version=2, address_periods=(in_tokyo(),)))
    await tell(suite, entitlements(contract_id="ctr_elsewhere"))
    before, linked, resolved, asked, *open_ones = [(await accepted(operator, kind=kind))["id"] for kind in (
        "trouble", "trouble", "trouble", "how_to", "trouble",
    )]  # fmt: skip
    await accepted(operator, contract_id="ctr_elsewhere")
    other = await opened(operator)
    suite.clock.move_to(jst(6, 1, 11))
    outage = await opened(operator, areas=["13104"])
    shown = await get(operator, f"/outages/{outage}/candidates?limit=3")
    assert [each["id"] for each in shown["items"]] == [before, linked, resolved]
    assert {each["matched"] for each in shown["items"]} == {"municipality"}
    rest = await get(operator, f"/outages/{outage}/candidates?limit=3&cursor={shown['next']}")
    assert ([each["id"] for each in rest["items"]], rest["next"]) == (open_ones, None)
    assert asked not in {each["id"] for each in (*shown["items"], *rest["items"])}
    await rows(operator, f"{other}/links", inquiry_ids=[linked])
    await post(operator, f"/inquiries/{resolved}/resolution", {"outcome": "explained"})
    left = await get(operator, f"/outages/{outage}/candidates")
    assert [each["id"] for each in left["items"]] == [before, *open_ones]
    later = await opened(operator, areas=[], started_at=jst(6, 1, 10, 30).isoformat())
    assert (await get(operator, f"/outages/{later}/candidates"))["items"] == []
    assert code_of(await operator.get(f"{API}/outages/out_none/candidates")) == (404, "outage_unknown")


async def test_of_many_outages_at_once_one_gets_the_inquiry(suite: RunningService, operator: httpx.AsyncClient) -> None:
    outages = [await opened(operator) for _ in range(6)]
    found = (await accepted(operator))["id"]
    answers = await asyncio.gather(*(rows(operator, f"{each}/links", inquiry_ids=[found]) for each in outages))
    assert Counter(results(each)[found] for each in answers) == {"linked": 1, "inquiry_of_another_outage": 5}
    assert len(await suite.published(InquiryLinkedToOutage)) == 1


async def test_an_inquiry_is_linked_at_its_acceptance_or_neither_is_done(
    suite: RunningService, operator: httpx.AsyncClient
) -> None:
    outage = await opened(operator)
    found = await accepted(operator, outage_id=outage)
    assert [each["id"] for each in (await get(operator, f"/outages/{outage}/inquiries"))["items"]] == [found["id"]]
    assert (await get(operator, f"/inquiries/{found['id']}"))["version"] == found["version"]
    body = {"contract_id": "ctr_a", "kind": "trouble", "channel": "phone", "summary": "x", "outage_id": "out_none"}
    assert code_of(await post(operator, "/inquiries", body)) == (404, "outage_unknown")
    assert (await get(operator, "/contracts/ctr_a/overview"))["quota"]["used"] == 1
    await tell(suite, entitlements(version=2, partner="mihon"))
    async with suite.client("partner", partner="mihon") as partner:
        theirs = await post(partner, "/inquiries", {**body, "channel": "partner", "outage_id": outage})
        assert code_of(theirs) == (403, "forbidden")
