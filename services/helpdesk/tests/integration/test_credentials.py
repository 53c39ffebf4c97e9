"""Secrets in customers' records: sealed everywhere, shown once for a case, gone with their subscriber."""

from __future__ import annotations

import asyncio
import base64
import hashlib
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any, cast

import asyncpg
import httpx
import pytest
from pydantic import SecretStr

from common.events.contracts import SubscriberErased
from common.events.helpdesk import CredentialRevealed
from common.http.idempotency import canonical
from common.testing import RunningService, running
from helpdesk.app import create_app
from helpdesk.settings import HelpdeskSettings
from helpdesk.testing import (
    API,
    CONTRACT,
    MONDAY_10,
    SUBSCRIBER,
    accepted,
    entitlements,
    get,
    post,
    tell,
    tell_catalogue,
    told,
)

SECRET = "秘密-p4ss%w0rd"
GIVEN = {"label": "PPPoE", "login": "user@isp.example", "secret": SECRET}


@pytest.fixture
async def database(admin_url: str) -> AsyncIterator[asyncpg.Connection]:
    """A superuser who reads and changes what no role may."""
    connection = await asyncpg.connect(admin_url, server_settings={"search_path": "helpdesk, extensions"})
    yield connection
    await connection.close()


async def stored(database: asyncpg.Connection) -> str:
    """Every row of every table, as text."""
    tables = await database.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'helpdesk'")
    rows = [await database.fetch(f'SELECT t::text FROM "{row["tablename"]}" t') for row in tables]
    return "\n".join(row[0] for found in rows for row in found)


async def an_entry(client: httpx.AsyncClient, contract: str = CONTRACT) -> str:
    entry = {"contract_id": contract, "kind": "provider", "label": "プロバイダー"}
    return str((await post(client, "/record-entries", entry)).json()["id"])


async def sealed(client: httpx.AsyncClient, entry: str, **over: Any) -> str:
    answer = await post(client, f"/record-entries/{entry}/credentials", {**GIVEN, **over})
    assert answer.status_code == 201, answer.text
    return f"/record-entries/{entry}/credentials/{answer.json()['id']}"


async def secrets(client: httpx.AsyncClient, contract: str) -> list[int | None]:
    lines = (await get(client, f"/contracts/{contract}/overview"))["record"]
    return [each["secrets"] for each in lines]


async def reveal(client: httpx.AsyncClient, path: str, inquiry: str, **headers: str) -> httpx.Response:
    return await post(client, f"{path}/reveals", {"inquiry_id": inquiry, "reason": "router replaced"}, **headers)


async def test_a_secret_stands_in_the_answer_of_its_reveal_and_nowhere_else(
    suite: RunningService,
    operator: httpx.AsyncClient,
    database: asyncpg.Connection,
    caplog: pytest.LogCaptureFixture,
) -> None:
    inquiry, entry = str((await accepted(operator))["id"]), await an_entry(operator)
    before = len(await suite.published())
    body = {"Idempotency-Key": "sealing"}
    answers = [await post(operator, f"/record-entries/{entry}/credentials", GIVEN, **body) for _ in range(2)]
    other = await post(operator, f"/record-entries/{entry}/credentials", {**GIVEN, "secret": "x"}, **body)
    assert answers[0].json() == answers[1].json()
    assert other.json()["code"] == "idempotency_key_reused"
    path = f"/record-entries/{entry}/credentials/{answers[0].json()['id']}"
    first = await reveal(operator, path, inquiry, **{"Idempotency-Key": "once"})
    assert (first.status_code, first.json()["secret"], first.json()["login"]) == (201, SECRET, GIVEN["login"])
    assert first.headers["cache-control"] == "no-store"
    again = await reveal(operator, path, inquiry, **{"Idempotency-Key": "once"})
    assert (again.status_code, again.json()["code"]) == (409, "already_answered")
    anew = await reveal(operator, path, inquiry, **{"Idempotency-Key": "twice"})
    assert anew.json()["secret"] == SECRET
    taken = await post(operator, f"/record-entries/{entry}/credentials", GIVEN)
    malformed = await post(operator, f"/record-entries/{entry}/credentials", {**GIVEN, "secret": SECRET * 100})
    assert (taken.status_code, taken.json()["code"], malformed.status_code) == (409, "credential_label_taken", 422)
    facts = [event.data for event in (await suite.published())[before:]]
    assert [type(fact) for fact in facts] == [CredentialRevealed, CredentialRevealed]
    story = await get(operator, f"/inquiries/{inquiry}/timeline")
    assert [line["type"] for line in story["items"]].count("CredentialRevealed") == 2
    everywhere = [
        await stored(database), caplog.text, *map(str, facts), taken.text, malformed.text, other.text, again.text,
        *(answer.text for answer in answers), str(story), str(await get(operator, f"/search?q={SECRET[3:]}")),
        str(await get(operator, f"/record-entries/{entry}/credentials")), str(await get(operator, "/events")),
    ]  # fmt: skip
    plain, asked = SECRET.encode(), canonical(httpx.Request("POST", "http://a", json=GIVEN).content)
    for trace in (
        SECRET,
        SECRET[3:],
        plain.hex(),
        base64.b64encode(plain).decode()[:-2],
        hashlib.sha256(asked).hexdigest(),
    ):
        assert not [text for text in everywhere if trace in text], trace


