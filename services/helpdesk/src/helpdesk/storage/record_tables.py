"""The customer's record: entries and their versions, sealed credentials, who was shown them."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from helpdesk.storage.columns import at, ident, metadata, number, of_inquiry, text

record_kind = sa.Table(
    "record_kind",
    metadata,
    ident("code"),
    text("ja"),
    text("en"),
    number("place"),
    sa.Column("offered", sa.Boolean, nullable=False),
)


def _said() -> list[sa.Column[Any]]:
    needed = map(text, ("contract_id", "subscriber_id", "status", "kind", "site"))
    given = [text(name, null=True) for name in ("site_id", "maker", "model", "serial", "address", "note")]
    shared = sa.Column("shared", sa.Boolean, nullable=False)
    return [*needed, text("label"), *given, shared, text("actor"), at("at")]


record_entry = sa.Table(
    "record_entry",
    metadata,
    ident(),
    number("version"),
    *_said(),
    sa.ForeignKeyConstraint(["kind"], ["record_kind.code"], name="fk_record_entry_kind"),
)
sa.Index("ix_record_entry_contract_id", record_entry.c.contract_id, record_entry.c.id)
sa.Index("ix_record_entry_subscriber_id", record_entry.c.subscriber_id)

record_version = sa.Table(
    "record_version",
    metadata,
    sa.Column("entry_id", sa.Text, sa.ForeignKey("record_entry.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
    *_said(),
)
sa.Index("ix_record_version_subscriber_id", record_version.c.subscriber_id)

credential = sa.Table(
    "credential",
    metadata,
    ident(),
    sa.Column("entry_id", sa.Text, sa.ForeignKey("record_entry.id", ondelete="CASCADE"), nullable=False),
    text("contract_id"),
    text("subscriber_id"),
    text("label"),
    text("login", null=True),
    sa.Column("sealed", sa.LargeBinary),
    text("key_id", null=True),
    number("version"),
    text("actor"),
    at("at"),
)
sa.Index("ix_credential_key_id", credential.c.key_id)
sa.Index("ix_credential_entry_id", credential.c.entry_id, credential.c.id)
sa.Index("ix_credential_subscriber_id", credential.c.subscriber_id)
sa.Index(
    "uq_credential_label",
    credential.c.entry_id,
    credential.c.label,
    unique=True,
    postgresql_where=credential.c.sealed.is_not(None),
)

credential_reveal = sa.Table(
    "credential_reveal",
    metadata,
    ident(),
    text("credential_id"),
    number("credential_version"),
    text("entry_id"),
    text("contract_id"),
    of_inquiry(),
    text("reason"),
    text("actor"),
    text("person"),
    at("at"),
)
sa.Index("ix_credential_reveal_contract_id", credential_reveal.c.contract_id, credential_reveal.c.id)
sa.Index("ix_credential_reveal_credential_id", credential_reveal.c.credential_id, credential_reveal.c.id)
sa.Index("ix_credential_reveal_inquiry_id", credential_reveal.c.inquiry_id, credential_reveal.c.id)
sa.Index("ix_credential_reveal_actor", credential_reveal.c.actor, credential_reveal.c.id)
sa.Index("ix_credential_reveal_person", credential_reveal.c.person, credential_reveal.c.at)
