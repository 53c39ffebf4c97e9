"""The tables of the loaner service."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from common.tables import instant, service_metadata
from loaner.domain.loan import OPEN, OUT, LoanStatus
from loaner.domain.units import UnitStatus

metadata = service_metadata()
published_event = metadata.tables["published_event"]


def _among(column: str, statuses: frozenset[LoanStatus] | type[LoanStatus | UnitStatus]) -> str:
    named = ", ".join(f"'{status.value}'" for status in sorted(statuses))
    return f"{column} IN ({named})"


ONE_OPEN_PER_KIND = _among("status", OPEN)
HOLDS_UNIT = _among("status", OUT | {LoanStatus.RESERVED, LoanStatus.RETURNED, LoanStatus.LOST})
# What R-LOAN-ERASE says, as the database sees it: no customer's data may leave with the next loan.
ERASED_BEFORE_LENDING = (
    "NOT has_storage OR status NOT IN ('in_stock', 'reserved', 'on_loan') OR last_returned_at IS NULL"
    " OR (last_erased_at IS NOT NULL AND last_erased_at >= last_returned_at)"
)

depot = sa.Table(
    "depot",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("created_at", instant(), nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.UniqueConstraint("name", name="uq_depot_name"),
)

stock = sa.Table(
    "stock",
    metadata,
    sa.Column("depot_id", sa.Text, sa.ForeignKey("depot.id", name="fk_stock_depot_id"), primary_key=True),
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("last_number", sa.Integer, nullable=False, server_default="0"),
)

unit = sa.Table(
    "unit",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("depot_id", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("maker", sa.Text, nullable=False),
    sa.Column("model", sa.Text, nullable=False),
    sa.Column("serial", sa.Text, nullable=False),
    sa.Column("asset_tag", sa.Text, nullable=False),
    sa.Column("accessories", ARRAY(sa.Text), nullable=False),
    sa.Column("has_storage", sa.Boolean, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("condition", sa.Text, nullable=False),
    sa.Column("registered_at", instant(), nullable=False),
    sa.Column("last_returned_at", instant()),
    sa.Column("last_erased_at", instant()),
    sa.Column("version", sa.Integer, nullable=False),
    sa.ForeignKeyConstraint(["depot_id", "kind"], ["stock.depot_id", "stock.kind"], name="fk_unit_stock"),
    sa.UniqueConstraint("asset_tag", name="uq_unit_asset_tag"),
    sa.UniqueConstraint("maker", "serial", name="uq_unit_serial"),
    sa.CheckConstraint(_among("status", UnitStatus), name="unit_status_known"),
    sa.CheckConstraint(ERASED_BEFORE_LENDING, name="unit_erased_before_lending"),
    sa.Index("ix_unit_stock", "depot_id", "kind", "status", "id"),
)

erasure = sa.Table(
    "erasure",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("unit_id", sa.Text, sa.ForeignKey("unit.id", name="fk_erasure_unit_id"), nullable=False),
    sa.Column("method", sa.Text, nullable=False),
    sa.Column("verified_by", sa.Text, nullable=False),
    sa.Column("serial", sa.Text, nullable=False),
    sa.Column("erased_at", instant(), nullable=False),
    sa.Column("recorded_by", sa.Text, nullable=False),
    sa.Index("ix_erasure_unit_id", "unit_id", "id"),
)

loan = sa.Table(
    "loan",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("inquiry_id", sa.Text, nullable=False),
    sa.Column("contract_id", sa.Text, nullable=False),
    sa.Column("partner", sa.Text),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("depot_id", sa.Text, nullable=False),
    sa.Column("days", sa.Integer, nullable=False),
    sa.Column("wished_by", sa.Text),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("requested_at", instant(), nullable=False),
    sa.Column("evidence", JSONB, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("unit_id", sa.Text, sa.ForeignKey("unit.id", name="fk_loan_unit_id")),
    sa.Column("waitlist_number", sa.Integer),
    sa.Column("hold_codes", ARRAY(sa.Text), nullable=False),
    sa.Column("hold_since", instant()),
    sa.Column("carrier", sa.Text),
    sa.Column("tracking_number", sa.Text),
    sa.Column("address_id", sa.Text),
    sa.Column("shipped_at", instant()),
    sa.Column("delivered_at", instant()),
    sa.Column("due_at", instant()),
    sa.Column("next_reminder_at", instant()),
    sa.Column("handed_over_at", instant()),
    sa.Column("received_at", instant()),
    sa.Column("days_late", sa.Integer),
    sa.Column("condition", sa.Text),
    sa.Column("missing_accessories", ARRAY(sa.Text), nullable=False),
    sa.Column("ended_at", instant()),
    sa.Column("end_reason", sa.Text),
    sa.ForeignKeyConstraint(["depot_id", "kind"], ["stock.depot_id", "stock.kind"], name="fk_loan_stock"),
    sa.CheckConstraint(_among("status", LoanStatus), name="loan_status_known"),
    sa.CheckConstraint(f"NOT ({HOLDS_UNIT}) OR unit_id IS NOT NULL", name="loan_with_its_unit"),
    sa.CheckConstraint("status <> 'waitlisted' OR waitlist_number IS NOT NULL", name="loan_with_its_number"),
    sa.Index(
        "loan_one_open_per_kind",
        "contract_id",
        "kind",
        unique=True,
        postgresql_where=sa.text(ONE_OPEN_PER_KIND),
    ),
    sa.Index("loan_one_per_unit", "unit_id", unique=True, postgresql_where=sa.text(HOLDS_UNIT)),
    sa.Index("loan_waitlist_number", "depot_id", "kind", "waitlist_number", unique=True),
    sa.Index("ix_loan_contract_id", "contract_id", "id"),
    sa.Index("ix_loan_inquiry_id", "inquiry_id", "id"),
    sa.Index("ix_loan_due_at", "due_at", postgresql_where=sa.text("status IN ('delivered', 'overdue')")),
    sa.Index("ix_loan_next_reminder_at", "next_reminder_at", postgresql_where=sa.text("next_reminder_at IS NOT NULL")),
)

loan_step = sa.Table(
    "loan_step",
    metadata,
    sa.Column("loan_id", sa.Text, sa.ForeignKey("loan.id", name="fk_loan_step_loan_id"), primary_key=True),
    sa.Column("sequence", sa.Integer, primary_key=True),
    sa.Column("partner", sa.Text),
    sa.Column("event", sa.Text, nullable=False),
    sa.Column("at", instant(), nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("body", JSONB, nullable=False),
)

loan_refusal = sa.Table(
    "loan_refusal",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("partner", sa.Text),
    sa.Column("inquiry_id", sa.Text, nullable=False),
    sa.Column("contract_id", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("reasons", JSONB, nullable=False),
    sa.Column("refused_at", instant(), nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Index("ix_loan_refusal_inquiry_id", "inquiry_id", "id"),
)

entitlement = sa.Table(
    "entitlement",
    metadata,
    sa.Column("contract_id", sa.Text, primary_key=True),
    sa.Column("partner", sa.Text),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("state", JSONB, nullable=False),
    sa.Column("known_at", instant(), nullable=False),
)

support_case = sa.Table(
    "support_case",
    metadata,
    sa.Column("inquiry_id", sa.Text, primary_key=True),
    sa.Column("contract_id", sa.Text, nullable=False),
    sa.Column("partner", sa.Text),
    sa.Column("site", sa.Text),
    sa.Column("status", sa.Text, nullable=False, server_default="open"),
    sa.Column("status_sequence", sa.Integer, nullable=False, server_default="0"),
    sa.Column("merged_into", sa.Text),
    sa.Column("verdict", JSONB),
    sa.Column("verdict_sequence", sa.Integer, nullable=False, server_default="0"),
    sa.Column("known_at", instant(), nullable=False),
    sa.Index("ix_support_case_merged_into", "merged_into"),
    sa.Index("ix_support_case_contract_id", "contract_id"),
)

address = sa.Table(
    "address",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("contract_id", sa.Text, nullable=False),
    sa.Column("partner", sa.Text),
    sa.Column("sequence", sa.Integer, nullable=False),
    sa.Column("postal_code", sa.Text, nullable=False),
    sa.Column("prefecture", sa.Text, nullable=False),
    sa.Column("city", sa.Text, nullable=False),
    sa.Column("street", sa.Text, nullable=False),
    sa.Column("building", sa.Text),
    sa.Index("ix_address_contract_id", "contract_id"),
)

catalogue = sa.Table(
    "catalogue",
    metadata,
    sa.Column("part", sa.Text, primary_key=True),
    sa.Column("sequence", sa.Integer, nullable=False),
    sa.Column("body", JSONB, nullable=False),
    sa.Column("known_at", instant(), nullable=False),
)
