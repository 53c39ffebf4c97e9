"""Walks the catalogue of the database: no table, view, function or role lets a tenant see what is not its own."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import asyncpg
import pytest
import pytest_asyncio

from common.provision import BUS_SCHEMA, EXTENSIONS_SCHEMA, SERVICES, partner_of
from tests.authorisation.conftest import World

pytestmark = pytest.mark.asyncio(loop_scope="session")

# What any caller may know, so that a tenant's role may read it whole; nothing here comes from a tenant.
SHARED = {
    "catalogue_part": "plans, menus, loan kinds: published to all",
    "published_part": "which version of the catalogue was published",
    "closed_day": "days on which the house is closed",
    "triage_tree": "the questions of a triage, the same for all cases",
    "outage": "what hits many at once: title, area and times only; the house wrote it down",
    "supported_product": "what the house supports from when to when, the same for all",
    "record_kind": "kinds of entries in customers' records",
}
# The house's own working tables, which a tenant's role has no right to at all. Each name stands for the same table in
# whichever service has it.
HOUSE = {
    "alembic_version": "which migrations have run",
    "relay_lease": "who publishes now",
    "inbox": "ids of events taken",
    "consumed_subject": "how far a consumer is with each thing",
    "dead_letter": "messages a person has to look at; supervisors only",
    "consumer_report": "how consumers fare",
    "closing_run": "runs over all contracts, in numbers",
    "legacy_import": "files of old contracts that supervisors import",
    "legacy_import_chunk": "the bytes of such a file until it is read",
    "legacy_import_row": "what became of its rows; supervisors only",
    "legacy_source": "numbers of imported rows, with hashes",
    "tax_record": "what tax law keeps of an erased subscriber, for the house only",
    "document_count": "the last number given to an invoice",
    "seal": "hashes over what is only added to",
    "seal_link": "hashes over what is only added to",
    "rate_bucket": "how much of its limit each client has used",
    "branch": "workforce",
    "branch_area": "workforce",
    "skill": "workforce",
    "technician": "workforce",
    "shift": "workforce",
    "absence": "workforce",
    "depot": "stock",
    "stock": "stock",
    "unit": "stock",
    "erasure": "stock: proof that a unit was erased",
    "catalogue": "loaner's copy of what contracts publishes, read by the house's commands only",
    "visit_signature": "read through the visit, by the house only",
    "visit_journal": "read through the visit, by the house only",
    "charge": "read through the visit, by the house only",
    "desk_group": "groups of operators",
    "desk_member": "who is in which group",
    "desk_operator": "who is at the desk",
    "remote_capacity": "how many remote sessions the house holds at once",
    "remote_capacity_day": "the same on single days",
    "inquiry_presence": "who of the house has which inquiry open at this moment",
    "goal_review": "which clocks have to be judged anew",
    "case_unsealed": "which stories have something new to seal",
    "supported_product_version": "what the list of supported products said before",
    "credential": "sealed secrets in customers' records",
    "credential_reveal": "who of the house was shown them",
    "article": "what the house knows, and replies it sends",
    "article_version": "every version of them",
    "article_vote": "who of the house found them useful",
    "outage_update": "what became known about an outage",
    "outage_notice": "the words for all customers of an outage",
    "call": "who rang, for operators only",
    "callback": "whom to ring back, for operators only",
    "pbx_connection": "telephone systems and their secrets",
    "subscriber": "helpdesk's copy of the directory: who calls, for operators only",
    "agent_credential": "digests of device tokens",
    "command_step": "read through the command, by the house only",
}
_TABLES = """
SELECT n.nspname AS service, c.relname AS name, c.relkind::text AS kind, c.relrowsecurity AS secured,
       c.relowner::regrole::text AS owner, coalesce(c.reloptions::text, '') AS options,
       EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'partner' AND NOT a.attisdropped)
           AS names_partner,
       ARRAY (SELECT x.privilege_type FROM aclexplode(c.relacl) x JOIN pg_roles r ON r.oid = x.grantee
              WHERE r.rolname = n.nspname || '_partner'
              UNION SELECT y.privilege_type FROM pg_attribute a, aclexplode(a.attacl) y JOIN pg_roles r
              ON r.oid = y.grantee WHERE a.attrelid = c.oid AND r.rolname = n.nspname || '_partner') AS partner_may,
       EXISTS (SELECT FROM aclexplode(c.relacl) x WHERE x.grantee = 0) AS open_to_public
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = ANY ($1) AND c.relkind IN ('r', 'p', 'f', 'v', 'm', 'S') ORDER BY 1, 2
"""
_POLICIES = """
SELECT schemaname AS service, tablename AS name, policyname AS policy, permissive = 'PERMISSIVE' AS permissive,
       roles::text[] AS roles, coalesce(qual, '') AS qual, coalesce(with_check, '') AS with_check
