"""Commands keep the persons behind the logins, and the token that a wipe was asked for with (R-MDM-WIPE-TWO)."""

from __future__ import annotations

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

# Until now a login was a person.
_PERSONS = """
ALTER TABLE device_command
    ADD COLUMN requested_by_person text,
    ADD COLUMN requested_through text,
    ADD COLUMN requested_with_token text,
    ADD COLUMN requested_token_issued_at timestamptz,
    ADD COLUMN decided_by_person text;
UPDATE device_command SET requested_by_person = requested_by, decided_by_person = decided_by;
ALTER TABLE device_command
    DROP CONSTRAINT ck_device_command_two_people,
    ADD CONSTRAINT ck_device_command_two_people CHECK (
        function <> 'remote_wipe'
        OR status IN ('awaiting_approval', 'rejected', 'cancelled', 'expired', 'superseded')
        OR (approved_at IS NOT NULL AND decided_by IS NOT NULL AND decided_by <> requested_by
            AND decided_by_person IS NOT NULL AND requested_by_person IS NOT NULL
            AND decided_by_person <> requested_by_person AND lost_report_id IS NOT NULL))
"""


def upgrade() -> None:
    for statement in _PERSONS.split(";"):
        op.execute(statement)
