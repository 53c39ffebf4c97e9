"""The story of a case is only added to, is seen by whoever the contract belongs to, and is sealed case by case."""

from __future__ import annotations

from alembic import op

from common.migrations import append_only, house_table

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

SEEN = """EXISTS (SELECT FROM entitlement e WHERE e.contract_id = case_entry.contract_id
    AND e.partner = current_setting('app.partner', true))"""
ENTRIES = (
    "DROP POLICY partner ON case_entry",
    "ALTER TABLE case_entry DROP COLUMN partner",
    "ALTER TABLE case_entry ADD COLUMN txid bigint NOT NULL DEFAULT pg_current_xact_id()::text::bigint",
    "CREATE INDEX ix_case_entry_txid ON case_entry (txid)",
    f"CREATE POLICY partner ON case_entry TO helpdesk_partner USING ({SEEN})",
)
TELLING = """
CREATE OR REPLACE FUNCTION tell_own_fact() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = helpdesk, pg_temp AS $$
BEGIN
    INSERT INTO case_entry (inquiry_id, contract_id, event_id, source, type, actor, at, facts)
    VALUES (NEW.payload ->> 'inquiry_id', NEW.payload ->> 'contract_id', NEW.id, 'helpdesk',
            split_part(NEW.type, '.', 3), NEW.payload ->> 'actor', (NEW.headers ->> 'ce_time')::timestamptz,
            NEW.payload::jsonb);
    RETURN NULL;
END $$
"""
# A mark for each entry, which only its own transaction writes: nobody waits for anybody.
MARKS = (
    """
    CREATE TABLE case_unsealed (
        number bigint CONSTRAINT pk_case_unsealed PRIMARY KEY,
        inquiry_id text NOT NULL
    )
    """,
    """
    CREATE FUNCTION mark_unsealed() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = helpdesk, pg_temp AS $$
    BEGIN
        INSERT INTO case_unsealed (number, inquiry_id) VALUES (NEW.number, NEW.inquiry_id);
        RETURN NULL;
    END $$
    """,
    "INSERT INTO case_unsealed (number, inquiry_id) SELECT number, inquiry_id FROM case_entry",
    """
    CREATE TRIGGER mark_unsealed AFTER INSERT ON case_entry FOR EACH ROW EXECUTE FUNCTION mark_unsealed()
    """,
)


def upgrade() -> None:
    for statement in (*ENTRIES, TELLING, *MARKS):
        op.execute(statement)
    append_only(op, "case_entry")
    house_table(op, "case_unsealed", house="SELECT, DELETE")
