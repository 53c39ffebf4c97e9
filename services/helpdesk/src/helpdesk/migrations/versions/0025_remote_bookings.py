"""Remote sessions promised for a time, and how many can be held at once."""

from __future__ import annotations

from alembic import op

from common.migrations import house_table, tenant_table

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

# Two promises never hold one seat at one time, and no seat is higher than the seats there were when it was promised.
SCRIPT = """
CREATE TABLE remote_capacity (
    id text CONSTRAINT pk_remote_capacity PRIMARY KEY CONSTRAINT remote_capacity_one CHECK (id = 'house'),
    slot_minutes int NOT NULL CONSTRAINT remote_capacity_slot CHECK (slot_minutes > 0),
    week jsonb NOT NULL,
    version int NOT NULL,
    changed_at timestamptz NOT NULL,
    changed_by text NOT NULL
);
INSERT INTO remote_capacity VALUES ('house', 60, '[]', 0, now(), 'system:helpdesk');
CREATE TABLE remote_capacity_day (
    day date CONSTRAINT pk_remote_capacity_day PRIMARY KEY,
    stretches jsonb NOT NULL,
    reason text NOT NULL,
    changed_at timestamptz NOT NULL,
    changed_by text NOT NULL
);
CREATE TABLE remote_booking (
    id text CONSTRAINT pk_remote_booking PRIMARY KEY,
    inquiry_id text NOT NULL CONSTRAINT fk_remote_booking_inquiry_id REFERENCES inquiry,
    partner text,
    contract_id text NOT NULL,
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    seat int NOT NULL,
    seats int NOT NULL,
    os text NOT NULL,
    terminal text NOT NULL,
    status text NOT NULL CONSTRAINT remote_booking_status
        CHECK (status IN ('booked', 'started', 'cancelled', 'missed')),
    booked_at timestamptz NOT NULL,
    booked_by text NOT NULL,
    settled_at timestamptz,
    settled_by text,
    reason text,
    missed_by text CONSTRAINT remote_booking_missed_by CHECK (missed_by IN ('customer', 'house')),
    remote_session_id text CONSTRAINT fk_remote_booking_remote_session_id REFERENCES remote_session,
    CONSTRAINT remote_booking_time CHECK (starts_at < ends_at),
    CONSTRAINT remote_booking_seat CHECK (seat BETWEEN 1 AND seats),
    CONSTRAINT remote_booking_settled CHECK ((status = 'booked') = (settled_at IS NULL)),
    CONSTRAINT remote_booking_started CHECK ((status = 'started') = (remote_session_id IS NOT NULL)),
    CONSTRAINT remote_booking_seat_taken
        EXCLUDE USING gist (seat WITH =, tstzrange(starts_at, ends_at) WITH &&)
        WHERE (status IN ('booked', 'started'))
);
CREATE INDEX ix_remote_booking_inquiry_id ON remote_booking (inquiry_id);
CREATE INDEX ix_remote_booking_starts_at ON remote_booking (starts_at);
CREATE UNIQUE INDEX uq_remote_booking_live ON remote_booking (inquiry_id) WHERE status = 'booked';
"""


def upgrade() -> None:
    for statement in filter(str.strip, SCRIPT.split(";\n")):
        op.execute(statement)
    house_table(op, "remote_capacity", house="SELECT, UPDATE")
    house_table(op, "remote_capacity_day")
    tenant_table(op, "remote_booking", partner="SELECT", house="SELECT, INSERT, UPDATE")
