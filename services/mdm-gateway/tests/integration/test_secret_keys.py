"""A service's secret key is changed: stored answers of the key before are still read, for as long as it is named."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import httpx

from common.testing import RunningService, running
from common.testing.suite import SECRET_KEY
from mdm_gateway.app import create_app
from mdm_gateway.settings import MdmGatewaySettings
from mdm_gateway.testing import CONTRACT, NOW, Office

NEW = "another long and random text"
KEYED = {"Idempotency-Key": "invite-1"}
PATH, BODY = "/api/mdm/v1/enrolment-invitations", {"contract_id": CONTRACT, "os": "android"}


def started(url: str, **keys: Any) -> AbstractAsyncContextManager[RunningService]:
    return running(create_app, MdmGatewaySettings, url=url, at=NOW, **keys)


async def invite(suite: RunningService, **headers: str) -> httpx.Response:
    token = suite.issuer.token("op-sato", ["operator"])
    async with suite.client(None) as client:
        client.headers["Authorization"] = f"Bearer {token}"
        return await client.post(PATH, json=BODY, headers={**KEYED, **headers})


async def test_an_answer_stored_under_the_key_before_is_replayed_as_long_as_that_key_is_named(
    service_url: Callable[[str], str],
) -> None:
    url = service_url("mdm_gateway")
    async with started(url) as suite:
        office = Office(suite)
        await office.tell_catalogue()
        await office.tell()
        first = await invite(suite)
        assert first.status_code == 201, first.text
    async with started(url, secret_key=NEW, old_secret_keys=(SECRET_KEY,)) as suite:
        again = await invite(suite)
        assert (again.json(), again.headers["Idempotent-Replayed"]) == (first.json(), "true")
        other = await invite(suite, **{"Idempotency-Key": "invite-2"})
        assert other.status_code == 201
    async with started(url, secret_key=NEW) as suite:
        assert (await invite(suite, **{"Idempotency-Key": "invite-2"})).json() == other.json()
        lost = await invite(suite)
        assert (lost.status_code, lost.json()["code"]) == (422, "idempotency_key_reused")


def test_keys_before_come_from_the_environment(monkeypatch: Any) -> None:
    for name, value in (
        ("DATABASE_URL", "postgresql://nowhere"),
        ("ISSUER", "https://issuer.test"),
        ("SECRET_KEY", "new"),
        ("OLD_SECRET_KEYS", '["old", "older"]'),
    ):
        monkeypatch.setenv(f"MDM_GATEWAY_{name}", value)
    assert MdmGatewaySettings().secrets() == ["new", "old", "older"]
    assert "older" not in repr(MdmGatewaySettings())
