"""Remote sessions booked for a time: never more than there are seats, judged by every rule, never dropped silently."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import datetime
from typing import Any

import asyncpg
import httpx
import pytest

from common.events.contracts import Period, StatusPeriod
from common.events.helpdesk import RemoteSessionStarted
from common.events.helpdesk_bookings import RemoteSessionBooked, RemoteSessionMoved
from common.testing import RunningService
from helpdesk.testing import API, BEGIN, CONTRACT, accepted, calendar, entitlements, get, jst, light, post, tell

EVERY_DAY = [1, 2, 3, 4, 5, 6, 7]
ONE, TWO, THREE = jst(6, 1, 13), jst(6, 1, 14), jst(6, 1, 15)
CONSENT = {"consent": {"given_by": "見本 花子", "spoken": True}}


@pytest.fixture(autouse=True)
async def seats(suite: RunningService) -> None:
    """Three from eight to eight, every day; sixty inquiries."""
    await tell(suite, entitlements(light(inquiry_limit=60), version=2))
    await keep(suite, 3)


async def keep(suite: RunningService, number: int, *, minutes: int = 60, seen: str = "*") -> httpx.Response:
    week = [{"weekdays": EVERY_DAY, "opens": "08:00", "closes": "20:00", "seats": number}]
    async with suite.client("supervisor") as supervisor:
        body = {"slot_minutes": minutes, "week": week}
        return await supervisor.put(f"{API}/remote-capacity", json=body, headers={"If-Match": seen})


async def case(client: httpx.AsyncClient, **over: Any) -> str:
    """The path of an accepted inquiry."""
    return f"/inquiries/{(await accepted(client, **over))['id']}"


async def booked(client: httpx.AsyncClient, of: str, at: datetime = ONE, **over: Any) -> httpx.Response:
    body = {"starts_at": at.isoformat(), "os": "windows", "terminal": "pc", **over}
    return await post(client, f"{of}/remote-bookings", body)


async def promised(client: httpx.AsyncClient, of: str, at: datetime = ONE) -> str:
    """The path of a booking."""
    answer = await booked(client, of, at)
    assert answer.status_code == 201, answer.text
    return f"{of}/remote-bookings/{answer.json()['id']}"


def code_of(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


async def offered(client: httpx.AsyncClient, of: str, start: datetime, end: datetime) -> list[tuple[str, int]]:
    """When slots begin, day and hour, and how many seats are free."""
    params = {"inquiry_id": of.removeprefix("/inquiries/"), "from": start.isoformat(), "to": end.isoformat()}
    answer = await client.get(f"{API}/remote-session-slots", params=params)
    assert answer.is_success, answer.text
    return [(slot["starts_at"][8:13], slot["free"]) for slot in answer.json()["items"]]


async def lines(client: httpx.AsyncClient, query: str = "") -> list[tuple[str, list[str]]]:
    """Hour and doubts of what is booked."""
    found = (await get(client, f"/remote-bookings?{query}"))["items"]
    return [(each["starts_at"][11:13], [doubt["code"] for doubt in each["doubts"]]) for each in found]


async def test_of_fifty_who_book_three_seats_at_once_three_succeed(
    suite: RunningService, operator: httpx.AsyncClient
) -> None:
    cases = [await case(operator) for _ in range(50)]
    answers = await asyncio.gather(*(booked(operator, each) for each in cases))
    assert Counter(answer.status_code for answer in answers) == {201: 3, 409: 47}
    refused = [answer.json() for answer in answers if answer.status_code != 201]
    assert {(each["code"], each["why"]["seats"], each["why"]["booked"]) for each in refused} == {
        ("remote_slot_full", 3, 3)
    }
    assert ("01T13", 3) not in await offered(operator, cases[0], ONE, TWO)
    async with suite.transaction() as tx:
        rows = await tx.connection.fetch("SELECT seat FROM remote_booking ORDER BY seat")
    assert [row["seat"] for row in rows] == [1, 2, 3]
    events = await suite.published(RemoteSessionBooked)
    assert len({event.data.booking_id for event in events}) == len(events) == 3


@pytest.mark.parametrize(
    ("seat", "start", "constraint"),
    [
        (1, jst(6, 1, 13, 59), "remote_booking_seat_taken"),
        (4, jst(6, 1, 13), "remote_booking_seat"),
    ],
)
async def test_the_database_holds_it_whoever_writes(
    suite: RunningService, operator: httpx.AsyncClient, seat: int, start: datetime, constraint: str
) -> None:
    await promised(operator, await case(operator))
    other = (await case(operator)).removeprefix("/inquiries/")
    with pytest.raises(asyncpg.IntegrityConstraintViolationError) as refused:
        async with suite.transaction() as tx:
            await tx.connection.execute(
                """
                INSERT INTO remote_booking (id, inquiry_id, contract_id, starts_at, ends_at, seat, seats, os, terminal,
                                            status, booked_at, booked_by)
                SELECT 'rbk_x', $1, contract_id, $2::timestamptz, $2::timestamptz + interval '1 hour', $3, seats, os,
                       terminal, 'booked', now(), 'op' FROM remote_booking
                """,
                other,
                start,
                seat,
            )
    assert refused.value.constraint_name == constraint


@pytest.mark.rule("R-HOURS-SUPPORT", "R-HOURS-EXT", "R-CLOSED-DAYS")
async def test_offers_what_lies_ahead_inside_the_contracts_own_hours(
    suite: RunningService, operator: httpx.AsyncClient
) -> None:
    await suite.deliver(calendar(closed=(jst(6, 3).date(),)), subject="calendar", sequence=2, key="calendar")
    of = await case(operator)
    await promised(operator, of, TWO)
    today = await offered(operator, of, jst(6, 1, 0), jst(6, 2, 0))
    assert today == [(f"01T{hour}", 2 if hour == 14 else 3) for hour in range(11, 18)], "ten o'clock has begun"
    days = {day[:2] for day, _ in await offered(operator, of, jst(6, 1, 0), jst(6, 8, 0))}
    assert days == {"01", "02", "04", "05", "06"}, "no closed day, no Sunday"
    sunday = await booked(operator, await case(operator), jst(6, 7, 10))
    assert code_of(sunday) == (409, "remote_slot_outside_support_hours")
    assert sunday.json()["why"]["next_open_at"] == jst(6, 8, 9).isoformat()
    until = Period(**{"from": BEGIN, "to": jst(6, 7, 12)})
    await tell(suite, entitlements(light(inquiry_limit=60), version=3, hours_extension_periods=(until,)))
    assert await offered(operator, of, jst(6, 7, 0), jst(6, 8, 9)) == [(f"07T{hour:02}", 3) for hour in range(8, 12)], (
        "the extension ends at noon"
    )
    assert await offered(operator, of, jst(6, 3, 0), jst(6, 4, 0)) == [], "a closed day has what is written for it"
    async with suite.client("supervisor") as supervisor:
        own = {"stretches": [{"opens": "21:00", "closes": "23:00", "seats": 1}], "reason": "two are there"}
        assert (await supervisor.put(f"{API}/remote-capacity/days/2026-06-03", json=own)).is_success
        assert await offered(operator, of, jst(6, 3, 0), jst(6, 4, 0)) == [("03T21", 1), ("03T22", 1)]
        assert (await supervisor.delete(f"{API}/remote-capacity/days/2026-06-03")).status_code == 204
    assert await offered(operator, of, jst(6, 3, 0), jst(6, 4, 0)) == []


@pytest.mark.rule("R-CONSENT", "R-TOOL-OS")
async def test_names_every_rule_that_says_no_and_books_nothing(
    suite: RunningService, operator: httpx.AsyncClient
) -> None:
    of = await case(operator)
    await promised(operator, of, TWO)
    await tell(suite, entitlements(light(inquiry_limit=60), version=3, documents=("service_terms",)))
    before = len(await suite.published())
    refused = await booked(operator, of, jst(6, 1, 7, 30), os="linux")
    assert [reason["code"] for reason in refused.json()["reasons"]] == [
        "remote_slot_not_ahead",
        "remote_slot_unknown",
        "consent_missing",
        "os_not_supported",
        "remote_slot_outside_support_hours",
        "remote_session_booked_already",
    ]
    assert set(refused.json()["rule_ids"]) >= {"R-CONSENT", "R-TOOL-OS", "R-HOURS-SUPPORT"}
    assert len(await suite.published()) == before
    japanese = await operator.post(
        f"{API}{await case(operator)}/remote-bookings",
        json={"starts_at": ONE.isoformat(), "os": "windows", "terminal": "pc"},
        headers={"Accept-Language": "ja"},
    )
    assert (japanese.json()["code"], japanese.json()["title"]) == ("consent_missing", "必要な同意が確認できません。")


async def test_a_promise_is_moved_missed_cancelled_or_kept(suite: RunningService, operator: httpx.AsyncClient) -> None:
    of = await case(operator)
    first = await promised(operator, of)
    await keep(suite, 1)
    assert code_of(await booked(operator, await case(operator))) == (409, "remote_slot_full")
    moved = await post(operator, f"{first}/moving", {"starts_at": TWO.isoformat()})
    assert (moved.status_code, moved.json()["starts_at"]) == (200, TWO.isoformat())
    assert await offered(operator, of, ONE, THREE) == [("01T13", 1)], "the old seat is free, the new one is not"
    other = await promised(operator, await case(operator), THREE)
    assert code_of(await post(operator, f"{first}/moving", {"starts_at": THREE.isoformat()})) == (
        409,
        "remote_slot_full",
    )
    assert (await post(operator, f"{first}/moving", {"starts_at": TWO.isoformat()})).is_success, (
        "its own seat is no other's"
    )
    assert code_of(await post(operator, f"{first}/missed", {"missed_by": "house"})) == (409, "remote_booking_not_due")
    suite.clock.move_to(TWO)
    missed = await post(operator, f"{first}/missed", {"missed_by": "customer"})
    assert (missed.json()["status"], missed.json()["missed_by"]) == ("missed", "customer")
    for path, body in (
        ("moving", {"starts_at": THREE.isoformat()}),
        ("missed", {"missed_by": "house"}),
        ("cancellation", {"reason": "late"}),
        ("session", CONSENT),
    ):
        assert code_of(await post(operator, f"{first}/{path}", body)) == (409, "wrong_state"), path
        assert code_of(await post(operator, f"{of}/remote-bookings/rbk_x/{path}", body)) == (
            404,
            "remote_booking_unknown",
        )
    assert (await post(operator, f"{other}/cancellation", {"reason": "solved by herself"})).json()[
        "status"
    ] == "cancelled"
    again = await promised(operator, of, THREE)
    assert [it["status"] for it in (await get(operator, f"{of}/remote-bookings"))["items"]] == ["missed", "booked"]
    shown = (await get(operator, f"/contracts/{CONTRACT}/overview"))["remote_bookings"]
    assert [it["id"] for it in shown] == [again.rsplit("/", 1)[1]], "who picks up the telephone sees it"
    story = [line["type"] for line in (await get(operator, f"{of}/timeline"))["items"]]
    assert [kind for kind in story if kind.startswith("RemoteSession")] == [
        "RemoteSessionBooked", "RemoteSessionMoved", "RemoteSessionMoved", "RemoteSessionMissed", "RemoteSessionBooked",
    ]  # fmt: skip
    event = (await suite.published(RemoteSessionMoved))[0]
    assert (event.data.previous_starts_at, event.data.starts_at) == (ONE, TWO)
    suite.clock.move_to(THREE)
    session = await post(operator, f"{again}/session", CONSENT)
    assert (session.status_code, session.json()["os"]) == (201, "windows")
    (started,) = await suite.published(RemoteSessionStarted)
    assert started.data.booking_id == again.rsplit("/", 1)[1]
    kept = (await get(operator, f"{of}/remote-bookings"))["items"][-1]
    assert (kept["status"], kept["remote_session_id"]) == ("started", session.json()["id"])


@pytest.mark.rule("R-CONSENT")
async def test_consent_is_judged_again_when_the_session_is_to_begin(
    suite: RunningService, operator: httpx.AsyncClient
) -> None:
    first = await promised(operator, await case(operator))
    await tell(suite, entitlements(light(inquiry_limit=60), version=3, documents=("service_terms",)))
    suite.clock.move_to(ONE)
    silent = {"consent": {"given_by": "見本", "spoken": False}}
    refused = await post(operator, f"{first}/session", silent)
    assert code_of(refused) == (409, "consent_missing")
    assert refused.json()["why"]["missing"] == ["remote_support_licence", "spoken_consent"]
    assert (await lines(operator)) == [("13", ["consent_missing"])], "still promised, and shown as doubtful"


async def test_a_case_does_not_end_while_a_session_is_promised(
    suite: RunningService, operator: httpx.AsyncClient
) -> None:
    of, target = await case(operator), await case(operator)
    first = await promised(operator, of)
    merge = {"source_id": of.removeprefix("/inquiries/"), "target_id": target.removeprefix("/inquiries/")}
    for path, body in (
        (f"{of}/resolution", {"outcome": "solved_remotely"}),
        (f"{of}/void", {"reason": "out of scope"}),
        ("/merges", merge),
    ):
        refused = await post(operator, path, body)
        assert code_of(refused) == (409, "remote_session_still_booked"), path
        assert refused.json()["why"]["booking_id"] == first.rsplit("/", 1)[1]
    await post(operator, f"{first}/cancellation", {"reason": "solved"})
    assert (await post(operator, f"{of}/resolution", {"outcome": "solved_remotely"})).is_success
    assert code_of(await booked(operator, of)) == (409, "wrong_state")


async def test_what_is_heard_later_cancels_nothing_and_is_shown_as_a_doubt(
    suite: RunningService, operator: httpx.AsyncClient
) -> None:
    for _ in range(3):
        await promised(operator, await case(operator))
    evening = Period(**{"from": BEGIN})
    await tell(suite, entitlements(light(inquiry_limit=60), version=3, hours_extension_periods=(evening,)))
    late = await case(operator)
    await promised(operator, late, jst(6, 1, 19))
    assert [doubts for _, doubts in await lines(operator)] == [[], [], [], []]
    await keep(suite, 1)
    over = ["remote_booking_over_capacity"]
    assert await lines(operator) == [("13", []), ("13", over), ("13", over), ("19", [])], "who was first keeps it"
    await tell(suite, entitlements(light(inquiry_limit=60), version=4))
    outside = ["remote_slot_outside_support_hours"]
    assert await lines(operator, "doubted=true") == [("13", over), ("13", over), ("19", outside)]
    await keep(suite, 3, minutes=45)
    assert await lines(operator, "doubted=true") == [("19", outside)], "seats count, whatever slots are cut from them"
    ended = StatusPeriod.model_validate({"from": BEGIN, "to": jst(6, 1, 12), "status": "active"})
    gone = StatusPeriod.model_validate({"from": jst(6, 1, 12), "status": "suspended"})
    await tell(suite, entitlements(light(inquiry_limit=60), version=5, status_periods=(ended, gone)))
    assert {doubts[0] for _, doubts in await lines(operator)} == {"contract_not_active"}
    async with suite.transaction() as tx:
        assert await tx.connection.fetchval("SELECT count(*) FROM remote_booking WHERE status = 'booked'") == 4
    assert code_of(await booked(operator, await case(operator), TWO)) == (409, "contract_not_active")


async def test_the_day_is_listed_by_operator_and_group_page_by_page(operator: httpx.AsyncClient) -> None:
    for at in (THREE, ONE, TWO, jst(6, 2, 9)):
        await promised(operator, await case(operator), at)
    mine = await case(operator)
    await promised(operator, mine, THREE)
    await post(operator, f"{mine}/assignment", {"assignee": "op-sato"})
    day = "from=2026-06-01T00:00:00%2B09:00&to=2026-06-02T00:00:00%2B09:00"
    assert [hour for hour, _ in await lines(operator, day)] == ["13", "14", "15", "15"]
    assert [hour for hour, _ in await lines(operator, f"{day}&assignee=op-sato")] == ["15"]
    assert await lines(operator, f"{day}&group=network") == []
    first = await get(operator, f"/remote-bookings?{day}&limit=3")
    rest = await get(operator, f"/remote-bookings?{day}&limit=3&cursor={first['next']}")
    assert len({it["id"] for it in first["items"] + rest["items"]}) == 4
    assert (len(rest["items"]), rest["next"]) == (1, None)


async def test_capacity_is_written_whole_and_refused_by_name(
    suite: RunningService, operator: httpx.AsyncClient
) -> None:
    assert code_of(await keep(suite, 5, seen='"7"')) == (412, "stale_version")
    assert (await keep(suite, 5, seen='"1"')).json()["version"] == 2
    async with suite.client("supervisor") as supervisor:
        stretch = {"opens": "09:00", "closes": "12:00", "seats": 1}
        for wrong, code in (
            ([stretch, {**stretch, "opens": "11:00"}], "remote_capacity_overlaps"),
            ([{**stretch, "closes": "08:00"}], "opening_hours_unreadable"),
        ):
            week = [{**each, "weekdays": [1]} for each in wrong]
            for path, body in (
                ("remote-capacity", {"slot_minutes": 60, "week": week}),
                ("remote-capacity/days/2026-06-02", {"stretches": wrong, "reason": "x"}),
            ):
                assert code_of(await supervisor.put(f"{API}/{path}", json=body)) == (422, code)
    shown = await get(operator, "/remote-capacity")
    assert (shown["week"][0]["seats"], shown["days"]) == (5, [])
    of = (await case(operator)).removeprefix("/inquiries/")
    for end in (jst(6, 1), jst(7, 3)):
        asked = {"inquiry_id": of, "from": jst(6, 1).isoformat(), "to": end.isoformat()}
        refused = await operator.get(f"{API}/remote-session-slots", params=asked)
        assert code_of(refused) == (422, "slots_range_refused")


async def test_a_partner_sees_the_promises_of_its_own_cases_and_makes_none(
    suite: RunningService, operator: httpx.AsyncClient
) -> None:
    await tell(suite, entitlements(contract_id="ctr_ours", partner="itpartner"))
    of = await case(operator, contract_id="ctr_ours")
    first = await promised(operator, of)
    async with (
        suite.client("partner", partner="itpartner") as partner,
        suite.client("partner", partner="rival") as rival,
    ):
        assert [it["status"] for it in (await get(partner, f"{of}/remote-bookings"))["items"]] == ["booked"]
        assert (await rival.get(f"{API}{of}/remote-bookings")).status_code == 404
        assert (await post(partner, f"{first}/cancellation", {"reason": "x"})).status_code == 403
        await tell(suite, entitlements(contract_id="ctr_ours", version=2, partner="rival"))
        assert (await partner.get(f"{API}{of}/remote-bookings")).status_code == 404
        assert len((await get(rival, f"{of}/remote-bookings"))["items"]) == 1
