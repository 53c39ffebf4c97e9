"""Alembic's entry point."""

from common.migrations import run_env
from mdm_gateway.storage.tables import metadata

run_env(metadata)
