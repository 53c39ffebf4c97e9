"""Calls of telephone systems: who may tell of them, what they show, what becomes of missed ones."""

from __future__ import annotations

import asyncio
import base64
import json
import logging
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest

from common.events.contracts import SubscriberDirectoryChanged, SubscriberErased
from common.events.helpdesk import (
    CallAnswered,
    CallAttached,
    CallbackCancelled,
    CallbackOverdue,
    CallbackPromised,
    CallEnded,
    CallStarted,
)
from common.testing import RunningService
from helpdesk.testing import API, CONTRACT, SUBSCRIBER, accepted, get, jst, post, told

NUMBER = "+81312345678"


@pytest.fixture
async def supervisor(suite: RunningService) -> AsyncIterator[httpx.AsyncClient]:
    """Who connects telephone systems."""
    async with suite.client("supervisor", subject="sv-mori") as client:
        yield client


@pytest.fixture
async def pbx(suite: RunningService, supervisor: httpx.AsyncClient) -> AsyncIterator[httpx.AsyncClient]:
    """A connected telephone system; the directory knows whose number it is."""
    known = SubscriberDirectoryChanged(
        actor="op-sato", subscriber_id=SUBSCRIBER, name="株式会社見本商店", name_kana="ミホン", phones=(NUMBER,)
    )
    await told(suite, known, SUBSCRIBER, 1)
    made = (await post(supervisor, "/pbx-connections", {"name": "Main office"})).json()
    async with suite.client(None) as client:
        client.headers["Authorization"] = f"Bearer {made['secret']}"
        yield client


def a_signal(event: str, **over: Any) -> dict[str, Any]:
    own = {"event": event, "callId": "c-1", "direction": "in", "from": "81312345678", "to": "81120000000"}
    return {**own, **over}


async def signal(pbx: httpx.AsyncClient, event: str, **over: Any) -> dict[str, Any]:
    response = await pbx.post(f"{API}/calls", json=a_signal(event, **over))
    assert response.status_code == 200, response.text
    return dict(response.json())


async def test_a_ringing_call_shows_subscriber_balance_and_open_inquiries(
    pbx: httpx.AsyncClient, operator: httpx.AsyncClient
) -> None:
    inquiry = await accepted(operator)
    call = await signal(pbx, "newCall")
    assert call["state"] == "ringing"

    listed = (await get(operator, "/calls?state=ringing"))["items"]
    card = await get(operator, f"/calls/{call['id']}")
    assert [each["id"] for each in listed] == [call["id"]]
    assert (card["from_number"], card["contract_id"]) == (NUMBER, CONTRACT)
    (match,) = card["matches"]
    assert match["name"] == "株式会社見本商店"
    (contract,) = match["contracts"]
    assert contract["quota"]["remaining"] == 4
    assert [each["id"] for each in contract["open_inquiries"]] == [inquiry["id"]]


async def test_a_form_is_as_good_as_json(pbx: httpx.AsyncClient, operator: httpx.AsyncClient) -> None:
    users = "user%5B%5D=op-sato&user%5B%5D=op-hara"
    form = f"event=newCall&callId=c-9&direction=in&from=0312345678&to=0120000000&{users}&xcid=7"
    response = await pbx.post(
        f"{API}/calls", content=form, headers={"Content-Type": "application/x-www-form-urlencoded"}
    )
    assert response.status_code == 200, response.text
    card = await get(operator, f"/calls/{response.json()['id']}")
    assert (card["from_number"], card["user"]) == (NUMBER, "op-sato, op-hara")


async def test_basic_authentication_is_as_good_as_a_bearer_token(pbx: httpx.AsyncClient) -> None:
    secret = pbx.headers["Authorization"].removeprefix("Bearer ")
    basic = base64.b64encode(f"pbx:{secret}".encode()).decode()
    response = await pbx.post(f"{API}/calls", json=a_signal("newCall"), headers={"Authorization": f"Basic {basic}"})
    assert response.status_code == 200


