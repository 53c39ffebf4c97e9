"""Contracts' seats, devices, invitations, lost reports and commands."""

from __future__ import annotations

from alembic import op

from common.migrations import append_only, create_platform, house_table, tenant_table

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_KNOWN = """
CREATE TABLE entitlement (
    contract_id text CONSTRAINT pk_entitlement PRIMARY KEY,
    partner text,
    version integer NOT NULL,
    state jsonb NOT NULL,
    known_at timestamptz NOT NULL
);
CREATE TABLE catalogue_part (
    part text CONSTRAINT pk_catalogue_part PRIMARY KEY,
    body jsonb NOT NULL,
    known_at timestamptz NOT NULL
);
"""

_DEVICES = """
CREATE TABLE contract_seat (
    contract_id text CONSTRAINT pk_contract_seat PRIMARY KEY,
    partner text,
    used integer NOT NULL,
    ceiling integer NOT NULL,
    steps jsonb NOT NULL,
    entitlement_version integer NOT NULL,
    short_at timestamptz,
    named text[] NOT NULL,
    version integer NOT NULL,
    CONSTRAINT ck_contract_seat_used CHECK (used >= 0 AND used <= ceiling)
);
CREATE INDEX ix_contract_seat_short_at ON contract_seat (short_at) WHERE short_at IS NOT NULL;

CREATE TABLE device (
    id text CONSTRAINT pk_device PRIMARY KEY,
    contract_id text NOT NULL,
    partner text,
    os text NOT NULL,
    os_version text NOT NULL,
    model text NOT NULL,
    serial text NOT NULL,
    label text,
    facts jsonb NOT NULL,
    status text NOT NULL CONSTRAINT ck_device_status CHECK (status IN ('enrolled', 'released')),
    generation integer NOT NULL,
    enrolled_at timestamptz NOT NULL,
    released_at timestamptz,
    last_contact_at timestamptz NOT NULL,
    version integer NOT NULL,
    CONSTRAINT uq_device_serial UNIQUE (contract_id, os, serial)
);

CREATE TABLE agent_credential (
    token_hash bytea CONSTRAINT pk_agent_credential PRIMARY KEY,
    device_id text NOT NULL CONSTRAINT fk_agent_credential_device_id REFERENCES device (id),
    generation integer NOT NULL,
    issued_at timestamptz NOT NULL,
    revoked_at timestamptz
);
CREATE UNIQUE INDEX uq_agent_credential_live ON agent_credential (device_id) WHERE revoked_at IS NULL;

CREATE TABLE enrolment_invitation (
    id text CONSTRAINT pk_enrolment_invitation PRIMARY KEY,
    contract_id text NOT NULL,
    partner text,
    os text NOT NULL,
    label text,
    device_id text CONSTRAINT fk_enrolment_invitation_device_id REFERENCES device (id),
    code_hash bytea NOT NULL CONSTRAINT uq_enrolment_invitation_code UNIQUE,
    invited_by text NOT NULL,
    invited_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at timestamptz,
    used_by_device_id text CONSTRAINT fk_enrolment_invitation_used_by_device_id REFERENCES device (id),
    version integer NOT NULL
);
CREATE INDEX ix_enrolment_invitation_contract_id ON enrolment_invitation (contract_id, id);

CREATE TABLE device_report (
    device_id text CONSTRAINT pk_device_report PRIMARY KEY CONSTRAINT fk_device_report_device_id REFERENCES device (id),
    contract_id text NOT NULL,
    partner text,
    reported_at timestamptz NOT NULL,
    state jsonb NOT NULL
);

CREATE TABLE device_setting (
    device_id text NOT NULL CONSTRAINT fk_device_setting_device_id REFERENCES device (id),
    function text NOT NULL,
    medium text NOT NULL,
    contract_id text NOT NULL,
    partner text,
    desired text,
    desired_by text,
    desired_at timestamptz,
    applied text,
    applied_by text,
    applied_at timestamptz,
    CONSTRAINT pk_device_setting PRIMARY KEY (device_id, function, medium)
);
"""

