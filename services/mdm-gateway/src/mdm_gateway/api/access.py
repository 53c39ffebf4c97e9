"""Who may call what."""

from __future__ import annotations

from common.http import AccessTable, Role, allow, watched

_READ = allow(Role.OPERATOR, Role.SUPERVISOR, scope="mdm:read")
_READ_OWN = allow(Role.OPERATOR, Role.SUPERVISOR, Role.PARTNER, scope="mdm:read")
_WORK = allow(Role.OPERATOR, Role.SUPERVISOR, scope="mdm:write")
_DECIDE = allow(Role.SUPERVISOR, scope="mdm:write")

ACCESS: AccessTable = {
    "POST /enrolment-invitations": allow(Role.OPERATOR, Role.SUPERVISOR, scope="mdm:write", secret_answer=True),
    "GET /enrolment-invitations": _READ,
    "GET /enrolment-invitations/{invitation_id}": _READ,
    "GET /devices": _READ_OWN,
    "GET /devices/{device_id}": _READ_OWN,
    "POST /devices/{device_id}/release": _WORK,
    "GET /devices/{device_id}/capabilities": _READ_OWN,
    "GET /devices/{device_id}/settings": _READ_OWN,
    "GET /devices/{device_id}/security-status": _READ_OWN,
    "GET /contracts/{contract_id}/seats": _READ_OWN,
    "POST /devices/{device_id}/commands": _WORK,
    "GET /commands": _READ,
    "GET /commands/{command_id}": _READ,
    "GET /commands/{command_id}/why": _READ,
    "POST /commands/{command_id}/approval": _DECIDE,
    "POST /commands/{command_id}/rejection": _DECIDE,
    "POST /commands/{command_id}/cancellation": _WORK,
    "POST /lost-reports": _WORK,
    "GET /lost-reports": watched(_READ),
    "GET /lost-reports/{report_id}": watched(_READ),
}
