"""The tables of dispatch; `migrations/` makes them."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from common.tables import instant, service_metadata

metadata = service_metadata()

LIVE_REQUEST = "status IN ('open', 'booked', 'on_hold')"
LIVE_VISIT = "status IN ('booked', 'departed', 'arrived')"
TAKES_TIME = "status NOT IN ('cancelled', 'failed')"
TAKES_RIGHT = "right_state IN ('held', 'used')"

branch = sa.Table(
    "branch",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
)

branch_area = sa.Table(
    "branch_area",
    metadata,
    sa.Column("prefecture_code", sa.Text, primary_key=True),
    sa.Column("branch_id", sa.Text, sa.ForeignKey("branch.id"), nullable=False),
)

skill = sa.Table(
    "skill",
    metadata,
    sa.Column("code", sa.Text, primary_key=True),
    sa.Column("name_ja", sa.Text, nullable=False),
    sa.Column("name_en", sa.Text, nullable=False),
    sa.Column("purposes", pg.ARRAY(sa.Text), nullable=False),
    sa.Column("menu_codes", pg.ARRAY(sa.Text), nullable=False),
)

technician = sa.Table(
    "technician",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("crew", sa.Text, nullable=False),
    sa.Column("skills", pg.ARRAY(sa.Text), nullable=False),
    sa.Column("branch_id", sa.Text, sa.ForeignKey("branch.id"), nullable=False),
    sa.Column("home_base", sa.Text),
    sa.Column("subject", sa.Text),
    sa.Column("active", sa.Boolean, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.UniqueConstraint("subject", name="uq_technician_subject"),
)

shift = sa.Table(
    "shift",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("technician_id", sa.Text, sa.ForeignKey("technician.id"), nullable=False, index=True),
    sa.Column("weekdays", pg.ARRAY(sa.Integer), nullable=False),
    sa.Column("from_minute", sa.Integer, nullable=False),
    sa.Column("to_minute", sa.Integer, nullable=False),
    sa.Column("valid_from", sa.Date, nullable=False),
    sa.Column("valid_to", sa.Date),
)

absence = sa.Table(
    "absence",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("technician_id", sa.Text, sa.ForeignKey("technician.id"), nullable=False, index=True),
    sa.Column("start_at", instant(), nullable=False),
    sa.Column("end_at", instant(), nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
)

catalogue_part = sa.Table(
    "catalogue_part",
    metadata,
    sa.Column("part", sa.Text, primary_key=True),
    sa.Column("state", pg.JSONB, nullable=False),
    sa.Column("known_at", instant(), nullable=False),
)

entitlement = sa.Table(
    "entitlement",
    metadata,
    sa.Column("contract_id", sa.Text, primary_key=True),
    sa.Column("partner", sa.Text),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("state", pg.JSONB, nullable=False),
    sa.Column("known_at", instant(), nullable=False),
)

address = sa.Table(
    "address",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("contract_id", sa.Text, nullable=False, index=True),
    sa.Column("partner", sa.Text),
    sa.Column("postal_code", sa.Text, nullable=False),
    sa.Column("prefecture", sa.Text, nullable=False),
    sa.Column("city", sa.Text, nullable=False),
    sa.Column("street", sa.Text, nullable=False),
    sa.Column("building", sa.Text),
)

inquiry_case = sa.Table(
    "inquiry_case",
    metadata,
    sa.Column("inquiry_id", sa.Text, primary_key=True),
    sa.Column("contract_id", sa.Text, nullable=False, index=True),
    sa.Column("partner", sa.Text),
    sa.Column("sequence", sa.Integer, nullable=False),
    sa.Column("known_up_to", instant(), nullable=False),
    sa.Column("kind", sa.Text),
    sa.Column("site", sa.Text),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("verdict_id", sa.Text),
    sa.Column("verdict_result", sa.Text),
    sa.Column("verdict_origin", sa.Text),
    sa.Column("merged_into", sa.Text, index=True),
)

visit_request = sa.Table(
    "visit_request",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("contract_id", sa.Text, nullable=False, index=True),
    sa.Column("partner", sa.Text),
    sa.Column("purpose", sa.Text, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("created_at", instant(), nullable=False),
    sa.Column("inquiry_id", sa.Text, index=True),
    sa.Column("verdict_id", sa.Text),
    sa.Column("suspected", sa.Text),
    sa.Column("quote", pg.JSONB),
    sa.Column("hold_reasons", pg.ARRAY(sa.Text), nullable=False),
    sa.Column("reason", sa.Text),
    sa.Column("version", sa.Integer, nullable=False),
)
sa.Index(
    "uq_visit_request_live_inquiry",
    visit_request.c.inquiry_id,
    unique=True,
    postgresql_where=sa.text(LIVE_REQUEST),
)

visit = sa.Table(
    "visit",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("request_id", sa.Text, sa.ForeignKey("visit_request.id"), nullable=False, index=True),
    sa.Column("inquiry_id", sa.Text, index=True),
    sa.Column("contract_id", sa.Text, nullable=False, index=True),
    sa.Column("partner", sa.Text),
    sa.Column("purpose", sa.Text, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("technician_id", sa.Text, sa.ForeignKey("technician.id"), nullable=False, index=True),
    sa.Column("start_at", instant(), nullable=False),
    sa.Column("end_at", instant(), nullable=False),
    sa.Column("occupied", pg.TSTZRANGE, nullable=False),
    sa.Column("address_id", sa.Text),
    sa.Column("booked_at", instant(), nullable=False),
    sa.Column("right_state", sa.Text),
    sa.Column("right_fee_month", sa.Text),
    sa.Column("quote", pg.JSONB),
    sa.Column("quote_total", sa.Integer),
    sa.Column("accepted_total", sa.Integer),
    sa.Column("accepted_by", sa.Text),
    sa.Column("accepted_at", instant()),
    sa.Column("finding", pg.JSONB),
    sa.Column("work", sa.Text),
    sa.Column("hold_reasons", pg.ARRAY(sa.Text), nullable=False),
    sa.Column("flags", pg.ARRAY(sa.Text), nullable=False),
    sa.Column("failure", sa.Text),
    sa.Column("reason", sa.Text),
    sa.Column("departed_at", instant()),
    sa.Column("arrived_at", instant()),
    sa.Column("ended_at", instant()),
    sa.Column("version", sa.Integer, nullable=False),
    pg.ExcludeConstraint(
        ("technician_id", "="),
        ("occupied", "&&"),
        name="ex_visit_technician_occupied",
        using="gist",
        where=sa.text(TAKES_TIME),
    ),
)
sa.Index("uq_visit_live_request", visit.c.request_id, unique=True, postgresql_where=sa.text(LIVE_VISIT))
sa.Index(
    "uq_visit_right",
    visit.c.contract_id,
    visit.c.right_fee_month,
    unique=True,
    postgresql_where=sa.text(TAKES_RIGHT),
)

visit_signature = sa.Table(
    "visit_signature",
    metadata,
    sa.Column("visit_id", sa.Text, sa.ForeignKey("visit.id"), primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("image_png", sa.LargeBinary, nullable=False),
    sa.Column("signed_at", instant(), nullable=False),
)

charge = sa.Table(
    "charge",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("visit_id", sa.Text, sa.ForeignKey("visit.id"), nullable=False),
    sa.Column("contract_id", sa.Text, nullable=False, index=True),
    sa.Column("day", sa.Date, nullable=False),
    sa.Column("quote", pg.JSONB, nullable=False),
    sa.Column("total", sa.Integer, nullable=False),
    sa.UniqueConstraint("visit_id", name="uq_charge_visit_id"),
)

visit_journal = sa.Table(
    "visit_journal",
    metadata,
    sa.Column("visit_id", sa.Text, sa.ForeignKey("visit.id"), primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("event_id", sa.Text, nullable=False),
    sa.Column("event", sa.Text, nullable=False),
    sa.Column("at", instant(), nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("rule_ids", pg.ARRAY(sa.Text), nullable=False),
    sa.Column("inputs", pg.JSONB, nullable=False),
)
