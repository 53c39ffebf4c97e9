"""The audit trail: what is written when, by whom it is read, and that nothing allowed goes without its entry."""

from __future__ import annotations

import asyncio
import hashlib
from typing import Any

import asyncpg
import orjson
import pytest

from common.audit import Filter, Recorded, entries
from common.testing import RunningService, running
from evaluation.postgres import EmbeddedPostgres
from libs.common.tests.integration import probe
from libs.common.tests.integration.ailments import sick_line

API = "/api/loaner/v1"
THINGS = f"{API}/things"
AUDIT = f"{API}/audit"


async def trail(suite: RunningService, **wanted: Any) -> list[Recorded]:
    """All entries, oldest first."""
    async with suite.transaction() as tx:
        return (await entries(tx, Filter(**wanted), most=10_000))[::-1]


async def test_an_allowed_change_says_who_did_what_from_where_on_which_thing(suite: RunningService) -> None:
    token = suite.issuer.token("op-sato", ["operator"], jti="jti-17", azp="console")
    headers = {"Authorization": f"Bearer {token}", "User-Agent": "Browser/1.0 " + "x" * 300}
    async with suite.client(None) as anybody:
        made = await anybody.post(THINGS, json={"name": "a hub"}, headers=headers)
    (entry,) = await trail(suite)
    assert (entry.subject, entry.person, entry.client_id, entry.token_id) == ("op-sato", "op-sato", "console", "jti-17")
    assert (entry.roles, entry.partner) == (["operator"], None)
    assert (entry.peer, len(entry.agent or "")) == ("127.0.0.1", 120)
    assert (entry.action, entry.concerns) == (f"POST {THINGS}", [made.json()["id"]])
    assert (entry.outcome, entry.status, entry.code, entry.replayed) == ("allowed", 201, None, False)
    assert (entry.request_id, entry.times) == (made.headers["x-request-id"], 1)
    assert entry.business_at == suite.clock.now()


async def test_what_was_rolled_back_has_its_entry_all_the_same(suite: RunningService) -> None:
    async with suite.client() as operator:
        thing = (await operator.post(THINGS, json={"name": "a"})).json()["id"]
        await operator.post(THINGS, json={"name": "a"})
        await operator.post(THINGS, json={"name": "refuse me"})
        await operator.post(f"{THINGS}/{thing}/renaming", json={"name": "b"}, headers={"If-Match": '"7"'})
        await operator.post(f"{THINGS}/unit_0/renaming", json={"name": "b"})
        await operator.post(THINGS, json={"nome": "b"})
        await operator.post(THINGS, content=b"{", headers={"Content-Type": "application/json"})
        await operator.post(THINGS, json={"name": "boom"})
        await operator.post(THINGS, json={"name": "b"}, headers={"Idempotency-Key": "a b"})
    async with suite.client("depot") as depot:
        await depot.post(THINGS, json={"name": "b"})
    written = [(entry.outcome, entry.status, entry.code) for entry in await trail(suite)]
    assert written == [
        ("allowed", 201, None),
        ("refused", 409, "name_taken"),
        ("refused", 409, "name_refused"),
        ("refused", 412, "stale_version"),
        ("refused", 404, "not_found"),
        ("refused", 422, "validation_failed"),
        ("refused", 422, "malformed_json"),
        ("failed", 500, "internal_error"),
        ("refused", 422, "idempotency_key_unreadable"),
        ("refused", 403, "forbidden"),
    ]


async def test_a_replay_is_told_from_the_first_time(suite: RunningService) -> None:
    async with suite.client() as operator:
        for _ in range(2):
            await operator.post(THINGS, json={"name": "a"}, headers={"Idempotency-Key": "k"})
    assert [(entry.status, entry.replayed) for entry in await trail(suite)] == [(201, False), (201, True)]


