"""The customer's record: entries with every version, found by the house; sealed credentials and who was shown them."""

from __future__ import annotations

from alembic import op

from common.migrations import append_only, house_table

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

KINDS = (
    ("provider", "プロバイダー", "Internet provider"),
    ("router", "ルーター", "Router"),
    ("lan", "LAN", "LAN"),
    ("wifi", "Wi-Fi", "Wi-Fi"),
    ("printer", "プリンター", "Printer"),
    ("pc", "パソコン", "PC"),
    ("mail", "メール", "Mail"),
    ("setting", "過去の設定", "Past setting"),
    ("other", "その他", "Other"),
)
KIND = """
CREATE TABLE record_kind (
    code text CONSTRAINT pk_record_kind PRIMARY KEY,
    ja text NOT NULL,
    en text NOT NULL,
    place int NOT NULL,
    offered boolean NOT NULL
)
"""
_SAID = """
    version int NOT NULL,
    contract_id text NOT NULL,
    subscriber_id text NOT NULL,
    status text NOT NULL CONSTRAINT {table}_status CHECK (status IN ('active', 'retired')),
    kind text NOT NULL,
    site text NOT NULL CONSTRAINT {table}_site CHECK (site IN ('contract_address', 'telework')),
    label text NOT NULL,
    site_id text CONSTRAINT {table}_site_id CHECK (site_id IS NULL OR site = 'telework'),
    maker text,
    model text,
    serial text,
    address text,
    note text,
    shared boolean NOT NULL,
    actor text NOT NULL,
    at timestamptz NOT NULL
"""
ENTRIES = f"""
CREATE TABLE record_entry (
    id text CONSTRAINT pk_record_entry PRIMARY KEY,
    {_SAID.format(table="record_entry").strip()},
    CONSTRAINT fk_record_entry_kind FOREIGN KEY (kind) REFERENCES record_kind
);
CREATE INDEX ix_record_entry_contract_id ON record_entry (contract_id, id);
CREATE INDEX ix_record_entry_subscriber_id ON record_entry (subscriber_id);
CREATE TABLE record_version (
    entry_id text NOT NULL CONSTRAINT fk_record_version_entry_id REFERENCES record_entry ON DELETE CASCADE,
    {_SAID.format(table="record_version").strip()},
    CONSTRAINT pk_record_version PRIMARY KEY (entry_id, version)
);
CREATE INDEX ix_record_version_subscriber_id ON record_version (subscriber_id);
"""
CREDENTIALS = """
CREATE TABLE credential (
    id text CONSTRAINT pk_credential PRIMARY KEY,
    entry_id text NOT NULL CONSTRAINT fk_credential_entry_id REFERENCES record_entry ON DELETE CASCADE,
    contract_id text NOT NULL,
    subscriber_id text NOT NULL,
    label text NOT NULL,
    login text,
    sealed bytea,
    key_id text,
    version int NOT NULL,
    actor text NOT NULL,
    at timestamptz NOT NULL,
    CONSTRAINT credential_destroyed
        CHECK ((sealed IS NULL) = (key_id IS NULL) AND (sealed IS NOT NULL OR login IS NULL))
);
CREATE INDEX ix_credential_key_id ON credential (key_id);
CREATE INDEX ix_credential_entry_id ON credential (entry_id, id);
CREATE INDEX ix_credential_subscriber_id ON credential (subscriber_id);
CREATE UNIQUE INDEX uq_credential_label ON credential (entry_id, label) WHERE sealed IS NOT NULL;
CREATE TABLE credential_reveal (
    id text CONSTRAINT pk_credential_reveal PRIMARY KEY,
    credential_id text NOT NULL,
    credential_version int NOT NULL,
    entry_id text NOT NULL,
    contract_id text NOT NULL,
    inquiry_id text NOT NULL CONSTRAINT fk_credential_reveal_inquiry_id REFERENCES inquiry,
    reason text NOT NULL,
    actor text NOT NULL,
    at timestamptz NOT NULL
);
CREATE INDEX ix_credential_reveal_contract_id ON credential_reveal (contract_id, id);
CREATE INDEX ix_credential_reveal_credential_id ON credential_reveal (credential_id, id);
CREATE INDEX ix_credential_reveal_inquiry_id ON credential_reveal (inquiry_id, id);
CREATE INDEX ix_credential_reveal_actor ON credential_reveal (actor, at);
"""
# What a partner's rows are is said by the contract, and of them it is shown the shared ones.
_SEEN = """EXISTS (SELECT FROM entitlement e WHERE e.contract_id = {table}.contract_id
    AND e.partner = current_setting('app.partner', true))"""
POLICIES = (
    "ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
    "CREATE POLICY house ON {table} TO helpdesk USING (true) WITH CHECK (true)",
    f"CREATE POLICY partner ON {{table}} TO helpdesk_partner USING ({_SEEN}) WITH CHECK ({_SEEN})",
    "CREATE POLICY shared ON {table} AS RESTRICTIVE TO helpdesk_partner USING (shared) WITH CHECK (shared)",
)
SEARCH = (
    "ALTER TABLE search_document DROP CONSTRAINT search_document_what",
    """
    ALTER TABLE search_document ADD CONSTRAINT search_document_what
        CHECK (what IN ('inquiry', 'note', 'verdict', 'caller', 'subscriber', 'article', 'record'))
    """,
    """
    CREATE FUNCTION find_record() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = helpdesk, pg_temp AS $$
    BEGIN
        IF TG_OP = 'DELETE' OR NEW.status = 'retired' THEN
            DELETE FROM search_document WHERE what = 'record' AND id = OLD.id;
        ELSE
            INSERT INTO search_document (what, id, shared, contract_id, subscriber_id, at, title, body)
            SELECT 'record', NEW.id, false, NEW.contract_id, NEW.subscriber_id, NEW.at, NEW.label,
                   concat_ws(' ', NEW.maker, NEW.model, NEW.serial, NEW.address, NEW.note)
            ON CONFLICT (what, id) DO UPDATE
            SET at = excluded.at, title = excluded.title, body = excluded.body, subscriber_id = excluded.subscriber_id;
        END IF;
        RETURN NULL;
    END $$
    """,
    """
    CREATE TRIGGER find_record AFTER INSERT OR UPDATE OR DELETE ON record_entry
    FOR EACH ROW EXECUTE FUNCTION find_record()
    """,
)


def upgrade() -> None:
    op.execute(KIND)
    for place, (code, ja, en) in enumerate(KINDS, 1):
        op.execute(f"INSERT INTO record_kind VALUES ('{code}', '{ja}', '{en}', {place}, true)")
    for statement in filter(str.strip, (ENTRIES + CREDENTIALS).split(";\n")):
        op.execute(statement)
    for table in ("record_entry", "record_version"):
        for policy in POLICIES:
            op.execute(policy.format(table=table))
    for statement in SEARCH:
        op.execute(statement)
    house_table(op, "record_kind", house="SELECT, INSERT, UPDATE", partner="SELECT")
    house_table(op, "record_entry", partner="SELECT, INSERT, UPDATE")
    house_table(op, "record_version", house="SELECT, INSERT, DELETE", partner="SELECT, INSERT")
    house_table(op, "credential")
    house_table(op, "credential_reveal", house="SELECT, INSERT")
    append_only(op, "credential_reveal")
