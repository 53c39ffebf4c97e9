"""Alembic runs this file; the work is common to all services."""

from common.migrations import run_env
from dispatch.storage.tables import metadata

run_env(metadata)