FROM pg_policies WHERE schemaname = ANY ($1)
"""
_FUNCTIONS = """
SELECT n.nspname || '.' || p.proname AS name, p.prosecdef AS as_owner, p.proleakproof AS leakproof,
       p.prorettype::regtype::text AS returns, coalesce(p.proconfig::text, '') AS settings
FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname = ANY ($1)
"""
_BY_TENANT = "current_setting('app.partner'"


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def catalogue(world: World) -> AsyncIterator[asyncpg.Connection]:
    """A superuser's connection to the database of the two partners."""
    connection = await asyncpg.connect(world.admin_url)
    yield connection
    await connection.close()


async def _tables(catalogue: asyncpg.Connection, *kinds: str) -> list[asyncpg.Record]:
    return [row for row in await catalogue.fetch(_TABLES, list(SERVICES)) if row["kind"] in kinds]


async def test_every_table_is_under_row_security_or_on_the_list_of_those_that_need_none(
    catalogue: asyncpg.Connection,
) -> None:
    tables = await _tables(catalogue, "r", "p", "f")
    assert len(tables) > 100
    bare = {f"{row['service']}.{row['name']}" for row in tables if not row["secured"]}
    reasoned = {name for name in bare if name.split(".")[1] in SHARED | HOUSE}
    assert bare - reasoned == set(), "a policy (common.migrations.tenant_table), or a line in SHARED or HOUSE with why"
    assert {row["name"] for row in tables if not row["secured"] and row["names_partner"]} == set()
    unused = (SHARED.keys() | HOUSE.keys()) - {row["name"] for row in tables if not row["secured"]}
    assert unused == set(), "no longer without row security, or gone"


async def test_a_tenants_role_may_read_shared_tables_and_nothing_of_the_house(catalogue: asyncpg.Connection) -> None:
    for row in await _tables(catalogue, "r", "p", "f"):
        assert not row["open_to_public"], row
        if not row["secured"]:
            assert set(row["partner_may"]) <= ({"SELECT"} if row["name"] in SHARED else set()), row
        assert not {"TRUNCATE", "TRIGGER", "REFERENCES", "MAINTAIN"} & set(row["partner_may"]), row


def _asks(condition: str, row: asyncpg.Record, secured: set[tuple[str, str]]) -> bool:
    """Whether it asks for the tenant itself, or for a row of another table whose policies do."""
    through = {name for service, name in re.findall(r"FROM (\w+)\.(\w+)", condition) if (service, name) in secured}
    return _BY_TENANT in condition or bool(through - {row["name"]})


