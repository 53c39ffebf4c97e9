"""Dead letters: looked at, and tried again in order."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from common.dead_letters import PURGE
from common.events.contracts import SubscriberDirectoryChanged
from common.events.loaner import UnitRestocked
from common.testing import RunningService
from libs.common.tests.integration.ailments import (
    API,
    GROUP,
    LETTERS,
    ail,
    consumer,
    heard,
    listed,
    outcomes,
    redrive,
    repair,
    restocked,
    sick_line,
)


async def test_lists_what_died_and_what_waits_behind_it(suite: RunningService) -> None:
    messages = await sick_line(suite)
    async with suite.client("supervisor") as supervisor:
        found = await listed(supervisor)
        assert [(each["reason"], each["attempts"], each["event_id"]) for each in found] == [
            ("ailing", 1, messages[0].headers["ce_id"]),
            ("parked", 0, messages[1].headers["ce_id"]),
            ("parked", 0, messages[2].headers["ce_id"]),
        ]
        assert {each["group"] for each in found} == {GROUP}
        first = (await supervisor.get(f"{LETTERS}/{found[0]['id']}")).json()
    assert first["headers"] == dict(messages[0].headers)
    assert first["value_text"] == messages[0].value.decode()
    assert first["error"] == "Ailing: ailing {'sequence': 1}"


async def test_filters_and_pages_the_list(suite: RunningService) -> None:
    await sick_line(suite)
    await sick_line(suite, "ill", length=1)
    async with suite.client("supervisor") as supervisor:
        assert len(await listed(supervisor, subject="sick")) == 3
        assert len(await listed(supervisor, reason="ailing")) == 2
        assert len(await listed(supervisor, topic=UnitRestocked.topic, group=GROUP)) == 4
        assert await listed(supervisor, topic="loaner.other.v1") == []
        assert await listed(supervisor, group="loaner.reactions") == []
        first = (await supervisor.get(LETTERS, params={"limit": 3})).json()
        second = (await supervisor.get(LETTERS, params={"limit": 3, "cursor": first["next"]})).json()
    assert [each["subject"] for each in first["items"] + second["items"]] == ["sick", "sick", "sick", "ill"]
    assert second["next"] is None


async def test_shows_bytes_that_are_no_text_in_base64(suite: RunningService) -> None:
    message = restocked(suite, "odd", 1)._replace(value=b"\xff\xfe\x00")
    await consumer(suite).apply([message])
    async with suite.client("supervisor") as supervisor:
        (letter,) = await listed(supervisor)
        shown = (await supervisor.get(f"{LETTERS}/{letter['id']}")).json()
    assert (letter["reason"], shown["value_text"]) == ("unreadable", None)
    assert base64.b64decode(shown["value_base64"]) == message.value


@pytest.mark.parametrize("role", ["operator", "technician", "depot", "analyst"])
async def test_nobody_but_supervisors_sees_or_redrives_them(suite: RunningService, role: str) -> None:
    async with suite.client(role) as client:
        answers = [
            await client.get(LETTERS),
            await client.get(f"{LETTERS}/dlt_1"),
            await client.post(f"{LETTERS}/redrive", json={"all": True}),
            await client.post(f"{LETTERS}/dlt_1/redrive"),
            await client.get(f"{API}/bus-status"),
            await client.get(f"{API}/outbox/parked"),
            await client.post(f"{API}/outbox/parked/evt_1/release"),
        ]
    assert [answer.status_code for answer in answers] == [403] * 7


async def test_a_partner_is_refused_even_with_the_role_of_a_supervisor(suite: RunningService) -> None:
    for role in ("partner", "supervisor"):
        async with suite.client(role, partner="prt_a") as partner:
            assert (await partner.get(LETTERS)).status_code == 403
            assert (await partner.post(f"{LETTERS}/redrive", json={"all": True})).status_code == 403


async def test_an_unknown_letter_is_not_found(suite: RunningService) -> None:
    async with suite.client("supervisor") as supervisor:
        for letter in ("dlt_1", "dlt_x", "17", "dlt_" + "9" * 30):
            assert (await supervisor.get(f"{LETTERS}/{letter}")).json()["code"] == "dead_letter_unknown"
            assert (await supervisor.post(f"{LETTERS}/{letter}/redrive")).status_code == 404


async def test_a_redrive_of_nothing_in_particular_is_refused(suite: RunningService) -> None:
    async with suite.client("supervisor") as supervisor:
        answer = await supervisor.post(f"{LETTERS}/redrive", json={})
    assert (answer.status_code, answer.json()["code"]) == (422, "nothing_chosen")


@pytest.mark.parametrize(
    "choice",
    [{"all": True}, {"group": GROUP}, {"subject": "sick"}, {"reason": "ailing"}, {"topic": UnitRestocked.topic}],
)
async def test_redrives_a_subject_in_order_and_then_its_events_flow_again(
    suite: RunningService, choice: dict[str, Any]
) -> None:
    messages = await sick_line(suite)
    await repair(suite)
    async with suite.client("supervisor", subject="sup-abe") as supervisor:
        assert await redrive(supervisor, **choice) == outcomes(messages, "redriven", "redriven", "redriven")
        assert await listed(supervisor) == []
        history = await listed(supervisor, state="redriven")
    assert {(each["redriven_by"], each["redriven_at"] is not None) for each in history} == {("sup-abe", True)}
    await consumer(suite).apply([*messages, restocked(suite, "sick", 4)])
    assert await heard(suite) == [("sick", 1), ("sick", 2), ("sick", 3), ("sick", 4)]


async def test_what_fails_again_stays_with_its_new_error_and_keeps_the_rest_back(suite: RunningService) -> None:
    messages = await sick_line(suite)
    await repair(suite)
    await ail(suite, "sick", 2)
    async with suite.client("supervisor") as supervisor:
        assert await redrive(supervisor, all=True) == outcomes(messages[:2], "redriven", "failed")
        assert await redrive(supervisor, all=True) == outcomes(messages[1:2], "failed")
        left = await listed(supervisor)
    assert [(each["reason"], each["attempts"], each["error"]) for each in left] == [
        ("ailing", 2, "Ailing: ailing {'sequence': 2}"),
        ("parked", 0, "an earlier event of this subject is a dead letter"),
    ]
    assert await heard(suite) == [("sick", 1)]
    await consumer(suite).apply([restocked(suite, "sick", 4), restocked(suite, "well", 1)])
    assert await heard(suite) == [("sick", 1), ("well", 1)]


async def test_one_letter_takes_along_what_is_parked_behind_it_and_no_other_line(suite: RunningService) -> None:
    messages = await sick_line(suite)
    await sick_line(suite, "ill", length=1)
    await repair(suite)
    async with suite.client("supervisor") as supervisor:
        letter = (await listed(supervisor, subject="sick"))[0]["id"]
        assert await redrive(supervisor, f"{letter}/redrive") == outcomes(messages, *["redriven"] * 3)
        assert await redrive(supervisor, f"{letter}/redrive") == outcomes(messages[:1], "already")
        assert [each["subject"] for each in await listed(supervisor)] == ["ill"]


async def test_a_letter_behind_another_waits_for_it(suite: RunningService) -> None:
    messages = await sick_line(suite)
    await repair(suite)
    async with suite.client("supervisor") as supervisor:
        first, second, _ = await listed(supervisor)
        answer = (await supervisor.post(f"{LETTERS}/{second['id']}/redrive")).json()["items"]
    assert [(each["event_id"], each["outcome"], each["behind"]) for each in answer] == [
        (messages[1].headers["ce_id"], "waits", first["id"])
    ]
    assert await heard(suite) == []


async def test_what_is_unavailable_now_counts_as_no_attempt(suite: RunningService) -> None:
    messages = await sick_line(suite, length=2)
    await repair(suite)
    await ail(suite, "sick", 1, passes=True)
    async with suite.client("supervisor") as supervisor:
        assert await redrive(supervisor, all=True) == outcomes(messages[:1], "unavailable")
        assert [(each["reason"], each["attempts"]) for each in await listed(supervisor)] == [
            ("ailing", 1),
            ("parked", 0),
        ]
    assert await heard(suite) == []


async def test_an_event_whose_aggregate_has_moved_on_changes_nothing(suite: RunningService) -> None:
    await sick_line(suite, length=1)
    await repair(suite)
    async with suite.database.connection() as connection:
        await connection.execute(
            "INSERT INTO consumed_subject VALUES ($1, $2, 'sick', 7)", GROUP, UnitRestocked.aggregate
        )
    async with suite.client("supervisor") as supervisor:
        ((_, outcome),) = await redrive(supervisor, all=True)
    assert (outcome, await heard(suite)) == ("redriven", [])


async def test_letters_without_a_subject_go_each_by_itself(suite: RunningService) -> None:
    good = restocked(suite, "lost", 1)
    nameless = [
        good._replace(offset=n, headers={"ce_id": f"evt_{n}", "content-type": "application/json"}) for n in range(2)
    ]
    await consumer(suite).apply(nameless)
    async with suite.database.connection() as connection:
        await connection.execute("UPDATE dead_letter SET headers = $1 WHERE event_id = 'evt_1'", dict(good.headers))
    async with suite.client("supervisor") as supervisor:
        assert await redrive(supervisor, all=True) == outcomes(nameless, "failed", "redriven")
    assert await heard(suite) == [("lost", 1)]


async def test_a_call_stops_at_its_limit_and_the_least_tried_go_first(suite: RunningService) -> None:
    for n in range(205):
        await ail(suite, f"sick-{n:03}", 1)
        await consumer(suite).apply([restocked(suite, f"sick-{n:03}", 1)])
    async with suite.client("supervisor") as supervisor:
        answer = (await supervisor.post(f"{LETTERS}/redrive", json={"all": True})).json()
        assert (len(answer["items"]), answer["more"]) == (200, True)
        again = (await supervisor.post(f"{LETTERS}/redrive", json={"all": True})).json()
    assert [each["subject"] for each in again["items"][:5]] == [f"sick-{n}" for n in range(200, 205)]


async def test_no_personal_data_stays_in_a_letter_that_went_through(suite: RunningService) -> None:
    data = SubscriberDirectoryChanged(
        actor="op-sato", subscriber_id="sub_1", name="Mori Aiko", name_kana="モリ アイコ", phones=()
    )
    await ail(suite, "sub_1", 1)
    message = suite.message(data, subject="sub_1", sequence=1, key="sub_1")
    await consumer(suite).apply([message])
    async with suite.client("supervisor") as supervisor:
        (letter,) = await listed(supervisor)
        shown = await supervisor.get(f"{LETTERS}/{letter['id']}")
        assert "Mori Aiko" in shown.json()["value_text"]
        await repair(suite)
        assert await redrive(supervisor, all=True) == outcomes([message], "redriven")
        kept = (await supervisor.get(f"{LETTERS}/{letter['id']}")).json()
    assert (kept["value_text"], kept["error"], kept["reason"]) == ("", "", "ailing")


async def test_history_is_kept_for_ninety_days_and_open_letters_for_ever(suite: RunningService) -> None:
    for subject in ("fresh", "stale", "open"):
        await sick_line(suite, subject, length=1)
    async with suite.database.connection() as connection:
        for subject, days in (("fresh", 89), ("stale", 91)):
            await connection.execute(
                "UPDATE dead_letter SET redriven_at = now() - make_interval(days => $2) WHERE subject = $1",
                subject,
                days,
            )
        await connection.execute("UPDATE dead_letter SET recorded_at = now() - interval '1 year'")
        await connection.execute(PURGE)
    async with suite.client("supervisor") as supervisor:
        assert [each["subject"] for each in await listed(supervisor, state="all")] == ["fresh", "open"]


async def test_letters_of_a_group_that_is_no_more_can_be_closed(suite: RunningService) -> None:
    messages = await sick_line(suite, length=2)
    async with suite.database.connection() as connection:
        await connection.execute("UPDATE dead_letter SET consumer_group = 'loaner.of-old'")
    async with suite.client("supervisor") as supervisor:
        assert await redrive(supervisor, group="loaner.of-old") == outcomes(messages, "redriven", "redriven")
    assert await heard(suite) == []
