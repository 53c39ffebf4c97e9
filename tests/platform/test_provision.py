from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from itertools import permutations
from pathlib import Path

import asyncpg
import pytest

from common.provision import BUS_OWNER, EXTENSIONS, SERVICES, owner_of, partner_of, provision, statements
from evaluation.postgres import EmbeddedPostgres
from evaluation.postgres_directory import programs

Connect = Callable[[str], Awaitable[asyncpg.Connection]]


@asynccontextmanager
async def _rolled_back(connection: asyncpg.Connection) -> AsyncIterator[None]:
    """A transaction that ends in a rollback."""
    transaction = connection.transaction()
    await transaction.start()
    yield
    await transaction.rollback()


async def _make_table(admin: asyncpg.Connection, service: str) -> None:
    """A table as a migration makes it: by the owner, readable for the service's own role."""
    async with admin.transaction():
        await admin.execute(f"SET LOCAL ROLE {owner_of(service)}")
        await admin.execute(f"CREATE TABLE {service}.thing (id text PRIMARY KEY)")
        await admin.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {service}.thing TO {service}")
        await admin.execute(f"INSERT INTO {service}.thing VALUES ('of {service}')")


async def test_a_service_reads_its_own_schema_and_is_denied_every_other(connect: Connect) -> None:
    admin = await connect("postgres")
    for service in SERVICES:
        await _make_table(admin, service)
    logins = {service: await connect(service) for service in SERVICES}
    for service, login in logins.items():
        assert await login.fetchval("SELECT id FROM thing") == f"of {service}"
    for reader, other in permutations(SERVICES, 2):
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match=f"permission denied for schema {other}"):
            await logins[reader].fetch(f"SELECT id FROM {other}.thing")


async def test_a_grant_on_a_table_alone_opens_no_foreign_schema(connect: Connect) -> None:
    admin = await connect("postgres")
    await _make_table(admin, "contracts")
    await admin.execute("GRANT SELECT ON contracts.thing TO helpdesk")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await (await connect("helpdesk")).fetch("SELECT id FROM contracts.thing")


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize(
    "table", ["TABLE made", "TABLE public.made", "TABLE extensions.made", "TABLE bus.made", "TEMPORARY TABLE made"]
)
async def test_a_login_role_can_make_no_table(connect: Connect, service: str, table: str) -> None:
    login = await connect(service)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await login.execute(f"CREATE {table} (id text)")


@pytest.mark.parametrize("service", SERVICES)
async def test_neither_login_nor_partner_owns_anything(connect: Connect, service: str) -> None:
    admin = await connect("postgres")
    owned = await admin.fetch(
        "SELECT d.classid::regclass, d.objid FROM pg_shdepend d JOIN pg_roles r ON r.oid = d.refobjid "
        "WHERE d.refclassid = 'pg_authid'::regclass AND d.deptype = 'o' AND r.rolname = ANY($1)",
        [service, partner_of(service)],
    )
    assert owned == []


@pytest.mark.parametrize("service", SERVICES)
async def test_owners_and_partners_cannot_log_in(connect: Connect, service: str) -> None:
    for role in (owner_of(service), partner_of(service), BUS_OWNER):
        with pytest.raises(asyncpg.InvalidAuthorizationSpecificationError, match="not permitted to log in"):
            await connect(role)


async def test_the_schema_belongs_to_the_owner_who_alone_may_make_tables_there(connect: Connect) -> None:
    admin = await connect("postgres")
    owners = await admin.fetch("SELECT nspname, nspowner::regrole::text AS owner FROM pg_namespace")
    found = {row["nspname"]: row["owner"] for row in owners}
    assert {name: found[name] for name in (*SERVICES, "bus")} == {
        **{service: owner_of(service) for service in SERVICES},
        "bus": BUS_OWNER,
    }


@pytest.mark.parametrize("service", SERVICES)
async def test_a_role_taken_for_one_transaction_is_gone_after_it(connect: Connect, service: str) -> None:
    login = await connect(service)
    async with login.transaction():
        await login.execute("SELECT set_config('role', $1, true)", partner_of(service))
        assert await login.fetchval("SELECT current_user::text") == partner_of(service)
    assert await login.fetchval("SELECT current_user::text") == service
    async with _rolled_back(login):
        await login.execute("SELECT set_config('role', $1, true)", partner_of(service))
    assert await login.fetchval("SELECT current_user::text") == service


