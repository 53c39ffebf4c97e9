"""The list of revoked tokens over the API: kept, told, lifted; a tenant's own."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx

from common.events.contract_access import TokenRevocationLifted, TokenRevoked
from common.revocation import FRESH_SECONDS
from contracts.testing import Desk

PATH = "/api/contracts/v1/token-revocations"
LEAKED: dict[str, Any] = {"kind": "subject", "value": "op-sato", "reason": "Token found in a log"}


def supervisor(desk: Desk) -> httpx.AsyncClient:
    return desk.suite.client("supervisor", subject="sv-mori")


def admin(desk: Desk, partner: str = "partner-one") -> httpx.AsyncClient:
    return desk.suite.client("partner-admin", subject=f"admin-of-{partner}", partner=partner)


async def test_a_supervisor_revokes_and_the_tokens_are_refused_until_it_is_lifted(desk: Desk) -> None:
    sato, mori = desk.suite.client("operator", subject="op-sato"), supervisor(desk)
    assert (await sato.get("/api/contracts/v1/contracts")).status_code == 200
    made = await mori.post(PATH, json=LEAKED)
    assert made.status_code == 201, made.text
    revocation = made.json()
    assert (revocation["revoked_by"], revocation["partner"], revocation["lifted_at"]) == ("sv-mori", None, None)
    assert revocation["issued_before"] == revocation["revoked_at"]
    await asyncio.sleep(FRESH_SECONDS)
    refused = await sato.get("/api/contracts/v1/contracts")
    assert (refused.status_code, refused.json()["code"]) == (401, "token_revoked")
    lifted = await mori.delete(f"{PATH}/{revocation['id']}", headers={"If-Match": '"1"'})
    assert (lifted.status_code, lifted.json()["lifted_by"], lifted.json()["version"]) == (200, "sv-mori", 2)
    await asyncio.sleep(FRESH_SECONDS)
    assert (await sato.get("/api/contracts/v1/contracts")).status_code == 200
    again = await mori.delete(f"{PATH}/{revocation['id']}")
    assert (again.status_code, again.json()["code"]) == (409, "revocation_already_lifted")
    told = await desk.suite.published()
    about = [event for event in told if isinstance(event.data, TokenRevoked | TokenRevocationLifted)]
    assert [(type(event.data), event.subject, event.sequence, event.key) for event in about] == [
        (TokenRevoked, revocation["id"], 1, revocation["id"]),
        (TokenRevocationLifted, revocation["id"], 2, revocation["id"]),
    ]


async def test_one_token_is_revoked_by_its_id_and_the_login_goes_on(desk: Desk) -> None:
    leaked = desk.suite.issuer.token("op-sato", ["operator"], jti="tok_leaked")
    other = desk.suite.issuer.token("op-sato", ["operator"], jti="tok_other")
    made = await supervisor(desk).post(PATH, json={"kind": "token", "value": "tok_leaked", "reason": "in a log"})
    assert (made.status_code, made.json()["issued_before"]) == (201, None)
    await asyncio.sleep(FRESH_SECONDS)
    async with desk.suite.client(None) as client:
        for token, status in ((leaked, 401), (other, 200)):
            answer = await client.get("/api/contracts/v1/plans", headers={"Authorization": f"Bearer {token}"})
            assert answer.status_code == status


async def test_a_tenants_administrator_revokes_and_sees_the_own_tenants_only(desk: Desk) -> None:
    expected = {"partner-one": 401, "partner-two": 401, "partner-three": 200}
    programs = {partner: desk.suite.client("partner", subject="api", partner=partner) for partner in expected}
    house = (await supervisor(desk).post(PATH, json=LEAKED)).json()
    own = (await admin(desk).post(PATH, json={**LEAKED, "value": "api"})).json()
    theirs = (await admin(desk, "partner-two").post(PATH, json={**LEAKED, "value": "api"})).json()
    assert (own["partner"], theirs["partner"]) == ("partner-one", "partner-two")
    listed = (await admin(desk).get(PATH)).json()["items"]
    assert [item["id"] for item in listed] == [own["id"]]
    for foreign in (house, theirs):
        for answer in (
            await admin(desk).get(f"{PATH}/{foreign['id']}"),
            await admin(desk).delete(f"{PATH}/{foreign['id']}"),
        ):
            assert (answer.status_code, answer.json()["code"]) == (404, "revocation_unknown")
    everything = (await supervisor(desk).get(PATH)).json()["items"]
    assert [item["id"] for item in everything] == [house["id"], own["id"], theirs["id"]]
    of_api = (await supervisor(desk).get(PATH, params={"value": "api", "limit": 1})).json()
    assert ([item["id"] for item in of_api["items"]], of_api["next"] is None) == ([own["id"]], False)
    await asyncio.sleep(FRESH_SECONDS)
    for partner, status in expected.items():
        assert (await programs[partner].get("/api/contracts/v1/contracts")).status_code == status, partner


async def test_others_neither_revoke_nor_look(desk: Desk) -> None:
    for role in ("operator", "technician", "depot", "analyst"):
        client = desk.suite.client(role)
        for answer in (await client.post(PATH, json=LEAKED), await client.get(PATH), await client.delete(f"{PATH}/x")):
            assert answer.status_code == 403, role
    partner = desk.suite.client("partner", partner="partner-one")
    assert (await partner.post(PATH, json=LEAKED)).status_code == 403
    assert await desk.suite.published(TokenRevoked) == []


async def test_refuses_what_makes_no_sense_and_keeps_nothing(desk: Desk) -> None:
    mori = supervisor(desk)
    later, earlier = "2099-01-01T00:00:00+09:00", "2020-01-01T00:00:00+09:00"
    for over, code in (
        ({"issued_before": later}, "issued_before_misplaced"),
        ({"kind": "token", "value": "tok_1", "issued_before": earlier}, "issued_before_misplaced"),
        ({"kind": "everybody"}, "validation_failed"),
        ({"value": ""}, "validation_failed"),
        ({"value": "v" * 256}, "validation_failed"),
        ({"reason": ""}, "validation_failed"),
        ({"partner": "partner-one"}, "validation_failed"),
    ):
        answer = await mori.post(PATH, json={**LEAKED, **over})
        assert (answer.status_code, answer.json()["code"]) == (422, code), over
    assert (await mori.delete(f"{PATH}/rvk_unknown")).json()["code"] == "revocation_unknown"
    assert (await mori.get(PATH)).json()["items"] == []
