"""Alembic's entry."""

from __future__ import annotations

from common.migrations import run_env
from contracts.storage.tables import metadata

run_env(metadata)
