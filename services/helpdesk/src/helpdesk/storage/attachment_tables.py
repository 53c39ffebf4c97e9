"""Files on cases."""

from __future__ import annotations

import sqlalchemy as sa

from helpdesk.storage.columns import at, ident, metadata, number, of_inquiry, text

attachment = sa.Table(
    "attachment",
    metadata,
    ident(),
    of_inquiry(),
    text("contract_id"),
    text("visibility"),
    text("file_name", null=True),
    text("media_type"),
    number("size"),
    text("sha256"),
    sa.Column("content", sa.LargeBinary),
    text("actor"),
    at("at"),
)
sa.Index("ix_attachment_inquiry_id", attachment.c.inquiry_id)
