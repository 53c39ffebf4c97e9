"""Schema migrations: each service has an Alembic history of its own, run as the owner of its schema.

Migrations are the only way to make a schema, in tests too. `upgrade` connects with an administrative or migration
login, becomes `<package>_owner` and works inside the schema `<package>`.
"""

from __future__ import annotations

import asyncio
import importlib.resources
from typing import Any

import asyncpg
import sqlalchemy as sa
from alembic import command, context
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from common.japanese_text import JapaneseTextDead, require_alive
from common.tables import service_metadata

_PARTNER = "current_setting('app.partner', true)"
_ALL = "SELECT, INSERT, UPDATE, DELETE"


def _config(admin_url: str, package: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(importlib.resources.files(package) / "migrations"))
    config.attributes["admin_url"] = admin_url
    config.attributes["package"] = package
    return config


def _engine(admin_url: str, package: str) -> AsyncEngine:
    async def connect() -> asyncpg.Connection:
        connection = await asyncpg.connect(
            admin_url,
            server_settings={
                "role": f"{package}_owner",
                "search_path": f"{package}, extensions",
                "lock_timeout": "5s",
                "statement_timeout": "10min",
            },
        )
        try:
            await require_alive(connection)
        except JapaneseTextDead:
            await connection.close()
            raise
        return connection

    return create_async_engine("postgresql+asyncpg://", async_creator=connect, poolclass=NullPool)


def upgrade(admin_url: str, package: str, *, to: str = "head") -> None:
    """Bring the schema of `package` to its newest version, or to revision `to`; outside a running event loop.

    Raises `JapaneseTextDead` for a database that could not search Japanese text.
    """
    command.upgrade(_config(admin_url, package), to)


def run_env(metadata: sa.MetaData) -> None:
    """The whole of a service's `env.py`."""
    config = context.config

    def migrate(connection: sa.Connection) -> None:
        context.configure(connection=connection, target_metadata=metadata, transaction_per_migration=True)
        with context.begin_transaction():
            context.run_migrations()

    async def connect_and_migrate() -> None:
        engine = _engine(config.attributes["admin_url"], config.attributes["package"])
        async with engine.connect() as connection:
            await connection.run_sync(migrate)
            await connection.commit()
        await engine.dispose()

    asyncio.run(connect_and_migrate())


def check(admin_url: str, package: str, metadata: sa.MetaData) -> list[Any]:
    """How the migrated schema differs from the tables in code; empty when they agree."""

    def compare(connection: sa.Connection) -> list[Any]:
        return list(compare_metadata(MigrationContext.configure(connection), metadata))

    async def connect_and_compare() -> list[Any]:
        engine = _engine(admin_url, package)
        async with engine.connect() as connection:
            found = await connection.run_sync(compare)
        await engine.dispose()
        return found

    return asyncio.run(connect_and_compare())


def _package(op: Any) -> str:
    return str(op.get_bind().execute(sa.text("SELECT current_schema()")).scalar_one())


def house_table(op: Any, table: str, *, house: str = _ALL, partner: str | None = None) -> None:
    """Grants of a table without a tenant: the house role's, and the partner role's when it is reference data."""
    package = _package(op)
    op.execute(f'GRANT {house} ON "{table}" TO "{package}"')
    if partner is not None:
        op.execute(f'GRANT {partner} ON "{table}" TO "{package}_partner"')


