"""Roles, schemas and extensions of the one database, laid by its administrator before any migration runs.

Per service three roles, so that a mistake in one service cannot reach another's rows and a forgotten filter
shows a partner nothing:

* `<s>_owner` owns the schema and what migrations make in it. It cannot log in; migrations `SET ROLE` to it.
* `<s>` is what the service logs in as. It may use its schema and owns nothing; migrations grant it what it
  may do.
* `<s>_partner` is what a partner's request becomes for one transaction. `<s>` may `SET ROLE` to it but
  inherits nothing.

A `search_path` belongs to the login and stays in force under `SET ROLE`, so partner roles need none of their
own. Everything here may be run again at any time, also by several at once. Run it as a superuser, or as the
database's owner with CREATEROLE (hosted servers give nothing more):

    python -m common.provision --admin-url postgresql://… [--print]
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import hashlib
import hmac
import os
import secrets
import sys
from collections.abc import Mapping, Sequence

import asyncpg

from common.japanese_text import REFUSE_DEAD

SERVICES: tuple[str, ...] = ("contracts", "helpdesk", "dispatch", "loaner", "mdm_gateway")
EXTENSIONS: tuple[str, ...] = ("btree_gist", "pg_trgm")
EXTENSIONS_SCHEMA = "extensions"
BUS_SCHEMA = "bus"
BUS_OWNER = "bus_owner"

_LOCK = 0x416E7368  # "Ansh": one provisioning at a time in a database
_ATTEMPTS = 10
_SCRAM_ITERATIONS = 4096
_MET_ANOTHER = (
    asyncpg.DuplicateObjectError,
    asyncpg.UniqueViolationError,
    asyncpg.DeadlockDetectedError,
    asyncpg.InternalServerError,
)

_CREATE_ROLE = """\
DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = '{name}') THEN
        CREATE ROLE {name};
    END IF;
END $$"""
_LET_IN = """\
DO $$ BEGIN
    IF NOT (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user) THEN
        EXECUTE format('GRANT {name} TO %I WITH INHERIT FALSE, SET TRUE', current_user);
    END IF;
END $$"""


def owner_of(service: str) -> str:
    """The role that owns the schema of `service` and runs its migrations."""
    return f"{service}_owner"


def partner_of(service: str) -> str:
    """The role a partner's request takes on inside `service`."""
    return f"{service}_partner"


def search_path_of(schema: str) -> str:
    """What `search_path` must be for work in `schema`; migrations set it themselves after `SET ROLE`."""
    return f"{schema}, {EXTENSIONS_SCHEMA}"


def scram_verifier(password: str) -> str:
    """What PostgreSQL stores of a password, worked out here: the password itself meets no wire and no log.

    Raises ValueError for an empty password and for one that is not printable ASCII (which SASLprep would
    rewrite).
    """
    if not password or not password.isascii() or not password.isprintable():
        raise ValueError("A role's password must be printable ASCII and not empty.")
    salt = secrets.token_bytes(16)
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, _SCRAM_ITERATIONS)
    client_key = hmac.digest(salted, b"Client Key", "sha256")
    stored_key = hashlib.sha256(client_key).digest()
    server_key = hmac.digest(salted, b"Server Key", "sha256")
    b64 = [base64.b64encode(part).decode() for part in (salt, stored_key, server_key)]
    return f"SCRAM-SHA-256${_SCRAM_ITERATIONS}:{b64[0]}${b64[1]}:{b64[2]}"


def statements(database: str, *, passwords: Mapping[str, str] | None = None) -> list[str]:
    """Everything in order, to be run in one transaction while connected to `database`.

    `passwords` maps services to the passwords of their login roles; of them only verifiers stand in the
    result. Roles that are not named keep what they have. Raises ValueError for the name of no service or an
    impossible password.
    """
    passwords = passwords or {}
    if unknown := set(passwords) - set(SERVICES):
        raise ValueError(f"No such service: {', '.join(sorted(unknown))}")
    return [
        f"SELECT pg_advisory_xact_lock({_LOCK})",
        *_schema_of_extensions(),
        *(line for service in SERVICES for line in _service(service)),
        *_schema_of_the_bus(),
        *database_statements(database),
        *(f"ALTER ROLE {name} PASSWORD '{scram_verifier(word)}'" for name, word in passwords.items()),
    ]


def database_statements(database: str) -> list[str]:
    """What belongs to the database itself; a copy made with `CREATE DATABASE … TEMPLATE` lacks it."""
    name = '"' + database.replace('"', '""') + '"'
    return [
        f"REVOKE ALL ON DATABASE {name} FROM PUBLIC",
        f"GRANT CONNECT ON DATABASE {name} TO {', '.join(SERVICES)}",
        # A rebuild lays a projection's new rows in temporary tables; the services themselves never may.
        f"GRANT TEMPORARY ON DATABASE {name} TO {', '.join(map(owner_of, SERVICES))}",
        f"ALTER DATABASE {name} SET timezone TO 'UTC'",
    ]


