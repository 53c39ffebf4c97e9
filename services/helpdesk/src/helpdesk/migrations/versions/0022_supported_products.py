"""The list of supported products: what the house helps with, from when to when; every version of each line."""

from __future__ import annotations

from alembic import op

from common.migrations import append_only, house_table

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

_TERMS = """
    version int NOT NULL,
    listed boolean NOT NULL,
    category text NOT NULL,
    maker text NOT NULL,
    name text NOT NULL,
    versions text NOT NULL,
    support text NOT NULL CONSTRAINT {table}_support CHECK (support IN ('full', 'best_effort', 'none')),
    maker_ends_on date,
    since date,
    until date,
    note_ja text,
    note_en text,
    actor text NOT NULL,
    at timestamptz NOT NULL,
    CONSTRAINT {table}_dates CHECK (since <= until)
"""
TABLES = (
    f"""
    CREATE TABLE supported_product (
        id text CONSTRAINT pk_supported_product PRIMARY KEY,
        {_TERMS.format(table="supported_product").strip()},
        CONSTRAINT uq_supported_product_key UNIQUE (category, maker, name, versions)
    )
    """,
    f"""
    CREATE TABLE supported_product_version (
        product_id text NOT NULL
            CONSTRAINT fk_supported_product_version_product_id REFERENCES supported_product,
        {_TERMS.format(table="supported_product_version").strip()},
        CONSTRAINT pk_supported_product_version PRIMARY KEY (product_id, version)
    )
    """,
)


def upgrade() -> None:
    for statement in TABLES:
        op.execute(statement)
    house_table(op, "supported_product", house="SELECT, INSERT, UPDATE", partner="SELECT")
    house_table(op, "supported_product_version", house="SELECT, INSERT")
    append_only(op, "supported_product_version")
