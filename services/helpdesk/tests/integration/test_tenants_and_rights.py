"""Who may see and do what: partners, roles, and what the database itself forbids."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import httpx
import pytest

from common.context import Context
from common.events.dispatch import VisitBooked
from common.events.helpdesk import InquiryAccepted
from common.testing import RunningService
from helpdesk.testing import API, a_report, accepted, entitlements, get, jst, post, tell

OURS, THEIRS = "ctr_ours", "ctr_theirs"


@pytest.fixture
async def partner(suite: RunningService) -> AsyncIterator[httpx.AsyncClient]:
    """A partner with one contract; another partner has another one."""
    await tell(suite, entitlements(contract_id=OURS, partner="itpartner"))
    await tell(suite, entitlements(contract_id=THEIRS, partner="rival"))
    async with suite.client("partner", subject="pt-kato", partner="itpartner") as client:
        yield client


async def test_a_partner_reports_and_follows_its_own_cases(
    suite: RunningService, operator: httpx.AsyncClient, partner: httpx.AsyncClient
) -> None:
    answer = await accepted(partner, contract_id=OURS, channel="partner")
    assert answer["quota"]["used"] == 1
    (event, _) = await suite.published()
    assert isinstance(event.data, InquiryAccepted)
    assert (event.partner, event.data.actor) == ("itpartner", "pt-kato")
    assert (await get(partner, f"/inquiries/{answer['id']}"))["caller"] is None
    assert [item["id"] for item in (await get(partner, "/inquiries"))["items"]] == [answer["id"]]
    assert len((await get(partner, f"/contracts/{OURS}/quota-ledger"))["items"]) == 1
    assert len((await get(partner, f"/inquiries/{answer['id']}/timeline"))["items"]) == 2
    shown = await get(partner, f"/contracts/{OURS}/overview")
    assert (shown["quota"]["used"], shown["caller"]) == (1, None)


async def test_a_partners_refusal_is_kept_and_published(suite: RunningService, partner: httpx.AsyncClient) -> None:
    response = await partner.post(f"{API}/inquiries", json=a_report(contract_id=OURS, site="telework"))
    assert (response.status_code, response.json()["code"]) == (409, "telework_requires_standard")
    (kept,) = (await get(partner, "/refusals"))["items"]
    assert kept["id"] == response.json()["reference"]
    (event,) = await suite.published()
    assert event.partner == "itpartner"


async def test_another_partners_contract_and_cases_do_not_exist(
    suite: RunningService, operator: httpx.AsyncClient, partner: httpx.AsyncClient
) -> None:
    foreign = await accepted(operator, contract_id=THEIRS)
    await operator.post(f"{API}/inquiries", json=a_report(contract_id=THEIRS, site="telework"))
    tries = [
        (f"/contracts/{THEIRS}/overview", "contract_unknown"),
        (f"/contracts/{THEIRS}/quota-ledger", "contract_unknown"),
        (f"/inquiries/{foreign['id']}", "inquiry_unknown"),
        (f"/inquiries/{foreign['id']}/timeline", "inquiry_unknown"),
        (f"/inquiries/{foreign['id']}/notes", "inquiry_unknown"),
        (f"/inquiries/{foreign['id']}/why", "inquiry_unknown"),
    ]
    for path, code in tries:
        response = await partner.get(f"{API}{path}")
        assert (response.status_code, response.json()["code"]) == (404, code), path
    response = await partner.post(f"{API}/inquiries", json=a_report(contract_id=THEIRS))
    assert (response.status_code, response.json()["code"]) == (404, "contract_unknown")
    assert (await get(partner, "/inquiries"))["items"] == []
    assert (await get(partner, "/refusals"))["items"] == []
    response = await post(partner, f"/inquiries/{foreign['id']}/notes", {"body": "hello"})
    assert response.status_code == 404


async def test_the_database_shows_a_partner_nothing_even_without_a_filter(
    suite: RunningService, operator: httpx.AsyncClient, partner: httpx.AsyncClient
) -> None:
    foreign = await accepted(operator, contract_id=THEIRS)
    await post(operator, f"/inquiries/{foreign['id']}/notes", {"body": "x", "internal": False})
    tables = (
        "entitlement", "inquiry", "note", "triage", "remote_session", "verdict", "onsite_request", "case_entry",
        "quota_counter", "quota_ledger", "refusal", "visit", "visit_request", "loan", "device",
    )  # fmt: skip
    async with suite.database.transaction(Context(actor="pt-kato", partner="itpartner")) as tx:
        for table in tables:
            mine = 1 if table == "entitlement" else 0
            assert await tx.connection.fetchval(f"SELECT count(*) FROM {table}") == mine, table


async def test_who_called_is_no_table_of_a_partner(suite: RunningService, partner: httpx.AsyncClient) -> None:
    async with suite.database.transaction(Context(actor="pt-kato", partner="itpartner")) as tx:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with tx.savepoint():
                await tx.connection.fetchval("SELECT count(*) FROM subscriber")


async def test_internal_notes_are_not_for_partners(
    suite: RunningService, operator: httpx.AsyncClient, partner: httpx.AsyncClient
) -> None:
    found = (await accepted(partner, contract_id=OURS))["id"]
    await post(operator, f"/inquiries/{found}/notes", {"body": "difficult customer"})
    await post(operator, f"/inquiries/{found}/notes", {"body": "please send a photo", "internal": False})
    written = await post(partner, f"/inquiries/{found}/notes", {"body": "here it is", "internal": True})
    assert (written.status_code, written.json()["visibility"]) == (201, "shared")
    seen = [note["body"] for note in (await get(partner, f"/inquiries/{found}/notes"))["items"]]
    assert seen == ["please send a photo", "here it is"]
    assert "difficult" not in (await partner.get(f"{API}/inquiries/{found}/timeline")).text
    assert len((await get(operator, f"/inquiries/{found}/notes"))["items"]) == 3


async def test_a_contract_takes_its_whole_history_to_another_partner(
    suite: RunningService, operator: httpx.AsyncClient, partner: httpx.AsyncClient
) -> None:
    found = (await accepted(partner, contract_id=OURS))["id"]
    await post(partner, f"/inquiries/{found}/notes", {"body": "hello"})
    await partner.post(f"{API}/inquiries", json=a_report(contract_id=OURS, site="telework"))
    booked = VisitBooked(
        actor="op",
        visit_id="vis_a",
        visit_request_id="vrq_a",
        inquiry_id=found,
        contract_id=OURS,
        purpose="isolation",
        technician_id="tec_a",
        start=jst(6, 2),
        end=jst(6, 2, 12),
    )
    await suite.deliver(booked, subject="vis_a", sequence=1, key=found, partner="itpartner")
    await tell(suite, entitlements(contract_id=OURS, partner="rival", version=2))
    async with suite.client("partner", subject="pt-ono", partner="rival") as rival:
        assert (await get(rival, f"/inquiries/{found}"))["id"] == found
        assert len((await get(rival, f"/inquiries/{found}/timeline"))["items"]) == 4
        assert len((await get(rival, f"/contracts/{OURS}/quota-ledger"))["items"]) == 1
        assert len((await get(rival, f"/contracts/{OURS}/overview"))["visits"]) == 1
        assert len((await get(rival, "/refusals"))["items"]) == 1
        assert (await accepted(rival, contract_id=OURS))["quota"]["used"] == 2
    assert (await partner.get(f"{API}/inquiries/{found}")).status_code == 404
    assert (await get(partner, "/refusals"))["items"] == []


@pytest.mark.parametrize("role", ["technician", "depot", "analyst"])
async def test_other_roles_have_no_business_here(suite: RunningService, role: str) -> None:
    async with suite.client(role) as client:
        assert (await client.get(f"{API}/inquiries")).status_code == 403
        assert (await client.post(f"{API}/inquiries", json=a_report())).status_code == 403


async def test_partners_do_not_work_on_cases(suite: RunningService, partner: httpx.AsyncClient) -> None:
    found = (await accepted(partner, contract_id=OURS))["id"]
    for path in ("triage", "remote-sessions", "verdict", "onsite-requests", "resolution", "closing", "void"):
        assert (await post(partner, f"/inquiries/{found}/{path}")).status_code == 403, path
    for path in ("/merges", "/splits"):
        assert (await post(partner, path)).status_code == 403


async def test_nobody_comes_in_without_a_token(suite: RunningService) -> None:
    async with suite.client(None) as client:
        assert (await client.get(f"{API}/inquiries")).status_code == 401


@pytest.mark.rule("R-QUOTA-COUNT")
@pytest.mark.parametrize(
    ("statement", "error"),
    [
        ("UPDATE quota_ledger SET units = 1", asyncpg.InsufficientPrivilegeError),
        ("DELETE FROM quota_ledger", asyncpg.InsufficientPrivilegeError),
        ("TRUNCATE quota_ledger", asyncpg.InsufficientPrivilegeError),
        ("UPDATE verdict SET evidence = ''", asyncpg.InsufficientPrivilegeError),
        ("DELETE FROM refusal", asyncpg.InsufficientPrivilegeError),
        ("DELETE FROM inquiry", asyncpg.InsufficientPrivilegeError),
        ("UPDATE quota_counter SET plan_used = 0", asyncpg.InsufficientPrivilegeError),
        ("UPDATE quota_counter SET used = 0", asyncpg.GeneratedAlwaysError),
        ("DELETE FROM quota_counter", asyncpg.InsufficientPrivilegeError),
        ("UPDATE quota_counter SET ceiling = 0", asyncpg.CheckViolationError),
    ],
)
async def test_ledger_counter_and_verdicts_cannot_be_rewritten(
    suite: RunningService, operator: httpx.AsyncClient, statement: str, error: type[Exception]
) -> None:
    await accepted(operator)
    async with suite.transaction() as tx:
        with pytest.raises(error):
            async with tx.savepoint():
                await tx.connection.execute(statement)


async def test_even_the_owner_does_not_rewrite_the_ledger(
    suite: RunningService, operator: httpx.AsyncClient, admin_url: str
) -> None:
    await accepted(operator)
    connection = await asyncpg.connect(admin_url)
    try:
        for statement in ("UPDATE helpdesk.quota_ledger SET units = 1", "DELETE FROM helpdesk.quota_ledger"):
            with pytest.raises(asyncpg.RestrictViolationError):
                await connection.execute(statement)
    finally:
        await connection.close()


LEDGER_ENTRY = """
INSERT INTO quota_ledger (id, contract_id, fee_month, inquiry_id, units, unit_source, reason, rule_id, evidence,
                          actor, at)
