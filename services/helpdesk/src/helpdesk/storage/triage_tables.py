"""Decision trees by version, and the ways that were gone through them."""

from __future__ import annotations

import sqlalchemy as sa

from helpdesk.storage.columns import at, ident, json, metadata, of_inquiry, partner, text

triage_tree = sa.Table(
    "triage_tree",
    metadata,
    sa.Column("code", sa.Text, primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True),
    json("body"),
    text("reason"),
    text("actor"),
    at("at"),
)

triage_run = sa.Table(
    "triage_run",
    metadata,
    ident(),
    of_inquiry(),
    partner(),
    text("contract_id"),
    text("tree_code"),
    sa.Column("tree_version", sa.Integer, nullable=False),
    text("status"),
    json("path"),
    text("outcome", null=True),
    sa.Column("triage_id", sa.Text, sa.ForeignKey("triage.id")),
    at("started_at"),
    text("started_by"),
    at("ended_at", null=True),
    text("ended_by", null=True),
    sa.ForeignKeyConstraint(
        ["tree_code", "tree_version"], ["triage_tree.code", "triage_tree.version"], name="fk_triage_run_tree"
    ),
)
sa.Index("ix_triage_run_inquiry_id", triage_run.c.inquiry_id)
sa.Index("ix_triage_run_tree", triage_run.c.tree_code, triage_run.c.started_at)
sa.Index(
    "uq_triage_run_running",
    triage_run.c.inquiry_id,
    unique=True,
    postgresql_where=triage_run.c.status == sa.text("'running'"),
)