async def test_who_was_shown_what_is_kept_for_supervisors_and_for_good(
    suite: RunningService, operator: httpx.AsyncClient, database: asyncpg.Connection
) -> None:
    inquiry, entry = str((await accepted(operator))["id"]), await an_entry(operator)
    path = await sealed(operator, entry)
    shown = (await reveal(operator, path, inquiry)).json()
    assert (await operator.get(f"{API}/credential-reveals")).status_code == 403
    async with suite.client("supervisor", subject="sv-mori") as supervisor:
        kept = (await get(supervisor, f"/credential-reveals?contract_id={CONTRACT}&actor=op-sato"))["items"]
        assert kept == [{name: value for name, value in shown.items() if name not in {"label", "login", "secret"}}]
        assert (await get(supervisor, "/credential-reveals?actor=op-other"))["items"] == []
        trail = (await get(supervisor, f"/audit?thing={shown['id']}"))["items"]
    assert [(each["subject"], each["outcome"]) for each in trail if "reveals" in each["action"]] == [
        ("op-sato", "allowed")
    ]
    with pytest.raises(asyncpg.RestrictViolationError):
        await database.execute("DELETE FROM credential_reveal")
    async with suite.client("partner", partner="itpartner") as partner:
        for answer in (await partner.get(f"{API}{path.rpartition('/')[0]}"), await reveal(partner, path, inquiry)):
            assert answer.status_code == 403


async def test_another_secret_takes_its_place_and_a_destroyed_one_is_gone(
    suite: RunningService, operator: httpx.AsyncClient, database: asyncpg.Connection
) -> None:
    inquiry, entry = str((await accepted(operator))["id"]), await an_entry(operator)
    path = await sealed(operator, entry)
    changed = await operator.put(f"{API}{path}", json={**GIVEN, "secret": " new "}, headers={"If-Match": '"1"'})
    assert (changed.status_code, changed.headers["etag"]) == (200, '"2"')
    stale = await operator.put(f"{API}{path}", json=GIVEN, headers={"If-Match": '"1"'})
    assert (stale.status_code, stale.json()["code"]) == (412, "stale_version")
    shown = (await reveal(operator, path, inquiry)).json()
    assert (shown["secret"], shown["credential_version"]) == (" new ", 2)
    assert (await operator.delete(f"{API}{path}", headers={"If-Match": '"1"'})).status_code == 412
    assert [(await operator.delete(f"{API}{path}")).status_code for _ in range(2)] == [204, 204]
    assert await database.fetchval("SELECT count(*) FROM credential WHERE sealed IS NULL AND login IS NULL") == 1
    for answer in (await reveal(operator, path, inquiry), await operator.put(f"{API}{path}", json=GIVEN)):
        assert (answer.status_code, answer.json()["code"]) == (409, "credential_destroyed")
    (left,) = (await get(operator, f"/record-entries/{entry}/credentials"))["items"]
    assert (left["destroyed"], left["label"], left["login"], left["version"]) == (True, "PPPoE", None, 3)
    assert await secrets(operator, CONTRACT) == [0]
    again = await sealed(operator, entry)
    assert await secrets(operator, CONTRACT) == [1]
    await post(operator, f"/record-entries/{entry}/retirement")
    late = await post(operator, f"/record-entries/{entry}/credentials", {**GIVEN, "label": "other"})
    assert (late.status_code, late.json()["code"]) == (409, "wrong_state")
    assert (await reveal(operator, again, inquiry)).json()["secret"] == SECRET
    unknown = await operator.delete(f"{API}/record-entries/{entry}/credentials/crd_none")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "credential_unknown")


async def test_a_reveal_that_is_refused_leaves_nothing(suite: RunningService, operator: httpx.AsyncClient) -> None:
    await tell(suite, entitlements(contract_id="ctr_b"))
    path = await sealed(operator, await an_entry(operator))
    elsewhere, closed, mine = [
        str((await accepted(operator, contract_id=contract))["id"]) for contract in ("ctr_b", CONTRACT, CONTRACT)
    ]
    await post(operator, f"/inquiries/{closed}/void", {"reason": "a test"})
    for inquiry, status, code in (
        (elsewhere, 409, "reveal_for_other_contract"),
        (closed, 409, "wrong_state"),
        ("inq_none", 404, "inquiry_unknown"),
    ):
        answer = await reveal(operator, path, inquiry, **{"Accept-Language": "ja"})
        assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert (await post(operator, f"{path}/reveals", {"inquiry_id": mine})).status_code == 422
    cast("HelpdeskSettings", suite.service.settings).reveals_per_hour = 3
    answers = await asyncio.gather(*[reveal(operator, path, mine) for _ in range(6)])
    assert sorted(answer.status_code for answer in answers) == [201] * 3 + [409] * 3
    refused = next(answer.json() for answer in answers if answer.status_code == 409)
    assert (refused["code"], refused["rule_ids"]) == ("reveal_limit_reached", ["R-CREDENTIAL"])
    assert refused["why"] == {"revealed": 3, "most": 3, "hours": 1}
    async with suite.client("supervisor") as supervisor:
        assert len((await get(supervisor, "/credential-reveals"))["items"]) == 3
        assert (await reveal(supervisor, path, mine)).status_code == 201
    suite.clock.move_to(suite.clock.now() + timedelta(hours=1))
    assert (await reveal(operator, path, mine)).status_code == 201


