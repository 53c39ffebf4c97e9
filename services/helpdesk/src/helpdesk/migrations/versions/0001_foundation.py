"""Cases, the month's units with their ledger, and what other services told us."""

from __future__ import annotations

from alembic import op

from common.migrations import append_only, create_platform, house_table, tenant_table

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TOLD = """
CREATE TABLE entitlement (
    contract_id text CONSTRAINT pk_entitlement PRIMARY KEY,
    partner text,
    subscriber_id text NOT NULL,
    version int NOT NULL,
    state jsonb NOT NULL,
    known_at timestamptz NOT NULL
);
CREATE INDEX ix_entitlement_subscriber_id ON entitlement (subscriber_id);
CREATE TABLE catalogue_part (
    part text CONSTRAINT pk_catalogue_part PRIMARY KEY,
    body jsonb NOT NULL,
    known_at timestamptz NOT NULL
);
CREATE TABLE subscriber (
    id text CONSTRAINT pk_subscriber PRIMARY KEY,
    name text NOT NULL,
    name_kana text NOT NULL,
    phones text[] NOT NULL,
    known_at timestamptz NOT NULL
);
CREATE TABLE visit_request (
    id text CONSTRAINT pk_visit_request PRIMARY KEY,
    partner text,
    contract_id text NOT NULL,
    inquiry_id text,
    purpose text NOT NULL,
    status text NOT NULL,
    known_at timestamptz NOT NULL
);
CREATE INDEX ix_visit_request_contract_id ON visit_request (contract_id);
CREATE TABLE visit (
    id text CONSTRAINT pk_visit PRIMARY KEY,
    partner text,
    visit_request_id text NOT NULL,
    contract_id text NOT NULL,
    inquiry_id text,
    purpose text NOT NULL,
    status text NOT NULL,
    "right" text,
    right_fee_month text,
    planned_start timestamptz,
    planned_end timestamptz,
    known_at timestamptz NOT NULL
);
CREATE INDEX ix_visit_contract_id ON visit (contract_id);
CREATE TABLE loan (
    id text CONSTRAINT pk_loan PRIMARY KEY,
    partner text,
    contract_id text NOT NULL,
    inquiry_id text NOT NULL,
    kind text NOT NULL,
    status text NOT NULL,
    due_at timestamptz,
    held boolean NOT NULL DEFAULT false,
    known_at timestamptz NOT NULL
);
CREATE INDEX ix_loan_contract_id ON loan (contract_id);
CREATE TABLE device (
    id text CONSTRAINT pk_device PRIMARY KEY,
    partner text,
    contract_id text NOT NULL,
    os text,
    os_version text,
    model text,
    enrolled boolean NOT NULL DEFAULT true,
    lost_report_id text,
    reported_at timestamptz,
    known_at timestamptz NOT NULL
);
CREATE INDEX ix_device_contract_id ON device (contract_id);
"""

COUNTER = """
CREATE TABLE quota_counter (
    contract_id text,
    fee_month text CONSTRAINT quota_fee_month CHECK (fee_month ~ '^[0-9]{4}-(0[1-9]|1[0-2])$'),
    partner text,
    plan_limit int NOT NULL,
    extra_limit int NOT NULL,
    ceiling int NOT NULL,
    plan_used int NOT NULL DEFAULT 0,
    extra_used int NOT NULL DEFAULT 0,
    used int NOT NULL GENERATED ALWAYS AS (plan_used + extra_used) STORED,
    CONSTRAINT pk_quota_counter PRIMARY KEY (contract_id, fee_month),
    CONSTRAINT quota_within_ceiling CHECK (used <= ceiling),
    CONSTRAINT quota_never_negative CHECK (plan_used >= 0 AND extra_used >= 0),
    CONSTRAINT quota_limits CHECK (plan_limit >= 0 AND extra_limit >= 0)
);
"""

