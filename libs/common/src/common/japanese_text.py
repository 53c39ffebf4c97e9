"""Whether the database can search Japanese text at all.

Under the locale C (and others that know only ASCII) Japanese characters are no letters to PostgreSQL: trigrams of a
Japanese name are none, and whatever searches by them finds nothing, silently. Such a database is refused when it is
provisioned, migrated and served from.
"""

from __future__ import annotations

import asyncpg

# `show_trgm` is found by the search path of services and migrations, and by its schema while provisioning.
ALIVE = "SELECT cardinality(show_trgm('見本商店')) > 0"
_ADVICE = "create it with LOCALE_PROVIDER builtin, BUILTIN_LOCALE C.UTF-8 and ENCODING UTF8"
REFUSE_DEAD = f"""\
DO $$ BEGIN
    IF cardinality(extensions.show_trgm('見本商店')) = 0 THEN
        RAISE EXCEPTION 'The locale of database % makes Japanese text unsearchable; {_ADVICE}.', current_database();
    END IF;
END $$"""


class JapaneseTextDead(Exception):
    """The database's locale makes Japanese text unsearchable."""


async def require_alive(connection: asyncpg.Connection) -> None:
    """Raise `JapaneseTextDead` unless Japanese text can be searched in this database."""
    if not await connection.fetchval(ALIVE):
        database = await connection.fetchval("SELECT current_database()")
        raise JapaneseTextDead(f"The locale of database {database} makes Japanese text unsearchable; {_ADVICE}.")