async def test_two_logins_of_one_person_are_shown_as_much_as_one(service_url: Callable[[str], str]) -> None:
    own: dict[str, Any] = {"person_claim": "employee_number", "reveals_per_hour": 1}
    async with running(create_app, HelpdeskSettings, url=service_url("helpdesk"), at=MONDAY_10, **own) as suite:
        await tell_catalogue(suite)
        await tell(suite, entitlements())

        def client(subject: str, employee: str) -> httpx.AsyncClient:
            made = suite.client("operator", subject=subject)
            token = suite.issuer.token(subject, ["operator"], employee_number=employee)
            made.headers["Authorization"] = f"Bearer {token}"
            return made

        async with (
            client("op-sato", "4711") as one,
            client("op-sato-2", "4711") as two,
            client("op-abe", "12") as other,
        ):
            inquiry, path = str((await accepted(one))["id"]), await sealed(one, await an_entry(one))
            answers = await asyncio.gather(*[reveal(each, path, inquiry) for each in (one, two, other)])
    assert sorted(each.status_code for each in answers[:2]) == [201, 409]
    assert (answers[2].status_code, answers[2].json()["person"]) == (201, "12")


async def test_old_keys_open_until_all_is_sealed_anew_and_what_no_key_opens_is_named(
    suite: RunningService, operator: httpx.AsyncClient, database: asyncpg.Connection
) -> None:
    inquiry, entry = str((await accepted(operator))["id"]), await an_entry(operator)
    old = await sealed(operator, entry)
    settings = cast("HelpdeskSettings", suite.service.settings)
    before = settings.secret_key
    settings.secret_key, settings.old_secret_keys = SecretStr("another long random text"), ()
    gone = await reveal(operator, old, inquiry)
    assert (gone.status_code, gone.json()["code"]) == (409, "credential_unreadable")
    assert SECRET not in gone.text
    settings.old_secret_keys = (before,)
    new = await sealed(operator, entry, label="new", secret="of the new key")
    shown = [(await reveal(operator, path, inquiry)).json()["secret"] for path in (old, new)]
    assert shown == [SECRET, "of the new key"]
    distinct = "SELECT count(DISTINCT key_id) FROM credential"
    assert await database.fetchval(distinct) == 2
    await suite.sweep()
    assert (await database.fetchval(distinct), await suite.sweep()) == (1, 0)
    settings.old_secret_keys = ()
    assert (await reveal(operator, old, inquiry)).json()["secret"] == SECRET
    swapped = "UPDATE credential SET sealed = (SELECT sealed FROM credential WHERE label = 'new') WHERE label = 'PPPoE'"
    await database.execute(swapped)
    assert (await reveal(operator, old, inquiry)).json()["code"] == "credential_unreadable"
    assert (await reveal(operator, new, inquiry)).status_code == 201
    settings.secret_key, settings.old_secret_keys = before, (settings.secret_key,)
    assert (await suite.sweep(), await suite.sweep()) == (2, 0)
    assert (await reveal(operator, old, inquiry)).json()["code"] == "credential_unreadable"
    assert (await operator.put(f"{API}{old}", json=GIVEN)).status_code == 200
    assert (await reveal(operator, old, inquiry)).json()["secret"] == SECRET


async def test_secrets_go_with_their_subscriber_and_a_successors_stay(
    suite: RunningService, operator: httpx.AsyncClient, database: asyncpg.Connection
) -> None:
    entry = await an_entry(operator)
    inquiry = str((await accepted(operator))["id"])
    await reveal(operator, await sealed(operator, entry), inquiry)
    await tell(suite, entitlements(version=2, subscriber_id="sub_b"))
    successors = await sealed(operator, entry, label="new", secret="of the successor")
    await told(suite, SubscriberErased(actor="sv-mori", subscriber_id=SUBSCRIBER), SUBSCRIBER, 1)
    assert await database.fetchval("SELECT array_agg(label) FROM credential") == ["new"]
    assert (await reveal(operator, successors, inquiry)).json()["secret"] == "of the successor"
    await told(suite, SubscriberErased(actor="sv-mori", subscriber_id="sub_b"), "sub_b", 1)
    assert await database.fetchval("SELECT count(*) FROM credential") == 0
    assert await database.fetchval("SELECT count(*) FROM credential_reveal") == 2
