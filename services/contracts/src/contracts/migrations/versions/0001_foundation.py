"""Catalogue and calendar, subscribers, contracts with everything dated about them."""

from __future__ import annotations

from alembic import op

from common.migrations import append_only, create_platform, house_table, tenant_table

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_TABLES = """
CREATE TABLE catalogue_part (
    part text NOT NULL,
    valid_from timestamptz NOT NULL,
    digest text NOT NULL,
    body jsonb NOT NULL,
    CONSTRAINT pk_catalogue_part PRIMARY KEY (part, valid_from)
);
CREATE TABLE published_part (
    part text NOT NULL,
    version integer NOT NULL,
    digest text NOT NULL,
    CONSTRAINT pk_published_part PRIMARY KEY (part)
);
CREATE TABLE closed_day (
    day date NOT NULL,
    closed boolean NOT NULL,
    reason text NOT NULL,
    set_by text NOT NULL,
    set_at timestamptz NOT NULL,
    CONSTRAINT pk_closed_day PRIMARY KEY (day)
);
CREATE TABLE subscriber (
    id text NOT NULL,
    partner text,
    name text NOT NULL,
    name_kana text NOT NULL,
    postal_code text NOT NULL,
    prefecture text NOT NULL,
    prefecture_code text NOT NULL,
    city text NOT NULL,
    street text NOT NULL,
    building text,
    municipality_code text,
    created_at timestamptz NOT NULL,
    version integer NOT NULL,
    CONSTRAINT pk_subscriber PRIMARY KEY (id)
);
CREATE TABLE subscriber_phone (
    subscriber_id text NOT NULL,
    phone text NOT NULL,
    position integer NOT NULL,
    partner text,
    CONSTRAINT pk_subscriber_phone PRIMARY KEY (subscriber_id, phone),
    CONSTRAINT fk_subscriber_phone_subscriber_id FOREIGN KEY (subscriber_id) REFERENCES subscriber (id)
);
CREATE INDEX ix_subscriber_phone_phone ON subscriber_phone (phone);
CREATE TABLE contract (
    id text NOT NULL,
    partner text,
    subscriber_id text NOT NULL,
    status text NOT NULL,
    version integer NOT NULL,
    entitlements_version integer NOT NULL,
    fee_month_start_day integer NOT NULL,
    applied_at timestamptz NOT NULL,
    starts_at timestamptz NOT NULL,
    active_from timestamptz,
    ends_at timestamptz,
    open_month_ends_at timestamptz,
    line_kind text,
    line_carrier text,
    line_number text,
    line_key text,
    service_id text,
    access_lines jsonb NOT NULL,
    reviewed_plan text,
    legacy_number text,
    CONSTRAINT pk_contract PRIMARY KEY (id),
    CONSTRAINT contract_fee_month_start_day CHECK (fee_month_start_day BETWEEN 1 AND 28),
    CONSTRAINT fk_contract_subscriber_id FOREIGN KEY (subscriber_id) REFERENCES subscriber (id)
);
CREATE INDEX ix_contract_ends_at ON contract (ends_at)
    WHERE status IN ('active', 'applied', 'in_review', 'suspended');
CREATE INDEX ix_contract_open_month_ends_at ON contract (open_month_ends_at);
CREATE INDEX ix_contract_status ON contract (status, id);
CREATE INDEX ix_contract_subscriber_id ON contract (subscriber_id, id);
CREATE UNIQUE INDEX uq_contract_legacy_number ON contract (legacy_number);
CREATE UNIQUE INDEX uq_contract_live_line ON contract (line_key)
    WHERE status IN ('active', 'applied', 'in_review', 'suspended');
CREATE UNIQUE INDEX uq_contract_live_service_id ON contract (service_id)
    WHERE status IN ('active', 'applied', 'in_review', 'suspended');
CREATE TABLE status_period (
    contract_id text NOT NULL,
    partner text,
    starts_at timestamptz NOT NULL,
    ends_at timestamptz,
    status text NOT NULL,
    CONSTRAINT pk_status_period PRIMARY KEY (contract_id, starts_at),
    CONSTRAINT fk_status_period_contract_id FOREIGN KEY (contract_id) REFERENCES contract (id)
);
CREATE TABLE plan_period (
    contract_id text NOT NULL,
    partner text,
    starts_at timestamptz NOT NULL,
    ends_at timestamptz,
    plan_code text NOT NULL,
    terms jsonb NOT NULL,
    price integer NOT NULL,
    event_id text,
    CONSTRAINT pk_plan_period PRIMARY KEY (contract_id, starts_at),
    CONSTRAINT fk_plan_period_contract_id FOREIGN KEY (contract_id) REFERENCES contract (id)
);
CREATE TABLE option_period (
    contract_id text NOT NULL,
    partner text,
    starts_at timestamptz NOT NULL,
    ends_at timestamptz,
    id text NOT NULL,
    code text NOT NULL,
    kind text NOT NULL,
    price integer NOT NULL,
    fee_month text,
    units integer NOT NULL,
    ordinal integer NOT NULL,
    ended boolean NOT NULL,
    event_id text,
    CONSTRAINT pk_option_period PRIMARY KEY (id),
    CONSTRAINT fk_option_period_contract_id FOREIGN KEY (contract_id) REFERENCES contract (id)
);
CREATE INDEX ix_option_period_contract_id ON option_period (contract_id);
CREATE INDEX ix_option_period_ends_at ON option_period (ends_at) WHERE NOT ended;
CREATE UNIQUE INDEX uq_option_period_extra_inquiries ON option_period (contract_id, fee_month, ordinal)
    WHERE kind = 'extra_inquiries';
CREATE TABLE address_period (
    contract_id text NOT NULL,
    partner text,
    starts_at timestamptz NOT NULL,
    ends_at timestamptz,
    id text NOT NULL,
    postal_code text NOT NULL,
    prefecture text NOT NULL,
    prefecture_code text NOT NULL,
    city text NOT NULL,
    street text NOT NULL,
    building text,
    municipality_code text,
    CONSTRAINT pk_address_period PRIMARY KEY (id),
    CONSTRAINT fk_address_period_contract_id FOREIGN KEY (contract_id) REFERENCES contract (id)
);
CREATE INDEX ix_address_period_contract_id ON address_period (contract_id);
CREATE TABLE site (
    contract_id text NOT NULL,
    partner text,
    starts_at timestamptz NOT NULL,
    ends_at timestamptz,
    id text NOT NULL,
    label text NOT NULL,
    CONSTRAINT pk_site PRIMARY KEY (id),
    CONSTRAINT fk_site_contract_id FOREIGN KEY (contract_id) REFERENCES contract (id)
);
CREATE INDEX ix_site_contract_id ON site (contract_id);
CREATE TABLE consent (
    contract_id text NOT NULL,
    partner text,
    id text NOT NULL,
    document text NOT NULL,
    document_version text NOT NULL,
    accepted_by text NOT NULL,
    accepted_at timestamptz NOT NULL,
    channel text,
    CONSTRAINT pk_consent PRIMARY KEY (id),
    CONSTRAINT fk_consent_contract_id FOREIGN KEY (contract_id) REFERENCES contract (id)
);
CREATE INDEX ix_consent_contract_id ON consent (contract_id);
CREATE TABLE plan_change (
    contract_id text NOT NULL,
    partner text,
    id text NOT NULL,
    from_plan text NOT NULL,
    to_plan text NOT NULL,
    effective_from timestamptz NOT NULL,
    status text NOT NULL,
    CONSTRAINT pk_plan_change PRIMARY KEY (id),
    CONSTRAINT fk_plan_change_contract_id FOREIGN KEY (contract_id) REFERENCES contract (id)
);
CREATE INDEX ix_plan_change_contract_id ON plan_change (contract_id);
CREATE INDEX ix_plan_change_effective_from ON plan_change (effective_from) WHERE status = 'scheduled';
CREATE UNIQUE INDEX uq_plan_change_scheduled ON plan_change (contract_id) WHERE status = 'scheduled';
CREATE TABLE history (
    contract_id text NOT NULL,
    partner text,
    id text NOT NULL,
    at timestamptz NOT NULL,
    actor text NOT NULL,
    request_id text,
    act text NOT NULL,
    details jsonb NOT NULL,
    event_ids text[] NOT NULL,
    CONSTRAINT pk_history PRIMARY KEY (id),
    CONSTRAINT fk_history_contract_id FOREIGN KEY (contract_id) REFERENCES contract (id)
);
CREATE INDEX ix_history_contract_id ON history (contract_id, id);
ALTER TABLE status_period ADD CONSTRAINT status_period_no_overlap
    EXCLUDE USING gist (contract_id WITH =, tstzrange(starts_at, ends_at) WITH &&);
ALTER TABLE plan_period ADD CONSTRAINT plan_period_no_overlap
    EXCLUDE USING gist (contract_id WITH =, tstzrange(starts_at, ends_at) WITH &&);
ALTER TABLE address_period ADD CONSTRAINT address_period_no_overlap
    EXCLUDE USING gist (contract_id WITH =, tstzrange(starts_at, ends_at) WITH &&);
ALTER TABLE option_period ADD CONSTRAINT option_period_hours_no_overlap
    EXCLUDE USING gist (contract_id WITH =, tstzrange(starts_at, ends_at) WITH &&)
    WHERE (kind = 'hours_extension');
"""

_PARTNER_MAY = {
    "subscriber": "SELECT, INSERT, UPDATE",
    "subscriber_phone": "SELECT, INSERT",
    "contract": "SELECT, INSERT, UPDATE",
    "status_period": "SELECT, INSERT, UPDATE, DELETE",
    "plan_period": "SELECT, INSERT, UPDATE",
    "option_period": "SELECT, INSERT, UPDATE, DELETE",
    "address_period": "SELECT, INSERT",
    "site": "SELECT",
    "consent": "SELECT, INSERT",
    "plan_change": "SELECT",
    "history": "SELECT, INSERT",
}


def upgrade() -> None:
    create_platform(op)
    for statement in _TABLES.split(";\n"):
        if statement.strip():
            op.execute(statement)
    for table in ("catalogue_part", "published_part", "closed_day"):
        house_table(op, table, partner="SELECT")
    for table, privileges in _PARTNER_MAY.items():
        tenant_table(op, table, partner=privileges)
    append_only(op, "history")