def tenant_table(op: Any, table: str, *, partner: str | None = None, house: str = _ALL) -> None:
    """Row-level security on the table's `partner` column: the house sees all, a partner its own rows only.

    `partner` are the privileges of the partner role (None: no access at all).
    """
    package = _package(op)
    op.execute(f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY')
    op.execute(f'CREATE POLICY house ON "{table}" TO "{package}" USING (true) WITH CHECK (true)')
    op.execute(
        f'CREATE POLICY partner ON "{table}" TO "{package}_partner" '
        f"USING (partner = {_PARTNER}) WITH CHECK (partner = {_PARTNER})"
    )
    house_table(op, table, house=house, partner=partner)


def append_only(op: Any, table: str) -> None:
    """Rows of this table are never changed or removed, by whoever: no grant, and a trigger for those who need none."""
    package = _package(op)
    for role in (package, f"{package}_partner"):
        op.execute(f'REVOKE UPDATE, DELETE, TRUNCATE ON "{table}" FROM "{role}"')
    op.execute(
        f'CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON "{table}" '
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )


_REFUSE_CHANGE = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are never changed', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$
"""

# A sequence of an aggregate is taken once, whether its event still waits or has been published. Asked after the insert,
# when its unique index has waited for a relay that may be moving the same sequence at this moment.
_SEQUENCE_TAKEN = """
CREATE FUNCTION refuse_published_sequence() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = {package}, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM published_event p WHERE p.aggregatetype = NEW.aggregatetype
               AND p.aggregateid = NEW.aggregateid AND p.aggregate_version = NEW.aggregate_version) THEN
        RAISE EXCEPTION 'sequence % of % is published already', NEW.aggregate_version, NEW.aggregateid
            USING ERRCODE = 'unique_violation', CONSTRAINT = 'uq_published_event_sequence';
    END IF;
    RETURN NULL;
END $$
"""


def create_platform(op: Any) -> None:
    """The platform tables with their grants; the first step of a service's first migration."""
    package = _package(op)
    metadata = service_metadata()
    metadata.create_all(op.get_bind())
    op.execute(_REFUSE_CHANGE)
    op.execute(_SEQUENCE_TAKEN.format(package=package))
    op.execute(
        "CREATE TRIGGER sequence_taken AFTER INSERT ON outbox FOR EACH ROW EXECUTE FUNCTION refuse_published_sequence()"
    )
    tenant_table(op, "outbox", partner="INSERT", house="SELECT, INSERT, UPDATE (parked_reason), DELETE")
    tenant_table(op, "published_event", partner="SELECT", house="SELECT, INSERT, DELETE")
    tenant_table(op, "idempotency_record", partner="SELECT, INSERT", house="SELECT, INSERT, DELETE")
    house_table(op, "relay_lease")
    house_table(op, "inbox", house="SELECT, INSERT, DELETE")
    house_table(op, "consumed_subject")
    house_table(op, "dead_letter")
    house_table(op, "consumer_report")
    tenant_table(op, "token_revocation")
    _rights_of_audit(op)


def lay_bus_operations(op: Any) -> None:
    """When and by whom a dead letter was redriven, and what the consumers report of themselves.

    `create_platform` lays the tables as they are today, so a schema made anew has all this already.
    """
    op.execute("ALTER TABLE dead_letter ADD COLUMN IF NOT EXISTS redriven_at timestamptz")
    op.execute("ALTER TABLE dead_letter ADD COLUMN IF NOT EXISTS redriven_by text")
    service_metadata().tables["consumer_report"].create(op.get_bind(), checkfirst=True)
    house_table(op, "consumer_report")


_AUDIT_TABLES = ("seal", "seal_link", "audit_entry", "rate_bucket")


def lay_audit(op: Any) -> None:
    """Who did what, the seals over it, and how much of its limit each client has used.

    `create_platform` lays the tables as they are today, so a schema made anew has all this already.
    """
    connection = op.get_bind()
    if sa.inspect(connection).has_table(_AUDIT_TABLES[0]):
        return
    for name in _AUDIT_TABLES:
        service_metadata().tables[name].create(connection)
    _rights_of_audit(op)


def _rights_of_audit(op: Any) -> None:
    tenant_table(op, "audit_entry", partner="SELECT, INSERT", house="SELECT, INSERT")
    house_table(op, "seal", house="SELECT, INSERT")
    house_table(op, "seal_link", house="SELECT, INSERT")
    for table in ("audit_entry", "seal", "seal_link"):
        append_only(op, table)
    house_table(op, "rate_bucket")


def lay_revocations(op: Any, *, partner: str | None = None) -> None:
    """The tokens that are worth nothing any more; `partner` are the partner role's privileges, where the list is kept.

    `create_platform` lays the tables as they are today, so a schema made anew has this one already.
    """
    connection = op.get_bind()
    if not sa.inspect(connection).has_table("token_revocation"):
        service_metadata().tables["token_revocation"].create(connection)
        tenant_table(op, "token_revocation")
    if partner is not None:
        op.execute(f'GRANT {partner} ON token_revocation TO "{_package(op)}_partner"')