@pytest.mark.parametrize("shown", [None, "Bearer wrong", "Bearer ", "Basic !!!", "Basic eDp5", "Digest x"])
async def test_who_shows_no_secret_in_force_is_told_nothing(suite: RunningService, shown: str | None) -> None:
    async with suite.client(None) as stranger:
        headers = {} if shown is None else {"Authorization": shown}
        response = await stranger.post(f"{API}/calls", content=b"\xff not even json", headers=headers)
    assert (response.status_code, response.json()["code"]) == (401, "pbx_secret_unknown")
    assert await suite.published(CallStarted) == []


async def test_a_revoked_secret_is_none(
    suite: RunningService, pbx: httpx.AsyncClient, supervisor: httpx.AsyncClient
) -> None:
    (connection,) = (await get(supervisor, "/pbx-connections"))["items"]
    assert "secret" not in connection
    for _ in range(2):
        assert (await supervisor.delete(f"{API}/pbx-connections/{connection['id']}")).status_code == 204
    assert (await pbx.post(f"{API}/calls", json=a_signal("newCall"))).status_code == 401
    missing = await supervisor.delete(f"{API}/pbx-connections/pbx_none")
    assert (missing.status_code, missing.json()["code"]) == (404, "pbx_connection_unknown")


async def test_secrets_are_kept_as_hashes(suite: RunningService, pbx: httpx.AsyncClient) -> None:
    secret = pbx.headers["Authorization"].removeprefix("Bearer ")
    async with suite.transaction() as tx:
        rows = await tx.connection.fetch("SELECT to_jsonb(p)::text AS row FROM pbx_connection p")
    assert rows
    assert not any(secret in row["row"] or secret.encode().hex() in row["row"] for row in rows)


@pytest.mark.parametrize(
    "broken",
    [
        {"event": "ringing"},
        {"direction": "sideways"},
        {"callId": ""},
        {"callId": "x" * 101},
        {"from": "x" * 101},
        {"callId": "a\nb"},
        {"callId": None},
    ],
)
async def test_refuses_signals_that_say_nothing_sensible(
    suite: RunningService, pbx: httpx.AsyncClient, broken: dict[str, Any]
) -> None:
    response = await pbx.post(f"{API}/calls", json={**a_signal("newCall"), **broken})
    assert (response.status_code, response.json()["code"]) == (422, "validation_failed")
    assert await suite.published(CallStarted) == []


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b"\xff"])
async def test_refuses_what_is_neither_json_nor_a_form(pbx: httpx.AsyncClient, content: bytes) -> None:
    assert (await pbx.post(f"{API}/calls", content=content)).status_code == 422


async def test_the_same_signal_from_sixteen_at_once_is_one_call_and_one_fact(
    suite: RunningService, pbx: httpx.AsyncClient
) -> None:
    answers = await asyncio.gather(*[signal(pbx, event) for event in ["newCall", "hangup"] * 8])
    assert len({each["id"] for each in answers}) == 1
    assert len(await suite.published(CallStarted)) == len(await suite.published(CallEnded)) == 1
    assert len(await suite.published(CallbackPromised)) == 1


async def test_a_missed_call_is_to_be_rung_back_within_an_hour_of_support_hours(
    suite: RunningService, pbx: httpx.AsyncClient, operator: httpx.AsyncClient
) -> None:
    suite.clock.move_to(jst(6, 6, 17, 40))  # Saturday, twenty minutes before closing; Sunday is closed
    await signal(pbx, "newCall")
    await signal(pbx, "hangup", cause="noAnswer")
    (callback,) = (await get(operator, "/callbacks?status=open"))["items"]
    assert (callback["number"], callback["contract_id"]) == (NUMBER, CONTRACT)
    assert callback["promised_at"] == "2026-06-08T09:40:00+09:00"


async def test_a_call_told_as_ended_before_it_was_answered_leaves_no_callback(
    suite: RunningService, pbx: httpx.AsyncClient, operator: httpx.AsyncClient
) -> None:
    call = await signal(pbx, "hangup")
    assert call["state"] == "unanswered"
    assert (await signal(pbx, "answer"))["state"] == "ended"
    assert (await signal(pbx, "newCall"))["state"] == "ended"
    assert (await get(operator, "/callbacks?status=open"))["items"] == []
    (withdrawn,) = await suite.published(CallbackCancelled)
    assert withdrawn.data.reason == "answered_after_all"
    assert [event.sequence for event in await suite.published() if event.subject == call["id"]] == [1, 2, 3]


