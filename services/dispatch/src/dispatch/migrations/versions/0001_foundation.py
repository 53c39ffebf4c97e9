"""Platform tables, workforce, knowledge of other services, visit requests, visits and their records."""

from __future__ import annotations

from alembic import op

from common.migrations import append_only, create_platform, house_table, tenant_table

revision = "0001"
down_revision = None

_WORKFORCE = (
    """
    CREATE TABLE branch (
        id text CONSTRAINT pk_branch PRIMARY KEY,
        name text NOT NULL,
        version integer NOT NULL
    )
    """,
    """
    CREATE TABLE branch_area (
        prefecture_code text CONSTRAINT pk_branch_area PRIMARY KEY CHECK (prefecture_code ~ '^[0-9]{2}$'),
        branch_id text NOT NULL CONSTRAINT fk_branch_area_branch_id REFERENCES branch (id)
    )
    """,
    """
    CREATE TABLE skill (
        code text CONSTRAINT pk_skill PRIMARY KEY,
        name_ja text NOT NULL,
        name_en text NOT NULL,
        purposes text[] NOT NULL,
        menu_codes text[] NOT NULL
    )
    """,
    """
    CREATE TABLE technician (
        id text CONSTRAINT pk_technician PRIMARY KEY,
        name text NOT NULL,
        crew text NOT NULL CHECK (crew IN ('fault_repair', 'setup')),
        skills text[] NOT NULL,
        branch_id text NOT NULL CONSTRAINT fk_technician_branch_id REFERENCES branch (id),
        home_base text,
        subject text CONSTRAINT uq_technician_subject UNIQUE,
        active boolean NOT NULL,
        version integer NOT NULL
    )
    """,
    """
    CREATE TABLE shift (
        id text CONSTRAINT pk_shift PRIMARY KEY,
        technician_id text NOT NULL CONSTRAINT fk_shift_technician_id REFERENCES technician (id),
        weekdays integer[] NOT NULL CHECK (weekdays <@ '{1,2,3,4,5,6,7}' AND cardinality(weekdays) > 0),
        from_minute integer NOT NULL CHECK (from_minute >= 0),
        to_minute integer NOT NULL CHECK (to_minute > from_minute AND to_minute <= 1440),
        valid_from date NOT NULL,
        valid_to date CHECK (valid_to >= valid_from)
    )
    """,
    "CREATE INDEX ix_shift_technician_id ON shift (technician_id)",
    """
    CREATE TABLE absence (
        id text CONSTRAINT pk_absence PRIMARY KEY,
        technician_id text NOT NULL CONSTRAINT fk_absence_technician_id REFERENCES technician (id),
        start_at timestamptz NOT NULL,
        end_at timestamptz NOT NULL CHECK (end_at > start_at),
        reason text NOT NULL
    )
    """,
    "CREATE INDEX ix_absence_technician_id ON absence (technician_id)",
)

_KNOWLEDGE = (
    """
    CREATE TABLE catalogue_part (
        part text CONSTRAINT pk_catalogue_part PRIMARY KEY,
        state jsonb NOT NULL,
        known_at timestamptz NOT NULL
    )
    """,
    """
    CREATE TABLE entitlement (
        contract_id text CONSTRAINT pk_entitlement PRIMARY KEY,
        partner text,
        version integer NOT NULL,
        state jsonb NOT NULL,
        known_at timestamptz NOT NULL
    )
    """,
    """
    CREATE TABLE address (
        id text CONSTRAINT pk_address PRIMARY KEY,
        contract_id text NOT NULL,
        partner text,
        postal_code text NOT NULL,
        prefecture text NOT NULL,
        city text NOT NULL,
        street text NOT NULL,
        building text
    )
    """,
    "CREATE INDEX ix_address_contract_id ON address (contract_id)",
    """
    CREATE TABLE inquiry_case (
        inquiry_id text CONSTRAINT pk_inquiry_case PRIMARY KEY,
        contract_id text NOT NULL,
        partner text,
        sequence integer NOT NULL,
        known_up_to timestamptz NOT NULL,
        kind text,
        site text,
        status text NOT NULL CHECK (status IN ('open', 'closed', 'voided', 'merged')),
        verdict_id text,
        verdict_result text,
        verdict_origin text,
        merged_into text
    )
    """,
    "CREATE INDEX ix_inquiry_case_contract_id ON inquiry_case (contract_id)",
    "CREATE INDEX ix_inquiry_case_merged_into ON inquiry_case (merged_into)",
)

