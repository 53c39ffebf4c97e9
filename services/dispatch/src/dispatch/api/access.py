"""Who may call what in dispatch."""

from __future__ import annotations

from common.http import AccessTable, Role, TenantRule, allow, watched

READ, WRITE = "dispatch:read", "dispatch:write"
_HOUSE_READS = allow(Role.OPERATOR, Role.SUPERVISOR, scope=READ)
_CREW_READS = allow(Role.OPERATOR, Role.SUPERVISOR, Role.TECHNICIAN, scope=READ)
_FOLLOWS = allow(Role.OPERATOR, Role.SUPERVISOR, Role.PARTNER, scope=READ)
_FOLLOWS_VISITS = allow(Role.OPERATOR, Role.SUPERVISOR, Role.TECHNICIAN, Role.PARTNER, scope=READ)
_SKILLS = allow(Role.OPERATOR, Role.SUPERVISOR, Role.TECHNICIAN, scope=READ, tenants=TenantRule.SHARED)
_MENU = allow(Role.OPERATOR, Role.SUPERVISOR, Role.TECHNICIAN, Role.PARTNER, scope=READ, tenants=TenantRule.SHARED)
_PLANS = allow(Role.OPERATOR, Role.SUPERVISOR, scope=WRITE)
_KEEPS = allow(Role.SUPERVISOR, scope=WRITE)
_CARRIES_OUT = allow(Role.OPERATOR, Role.SUPERVISOR, Role.TECHNICIAN, scope=WRITE)

ACCESS: AccessTable = {
    "GET /branches": _HOUSE_READS,
    "POST /branches": _KEEPS,
    "GET /branches/{branch_id}": _HOUSE_READS,
    "PUT /branches/{branch_id}": _KEEPS,
    "GET /skills": _SKILLS,
    "PUT /skills/{code}": _KEEPS,
    "GET /technicians": _HOUSE_READS,
    "POST /technicians": _KEEPS,
    "GET /technicians/{technician_id}": _HOUSE_READS,
    "PUT /technicians/{technician_id}": _KEEPS,
    "GET /shifts": _HOUSE_READS,
    "POST /shifts": _KEEPS,
    "POST /shifts/{shift_id}/end": _KEEPS,
    "GET /absences": _HOUSE_READS,
    "POST /absences": _PLANS,
    "DELETE /absences/{absence_id}": _PLANS,
    "GET /menu": _MENU,
    "GET /visit-requests": _FOLLOWS,
    "POST /visit-requests": _PLANS,
    "GET /visit-requests/{visit_request_id}": _FOLLOWS,
    "POST /visit-requests/{visit_request_id}/cancellation": _PLANS,
    "POST /slot-searches": _PLANS,
    "GET /visits": _FOLLOWS_VISITS,
    "POST /visits": _PLANS,
    "GET /visits/{visit_id}": _FOLLOWS_VISITS,
    "GET /visits/{visit_id}/why": _CREW_READS,
    "GET /visits/{visit_id}/signature": watched(_HOUSE_READS),
    "POST /visits/{visit_id}/rebooking": _PLANS,
    "POST /visits/{visit_id}/release": _PLANS,
    "POST /visits/{visit_id}/departure": _CARRIES_OUT,
    "POST /visits/{visit_id}/arrival": _CARRIES_OUT,
    "POST /visits/{visit_id}/quote-change": _CARRIES_OUT,
    "POST /visits/{visit_id}/quote-acceptance": _CARRIES_OUT,
    "POST /visits/{visit_id}/completion": _CARRIES_OUT,
    "POST /visits/{visit_id}/failure": _CARRIES_OUT,
    "POST /visits/{visit_id}/cancellation": _PLANS,
}