async def test_a_login_has_the_rights_of_its_partner_role_only_while_it_is_that_role(connect: Connect) -> None:
    admin = await connect("postgres")
    await _make_table(admin, "loaner")
    await admin.execute("REVOKE ALL ON loaner.thing FROM loaner")
    await admin.execute("GRANT SELECT ON loaner.thing TO loaner_partner")
    login = await connect("loaner")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await login.fetch("SELECT id FROM thing")
    async with login.transaction():
        await login.execute("SELECT set_config('role', 'loaner_partner', true)")
        assert await login.fetchval("SELECT id FROM thing") == "of loaner"


async def test_a_login_can_become_neither_an_owner_nor_the_partner_of_another_service(connect: Connect) -> None:
    login = await connect("dispatch")
    for role in ("dispatch_owner", "bus_owner", "contracts", "contracts_partner", "contracts_owner", "postgres"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await login.execute(f"SET ROLE {role}")


async def test_the_logins_search_path_stays_in_force_under_the_partner_role(connect: Connect) -> None:
    login = await connect("mdm_gateway")
    for role in ("mdm_gateway", "mdm_gateway_partner"):
        await login.execute(f"SET ROLE {role}")
        assert await login.fetchval("SHOW search_path") == "mdm_gateway, extensions"
        assert await login.fetchval("SELECT similarity('故障', '故障') = 1")


async def test_extensions_stand_once_in_a_schema_that_is_nobodys_to_write_in(connect: Connect) -> None:
    admin = await connect("postgres")
    rows = await admin.fetch("SELECT extname, extnamespace::regnamespace::text AS place FROM pg_extension")
    places = {row["extname"]: row["place"] for row in rows}
    assert {name: places[name] for name in EXTENSIONS} == dict.fromkeys(EXTENSIONS, "extensions")


@pytest.mark.parametrize("role", ["postgres", *SERVICES])
async def test_every_session_counts_time_in_utc(connect: Connect, role: str) -> None:
    login = await connect(role)
    row = await login.fetchrow("SELECT setting, source FROM pg_settings WHERE name = 'TimeZone'")
    # Said by the database or the role itself, whatever the server's own setting is.
    assert row is not None
    assert tuple(row) == ("UTC", "database" if role == "postgres" else "user")


async def test_only_the_services_may_enter_the_database(connect: Connect) -> None:
    admin = await connect("postgres")
    await admin.execute("CREATE ROLE stranger LOGIN")
    try:
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="permission denied for database"):
            await connect("stranger")
    finally:
        await admin.execute("DROP ROLE stranger")


async def test_a_copy_of_the_template_is_as_closed_as_the_template(
    service_url: Callable[[str], str], admin_url: str
) -> None:
    login = await asyncpg.connect(service_url("helpdesk"))
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await login.execute("CREATE TEMPORARY TABLE made (id text)")
    await login.close()
    admin = await asyncpg.connect(admin_url)
    assert await admin.fetchval("SHOW timezone") == "UTC"
    await admin.close()


_CATALOGUE = """
SELECT 'role' AS what, rolname::text AS name,
       row(rolcanlogin, rolinherit, rolsuper, rolcreaterole, rolcreatedb)::text AS is
FROM pg_roles WHERE rolname !~ '^pg_'
UNION ALL SELECT 'schema', nspname::text, nspowner::regrole::text || coalesce(nspacl::text, '') FROM pg_namespace
UNION ALL SELECT 'extension', extname::text, extnamespace::regnamespace::text FROM pg_extension
UNION ALL SELECT 'member', roleid::regrole || ' of ' || member::regrole, row(inherit_option, set_option)::text
FROM pg_auth_members WHERE roleid::regrole::text !~ '^pg_'
UNION ALL SELECT 'setting', setrole::regrole::text || (setdatabase <> 0)::text, setconfig::text FROM pg_db_role_setting
ORDER BY 1, 2, 3
"""


async def test_provisioning_again_changes_nothing(empty_server_admin: asyncpg.Connection) -> None:
    await provision(empty_server_admin)
    once = await empty_server_admin.fetch(_CATALOGUE)
    await provision(empty_server_admin)
    assert await empty_server_admin.fetch(_CATALOGUE) == once