async def test_reads_leave_no_trace_unless_they_are_sensitive_or_without_right(suite: RunningService) -> None:
    await sick_line(suite)
    async with suite.client() as operator:
        await operator.get(THINGS)
        await operator.get(f"{API}/dead-letters")
    async with suite.client("supervisor") as supervisor:
        letters = (await supervisor.get(f"{API}/dead-letters")).json()["items"]
        await supervisor.get(f"{API}/dead-letters/{letters[0]['id']}")
        await supervisor.get(f"{API}/bus-status")
    assert [(entry.action, entry.subject, entry.status, entry.concerns) for entry in await trail(suite)] == [
        (f"GET {API}/dead-letters", "operator-1", 403, []),
        (f"GET {API}/dead-letters", "supervisor-1", 200, []),
        (f"GET {API}/dead-letters/{{letter_id}}", "supervisor-1", 200, [letters[0]["id"]]),
    ]


async def test_work_of_several_transactions_is_written_before_and_after(suite: RunningService) -> None:
    async with suite.client("supervisor") as supervisor:
        await supervisor.post(f"{API}/dead-letters/redrive", json={"all": True})
        await supervisor.post(f"{API}/dead-letters/dlt_1/redrive")
    assert [(entry.outcome, entry.status, entry.concerns) for entry in await trail(suite)] == [
        ("begun", None, []),
        ("allowed", 200, []),
        ("begun", None, ["dlt_1"]),
        ("refused", 404, ["dlt_1"]),
    ]


async def test_a_flood_without_a_token_becomes_one_counted_entry_an_address(suite: RunningService) -> None:
    async with suite.client(None) as nobody:
        for _ in range(25):
            assert (await nobody.post(THINGS, json={"name": "a"})).status_code == 401
        await nobody.get(THINGS)
    assert await trail(suite) == []
    await suite.service.auditor.flush()
    posts, gets = await trail(suite)
    assert (posts.subject, posts.status, posts.code, posts.times) == (None, 401, "unauthenticated", 25)
    assert posts.first_at is not None
    assert (gets.times, gets.first_at, gets.action) == (1, None, f"GET {THINGS}")


async def test_a_flood_from_everywhere_fills_a_hundred_entries_and_no_more(
    postgres_cluster: EmbeddedPostgres, probe_database: str, suite: RunningService
) -> None:
    url = postgres_cluster.role_url("loaner", probe_database)
    async with running(
        probe.create_app, probe.ProbeSettings, url=url, at=suite.clock.now(), trusted_proxies="127.0.0.1"
    ) as behind:
        async with behind.client(None) as nobody:
            for number in range(300):
                await nobody.post(
                    THINGS, headers={"X-Forwarded-For": f"203.0.113.9, 198.51.{number // 250}.{number % 250}"}
                )
        await behind.service.auditor.flush()
        written = await trail(behind)
    assert len(written) == 101
    assert sum(entry.times for entry in written) == 300
    assert {entry.peer for entry in written} == {None, *(f"198.51.0.{number}" for number in range(100))}
    assert next(entry for entry in written if entry.peer is None).times == 200


async def test_a_forwarded_address_counts_from_a_trusted_proxy_only(suite: RunningService) -> None:
    async with suite.client() as operator:
        await operator.post(THINGS, json={"name": "a"}, headers={"X-Forwarded-For": "198.51.100.1"})
    (entry,) = await trail(suite)
    assert entry.peer == "127.0.0.1"


async def test_nothing_allowed_happens_when_its_entry_cannot_be_written(
    suite: RunningService, postgres_cluster: EmbeddedPostgres, probe_database: str
) -> None:
    admin = await asyncpg.connect(postgres_cluster.admin_url(probe_database), server_settings={"search_path": "loaner"})
    await admin.execute("ALTER TABLE audit_entry ADD CONSTRAINT full_disk CHECK (status <> 201)")
    async with suite.client() as operator:
        failed = await operator.post(THINGS, json={"name": "a"})
        assert (failed.status_code, failed.json()["code"]) == (500, "internal_error")
        assert (await operator.get(THINGS)).json()["items"] == []
        assert await suite.published() == []
        await admin.execute("ALTER TABLE audit_entry DROP CONSTRAINT full_disk")
        assert (await operator.post(THINGS, json={"name": "a"})).status_code == 201
    await admin.close()
    assert [entry.outcome for entry in await trail(suite)] == ["failed", "allowed"]


