"""What other services told us: projections of their events."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from helpdesk.storage.columns import at, ident, json, metadata, number, partner, text

entitlement = sa.Table(
    "entitlement",
    metadata,
    ident("contract_id"),
    partner(),
    text("subscriber_id"),
    number("version"),
    json("state"),
    at("known_at"),
)
sa.Index("ix_entitlement_subscriber_id", entitlement.c.subscriber_id)

catalogue_part = sa.Table("catalogue_part", metadata, ident("part"), json("body"), at("known_at"))

subscriber = sa.Table(
    "subscriber",
    metadata,
    ident(),
    text("name"),
    text("name_kana"),
    sa.Column("phones", pg.ARRAY(sa.Text), nullable=False),
    at("known_at"),
)
sa.Index("ix_subscriber_phones", subscriber.c.phones, postgresql_using="gin")

visit_request = sa.Table(
    "visit_request",
    metadata,
    ident(),
    partner(),
    text("contract_id"),
    text("inquiry_id", null=True),
    text("purpose"),
    text("status"),
    at("known_at"),
)
sa.Index("ix_visit_request_contract_id", visit_request.c.contract_id)

visit = sa.Table(
    "visit",
    metadata,
    ident(),
    partner(),
    text("visit_request_id"),
    text("contract_id"),
    text("inquiry_id", null=True),
    text("purpose"),
    text("status"),
    text("right", null=True),
    text("right_fee_month", null=True),
    at("planned_start", null=True),
    at("planned_end", null=True),
    at("known_at"),
)
sa.Index("ix_visit_contract_id", visit.c.contract_id)

loan = sa.Table(
    "loan",
    metadata,
    ident(),
    partner(),
    text("contract_id"),
    text("inquiry_id"),
    text("kind"),
    text("status"),
    at("due_at", null=True),
    sa.Column("held", sa.Boolean, nullable=False, server_default=sa.text("false")),
    at("known_at"),
)
sa.Index("ix_loan_contract_id", loan.c.contract_id)

device = sa.Table(
    "device",
    metadata,
    ident(),
    partner(),
    text("contract_id"),
    text("os", null=True),
    text("os_version", null=True),
    text("model", null=True),
    sa.Column("enrolled", sa.Boolean, nullable=False, server_default=sa.text("true")),
    text("lost_report_id", null=True),
    at("reported_at", null=True),
    at("known_at"),
)
sa.Index("ix_device_contract_id", device.c.contract_id)
