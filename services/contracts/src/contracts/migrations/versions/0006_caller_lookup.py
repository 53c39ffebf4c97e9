"""Callers are found by what they say: names in any spelling, parts of two characters, numbers, last digits."""

from __future__ import annotations

from alembic import op

from common.folding import NAMES

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_FUNCTIONS = (
    *NAMES,
    """
    CREATE FUNCTION contract_numbers(id text, line_number text, service_id text, legacy_number text, access_lines jsonb)
    RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (
        SELECT coalesce(array_agg(DISTINCT number_fold(n)) FILTER (WHERE number_fold(n) <> ''), '{}')
        FROM (
            SELECT unnest(ARRAY[id, line_number, service_id, legacy_number]) AS n
            UNION ALL SELECT line ->> 'number' FROM jsonb_array_elements(access_lines) line
        ) numbers
    )
    """,
)
_COLUMNS = (
    """
    ALTER TABLE subscriber ADD COLUMN search_text text NOT NULL
    GENERATED ALWAYS AS ('|' || search_fold(name) || '|' || search_fold(name_kana) || '|') STORED
    """,
    "CREATE INDEX ix_subscriber_search ON subscriber USING gin (search_grams(search_text)) WITH (fastupdate = off)",
    """
    CREATE INDEX ix_contract_numbers ON contract
    USING gin (contract_numbers(id, line_number, service_id, legacy_number, access_lines)) WITH (fastupdate = off)
    """,
    "CREATE INDEX ix_subscriber_phone_tail ON subscriber_phone (reverse(phone))",
)


def upgrade() -> None:
    for statement in (*_FUNCTIONS, *_COLUMNS):
        op.execute(statement)