async def test_who_withholds_the_number_cannot_be_rung_back(
    pbx: httpx.AsyncClient, operator: httpx.AsyncClient
) -> None:
    await signal(pbx, "hangup", **{"from": "anonymous"})
    assert (await get(operator, "/callbacks"))["items"] == []
    (call,) = (await get(operator, "/calls?state=unanswered"))["items"]
    assert call["from_number"] is None


async def test_a_number_that_two_share_shows_both_and_chooses_neither(
    suite: RunningService, pbx: httpx.AsyncClient, operator: httpx.AsyncClient
) -> None:
    other = SubscriberDirectoryChanged(
        actor="op-sato", subscriber_id="sub_b", name="有限会社隣", name_kana="トナリ", phones=(NUMBER,)
    )
    await told(suite, other, "sub_b", 1)
    card = await get(operator, f"/calls/{(await signal(pbx, 'newCall'))['id']}")
    assert [match["subscriber_id"] for match in card["matches"]] == [SUBSCRIBER, "sub_b"]
    assert (card["subscriber_id"], card["contract_id"]) == (None, None)


async def test_a_call_is_attached_to_an_inquiry_once(
    suite: RunningService, pbx: httpx.AsyncClient, operator: httpx.AsyncClient
) -> None:
    inquiry = (await accepted(operator))["id"]
    call = (await signal(pbx, "newCall"))["id"]
    for _ in range(2):
        answer = await operator.put(f"{API}/calls/{call}/inquiry", json={"inquiry_id": inquiry})
        assert (answer.status_code, answer.json()["inquiry_id"]) == (200, inquiry)
    assert len(await suite.published(CallAttached)) == 1
    story = (await get(operator, f"/inquiries/{inquiry}/timeline"))["items"]
    assert [line["type"] for line in story] == ["InquiryAccepted", "TroubleReported", "CallAttached"]
    assert [each["id"] for each in (await get(operator, f"/calls?inquiry_id={inquiry}"))["items"]] == [call]
    for path, code in ((f"/calls/{call}/inquiry", "inquiry_unknown"), ("/calls/call_none/inquiry", "call_unknown")):
        answer = await operator.put(f"{API}{path}", json={"inquiry_id": "inq_none"})
        assert (answer.status_code, answer.json()["code"]) == (404, code)


async def test_numbers_are_neither_told_nor_logged_and_go_with_their_subscriber(
    suite: RunningService, pbx: httpx.AsyncClient, operator: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="anshin")
    await signal(pbx, "newCall")
    await signal(pbx, "answer")
    await signal(pbx, "hangup")
    await signal(pbx, "hangup", callId="c-2")
    facts = json.dumps([event.data.model_dump(mode="json") for event in await suite.published()])
    assert "312345678" not in facts + caplog.text
    assert len(await suite.published(CallAnswered)) == 1

    await told(suite, SubscriberErased(actor="sv-mori", subscriber_id=SUBSCRIBER), SUBSCRIBER, 2)
    calls = (await get(operator, "/calls"))["items"]
    callbacks = (await get(operator, "/callbacks"))["items"]
    assert [(call["from_number"], call["to_number"]) for call in calls] == [(None, None)] * 2
    assert [callback["number"] for callback in callbacks] == [None]


async def test_partners_and_technicians_see_no_calls(suite: RunningService) -> None:
    for role, partner in (("partner", "ptn_a"), ("technician", None), ("analyst", None)):
        async with suite.client(role, partner=partner) as client:
            for path in ("/calls", "/callbacks", "/pbx-connections"):
                assert (await client.get(f"{API}{path}")).status_code == 403


async def a_promise(operator: httpx.AsyncClient, **over: Any) -> httpx.Response:
    own = {"number": "03-1234-5678", "promised_at": jst(6, 1, 14).isoformat(), "contract_id": CONTRACT}
    return await post(operator, "/callbacks", {**own, **over})


