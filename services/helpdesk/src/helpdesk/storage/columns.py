"""The metadata that all tables of this service join, and the kinds of columns they have."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from common.tables import instant, service_metadata

metadata = service_metadata()


def text(name: str, *, null: bool = False) -> sa.Column[str]:
    """Text."""
    return sa.Column(name, sa.Text, nullable=null)


def number(name: str, *, default: str | None = None) -> sa.Column[int]:
    """A whole number."""
    return sa.Column(name, sa.Integer, nullable=False, server_default=sa.text(default) if default else None)


def at(name: str, *, null: bool = False) -> sa.Column[Any]:
    """An instant."""
    return sa.Column(name, instant(), nullable=null)


def ident(name: str = "id") -> sa.Column[str]:
    """A textual primary key."""
    return sa.Column(name, sa.Text, primary_key=True)


def partner() -> sa.Column[str]:
    """The tenant; null for the house."""
    return sa.Column("partner", sa.Text)


def json(name: str) -> sa.Column[Any]:
    """A document."""
    return sa.Column(name, pg.JSONB, nullable=False)


def of_inquiry() -> sa.Column[str]:
    """The inquiry that the row belongs to."""
    return sa.Column("inquiry_id", sa.Text, sa.ForeignKey("inquiry.id"), nullable=False)
