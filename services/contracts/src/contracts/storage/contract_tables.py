"""Tables of the catalogue, of subscribers and of contracts with everything dated about them."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from common.tables import instant, service_metadata
from contracts.domain.contract import LIVE

metadata = service_metadata()

_LIVE = ", ".join(f"'{status.value}'" for status in sorted(LIVE))


def owned(name: str, *columns: sa.Column[Any] | sa.schema.SchemaItem) -> sa.Table:
    """A table of rows that belong to a contract."""
    return sa.Table(
        name,
        metadata,
        sa.Column(
            "contract_id",
            sa.Text,
            sa.ForeignKey("contract.id", name=f"fk_{name}_contract_id"),
            nullable=False,
        ),
        sa.Column("partner", sa.Text),
        *columns,
    )


def _dated() -> tuple[sa.Column[Any], ...]:
    return (sa.Column("starts_at", instant(), nullable=False), sa.Column("ends_at", instant()))


def _address() -> tuple[sa.Column[Any], ...]:
    return (
        sa.Column("postal_code", sa.Text, nullable=False),
        sa.Column("prefecture", sa.Text, nullable=False),
        sa.Column("prefecture_code", sa.Text, nullable=False),
        sa.Column("city", sa.Text, nullable=False),
        sa.Column("street", sa.Text, nullable=False),
        sa.Column("building", sa.Text),
        sa.Column("municipality_code", sa.Text),
    )


catalogue_part = sa.Table(
    "catalogue_part",
    metadata,
    sa.Column("part", sa.Text, primary_key=True),
    sa.Column("valid_from", instant(), primary_key=True),
    sa.Column("digest", sa.Text, nullable=False),
    sa.Column("body", JSONB, nullable=False),
)

published_part = sa.Table(
    "published_part",
    metadata,
    sa.Column("part", sa.Text, primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("digest", sa.Text, nullable=False),
)

# An address never changes, so it is told once, as its first version. Here stands what was told again.
republished_address = sa.Table(
    "republished_address",
    metadata,
    sa.Column("address_id", sa.Text, primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("contract_id", sa.Text),
    sa.Column("partner", sa.Text),
)

closed_day = sa.Table(
    "closed_day",
    metadata,
    sa.Column("day", sa.Date, primary_key=True),
    sa.Column("closed", sa.Boolean, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("set_by", sa.Text, nullable=False),
    sa.Column("set_at", instant(), nullable=False),
)

subscriber = sa.Table(
    "subscriber",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("partner", sa.Text),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("name_kana", sa.Text, nullable=False),
    *_address(),
    sa.Column("created_at", instant(), nullable=False),
    sa.Column("erased_at", instant()),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column(
        "search_text",
        sa.Text,
        sa.Computed("'|' || search_fold(name) || '|' || search_fold(name_kana) || '|'", persisted=True),
        nullable=False,
    ),
    sa.Index("ix_subscriber_search", sa.text("search_grams(search_text)"), postgresql_using="gin"),
)

tax_record = sa.Table(
    "tax_record",
    metadata,
    sa.Column("subscriber_id", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("postal_code", sa.Text, nullable=False),
    sa.Column("prefecture", sa.Text, nullable=False),
    sa.Column("city", sa.Text, nullable=False),
    sa.Column("street", sa.Text, nullable=False),
    sa.Column("building", sa.Text),
    sa.Column("erased_at", instant(), nullable=False),
    sa.Column("erased_by", sa.Text, nullable=False),
    sa.Column("keep_until", sa.Date, nullable=False),
    sa.Index("ix_tax_record_keep_until", "keep_until"),
)

subscriber_phone = sa.Table(
    "subscriber_phone",
    metadata,
    sa.Column(
        "subscriber_id",
        sa.Text,
        sa.ForeignKey("subscriber.id", name="fk_subscriber_phone_subscriber_id"),
        primary_key=True,
    ),
    sa.Column("phone", sa.Text, primary_key=True),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("partner", sa.Text),
    sa.Index("ix_subscriber_phone_phone", "phone"),
    sa.Index("ix_subscriber_phone_tail", sa.text("reverse(phone)")),
)

contract = sa.Table(
    "contract",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("partner", sa.Text),
    sa.Column(
        "subscriber_id",
        sa.Text,
        sa.ForeignKey("subscriber.id", name="fk_contract_subscriber_id"),
        nullable=False,
    ),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("entitlements_version", sa.Integer, nullable=False),
    sa.Column("fee_month_start_day", sa.Integer, nullable=False),
    sa.Column("applied_at", instant(), nullable=False),
    sa.Column("starts_at", instant(), nullable=False),
    sa.Column("active_from", instant()),
    sa.Column("ends_at", instant()),
    sa.Column("line_kind", sa.Text),
    sa.Column("line_carrier", sa.Text),
    sa.Column("line_number", sa.Text),
    sa.Column("line_key", sa.Text),
    sa.Column("service_id", sa.Text),
    sa.Column("access_lines", JSONB, nullable=False),
    sa.Column("reviewed_plan", sa.Text),
    sa.Column("legacy_number", sa.Text),
    sa.Column("support_number", sa.Text),
    sa.Column("parked_until", instant()),
    sa.Column("resumes_with_line", sa.Boolean, nullable=False),
    sa.Column("correction", JSONB(none_as_null=True)),
    sa.CheckConstraint("fee_month_start_day BETWEEN 1 AND 28", name="contract_fee_month_start_day"),
    sa.Index("ix_contract_subscriber_id", "subscriber_id", "id"),
    sa.Index("ix_contract_status", "status", "id"),
    sa.Index("ix_contract_ends_at", "ends_at", postgresql_where=sa.text(f"status IN ({_LIVE})")),
    sa.Index(
        "uq_contract_live_line",
        "line_key",
        unique=True,
        postgresql_where=sa.text(f"status IN ({_LIVE})"),
    ),
    sa.Index(
        "uq_contract_live_service_id",
        "service_id",
        unique=True,
        postgresql_where=sa.text(f"status IN ({_LIVE})"),
    ),
    sa.Index("uq_contract_legacy_number", "legacy_number", unique=True),
    sa.Index(
        "ix_contract_numbers",
        sa.text("contract_numbers(id, line_number, service_id, legacy_number, access_lines)"),
        postgresql_using="gin",
    ),
    sa.Index("uq_contract_support_number", "support_number", unique=True),
    sa.Index("ix_contract_parked_until", "parked_until", postgresql_where=sa.text("parked_until IS NOT NULL")),
)

registration_period = owned(
    "registration_period",
    *_dated(),
    sa.Column("subscriber_id", sa.Text, nullable=False),
    sa.Column("line_kind", sa.Text),
    sa.Column("line_carrier", sa.Text),
    sa.Column("line_number", sa.Text),
    sa.Column("service_id", sa.Text),
    sa.Column("access_lines", JSONB, nullable=False),
    sa.PrimaryKeyConstraint("contract_id", "starts_at"),
)

status_period = owned(
    "status_period",
    *_dated(),
    sa.Column("status", sa.Text, nullable=False),
    sa.PrimaryKeyConstraint("contract_id", "starts_at"),
)

plan_period = owned(
    "plan_period",
    *_dated(),
    sa.Column("plan_code", sa.Text, nullable=False),
    sa.Column("terms", JSONB, nullable=False),
    sa.Column("price", sa.Integer, nullable=False),
    sa.Column("event_id", sa.Text),
    sa.PrimaryKeyConstraint("contract_id", "starts_at"),
)

option_period = owned(
    "option_period",
    *_dated(),
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("code", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("price", sa.Integer, nullable=False),
    sa.Column("fee_month", sa.Text),
    sa.Column("units", sa.Integer, nullable=False),
    sa.Column("ordinal", sa.Integer, nullable=False),
    sa.Column("own_ends_at", instant()),
    sa.Column("ended", sa.Boolean, nullable=False),
    sa.Column("event_id", sa.Text),
    sa.Index("ix_option_period_contract_id", "contract_id"),
    sa.Index(
        "uq_option_period_extra_inquiries",
        "contract_id",
        "fee_month",
        "ordinal",
        unique=True,
        postgresql_where=sa.text("kind = 'extra_inquiries'"),
    ),
    sa.Index("ix_option_period_ends_at", "ends_at", postgresql_where=sa.text("NOT ended")),
)

address_period = owned(
    "address_period",
    *_dated(),
    sa.Column("id", sa.Text, primary_key=True),
    *_address(),
    sa.Column("announced", sa.Boolean, nullable=False),
    sa.Index("ix_address_period_contract_id", "contract_id"),
    sa.Index("ix_address_period_starts_at", "starts_at", postgresql_where=sa.text("NOT announced")),
)

site = owned(
    "site",
    *_dated(),
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("label", sa.Text, nullable=False),
    sa.Index("ix_site_contract_id", "contract_id"),
)

consent = owned(
    "consent",
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("document", sa.Text, nullable=False),
    sa.Column("document_version", sa.Text, nullable=False),
    sa.Column("accepted_by", sa.Text, nullable=False),
    sa.Column("accepted_at", instant(), nullable=False),
    sa.Column("channel", sa.Text),
    sa.Column("holds_from", instant()),
    sa.Column("holds_until", instant()),
    sa.Index("ix_consent_contract_id", "contract_id"),
    sa.Index("ix_consent_document", "contract_id", "document", "document_version"),
)

contact = owned(
    "contact",
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("subscriber_id", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("name_kana", sa.Text),
    sa.Column("phones", ARRAY(sa.Text), nullable=False),
    sa.Column("email", sa.Text),
    sa.Column("roles", ARRAY(sa.Text), nullable=False),
    sa.Column("since", instant(), nullable=False),
    sa.Index("ix_contact_contract_id", "contract_id", "id"),
    sa.Index("ix_contact_subscriber_id", "subscriber_id"),
)

plan_change = owned(
    "plan_change",
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("from_plan", sa.Text, nullable=False),
    sa.Column("to_plan", sa.Text, nullable=False),
    sa.Column("effective_from", instant(), nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Index("ix_plan_change_contract_id", "contract_id"),
    sa.Index(
        "uq_plan_change_scheduled",
        "contract_id",
        unique=True,
        postgresql_where=sa.text("status = 'scheduled'"),
    ),
    sa.Index(
        "ix_plan_change_effective_from",
        "effective_from",
        postgresql_where=sa.text("status = 'scheduled'"),
    ),
)

history = owned(
    "history",
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("at", instant(), nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("request_id", sa.Text),
    sa.Column("act", sa.Text, nullable=False),
    sa.Column("details", JSONB, nullable=False),
    sa.Column("event_ids", ARRAY(sa.Text), nullable=False),
    sa.Index("ix_history_contract_id", "contract_id", "id"),
)