async def test_changes_and_entries_are_as_many_when_everything_happens_at_once(suite: RunningService) -> None:
    async with suite.client() as operator:
        answers = await asyncio.gather(
            *(operator.post(THINGS, json={"name": f"thing {number % 30}"}) for number in range(60))
        )
        for _ in range(2):
            await suite.service.sealer().seal()
    made = sorted(answer.json()["id"] for answer in answers if answer.status_code == 201)
    allowed = await trail(suite, outcome="allowed")
    assert sorted(entry.concerns[0] for entry in allowed) == made
    assert len(made) == 30
    assert len(await trail(suite, outcome="refused")) == 30


async def test_no_body_no_query_and_no_odd_path_is_kept(suite: RunningService) -> None:
    secrets = ("090-1234-5678", "見本 花子", "0312345678", "hanako@example.jp", "geheim")
    async with suite.client() as operator:
        await operator.post(f"{THINGS}?phone=0312345678", json={"name": "見本 花子", "note": "090-1234-5678"})
        await operator.post(f"{THINGS}/0312345678/renaming", json={"name": "geheim"})
        await operator.post(f"{THINGS}/見本 花子/renaming", json={"name": "geheim"})
        await operator.post(f"{THINGS}/hanako@example.jp/renaming", json={"name": "geheim"})
    async with suite.transaction() as tx:
        text = await tx.connection.fetchval("SELECT string_agg(e::text, '') FROM audit_entry e")
    assert text.count("renaming") == 3
    assert [secret for secret in secrets if secret in text] == []
    assert "eyJ" not in text


async def test_a_partners_administrator_sees_what_the_own_tenant_did_and_others_see_nothing(
    suite: RunningService,
) -> None:
    for partner in ("p-north", "p-south"):
        async with suite.client("partner", subject=f"{partner}-clerk", partner=partner) as clerk:
            await clerk.post(THINGS, json={"name": f"thing of {partner}"})
            assert (await clerk.get(AUDIT)).status_code == 403
    async with suite.client() as operator:
        await operator.post(THINGS, json={"name": "of the house"})
        assert (await operator.get(AUDIT)).status_code == 403
    async with suite.client("partner-admin", subject="north-boss", partner="p-north") as boss:
        seen = (await boss.get(AUDIT)).json()["items"]
        first = await boss.get(f"{AUDIT}/export", params={"limit": 1})
        rest = await boss.get(f"{AUDIT}/export", params={"after": first.headers["anshin-last"]})
        one = (await boss.get(AUDIT, params={"limit": 1})).json()
        older = (await boss.get(AUDIT, params={"cursor": one["next"], "subject": "p-north-clerk"})).json()
        assert (await boss.get(f"{AUDIT}/verification")).status_code == 403
    assert {entry["subject"] for entry in seen} == {"p-north-clerk"}
    assert {entry["partner"] for entry in seen} == {"p-north"}
    lines = first.text + rest.text
    assert "p-north-clerk" in lines
    assert "p-south" not in lines
    assert "operator-1" not in lines
    told = [orjson.loads(line) for line in lines.splitlines()]
    assert {entry["id"] for entry in seen} <= {line["id"] for line in told}
    assert [entry["id"] for entry in seen] == [entry["id"] for entry in older["items"]]
    assert not any({"number", "txid"} & line.keys() for line in told)
    assert not any(line["id"].removeprefix("aud_").isdigit() for line in told)