# A wipe beyond waiting was approved by somebody else and rests on a lost report: the database says so too.
_COMMANDS = """
CREATE TABLE lost_report (
    id text CONSTRAINT pk_lost_report PRIMARY KEY,
    device_id text NOT NULL CONSTRAINT fk_lost_report_device_id REFERENCES device (id),
    contract_id text NOT NULL,
    partner text,
    generation integer NOT NULL,
    inquiry_id text,
    identity_method text NOT NULL,
    identity_passed boolean NOT NULL CONSTRAINT ck_lost_report_identity CHECK (identity_passed),
    identity_checked_by text NOT NULL,
    authorised_by text,
    lock_command_id text NOT NULL,
    reported_by text NOT NULL,
    reported_at timestamptz NOT NULL,
    version integer NOT NULL
);
CREATE INDEX ix_lost_report_device_id ON lost_report (device_id, id);

CREATE TABLE device_command (
    id text CONSTRAINT pk_device_command PRIMARY KEY,
    device_id text NOT NULL CONSTRAINT fk_device_command_device_id REFERENCES device (id),
    contract_id text NOT NULL,
    partner text,
    generation integer NOT NULL,
    function text NOT NULL,
    setting text,
    media text[] NOT NULL,
    scope text NOT NULL,
    reason text NOT NULL,
    lost_report_id text CONSTRAINT fk_device_command_lost_report_id REFERENCES lost_report (id),
    inquiry_id text,
    status text NOT NULL CONSTRAINT ck_device_command_status CHECK (status IN (
        'awaiting_approval', 'queued', 'sent', 'succeeded', 'failed', 'unconfirmed', 'expired', 'rejected', 'cancelled',
        'superseded')),
    requested_by text NOT NULL,
    requested_at timestamptz NOT NULL,
    approval_expires_at timestamptz,
    decided_by text,
    approved_at timestamptz,
    expires_at timestamptz NOT NULL,
    not_before timestamptz NOT NULL,
    attempts integer NOT NULL,
    sent_at timestamptz,
    unconfirmed_at timestamptz,
    closed_at timestamptz,
    due_at timestamptz,
    detail text,
    version integer NOT NULL,
    CONSTRAINT ck_device_command_two_people CHECK (
        function <> 'remote_wipe'
        OR status IN ('awaiting_approval', 'rejected', 'cancelled', 'expired', 'superseded')
        OR (approved_at IS NOT NULL AND decided_by IS NOT NULL AND decided_by <> requested_by
            AND lost_report_id IS NOT NULL))
);
CREATE UNIQUE INDEX uq_device_command_live ON device_command (device_id, function)
    WHERE status IN ('awaiting_approval', 'queued', 'sent');
CREATE INDEX ix_device_command_contract_id ON device_command (contract_id, id);
CREATE INDEX ix_device_command_device_id ON device_command (device_id, id);
CREATE INDEX ix_device_command_due_at ON device_command (due_at) WHERE due_at IS NOT NULL;

CREATE TABLE command_step (
    command_id text NOT NULL CONSTRAINT fk_command_step_command_id REFERENCES device_command (id),
    sequence integer NOT NULL,
    status text NOT NULL,
    event text NOT NULL,
    at timestamptz NOT NULL,
    actor text NOT NULL,
    rule_ids text[] NOT NULL,
    inputs jsonb NOT NULL,
    CONSTRAINT pk_command_step PRIMARY KEY (command_id, sequence)
);
"""


def upgrade() -> None:
    create_platform(op)
    for block in (_KNOWN, _DEVICES, _COMMANDS):
        for statement in block.split(";\n"):
            if statement.strip():
                op.execute(statement)
    for table in ("entitlement", "contract_seat", "device", "device_report", "device_setting"):
        tenant_table(op, table, partner="SELECT")
    for table in ("enrolment_invitation", "lost_report", "device_command"):
        tenant_table(op, table)
    for table in ("catalogue_part", "agent_credential", "command_step"):
        house_table(op, table)
    append_only(op, "command_step")
