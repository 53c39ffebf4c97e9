"""What works by itself (relay, consumers, sweeps) logs in as its service, which may do that work and nothing besides.

The tables below were written by hand from what each of them does; the catalogue of the database is held against them.
"""

from __future__ import annotations

import asyncio

import asyncpg
import pytest

from common.provision import BUS_SCHEMA, SERVICES, owner_of, partner_of
from tests.authorisation.conftest import World

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(120)]

_SEES, _ADDS = {"SELECT"}, {"SELECT", "INSERT"}
_TAKES, _KEEPS = _ADDS | {"DELETE"}, _ADDS | {"UPDATE", "DELETE"}
MAY = {
    "outbox": _TAKES,  # recorded by whoever changes something; the relay reads it and takes away what is published
    "published_event": _TAKES,  # the relay's; an erasure takes away what named a person
    "relay_lease": _KEEPS,  # which relay leads
    "inbox": _TAKES,  # what consumers have taken
    "consumed_subject": _KEEPS,  # how far they are with each thing
    "dead_letter": _KEEPS,  # what they could not take
    "consumer_report": _KEEPS,  # how they fare
    "idempotency_record": _TAKES,  # the purge takes old ones away
    "token_revocation": _KEEPS,  # every service's copy
    "rate_bucket": _KEEPS,  # how much of its limit each client has used; the purge takes old ones away
    "audit_entry": _ADDS,  # nobody changes what was done
    "seal": _ADDS,
    "seal_link": _ADDS,
    "alembic_version": set[str](),
}
"""What a service's login may do with the tables that every service has."""
NAMES = {service: service.replace("_", "-") for service in SERVICES}
_RIGHTS = """
SELECT p.privilege FROM unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER',
                                     'MAINTAIN']) p (privilege)
WHERE has_table_privilege($1::text::name, format('%I.%I', $1::text, $2::text)::regclass, p.privilege)
"""
_BEYOND = """
SELECT format('%I.%I', n.nspname, c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg_%'
  AND (n.nspname <> $1::name AND has_table_privilege($1::name, c.oid, 'SELECT, INSERT, UPDATE, DELETE')
       OR has_table_privilege($1::name, c.oid, 'TRUNCATE, REFERENCES, TRIGGER, MAINTAIN'))
"""


async def test_relay_and_consumers_are_logged_in_as_their_service_and_as_nobody_else(world: World) -> None:
    admin = await asyncpg.connect(world.admin_url)
    query = (
        "SELECT DISTINCT usename, application_name FROM pg_stat_activity WHERE datname = $1 AND pid <> pg_backend_pid()"
    )
    parts = ("", ".relay", ".projections", ".reactions")
    due = {(service, f"{NAMES[service]}{part}") for service in SERVICES for part in parts}
    try:
        async with asyncio.timeout(60):  # those that an earlier test cut off come again
            while not due <= (found := {tuple(row) for row in await admin.fetch(query, world.database)}):  # noqa: ASYNC110 - rows of the server
                await asyncio.sleep(0.05)
    finally:
        await admin.close()
    assert {user for user, _ in found} - {"postgres"} == set(SERVICES)
    assert {name for user, name in found if user != "postgres"} == {name for _, name in due}


@pytest.mark.parametrize("service", SERVICES)
async def test_a_services_login_has_the_rights_that_its_work_takes(world: World, service: str) -> None:
    admin = await asyncpg.connect(world.admin_url)
    try:
        rights = {table: {row[0] for row in await admin.fetch(_RIGHTS, service, table)} for table in MAY}
        columns = await admin.fetch(
            "SELECT attname FROM pg_attribute WHERE attrelid = $2::text::regclass AND attnum > 0 "
            "AND has_column_privilege($1::name, attrelid, attnum, 'UPDATE')",
            service,
            f"{service}.outbox",
        )
        assert rights == MAY
        assert [row[0] for row in columns] == ["parked_reason"]
        assert [row[0] for row in await admin.fetch(_BEYOND, service)] == []
    finally:
        await admin.close()


@pytest.mark.parametrize("service", SERVICES)
async def test_a_services_login_is_led_to_its_tenants_role_only(world: World, service: str) -> None:
    admin = await asyncpg.connect(world.admin_url)
    try:
        role = await admin.fetchrow(
            "SELECT rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication, rolinherit, rolcanlogin "
            "FROM pg_roles WHERE rolname = $1::name",
            service,
        )
        others = await admin.fetch(
            "SELECT rolname FROM pg_roles WHERE rolname <> $1::name AND pg_has_role($1::name, oid, 'MEMBER')", service
        )
        owned = await admin.fetchval(
            "SELECT count(*) FROM pg_shdepend WHERE deptype = 'o' AND refobjid = $1::text::regrole", service
        )
        makes = await admin.fetch(
            "SELECT nspname FROM pg_namespace WHERE has_schema_privilege($1::name, oid, 'CREATE')", service
        )
    finally:
        await admin.close()
    assert role is not None
    assert tuple(role) == (False, False, False, False, False, False, True)
    assert [row[0] for row in others] == [partner_of(service)]
    assert (owned, makes) == (0, [])


@pytest.mark.parametrize("service", SERVICES)
async def test_what_is_not_its_work_is_refused_to_a_services_login(world: World, service: str) -> None:
    other = SERVICES[(SERVICES.index(service) + 1) % len(SERVICES)]
    connection = await asyncpg.connect(world.cluster.role_url(service, world.database))
    wrong = [
        *(f"SET ROLE {name}" for name in (owner_of(service), other, partner_of(other), "bus_owner", "postgres")),
        f"SET SESSION AUTHORIZATION {other}",
        f"SELECT * FROM {other}.outbox",
        f"INSERT INTO {other}.inbox (consumer_group, event_id) VALUES ('x', 'x')",
        f"SELECT * FROM {BUS_SCHEMA}.record",
        "SELECT rolpassword FROM pg_authid",
        "SELECT pg_read_file('postgresql.conf')",
        "COPY (SELECT 1) TO PROGRAM 'cat'",
        "CREATE TABLE slipped_in ()",
        "CREATE TEMPORARY TABLE aside ()",
        "ALTER TABLE outbox DISABLE ROW LEVEL SECURITY",
        "TRUNCATE outbox",
        "UPDATE outbox SET payload = '{}'",
        "UPDATE published_event SET payload = '{}'",
        "UPDATE audit_entry SET subject = 'somebody'",
        "DELETE FROM audit_entry",
        "DELETE FROM seal",
        "SELECT * FROM alembic_version",
        "ALTER ROLE CURRENT_USER BYPASSRLS",
    ]
    try:
        for statement in wrong:
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(statement)
        assert await connection.fetchval("SELECT current_user::text") == service
    finally:
        await connection.close()