CASES = """
CREATE TABLE inquiry (
    id text CONSTRAINT pk_inquiry PRIMARY KEY,
    partner text,
    contract_id text NOT NULL,
    subscriber_id text NOT NULL,
    status text NOT NULL CONSTRAINT inquiry_status CHECK (status IN ('accepted', 'in_progress', 'waiting_for_customer',
        'resolved', 'closed', 'voided', 'merged')),
    kind text NOT NULL CONSTRAINT inquiry_kind CHECK (kind IN ('trouble', 'how_to', 'setting')),
    channel text NOT NULL,
    site text NOT NULL CONSTRAINT inquiry_site CHECK (site IN ('contract_address', 'telework')),
    summary text NOT NULL,
    caller_name text,
    caller_phone text,
    device_kind text,
    device_os text,
    suspected text,
    received_at timestamptz NOT NULL,
    fee_month text NOT NULL,
    unit_source text NOT NULL CONSTRAINT inquiry_unit_source CHECK (unit_source IN ('plan', 'extra')),
    version int NOT NULL,
    resolved_at timestamptz,
    outcome text,
    solution text,
    closed_at timestamptz,
    verdict_id text,
    split_from text CONSTRAINT fk_inquiry_split_from REFERENCES inquiry,
    merged_into text CONSTRAINT fk_inquiry_merged_into REFERENCES inquiry,
    accepted_by text NOT NULL,
    decision jsonb NOT NULL,
    CONSTRAINT inquiry_merged CHECK ((status = 'merged') = (merged_into IS NOT NULL)),
    CONSTRAINT inquiry_not_into_itself CHECK (merged_into <> id),
    CONSTRAINT fk_inquiry_month FOREIGN KEY (contract_id, fee_month) REFERENCES quota_counter
);
CREATE INDEX ix_inquiry_contract_id ON inquiry (contract_id, id);
CREATE INDEX ix_inquiry_subscriber_id ON inquiry (subscriber_id);
CREATE INDEX ix_inquiry_status ON inquiry (status, id);
CREATE INDEX ix_inquiry_merged_into ON inquiry (merged_into) WHERE merged_into IS NOT NULL;
CREATE TABLE case_entry (
    number bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_case_entry PRIMARY KEY,
    inquiry_id text NOT NULL,
    partner text,
    contract_id text NOT NULL,
    event_id text CONSTRAINT uq_case_entry_event_id UNIQUE,
    source text NOT NULL,
    type text NOT NULL,
    actor text NOT NULL,
    at timestamptz NOT NULL,
    facts jsonb NOT NULL
);
CREATE INDEX ix_case_entry_inquiry_id ON case_entry (inquiry_id, number);
CREATE TABLE note (
    id text CONSTRAINT pk_note PRIMARY KEY,
    inquiry_id text NOT NULL CONSTRAINT fk_note_inquiry_id REFERENCES inquiry,
    contract_id text NOT NULL,
    visibility text NOT NULL CONSTRAINT note_visibility CHECK (visibility IN ('internal', 'shared')),
    body text NOT NULL,
    actor text NOT NULL,
    at timestamptz NOT NULL
);
CREATE INDEX ix_note_inquiry_id ON note (inquiry_id);
CREATE TABLE triage (
    id text CONSTRAINT pk_triage PRIMARY KEY,
    inquiry_id text NOT NULL CONSTRAINT fk_triage_inquiry_id REFERENCES inquiry,
    contract_id text NOT NULL,
    answers jsonb NOT NULL,
    suspected text,
    actor text NOT NULL,
    at timestamptz NOT NULL
);
CREATE INDEX ix_triage_inquiry_id ON triage (inquiry_id);
CREATE TABLE remote_session (
    id text CONSTRAINT pk_remote_session PRIMARY KEY,
    inquiry_id text NOT NULL CONSTRAINT fk_remote_session_inquiry_id REFERENCES inquiry,
    partner text,
    contract_id text NOT NULL,
    os text NOT NULL,
    terminal text NOT NULL,
    consent_given_by text,
    recording boolean NOT NULL,
    started_at timestamptz NOT NULL,
    started_by text NOT NULL,
    ended_at timestamptz,
    stopped_by text CONSTRAINT remote_session_stopped_by CHECK (stopped_by IN ('operator', 'customer')),
    ended_by text,
    CONSTRAINT remote_session_end CHECK ((ended_at IS NULL) = (stopped_by IS NULL))
);
CREATE INDEX ix_remote_session_inquiry_id ON remote_session (inquiry_id);
CREATE UNIQUE INDEX uq_remote_session_running ON remote_session (inquiry_id) WHERE ended_at IS NULL;
CREATE TABLE verdict (
    id text CONSTRAINT pk_verdict PRIMARY KEY,
    inquiry_id text NOT NULL CONSTRAINT fk_verdict_inquiry_id REFERENCES inquiry,
    contract_id text NOT NULL,
    result text NOT NULL CONSTRAINT verdict_result
        CHECK (result IN ('isolated', 'not_isolated_remotely', 'not_isolated_on_site')),
    cause text,
    failed_kind text,
    failed_maker text,
    failed_model text,
    failed_serial text,
    evidence text NOT NULL,
    origin text NOT NULL CONSTRAINT verdict_origin CHECK (origin IN ('remote', 'visit')),
    visit_id text CONSTRAINT uq_verdict_visit_id UNIQUE,
    supersedes text CONSTRAINT fk_verdict_supersedes REFERENCES verdict CONSTRAINT uq_verdict_supersedes UNIQUE,
    rests_on jsonb NOT NULL,
    actor text NOT NULL,
    at timestamptz NOT NULL,
    CONSTRAINT verdict_of_visit CHECK ((origin = 'visit') = (visit_id IS NOT NULL)),
    CONSTRAINT verdict_on_site_by_visit CHECK (result <> 'not_isolated_on_site' OR origin = 'visit')
);
CREATE INDEX ix_verdict_inquiry_id ON verdict (inquiry_id);
CREATE TABLE onsite_request (
    id text CONSTRAINT pk_onsite_request PRIMARY KEY,
    inquiry_id text NOT NULL CONSTRAINT fk_onsite_request_inquiry_id REFERENCES inquiry,
    partner text,
    contract_id text NOT NULL,
    verdict_id text NOT NULL CONSTRAINT fk_onsite_request_verdict_id REFERENCES verdict,
    status text NOT NULL CONSTRAINT onsite_request_status CHECK (status IN ('live', 'done', 'cancelled')),
    requested_by text NOT NULL,
    requested_at timestamptz NOT NULL
);
CREATE UNIQUE INDEX uq_onsite_request_live ON onsite_request (inquiry_id) WHERE status = 'live';
CREATE TABLE refusal (
    id text CONSTRAINT pk_refusal PRIMARY KEY,
    contract_id text NOT NULL,
    codes text[] NOT NULL,
    rule_ids text[] NOT NULL,
    reasons jsonb NOT NULL,
    kind text NOT NULL,
    channel text NOT NULL,
    site text NOT NULL,
    received_at timestamptz NOT NULL,
    fee_month text,
    actor text NOT NULL
);
CREATE INDEX ix_refusal_contract_id ON refusal (contract_id, id);
"""

