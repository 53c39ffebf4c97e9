"""Who may call what of the loaner service."""

from __future__ import annotations

from common.http import AccessTable, Role, allow, watched

_READ = "loaner:read"
_WRITE = "loaner:write"
_PHONE = (Role.OPERATOR, Role.SUPERVISOR)
_DEPOT = (Role.DEPOT,)
# An operator may do every step of a loan for the depot; what the depot owns, its stock, is the depot's to enlarge.
_HOUSE = (*_PHONE, *_DEPOT)

# Loans name persons, so analysts read units and depots only; partners read what is theirs.
ACCESS: AccessTable = {
    "POST /loans": allow(*_PHONE, scope=_WRITE),
    "GET /loans": allow(*_HOUSE, Role.PARTNER, scope=_READ),
    "GET /loans/{loan_id}": allow(*_HOUSE, Role.PARTNER, scope=_READ),
    "GET /loans/{loan_id}/why": allow(*_HOUSE, Role.PARTNER, scope=_READ),
    "GET /loans/{loan_id}/label": watched(allow(*_HOUSE, scope=_READ)),
    "POST /loans/{loan_id}/shipment": allow(*_HOUSE, scope=_WRITE),
    "POST /loans/{loan_id}/delivery": allow(*_HOUSE, scope=_WRITE),
    "POST /loans/{loan_id}/extension": allow(*_PHONE, scope=_WRITE),
    "POST /loans/{loan_id}/return": allow(*_HOUSE, scope=_WRITE),
    "POST /loans/{loan_id}/inspection": allow(*_HOUSE, scope=_WRITE),
    "POST /loans/{loan_id}/loss": allow(*_HOUSE, scope=_WRITE),
    "POST /loans/{loan_id}/cancellation": allow(*_PHONE, scope=_WRITE),
    "GET /waitlist": allow(*_HOUSE, scope=_READ),
    "GET /loan-refusals/{refusal_id}": allow(*_PHONE, Role.PARTNER, scope=_READ),
    "POST /depots": allow(Role.SUPERVISOR, *_DEPOT, scope=_WRITE),
    "GET /depots": allow(*_HOUSE, Role.ANALYST, scope=_READ),
    "POST /units": allow(Role.SUPERVISOR, *_DEPOT, scope=_WRITE),
    "GET /units": allow(*_HOUSE, Role.ANALYST, scope=_READ),
    "GET /units/{unit_id}": allow(*_HOUSE, Role.ANALYST, scope=_READ),
    "POST /units/{unit_id}/erasures": allow(*_HOUSE, scope=_WRITE),
    "GET /units/{unit_id}/erasures": allow(*_HOUSE, scope=_READ),
    "POST /units/{unit_id}/repair-completion": allow(*_HOUSE, scope=_WRITE),
    "POST /units/{unit_id}/retirement": allow(*_HOUSE, scope=_WRITE),
}