async def test_provisioning_at_once_in_one_database_and_in_several_agrees(empty_server: EmbeddedPostgres) -> None:
    admin = await asyncpg.connect(empty_server.admin_url())
    names = [f"at_once_{number}" for number in range(4)]
    for name in names:
        await admin.execute(f"CREATE DATABASE {name}")
    connections = [await asyncpg.connect(empty_server.admin_url(name)) for name in names * 3]
    await asyncio.gather(*(provision(connection) for connection in connections))
    catalogues = [await connection.fetch(_CATALOGUE) for connection in connections]
    assert all(catalogue == catalogues[0] for catalogue in catalogues)
    assert await admin.fetchval("SELECT count(*) FROM pg_roles WHERE rolname ~ '_partner$'") == len(SERVICES)
    for connection in (*connections, admin):
        await connection.close()


async def test_an_administrator_without_superuser_rights_can_provision(empty_server: EmbeddedPostgres) -> None:
    admin = await asyncpg.connect(empty_server.admin_url())
    await admin.execute("CREATE ROLE keeper LOGIN CREATEROLE")
    await admin.execute("CREATE DATABASE hosted OWNER keeper")
    keeper = await asyncpg.connect(empty_server.role_url("keeper", "hosted"))
    await provision(keeper, passwords={"contracts": "a word"})
    await provision(keeper, passwords={"contracts": "another word"})
    for service in SERVICES:
        await _make_table(keeper, service)
        login = await asyncpg.connect(empty_server.role_url(service, "hosted"))
        assert await login.fetchval("SELECT id FROM thing") == f"of {service}"
        await login.close()
    await keeper.close()
    await admin.close()


async def _demand_passwords(server: EmbeddedPostgres, admin: asyncpg.Connection) -> None:
    rules = Path(await admin.fetchval("SHOW hba_file"))
    rules.write_text("local all postgres trust\nlocal all all scram-sha-256\n")
    await admin.execute("ALTER SYSTEM SET log_statement = 'all'")
    await admin.execute("SELECT pg_reload_conf()")


async def test_a_password_lets_in_and_stands_in_no_log(
    empty_server: EmbeddedPostgres, empty_server_admin: asyncpg.Connection
) -> None:
    await _demand_passwords(empty_server, empty_server_admin)
    secret = "correct horse's $battery$"
    await provision(empty_server_admin, passwords={"contracts": secret})
    address = empty_server.role_url("contracts", "postgres")
    login = await asyncpg.connect(address, password=secret)
    assert await login.fetchval("SELECT current_user::text") == "contracts"
    await login.close()
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(address, password="wrong")
    said = empty_server.log.read_text()
    assert "ALTER ROLE contracts PASSWORD" in said
    assert "battery" not in said


def test_refuses_a_password_for_no_service_and_one_that_cannot_be_typed_alike_everywhere() -> None:
    with pytest.raises(ValueError, match="No such service: printing"):
        statements("anshin", passwords={"printing": "word"})
    for word in ("", "パスワード", "line\nbreak"):
        with pytest.raises(ValueError, match="printable ASCII"):
            statements("anshin", passwords={"contracts": word})


async def test_the_printed_statements_do_what_the_program_does(empty_server: EmbeddedPostgres) -> None:
    admin = await asyncpg.connect(empty_server.admin_url())
    await admin.execute('CREATE DATABASE "by ""hand"""')
    url = empty_server.admin_url('by "hand"')
    command = [sys.executable, "-m", "common.provision", "--admin-url", url]
    environment = {**os.environ, "LOANER_DATABASE_PASSWORD": "sesame"}
    printed = subprocess.run([*command, "--print"], capture_output=True, text=True, check=True, env=environment).stdout
    assert "sesame" not in printed
    assert await admin.fetchval("SELECT count(*) FROM pg_roles WHERE rolname = 'loaner'") == 0

    psql = [str(programs() / "psql"), "-X", "-q", "-v", "ON_ERROR_STOP=1", url]
    subprocess.run(psql, input=printed, capture_output=True, text=True, check=True)
    inside = await asyncpg.connect(url)
    by_hand = await inside.fetch(_CATALOGUE)
    verifier = await inside.fetchval("SELECT rolpassword FROM pg_authid WHERE rolname = 'loaner'")
    assert verifier.startswith("SCRAM-SHA-256$4096:")
    subprocess.run(command, capture_output=True, check=True)
    assert await inside.fetch(_CATALOGUE) == by_hand
    assert any(row["name"] == "mdm_gateway_partner" for row in by_hand)
    await inside.close()
    await admin.close()