async def test_entries_are_found_by_who_what_thing_and_time_and_read_in_pages(suite: RunningService) -> None:
    async with suite.client() as operator:
        made = [(await operator.post(THINGS, json={"name": f"t{number}"})).json()["id"] for number in range(5)]
        await operator.post(f"{THINGS}/{made[2]}/renaming", json={"name": "t9"})
    async with suite.client("supervisor") as supervisor:
        first = (await supervisor.get(AUDIT, params={"limit": 4, "subject": "operator-1"})).json()
        second = (
            await supervisor.get(AUDIT, params={"limit": 4, "subject": "operator-1", "cursor": first["next"]})
        ).json()
        of_thing = (await supervisor.get(AUDIT, params={"thing": made[2]})).json()["items"]
        refused = (await supervisor.get(AUDIT, params={"outcome": "refused"})).json()["items"]
        renamed = (await supervisor.get(AUDIT, params={"action": f"POST {THINGS}/{{thing_id}}/renaming"})).json()[
            "items"
        ]
        whole = await trail(suite)
        border = whole[3].recorded_at.isoformat()
        before = (await supervisor.get(AUDIT, params={"to": border, "subject": "operator-1"})).json()["items"]
        since = (await supervisor.get(AUDIT, params={"from": border, "subject": "operator-1"})).json()["items"]
    assert [len(first["items"]), len(second["items"]), second["next"]] == [4, 2, None]
    numbers = [int(entry["id"].removeprefix("aud_")) for entry in first["items"] + second["items"]]
    assert numbers == sorted(numbers, reverse=True)
    assert [entry["action"].rsplit("/", 1)[-1] for entry in of_thing] == ["renaming", "things"]
    assert refused == []
    assert len(renamed) == 1
    assert (len(before), len(since)) == (3, 3)
    assert {entry.action for entry in whole[6:]} == {f"GET {AUDIT}"}


async def test_the_export_is_what_was_sealed_and_a_forgery_is_told_by_the_verification(
    suite: RunningService, postgres_cluster: EmbeddedPostgres, probe_database: str
) -> None:
    async with suite.client() as operator:
        for number in range(3):
            await operator.post(THINGS, json={"name": f"t{number}"})
    await suite.service.sealer().seal()
    admin = await asyncpg.connect(
        postgres_cluster.admin_url(probe_database),
        server_settings={"search_path": "loaner", "session_replication_role": "replica"},
    )
    sealed = [row["digest"] for row in await admin.fetch("SELECT digest FROM seal_link ORDER BY number")]
    async with suite.client("supervisor") as supervisor:
        export = await supervisor.get(f"{AUDIT}/export", params={"limit": 2})
        rest = await supervisor.get(f"{AUDIT}/export", params={"after": export.headers["anshin-last"], "limit": 1})
        sound = (await supervisor.get(f"{AUDIT}/verification")).json()
        number = await admin.fetchval(
            "UPDATE audit_entry SET subject = 'forged' WHERE number = (SELECT min(number) FROM audit_entry) RETURNING 1"
        )
        forged = (await supervisor.get(f"{AUDIT}/verification")).json()
        unknown = await supervisor.get(f"{AUDIT}/verification", params={"chain": "none"})
    await admin.close()
    digests = [hashlib.sha256(line.encode()).digest() for line in (export.text + rest.text).splitlines()]
    assert digests == sealed
    assert (sound["sound"], sound["complete"], sound["seals"], sound["entries"], sound["waiting"]) == (
        True,
        True,
        1,
        3,
        2,
    )
    assert forged["findings"] == [{"flaw": "entry_changed", "seal": 1, "number": number}]
    assert (unknown.status_code, unknown.json()["code"]) == (404, "chain_unknown")


@pytest.mark.parametrize("cursor", ["aud_x", "x", "aud_99999999999999999999"])
async def test_an_id_that_is_none_finds_nothing(suite: RunningService, cursor: str) -> None:
    async with suite.client("supervisor") as supervisor:
        answer = await supervisor.get(f"{AUDIT}/export", params={"after": cursor})
    assert answer.status_code == 200


async def test_metrics_say_how_far_the_seals_are_behind(suite: RunningService) -> None:
    async with suite.client() as operator, suite.client(None) as scraper:
        await operator.post(THINGS, json={"name": "a"})
        before = (await scraper.get("/metrics")).text
        await suite.service.sealer().seal()
        after = (await scraper.get("/metrics")).text
    assert 'anshin_unsealed_rows{chain="audit",service="loaner"} 1.0' in before
    assert "anshin_seal_age_seconds{" not in before
    assert 'anshin_unsealed_rows{chain="audit",service="loaner"} 0.0' in after
    assert 'anshin_seal_age_seconds{chain="audit",service="loaner"} ' in after
