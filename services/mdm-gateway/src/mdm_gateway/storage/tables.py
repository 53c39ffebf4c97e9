"""The tables of this service. Secrets are kept as hashes, apart from the rows partners may read."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from common.tables import instant, service_metadata

metadata = service_metadata()

entitlement = sa.Table(
    "entitlement",
    metadata,
    sa.Column("contract_id", sa.Text, primary_key=True),
    sa.Column("partner", sa.Text),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("state", pg.JSONB, nullable=False),
    sa.Column("known_at", instant(), nullable=False),
)

catalogue_part = sa.Table(
    "catalogue_part",
    metadata,
    sa.Column("part", sa.Text, primary_key=True),
    sa.Column("body", pg.JSONB, nullable=False),
    sa.Column("known_at", instant(), nullable=False),
)

contract_seat = sa.Table(
    "contract_seat",
    metadata,
    sa.Column("contract_id", sa.Text, primary_key=True),
    sa.Column("partner", sa.Text),
    sa.Column("used", sa.Integer, nullable=False),
    sa.Column("ceiling", sa.Integer, nullable=False),
    sa.Column("steps", pg.JSONB, nullable=False),
    sa.Column("entitlement_version", sa.Integer, nullable=False),
    sa.Column("short_at", instant()),
    sa.Column("named", pg.ARRAY(sa.Text), nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.CheckConstraint("used >= 0 AND used <= ceiling", name="ck_contract_seat_used"),
)
sa.Index("ix_contract_seat_short_at", contract_seat.c.short_at, postgresql_where=contract_seat.c.short_at.is_not(None))

device = sa.Table(
    "device",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("contract_id", sa.Text, nullable=False),
    sa.Column("partner", sa.Text),
    sa.Column("os", sa.Text, nullable=False),
    sa.Column("os_version", sa.Text, nullable=False),
    sa.Column("model", sa.Text, nullable=False),
    sa.Column("serial", sa.Text, nullable=False),
    sa.Column("label", sa.Text),
    sa.Column("facts", pg.JSONB, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("generation", sa.Integer, nullable=False),
    sa.Column("enrolled_at", instant(), nullable=False),
    sa.Column("released_at", instant()),
    sa.Column("last_contact_at", instant(), nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.UniqueConstraint("contract_id", "os", "serial", name="uq_device_serial"),
    sa.CheckConstraint("status IN ('enrolled', 'released')", name="ck_device_status"),
)

agent_credential = sa.Table(
    "agent_credential",
    metadata,
    sa.Column("token_hash", sa.LargeBinary, primary_key=True),
    sa.Column("device_id", sa.Text, sa.ForeignKey("device.id", name="fk_agent_credential_device_id"), nullable=False),
    sa.Column("generation", sa.Integer, nullable=False),
    sa.Column("issued_at", instant(), nullable=False),
    sa.Column("revoked_at", instant()),
)
sa.Index(
    "uq_agent_credential_live",
    agent_credential.c.device_id,
    unique=True,
    postgresql_where=agent_credential.c.revoked_at.is_(None),
)

enrolment_invitation = sa.Table(
    "enrolment_invitation",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("contract_id", sa.Text, nullable=False),
    sa.Column("partner", sa.Text),
    sa.Column("os", sa.Text, nullable=False),
    sa.Column("label", sa.Text),
    sa.Column("device_id", sa.Text, sa.ForeignKey("device.id", name="fk_enrolment_invitation_device_id")),
    sa.Column("code_hash", sa.LargeBinary, nullable=False),
    sa.Column("invited_by", sa.Text, nullable=False),
    sa.Column("invited_at", instant(), nullable=False),
    sa.Column("expires_at", instant(), nullable=False),
    sa.Column("used_at", instant()),
    sa.Column(
        "used_by_device_id", sa.Text, sa.ForeignKey("device.id", name="fk_enrolment_invitation_used_by_device_id")
    ),
    sa.Column("version", sa.Integer, nullable=False),
    sa.UniqueConstraint("code_hash", name="uq_enrolment_invitation_code"),
)
sa.Index("ix_enrolment_invitation_contract_id", enrolment_invitation.c.contract_id, enrolment_invitation.c.id)

device_report = sa.Table(
    "device_report",
    metadata,
    sa.Column("device_id", sa.Text, sa.ForeignKey("device.id", name="fk_device_report_device_id"), primary_key=True),
    sa.Column("contract_id", sa.Text, nullable=False),
    sa.Column("partner", sa.Text),
    sa.Column("reported_at", instant(), nullable=False),
    sa.Column("state", pg.JSONB, nullable=False),
)

device_setting = sa.Table(
    "device_setting",
    metadata,
    sa.Column("device_id", sa.Text, sa.ForeignKey("device.id", name="fk_device_setting_device_id"), primary_key=True),
    sa.Column("function", sa.Text, primary_key=True),
    sa.Column("medium", sa.Text, primary_key=True),
    sa.Column("contract_id", sa.Text, nullable=False),
    sa.Column("partner", sa.Text),
    sa.Column("desired", sa.Text),
    sa.Column("desired_by", sa.Text),
    sa.Column("desired_at", instant()),
    sa.Column("applied", sa.Text),
    sa.Column("applied_by", sa.Text),
    sa.Column("applied_at", instant()),
)

lost_report = sa.Table(
    "lost_report",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("device_id", sa.Text, sa.ForeignKey("device.id", name="fk_lost_report_device_id"), nullable=False),
    sa.Column("contract_id", sa.Text, nullable=False),
    sa.Column("partner", sa.Text),
    sa.Column("generation", sa.Integer, nullable=False),
    sa.Column("inquiry_id", sa.Text),
    sa.Column("identity_method", sa.Text, nullable=False),
    sa.Column("identity_passed", sa.Boolean, nullable=False),
    sa.Column("identity_checked_by", sa.Text, nullable=False),
    sa.Column("authorised_by", sa.Text),
    sa.Column("lock_command_id", sa.Text, nullable=False),
    sa.Column("reported_by", sa.Text, nullable=False),
    sa.Column("reported_at", instant(), nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.CheckConstraint("identity_passed", name="ck_lost_report_identity"),
)
sa.Index("ix_lost_report_device_id", lost_report.c.device_id, lost_report.c.id)

_LIVE = "status IN ('awaiting_approval', 'queued', 'sent')"
_TWO_PEOPLE = (
    "function <> 'remote_wipe' OR status IN ('awaiting_approval', 'rejected', 'cancelled', 'expired', 'superseded') "
    "OR (approved_at IS NOT NULL AND decided_by IS NOT NULL AND decided_by <> requested_by "
    "AND decided_by_person IS NOT NULL AND requested_by_person IS NOT NULL "
    "AND decided_by_person <> requested_by_person AND lost_report_id IS NOT NULL)"
)

device_command = sa.Table(
    "device_command",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("device_id", sa.Text, sa.ForeignKey("device.id", name="fk_device_command_device_id"), nullable=False),
    sa.Column("contract_id", sa.Text, nullable=False),
    sa.Column("partner", sa.Text),
    sa.Column("generation", sa.Integer, nullable=False),
    sa.Column("function", sa.Text, nullable=False),
    sa.Column("setting", sa.Text),
    sa.Column("media", pg.ARRAY(sa.Text), nullable=False),
    sa.Column("scope", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("lost_report_id", sa.Text, sa.ForeignKey("lost_report.id", name="fk_device_command_lost_report_id")),
    sa.Column("inquiry_id", sa.Text),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("requested_by", sa.Text, nullable=False),
    sa.Column("requested_by_person", sa.Text),
    sa.Column("requested_through", sa.Text),
    sa.Column("requested_with_token", sa.Text),
    sa.Column("requested_token_issued_at", instant()),
    sa.Column("requested_at", instant(), nullable=False),
    sa.Column("approval_expires_at", instant()),
    sa.Column("decided_by", sa.Text),
    sa.Column("decided_by_person", sa.Text),
    sa.Column("approved_at", instant()),
    sa.Column("expires_at", instant(), nullable=False),
    sa.Column("not_before", instant(), nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("sent_at", instant()),
    sa.Column("unconfirmed_at", instant()),
    sa.Column("closed_at", instant()),
    sa.Column("due_at", instant()),
    sa.Column("detail", sa.Text),
    sa.Column("version", sa.Integer, nullable=False),
    sa.CheckConstraint(
        "status IN ('awaiting_approval', 'queued', 'sent', 'succeeded', 'failed', 'unconfirmed', 'expired', "
        "'rejected', 'cancelled', 'superseded')",
        name="ck_device_command_status",
    ),
    sa.CheckConstraint(_TWO_PEOPLE, name="ck_device_command_two_people"),
)
sa.Index(
    "uq_device_command_live",
    device_command.c.device_id,
    device_command.c.function,
    unique=True,
    postgresql_where=sa.text(_LIVE),
)
sa.Index("ix_device_command_contract_id", device_command.c.contract_id, device_command.c.id)
sa.Index("ix_device_command_device_id", device_command.c.device_id, device_command.c.id)
sa.Index("ix_device_command_due_at", device_command.c.due_at, postgresql_where=device_command.c.due_at.is_not(None))

command_step = sa.Table(
    "command_step",
    metadata,
    sa.Column(
        "command_id", sa.Text, sa.ForeignKey("device_command.id", name="fk_command_step_command_id"), primary_key=True
    ),
    sa.Column("sequence", sa.Integer, primary_key=True),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("event", sa.Text, nullable=False),
    sa.Column("at", instant(), nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("rule_ids", pg.ARRAY(sa.Text), nullable=False),
    sa.Column("inputs", pg.JSONB, nullable=False),
)

TENANT_TABLES = (
    contract_seat,
    device,
    enrolment_invitation,
    device_report,
    device_setting,
    lost_report,
    device_command,
)