LEDGER = """
CREATE TABLE quota_ledger (
    id text CONSTRAINT pk_quota_ledger PRIMARY KEY,
    contract_id text NOT NULL,
    fee_month text NOT NULL,
    inquiry_id text NOT NULL CONSTRAINT fk_quota_ledger_inquiry_id REFERENCES inquiry,
    units int NOT NULL CONSTRAINT ledger_one_unit CHECK (units IN (1, -1)),
    unit_source text NOT NULL CONSTRAINT ledger_unit_source CHECK (unit_source IN ('plan', 'extra')),
    reason text NOT NULL,
    rule_id text NOT NULL,
    evidence jsonb NOT NULL,
    actor text NOT NULL,
    at timestamptz NOT NULL,
    CONSTRAINT fk_quota_ledger_month FOREIGN KEY (contract_id, fee_month) REFERENCES quota_counter
);
CREATE INDEX ix_quota_ledger_contract_id ON quota_ledger (contract_id, fee_month, id);
CREATE INDEX ix_quota_ledger_inquiry_id ON quota_ledger (inquiry_id);
"""

# The counter moves by ledger entries only: no request role may write plan_used or extra_used, and the entry's own
# trigger, running as the owner, is the one statement that does. Its UPDATE locks the counter, so the look at the
# inquiry's other entries that follows sees every committed one: an inquiry never holds two units nor gives back one it
# does not hold, and what it gives back goes to the month and the source it came from.
COUNTING = """
CREATE FUNCTION apply_ledger_entry() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = helpdesk, pg_temp AS $$
DECLARE
    sound boolean;
BEGIN
    UPDATE quota_counter
    SET plan_used = plan_used + CASE NEW.unit_source WHEN 'plan' THEN NEW.units ELSE 0 END,
        extra_used = extra_used + CASE NEW.unit_source WHEN 'extra' THEN NEW.units ELSE 0 END
    WHERE contract_id = NEW.contract_id AND fee_month = NEW.fee_month;
    SELECT bool_and(held BETWEEN 0 AND 1) AND sum(held) <= 1 INTO sound
    FROM (SELECT sum(units) AS held FROM quota_ledger WHERE inquiry_id = NEW.inquiry_id
          GROUP BY contract_id, fee_month, unit_source) AS own;
    IF NOT sound THEN
        RAISE EXCEPTION 'inquiry % would not hold exactly one unit or none', NEW.inquiry_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_unit_of_inquiry';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER counts AFTER INSERT ON quota_ledger FOR EACH ROW EXECUTE FUNCTION apply_ledger_entry();
"""