async def test_every_policy_of_a_tenants_role_asks_for_the_tenant(catalogue: asyncpg.Connection) -> None:
    policies = await catalogue.fetch(_POLICIES, list(SERVICES))
    partners = {row["service"]: partner_of(row["service"]) for row in policies}
    secured = {(row["service"], row["name"]) for row in await _tables(catalogue, "r", "p", "f") if row["secured"]}
    for row in policies:
        assert "public" not in row["roles"], row
        if partners[row["service"]] in row["roles"] and row["permissive"]:
            assert row["qual"] or row["with_check"], row
            assert all(_asks(text, row, secured) for text in (row["qual"], row["with_check"]) if text), row
    for service, name in secured:
        assert any((row["service"], row["name"]) == (service, name) for row in policies), f"{service}.{name}: no policy"


async def test_a_tenants_role_sees_no_sequence_and_no_view_looks_past_the_policies(
    catalogue: asyncpg.Connection,
) -> None:
    """A sequence would count what others do; a view runs with its owner's rights unless it says otherwise."""
    assert [row for row in await _tables(catalogue, "S") if row["partner_may"] or row["open_to_public"]] == []
    assert [row for row in await _tables(catalogue, "m") if row["partner_may"]] == []
    views = await _tables(catalogue, "v")
    assert [row for row in views if "security_invoker=true" not in row["options"].replace("on", "true")] == []


async def test_functions_that_run_as_the_owner_are_triggers_with_a_path_of_their_own(
    catalogue: asyncpg.Connection,
) -> None:
    functions = await catalogue.fetch(_FUNCTIONS, list(SERVICES))
    assert [row["name"] for row in functions if row["leakproof"]] == []
    as_owner = [row for row in functions if row["as_owner"]]
    assert len(as_owner) >= len(SERVICES)
    assert [row["name"] for row in as_owner if row["returns"] != "trigger"] == []
    assert [row["name"] for row in as_owner if "pg_temp" not in row["settings"]] == []


@pytest.mark.parametrize("service", SERVICES)
async def test_a_tenants_role_owns_nothing_and_leads_nowhere(catalogue: asyncpg.Connection, service: str) -> None:
    role = partner_of(service)
    row = await catalogue.fetchrow(
        "SELECT rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolcanlogin, rolreplication, rolinherit "
        "FROM pg_roles WHERE rolname = $1",
        role,
    )
    assert row is not None
    assert set(row.values()) == {False}
    others = await catalogue.fetch(
        "SELECT rolname FROM pg_roles WHERE rolname <> $1 AND pg_has_role($1, oid, 'MEMBER') ORDER BY 1", role
    )
    assert [other["rolname"] for other in others] == []
    owned = "SELECT count(*) FROM pg_shdepend WHERE deptype = 'o' AND refobjid = $1::regrole"
    assert await catalogue.fetchval(owned, role) == 0
    schemas = await catalogue.fetch(
        "SELECT nspname FROM pg_namespace WHERE has_schema_privilege($1, oid, 'USAGE') AND nspname NOT LIKE 'pg_%' "
        "AND nspname <> 'information_schema' ORDER BY 1",
        role,
    )
    assert [schema["nspname"] for schema in schemas] == sorted([service, EXTENSIONS_SCHEMA])
    makes = "SELECT count(*) FROM pg_namespace WHERE has_schema_privilege($1, oid, 'CREATE')"
    assert await catalogue.fetchval(makes, role) == 0
    assert not await catalogue.fetchval("SELECT has_database_privilege($1, current_database(), 'TEMPORARY')", role)
    assert not await catalogue.fetchval(f"SELECT has_schema_privilege($1, '{BUS_SCHEMA}', 'USAGE')", role)


@pytest.mark.parametrize("service", SERVICES)
async def test_a_services_own_login_passes_no_policy_either_but_its_own(
    catalogue: asyncpg.Connection, service: str
) -> None:
    row = await catalogue.fetchrow("SELECT rolsuper, rolbypassrls FROM pg_roles WHERE rolname = $1", service)
    assert row is not None
    assert set(row.values()) == {False}
    owners = {row["owner"] for row in await _tables(catalogue, "r") if row["service"] == service}
    assert owners == {f"{service}_owner"}
