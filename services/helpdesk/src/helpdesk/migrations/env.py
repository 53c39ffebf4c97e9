"""Alembic's entry point."""

from common.migrations import run_env
from helpdesk.storage.tables import metadata

run_env(metadata)