_VISITS = (
    """
    CREATE TABLE visit_request (
        id text CONSTRAINT pk_visit_request PRIMARY KEY,
        contract_id text NOT NULL,
        partner text,
        purpose text NOT NULL,
        status text NOT NULL CHECK (status IN ('open', 'booked', 'on_hold', 'completed', 'cancelled')),
        created_at timestamptz NOT NULL,
        inquiry_id text,
        verdict_id text,
        suspected text,
        quote jsonb,
        hold_reasons text[] NOT NULL,
        reason text,
        version integer NOT NULL,
        CONSTRAINT ck_visit_request_purpose CHECK (
            CASE purpose WHEN 'isolation' THEN inquiry_id IS NOT NULL AND quote IS NULL
                         WHEN 'setup' THEN quote IS NOT NULL ELSE false END)
    )
    """,
    "CREATE INDEX ix_visit_request_contract_id ON visit_request (contract_id)",
    "CREATE INDEX ix_visit_request_inquiry_id ON visit_request (inquiry_id)",
    """
    CREATE UNIQUE INDEX uq_visit_request_live_inquiry ON visit_request (inquiry_id)
        WHERE status IN ('open', 'booked', 'on_hold')
    """,
    """
    CREATE TABLE visit (
        id text CONSTRAINT pk_visit PRIMARY KEY,
        request_id text NOT NULL CONSTRAINT fk_visit_request_id REFERENCES visit_request (id),
        inquiry_id text,
        contract_id text NOT NULL,
        partner text,
        purpose text NOT NULL CHECK (purpose IN ('isolation', 'setup')),
        status text NOT NULL
            CHECK (status IN ('booked', 'departed', 'arrived', 'completed', 'failed', 'cancelled')),
        technician_id text NOT NULL CONSTRAINT fk_visit_technician_id REFERENCES technician (id),
        start_at timestamptz NOT NULL,
        end_at timestamptz NOT NULL,
        occupied tstzrange NOT NULL,
        address_id text,
        booked_at timestamptz NOT NULL,
        right_state text CHECK (right_state IN ('held', 'used', 'returned')),
        right_fee_month text,
        quote jsonb,
        quote_total integer,
        accepted_total integer,
        accepted_by text,
        accepted_at timestamptz,
        finding jsonb,
        work text,
        hold_reasons text[] NOT NULL,
        flags text[] NOT NULL,
        failure text CHECK (failure IN ('customer_absent', 'crew_unable', 'other')),
        reason text,
        departed_at timestamptz,
        arrived_at timestamptz,
        ended_at timestamptz,
        version integer NOT NULL,
        CONSTRAINT ck_visit_occupied CHECK (start_at < end_at AND occupied @> tstzrange(start_at, end_at)),
        CONSTRAINT ck_visit_right CHECK (
            (purpose = 'isolation') = (right_state IS NOT NULL)
            AND (right_state IS NULL) = (right_fee_month IS NULL)),
        CONSTRAINT ck_visit_right_end CHECK (
            right_state IS DISTINCT FROM 'held' OR status IN ('booked', 'departed', 'arrived')),
        CONSTRAINT ck_visit_completion CHECK (
            status <> 'completed'
            OR (purpose = 'isolation' AND finding IS NOT NULL)
            OR (purpose = 'setup' AND accepted_total IS NOT DISTINCT FROM quote_total AND quote_total IS NOT NULL)),
        CONSTRAINT ex_visit_technician_occupied
            EXCLUDE USING gist (technician_id WITH =, occupied WITH &&)
            WHERE (status NOT IN ('cancelled', 'failed'))
    )
    """,
    "CREATE INDEX ix_visit_request_id ON visit (request_id)",
    "CREATE INDEX ix_visit_inquiry_id ON visit (inquiry_id)",
    "CREATE INDEX ix_visit_contract_id ON visit (contract_id)",
    "CREATE INDEX ix_visit_technician_id ON visit (technician_id)",
    """
    CREATE UNIQUE INDEX uq_visit_live_request ON visit (request_id)
        WHERE status IN ('booked', 'departed', 'arrived')
    """,
    """
    CREATE UNIQUE INDEX uq_visit_right ON visit (contract_id, right_fee_month)
        WHERE right_state IN ('held', 'used')
    """,
    """
    CREATE TABLE visit_signature (
        visit_id text CONSTRAINT pk_visit_signature PRIMARY KEY
            CONSTRAINT fk_visit_signature_visit_id REFERENCES visit (id),
        name text NOT NULL,
        image_png bytea NOT NULL,
        signed_at timestamptz NOT NULL
    )
    """,
    """
    CREATE TABLE charge (
        id text CONSTRAINT pk_charge PRIMARY KEY,
        visit_id text NOT NULL CONSTRAINT uq_charge_visit_id UNIQUE
            CONSTRAINT fk_charge_visit_id REFERENCES visit (id),
        contract_id text NOT NULL,
        day date NOT NULL,
        quote jsonb NOT NULL,
        total integer NOT NULL CHECK (total >= 0)
    )
    """,
    "CREATE INDEX ix_charge_contract_id ON charge (contract_id)",
    """
    CREATE TABLE visit_journal (
        visit_id text CONSTRAINT fk_visit_journal_visit_id REFERENCES visit (id),
        version integer,
        event_id text NOT NULL,
        event text NOT NULL,
        at timestamptz NOT NULL,
        actor text NOT NULL,
        rule_ids text[] NOT NULL,
        inputs jsonb NOT NULL,
        CONSTRAINT pk_visit_journal PRIMARY KEY (visit_id, version)
    )
    """,
)


def upgrade() -> None:
    create_platform(op)
    for statement in (*_WORKFORCE, *_KNOWLEDGE, *_VISITS):
        op.execute(statement)
    for table in ("branch", "branch_area", "skill", "technician", "shift", "absence"):
        house_table(op, table)
    house_table(op, "catalogue_part", partner="SELECT")
    tenant_table(op, "address", partner="SELECT")
    for table in ("entitlement", "inquiry_case"):
        tenant_table(op, table)
    tenant_table(op, "visit_request", partner="SELECT", house="SELECT, INSERT, UPDATE")
    tenant_table(op, "visit", partner="SELECT", house="SELECT, INSERT, UPDATE")
    for table in ("visit_signature", "charge", "visit_journal"):
        house_table(op, table, house="SELECT, INSERT")
        append_only(op, table)
