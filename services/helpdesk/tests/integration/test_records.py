"""The customer's record: written, changed, retired, seen by whom it concerns, found, forgotten."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx

from common.events.contract_entitlements import Site
from common.events.contracts import SubscriberErased
from common.testing import RunningService
from helpdesk.testing import API, BEGIN, CONTRACT, SUBSCRIBER, entitlements, get, post, standard, tell, told

ROUTER = {
    "contract_id": CONTRACT, "kind": "router", "label": "親ルーター", "maker": "見本電機", "model": "MR-900",
    "serial": "SN-1", "address": "192.168.0.1", "note": "再起動は裏のスイッチ",
}  # fmt: skip


async def written(client: httpx.AsyncClient, **over: Any) -> str:
    answer = await post(client, "/record-entries", {**ROUTER, **over})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def put(client: httpx.AsyncClient, entry: str, version: int | None = None, **over: Any) -> httpx.Response:
    body = {name: value for name, value in {**ROUTER, **over}.items() if name != "contract_id"}
    headers = {} if version is None else {"If-Match": f'"{version}"'}
    return await client.put(f"{API}/record-entries/{entry}", json=body, headers=headers)


async def hits(client: httpx.AsyncClient, q: str) -> list[str]:
    return [each["id"] for each in (await get(client, f"/search?what=record&q={q}"))["items"]]


async def shown(client: httpx.AsyncClient, contract: str = CONTRACT) -> list[tuple[str, str]]:
    lines = (await get(client, f"/contracts/{contract}/overview"))["record"]
    return [(each["kind"], each["id"]) for each in lines]


async def test_an_entry_keeps_every_version_and_is_found_while_it_is_in_force(
    suite: RunningService, operator: httpx.AsyncClient
) -> None:
    setting = await written(operator, kind="setting", label="IP固定", maker=None, model=None, note=None)
    router = await written(operator)
    assert await shown(operator) == [("router", router), ("setting", setting)]
    assert await hits(operator, "見本電機") == await hits(operator, "裏のスイッチ") == [router]
    changed = await put(operator, router, 1, model="ZX-77")
    assert (changed.status_code, changed.headers["etag"], changed.json()["model"]) == (200, '"2"', "ZX-77")
    assert (await hits(operator, "MR-900"), await hits(operator, "zx77")) == ([], [router])
    stale = await put(operator, router, 1, model="MR-902")
    assert (stale.status_code, stale.json()["code"], stale.json()["why"]["version"]) == (412, "stale_version", 2)
    retired = await post(operator, f"/record-entries/{router}/retirement", None, **{"If-Match": '"2"'})
    assert (retired.json()["status"], retired.json()["version"]) == ("retired", 3)
    again = await post(operator, f"/record-entries/{router}/retirement")
    assert (again.status_code, again.json()["code"]) == (409, "wrong_state")
    assert (await hits(operator, "zx77"), await shown(operator)) == ([], [("setting", setting)])
    async with suite.client("supervisor", subject="sv-mori") as supervisor:
        assert (await put(supervisor, router)).json()["status"] == "active"
    assert await hits(operator, "MR-900") == [router]
    first = await get(operator, f"/record-entries/{router}/versions?limit=3")
    told_so = [(each["version"], each["status"], each["model"], each["actor"]) for each in first["items"]]
    assert told_so == [
        (4, "active", "MR-900", "sv-mori"), (3, "retired", "ZX-77", "op-sato"), (2, "active", "ZX-77", "op-sato"),
    ]  # fmt: skip
    last = await get(operator, f"/record-entries/{router}/versions?before={first['next']}")
    assert ([each["version"] for each in last["items"]], last["next"]) == ([1], None)
    assert await suite.published() == []


async def test_of_many_who_saw_the_same_version_one_writes_the_next(
    suite: RunningService, operator: httpx.AsyncClient
) -> None:
    entry = await written(operator)
    answers = await asyncio.gather(*[put(operator, entry, 1, model=f"MR-{n}") for n in range(8)])
    assert sorted(each.status_code for each in answers) == [200] + [412] * 7
    won = next(each.json() for each in answers if each.status_code == 200)
    assert await get(operator, f"/record-entries/{entry}") == won
    unasked = await asyncio.gather(*[put(operator, entry, model=f"MR-{n}") for n in range(8)])
    assert sorted(each.json()["version"] for each in unasked) == list(range(3, 11))
    kept = (await get(operator, f"/record-entries/{entry}/versions"))["items"]
    assert [each["version"] for each in kept] == list(range(10, 0, -1))


async def test_what_cannot_be_written_is_refused_with_every_reason(
    suite: RunningService, operator: httpx.AsyncClient
) -> None:
    await tell(suite, entitlements(standard(), version=2, sites=(Site(**{"from": BEGIN}, site_id="site_a"),)))
    wrong = await post(operator, "/record-entries", {**ROUTER, "kind": "song", "site": "moon", "site_id": "site_a"})
    codes = [each["code"] for each in wrong.json()["reasons"]]
    assert (wrong.status_code, codes) == (422, ["record_kind_unknown", "site_unknown", "record_site_unknown"])
    assert "router" in wrong.json()["why"]["allowed"]
    elsewhere = await post(operator, "/record-entries", {**ROUTER, "site": "telework", "site_id": "site_b"})
    assert (elsewhere.status_code, elsewhere.json()["code"]) == (422, "record_site_unknown")
    unknown = await post(
        operator, "/record-entries", {**ROUTER, "contract_id": "ctr_none"}, **{"Accept-Language": "ja"}
    )
    assert (unknown.status_code, unknown.json()["code"]) == (404, "contract_unknown")
    for path in ("", "/versions", "/credentials"):
        nothing = await operator.get(f"{API}/record-entries/rec_none{path}")
        assert (nothing.status_code, nothing.json()["code"]) == (404, "record_entry_unknown"), path
    assert (await get(operator, "/record-entries"))["items"] == []
    there = await written(operator, site="telework", site_id="site_a")
    await tell(suite, entitlements(standard(), version=3))
    assert (await put(operator, there, site="telework", site_id="site_a", note="sold")).status_code == 200


async def test_a_kind_that_is_no_longer_offered_stays_where_it_is(
    suite: RunningService, operator: httpx.AsyncClient
) -> None:
    kind = {"ja": "交換機", "en": "Telephone system", "place": 1}
    assert (await operator.put(f"{API}/record-kinds/pbx", json=kind)).status_code == 403
    async with suite.client("supervisor") as supervisor:
        assert (await supervisor.put(f"{API}/record-kinds/pbx", json=kind)).json()["offered"] is True
        entry = await written(operator, kind="pbx")
        await supervisor.put(f"{API}/record-kinds/pbx", json={**kind, "offered": False})
        assert (await supervisor.put(f"{API}/record-kinds/PBX 1", json=kind)).status_code == 422
    kinds = (await get(operator, "/record-kinds"))["items"]
    assert [each["code"] for each in kinds[:3]] == ["pbx", "provider", "router"]
    assert (await post(operator, "/record-entries", {**ROUTER, "kind": "pbx"})).json()["code"] == "record_kind_unknown"
    assert (await put(operator, entry, kind="pbx", note="alt")).json()["version"] == 2
    assert await shown(operator) == [("pbx", entry)]


async def test_a_partner_shares_what_it_writes_and_sees_what_is_shared(
    suite: RunningService, operator: httpx.AsyncClient
) -> None:
    await tell(suite, entitlements(contract_id="ctr_ours", partner="itpartner"))
    internal = await written(operator, contract_id="ctr_ours", label="内部")
    async with (
        suite.client("partner", partner="itpartner") as partner,
        suite.client("partner", partner="rival") as rival,
    ):
        own = await written(partner, contract_id="ctr_ours", label="共有")
        assert (await get(operator, f"/record-entries/{own}"))["shared"] is True
        assert [each["id"] for each in (await get(partner, "/record-entries"))["items"]] == [own]
        assert await shown(partner, "ctr_ours") == [("router", own)]
        assert (await get(partner, "/contracts/ctr_ours/overview"))["record"][0]["secrets"] is None
        assert await hits(partner, "共有") == []
        assert (await put(partner, internal)).json()["code"] == "record_entry_unknown"
        assert (await post(partner, "/record-entries", ROUTER)).json()["code"] == "contract_unknown"
        assert (await put(partner, own, note="von uns")).json()["version"] == 2
        assert (await put(operator, own, note="nur fürs Haus", shared=False)).json()["version"] == 3
        assert (await partner.get(f"{API}/record-entries/{own}")).status_code == 404
        await put(operator, own, note="wieder", shared=True)
        seen = (await get(partner, f"/record-entries/{own}/versions"))["items"]
        assert [each["version"] for each in seen] == [4, 2, 1]
        assert (await rival.get(f"{API}/record-entries/{own}")).json()["code"] == "record_entry_unknown"
        await tell(suite, entitlements(contract_id="ctr_ours", partner="rival", version=2))
        assert [each["id"] for each in (await get(rival, "/record-entries"))["items"]] == [own]
        assert (await get(partner, "/record-entries"))["items"] == []


async def test_a_record_goes_with_its_subscriber_and_stays_with_whoever_took_it_over(
    suite: RunningService, operator: httpx.AsyncClient
) -> None:
    old, taken = await written(operator, label="旧"), await written(operator, label="引継", serial="SN-OLD")
    await tell(suite, entitlements(version=2, subscriber_id="sub_b"))
    await put(operator, taken, label="引継", serial="SN-NEW")
    await told(suite, SubscriberErased(actor="sv-mori", subscriber_id=SUBSCRIBER), SUBSCRIBER, 1)
    assert (await operator.get(f"{API}/record-entries/{old}")).status_code == 404
    assert await hits(operator, "親ルーター") == []
    kept = (await get(operator, f"/record-entries/{taken}/versions"))["items"]
    assert [(each["version"], each["serial"]) for each in kept] == [(2, "SN-NEW")]
    await told(suite, SubscriberErased(actor="sv-mori", subscriber_id="sub_b"), "sub_b", 1)
    assert (await get(operator, "/record-entries"))["items"] == []