# The story of a case is written by the outbox row itself: it cannot differ from what is published, nor be forgotten.
STORY = """
CREATE FUNCTION tell_own_fact() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = helpdesk, pg_temp AS $$
BEGIN
    INSERT INTO case_entry (inquiry_id, partner, contract_id, event_id, source, type, actor, at, facts)
    VALUES (NEW.aggregateid, NEW.partner, NEW.payload ->> 'contract_id', NEW.id, 'helpdesk',
            split_part(NEW.type, '.', 3), NEW.payload ->> 'actor', (NEW.headers ->> 'ce_time')::timestamptz,
            NEW.payload::jsonb);
    RETURN NULL;
END $$;
CREATE TRIGGER own_fact AFTER INSERT ON outbox
FOR EACH ROW WHEN (NEW.aggregatetype = 'inquiry') EXECUTE FUNCTION tell_own_fact();
"""

BY_CONTRACT = """EXISTS (SELECT FROM entitlement e WHERE e.contract_id = {table}.contract_id
    AND e.partner = current_setting('app.partner', true))"""


def history_table(table: str, *, partner: str) -> None:
    """A table that is only added to: its rows follow the contract to another partner without being touched."""
    seen = BY_CONTRACT.format(table=table)
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY house ON {table} TO helpdesk USING (true) WITH CHECK (true)")
    op.execute(f"CREATE POLICY partner ON {table} TO helpdesk_partner USING ({seen}) WITH CHECK ({seen})")
    house_table(op, table, house="SELECT, INSERT", partner=partner)
    append_only(op, table)


def upgrade() -> None:
    create_platform(op)
    for script in (TOLD, COUNTER, CASES, LEDGER, COUNTING, STORY):
        for statement in statements(script):
            op.execute(statement)
    grant()


def statements(script: str) -> list[str]:
    """The single statements of a script; a function body between dollar quotes stays whole."""
    head, *function = script.split("$$")
    if not function:
        return [part for part in script.split(";\n") if part.strip()]
    body, tail = function
    rest = [part for part in tail.split(";\n") if part.strip()]
    return [f"{head}$${body}$$", *rest]


def grant() -> None:
    """Who may do what with which table."""
    tenant_table(op, "entitlement", partner="SELECT, UPDATE (known_at)")  # a shared row lock needs an update right
    house_table(op, "catalogue_part", partner="SELECT")
    house_table(op, "subscriber")
    for told in ("visit_request", "visit", "loan", "device"):
        tenant_table(op, told, partner="SELECT")
    tenant_table(op, "inquiry", house="SELECT, INSERT, UPDATE", partner="SELECT, INSERT")
    tenant_table(op, "case_entry", house="SELECT, INSERT, UPDATE (partner), DELETE", partner="SELECT")
    tenant_table(op, "remote_session", house="SELECT, INSERT, UPDATE", partner="SELECT")
    tenant_table(op, "onsite_request", house="SELECT, INSERT, UPDATE", partner="SELECT")
    limits = "plan_limit, extra_limit, ceiling"
    counting = f"SELECT, INSERT (contract_id, fee_month, partner, {limits}), UPDATE ({limits}"
    tenant_table(op, "quota_counter", house=f"{counting}, partner)", partner=f"{counting})")
    for table in ("quota_ledger", "refusal", "note"):
        history_table(table, partner="SELECT, INSERT")
    for table in ("triage", "verdict"):
        history_table(table, partner="SELECT")
    op.execute(
        "CREATE POLICY shared ON note AS RESTRICTIVE TO helpdesk_partner "
        "USING (visibility = 'shared') WITH CHECK (visibility = 'shared')"
    )