SELECT $1, contract_id, $2, id, $3, $4, 'accepted', 'R-QUOTA-COUNT', '{}', 'x', now() FROM inquiry LIMIT 1
"""


async def write_ledger(suite: RunningService, entries: list[tuple[Any, ...]]) -> None:
    async with suite.transaction() as tx:
        for number, entry in enumerate(entries):
            await tx.connection.execute(LEDGER_ENTRY, f"led_{number}", *entry)


@pytest.mark.rule("R-QUOTA-COUNT")
@pytest.mark.parametrize(
    "entries",
    [
        [("2026-06", 1, "plan")],
        [("2026-06", 1, "extra")],
        [("2026-06", -1, "plan"), ("2026-06", -1, "plan")],
        [("2026-06", -1, "extra")],
        [("2026-07", -1, "plan")],
        [("2026-06", 2, "plan")],
    ],
)
async def test_an_inquiry_holds_one_unit_or_none_and_returns_it_where_it_came_from(
    suite: RunningService, operator: httpx.AsyncClient, entries: list[tuple[Any, ...]]
) -> None:
    await accepted(operator)
    suite.clock.move_to(jst(7, 1))
    await accepted(operator)
    with pytest.raises(asyncpg.CheckViolationError):
        await write_ledger(suite, entries)


async def test_the_ledger_moves_the_counter(suite: RunningService, operator: httpx.AsyncClient) -> None:
    await accepted(operator)
    async with suite.transaction() as tx:
        for entry_id, units, used in (("led_back", -1, 0), ("led_again", 1, 1)):
            await tx.connection.execute(LEDGER_ENTRY, entry_id, "2026-06", units, "plan")
            assert await tx.connection.fetchval("SELECT used FROM quota_counter") == used