async def provision(connection: asyncpg.Connection, *, passwords: Mapping[str, str] | None = None) -> None:
    """Lay everything in the database of `connection`, an administrator's; in one transaction, idempotently.

    Roles belong to the whole server, while a lock can only be had per database: when two databases of one
    server are provisioned at once, one of the two meets the other's rows, waits for them inside PostgreSQL
    and begins again.
    """
    database = await connection.fetchval("SELECT current_database()")
    lines = statements(database, passwords=passwords)
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            async with connection.transaction():
                for line in lines:
                    await connection.execute(line)
        except _MET_ANOTHER as error:
            if attempt == _ATTEMPTS or not _met_another(error):
                raise
        else:
            return


def _met_another(error: asyncpg.PostgresError) -> bool:
    """Whether the error says that another session wrote the same catalogue row at the same time."""
    return not isinstance(error, asyncpg.InternalServerError) or "concurrently" in str(error)


def _role(name: str, *attributes: str) -> list[str]:
    options = " ".join(attributes)
    return [
        _CREATE_ROLE.format(name=name),
        f"ALTER ROLE {name} {options} NOINHERIT",
    ]


def _owner(name: str) -> list[str]:
    """A role that owns; an administrator without superuser rights must be let into it to hand it a schema."""
    return [
        *_role(name, "NOLOGIN"),
        _LET_IN.format(name=name),
        f"GRANT USAGE ON SCHEMA {EXTENSIONS_SCHEMA} TO {name}",
    ]


def _service(service: str) -> list[str]:
    owner, partner = owner_of(service), partner_of(service)
    return [
        *_owner(owner),
        *_role(service, "LOGIN"),
        *_role(partner, "NOLOGIN"),
        f"GRANT {partner} TO {service} WITH INHERIT FALSE, SET TRUE",
        f"ALTER ROLE {service} SET search_path TO {search_path_of(service)}",
        f"ALTER ROLE {service} SET timezone TO 'UTC'",
        f"CREATE SCHEMA IF NOT EXISTS {service} AUTHORIZATION {owner}",
        f"GRANT USAGE ON SCHEMA {EXTENSIONS_SCHEMA} TO {service}, {partner}",
        # Rights on a schema are its owner's to give, and the administrator may be no superuser.
        f"SET LOCAL ROLE {owner}",
        f"REVOKE ALL ON SCHEMA {service} FROM PUBLIC",
        f"GRANT USAGE ON SCHEMA {service} TO {service}, {partner}",
        "RESET ROLE",
    ]


def _schema_of_extensions() -> list[str]:
    return [
        "REVOKE ALL ON SCHEMA public FROM PUBLIC",
        f"CREATE SCHEMA IF NOT EXISTS {EXTENSIONS_SCHEMA}",
        f"REVOKE ALL ON SCHEMA {EXTENSIONS_SCHEMA} FROM PUBLIC",
        *(f"CREATE EXTENSION IF NOT EXISTS {name} SCHEMA {EXTENSIONS_SCHEMA}" for name in EXTENSIONS),
        REFUSE_DEAD,
    ]


def _schema_of_the_bus() -> list[str]:
    return [*_owner(BUS_OWNER), f"CREATE SCHEMA IF NOT EXISTS {BUS_SCHEMA} AUTHORIZATION {BUS_OWNER}"]


def _passwords_of_environment() -> dict[str, str]:
    named = {service: os.environ.get(f"{service.upper()}_DATABASE_PASSWORD") for service in SERVICES}
    return {service: word for service, word in named.items() if word}


async def _apply(admin_url: str, *, only_print: bool) -> None:
    connection = await asyncpg.connect(admin_url)
    try:
        if only_print:
            database = await connection.fetchval("SELECT current_database()")
            lines = statements(database, passwords=_passwords_of_environment())
            sys.stdout.write("\n".join(["BEGIN;", *(f"{line};" for line in lines), "COMMIT;", ""]))
        else:
            await provision(connection, passwords=_passwords_of_environment())
    finally:
        await connection.close()


def main(arguments: Sequence[str] | None = None) -> None:
    """Provision the database of `--admin-url` (or `ANSHIN_ADMIN_URL`, seen in no process list), or print how.

    Passwords of the login roles come from `CONTRACTS_DATABASE_PASSWORD` and its like; a role without one
    keeps its own.
    """
    parser = argparse.ArgumentParser(prog="python -m common.provision", description=main.__doc__)
    parser.add_argument("--admin-url", default=os.environ.get("ANSHIN_ADMIN_URL"))
    parser.add_argument("--print", action="store_true", help="print the SQL instead of running it")
    options = parser.parse_args(arguments)
    if not options.admin_url:
        parser.error("--admin-url (or ANSHIN_ADMIN_URL) is needed")
    asyncio.run(_apply(options.admin_url, only_print=options.print))


if __name__ == "__main__":
    main()
