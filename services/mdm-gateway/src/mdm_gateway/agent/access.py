"""The agent's routes ask for no JWT; what stands in its place is said here."""

from __future__ import annotations

from common.http import AccessTable, open_to_all

_BY_TOKEN = "the device token is checked in the route's own transaction"  # noqa: S105 - a reason, no secret

AGENT_ACCESS: AccessTable = {
    "POST /mdm/agent/v1/enrolments": open_to_all(
        reason="the enrolment code is checked in the route's own transaction", secret_answer=True
    ),
    "GET /mdm/agent/v1/commands": open_to_all(reason=_BY_TOKEN, own_transactions=True),
    "POST /mdm/agent/v1/commands/{command_id}/result": open_to_all(reason=_BY_TOKEN),
    "POST /mdm/agent/v1/status": open_to_all(reason=_BY_TOKEN),
}