async def test_a_callback_is_promised_taken_and_done(suite: RunningService, operator: httpx.AsyncClient) -> None:
    callback = (await a_promise(operator)).json()
    path = f"/callbacks/{callback['id']}"
    assert (callback["number"], callback["status"], callback["overdue"]) == (NUMBER, "open", False)
    for _ in range(2):
        assert (await post(operator, f"{path}/taking")).json()["assignee"] == "op-sato"
    async with suite.client("operator", subject="op-hara") as other:
        refused = await post(other, f"{path}/taking")
        assert (refused.status_code, refused.json()["code"]) == (409, "callback_taken")
        assert refused.json()["why"] == {"assignee": "op-sato"}
    done = await post(operator, f"{path}/completion", {"outcome": "reached"})
    assert (done.json()["status"], done.json()["outcome"]) == ("done", "reached")
    for step, body in (
        ("taking", {}),
        ("cancellation", {"reason": "not_wanted"}),
        ("completion", {"outcome": "reached"}),
    ):
        late = await post(operator, f"{path}/{step}", body)
        assert (late.status_code, late.json()["code"]) == (409, "wrong_state")
    kinds = [type(event.data).__name__ for event in await suite.published() if event.subject == callback["id"]]
    assert kinds == ["CallbackPromised", "CallbackTaken", "CallbackDone"]


async def test_a_broken_promise_is_told_once_and_again_only_when_promised_anew(
    suite: RunningService, operator: httpx.AsyncClient
) -> None:
    callback = (await a_promise(operator)).json()
    path = f"/callbacks/{callback['id']}"
    suite.clock.move_to(jst(6, 1, 13, 59))
    await suite.sweep()
    assert len(await suite.published(CallbackOverdue)) == 0
    suite.clock.move_to(jst(6, 1, 14))
    await suite.sweep()
    assert len(await suite.published(CallbackOverdue)) == 1
    suite.clock.move_to(jst(6, 2, 14))
    await suite.sweep()
    assert len(await suite.published(CallbackOverdue)) == 1
    assert [each["id"] for each in (await get(operator, "/callbacks?overdue=true"))["items"]] == [callback["id"]]

    later = await post(operator, f"{path}/postponement", {"promised_at": jst(6, 3, 9).isoformat()})
    assert later.json()["overdue"] is False
    assert (await get(operator, "/callbacks?overdue=true"))["items"] == []
    suite.clock.move_to(jst(6, 3, 9) + timedelta(seconds=1))
    await suite.sweep()
    told_of = [event.data.promised_at for event in await suite.published(CallbackOverdue)]
    assert told_of == [jst(6, 1, 14), jst(6, 3, 9)]


@pytest.mark.parametrize(
    ("over", "status", "code"),
    [
        ({"promised_at": jst(6, 1, 10).isoformat()}, 409, "promise_in_the_past"),
        ({"number": "nobody"}, 422, "phone_unreadable"),
        ({"contract_id": "ctr_none"}, 404, "contract_unknown"),
        ({"inquiry_id": "inq_none"}, 404, "inquiry_unknown"),
        ({"promised_at": "tomorrow"}, 422, "validation_failed"),
    ],
)
async def test_refuses_promises_that_nobody_could_keep(
    suite: RunningService, operator: httpx.AsyncClient, over: dict[str, Any], status: int, code: str
) -> None:
    refused = await a_promise(operator, **over)
    assert (refused.status_code, refused.json()["code"]) == (status, code)
    assert await suite.published(CallbackPromised) == []


async def test_two_who_take_a_callback_at_once_are_one_who_has_it(
    suite: RunningService, operator: httpx.AsyncClient
) -> None:
    path = f"/callbacks/{(await a_promise(operator)).json()['id']}/taking"
    async with suite.client("operator", subject="op-hara") as other:
        answers = await asyncio.gather(*[post(client, path) for client in (operator, other)])
    assert sorted(answer.status_code for answer in answers) == [200, 409]
