"""What can be found. Triggers write it (migration 0009), in the transaction that writes the thing itself."""

from __future__ import annotations

import sqlalchemy as sa

from helpdesk.storage.columns import at, metadata, partner, text

search_document = sa.Table(
    "search_document",
    metadata,
    sa.Column("what", sa.Text, primary_key=True),
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("number", sa.BigInteger, sa.Identity(always=True), nullable=False),
    partner(),
    sa.Column("shared", sa.Boolean, nullable=False),
    text("inquiry_id", null=True),
    text("contract_id", null=True),
    text("subscriber_id", null=True),
    text("kind", null=True),
    at("at"),
    text("title"),
    text("body"),
    sa.Column(
        "folded",
        sa.Text,
        sa.Computed("'|' || text_fold(title) || '|' || text_fold(body) || '|'", persisted=True),
        nullable=False,
    ),
    sa.UniqueConstraint("number", name="uq_search_document_number"),
    sa.Index(
        "ix_search_document_tokens",
        sa.text("search_tokens(number, what, kind, contract_id, folded)"),
        postgresql_using="gin",
    ),
)
sa.Index("ix_search_document_partner", search_document.c.partner, search_document.c.number)
sa.Index("ix_search_document_contract_id", search_document.c.contract_id)
