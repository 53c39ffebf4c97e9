"""By which key an account or a file for the bank is sealed; what was sealed before is sealed anew by the worker."""

from __future__ import annotations

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ("bank_account", "debit_batch"):
        op.execute(f"ALTER TABLE {table} ADD COLUMN key_id text")
        op.execute(f"CREATE INDEX ix_{table}_key_id ON {table} (key_id)")
    op.execute('GRANT UPDATE (sealed, key_id) ON debit_batch TO "contracts"')
