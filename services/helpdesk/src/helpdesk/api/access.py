"""Who may call what."""

from __future__ import annotations

from common.http import AccessTable, Role, allow, open_to_all, watched
from helpdesk.domain.attachments import LARGEST

READ = "helpdesk:read"
WRITE = "helpdesk:write"

_WORK = allow(Role.OPERATOR, Role.SUPERVISOR, scope=WRITE)
_WATCH = allow(Role.OPERATOR, Role.SUPERVISOR, scope=READ)
_REPORT = allow(Role.OPERATOR, Role.SUPERVISOR, Role.PARTNER, scope=WRITE)
_FOLLOW = allow(Role.OPERATOR, Role.SUPERVISOR, Role.PARTNER, scope=READ)

_LOOK = allow(Role.OPERATOR, Role.SUPERVISOR, scope=READ)
_LEAD = allow(Role.SUPERVISOR, scope=WRITE, secret_answer=True)

ACCESS: AccessTable = {
    "POST /pbx-connections": _LEAD,
    "GET /pbx-connections": allow(Role.SUPERVISOR, scope=READ),
    "DELETE /pbx-connections/{connection_id}": _LEAD,
    "POST /calls": open_to_all(reason="a telephone system shows the secret of its connection"),
    "GET /calls": _LOOK,
    "GET /calls/{call_id}": _LOOK,
    "PUT /calls/{call_id}/inquiry": _WORK,
    "POST /callbacks": _WORK,
    "GET /callbacks": _LOOK,
    "GET /callbacks/{callback_id}": _LOOK,
    "POST /callbacks/{callback_id}/taking": _WORK,
    "POST /callbacks/{callback_id}/postponement": _WORK,
    "POST /callbacks/{callback_id}/completion": _WORK,
    "POST /callbacks/{callback_id}/cancellation": _WORK,
    "POST /inquiries": _REPORT,
    "GET /inquiries": _FOLLOW,
    "GET /inquiries/{inquiry_id}": _FOLLOW,
    "GET /inquiries/{inquiry_id}/timeline": _FOLLOW,
    "GET /inquiries/{inquiry_id}/timeline/verification": _WATCH,
    "GET /inquiries/{inquiry_id}/why": _FOLLOW,
    "POST /inquiries/{inquiry_id}/notes": _REPORT,
    "GET /inquiries/{inquiry_id}/notes": _FOLLOW,
    "POST /inquiries/{inquiry_id}/triage": _WORK,
    "POST /inquiries/{inquiry_id}/triage-runs": _WORK,
    "GET /inquiries/{inquiry_id}/triage-runs": _WATCH,
    "POST /inquiries/{inquiry_id}/triage-runs/{run_id}/answers": _WORK,
    "POST /inquiries/{inquiry_id}/triage-runs/{run_id}/leaving": _WORK,
    "GET /triage-trees": _WATCH,
    "GET /triage-trees/{code}": _WATCH,
    "GET /triage-trees/{code}/versions": _WATCH,
    "PUT /triage-trees/{code}": allow(Role.SUPERVISOR, scope=WRITE),
    "GET /triage-trees/{code}/report": allow(Role.SUPERVISOR, Role.ANALYST, scope=READ),
    "POST /inquiries/{inquiry_id}/remote-sessions": _WORK,
    "GET /inquiries/{inquiry_id}/remote-sessions": _FOLLOW,
    "POST /inquiries/{inquiry_id}/remote-sessions/{session_id}/end": _WORK,
    "POST /inquiries/{inquiry_id}/verdict": _WORK,
    "GET /inquiries/{inquiry_id}/verdicts": _FOLLOW,
    "GET /referrals": _WATCH,
    "POST /inquiries/{inquiry_id}/referrals": _WORK,
    "GET /inquiries/{inquiry_id}/referrals": _FOLLOW,
    "POST /inquiries/{inquiry_id}/referrals/{referral_id}/follow-ups": _WORK,
    "GET /inquiries/{inquiry_id}/referrals/{referral_id}/follow-ups": _WATCH,
    "POST /inquiries/{inquiry_id}/referrals/{referral_id}/answer": _WORK,
    "POST /inquiries/{inquiry_id}/onsite-requests": _WORK,
    "GET /inquiries/{inquiry_id}/onsite-requests": _FOLLOW,
    "POST /inquiries/{inquiry_id}/waiting": _WORK,
    "POST /inquiries/{inquiry_id}/resumption": _WORK,
    "POST /inquiries/{inquiry_id}/resolution": _WORK,
    "POST /inquiries/{inquiry_id}/closing": _WORK,
    "POST /inquiries/{inquiry_id}/reopening": _WORK,
    "POST /inquiries/{inquiry_id}/void": _WORK,
    "POST /inquiries/{inquiry_id}/merge-undo": _WORK,
    "POST /reports": _REPORT,
    "GET /reports": _FOLLOW,
    "GET /reports/{report_id}": _FOLLOW,
    "POST /reports/{report_id}/withdrawal": _REPORT,
    "GET /desk-groups": _WATCH,
    "PUT /desk-groups/{code}": allow(Role.SUPERVISOR, scope=WRITE),
    "GET /operators": _WATCH,
    "PUT /operators/me": _WORK,
    "GET /queue": _WATCH,
    "POST /queue/next": _WORK,
    "POST /inquiries/{inquiry_id}/assignment": _WORK,
    "POST /inquiries/{inquiry_id}/takeover": _WORK,
    "POST /inquiries/{inquiry_id}/queueing": _WORK,
    "GET /escalations": _WATCH,
    "POST /inquiries/{inquiry_id}/escalations": _WORK,
    "GET /inquiries/{inquiry_id}/escalations": _WATCH,
    "POST /inquiries/{inquiry_id}/escalations/{escalation_id}/answer": _WORK,
    "GET /inquiries/{inquiry_id}/goals": _FOLLOW,
    "GET /service-goals": _WATCH,
    "GET /service-goals/report": allow(Role.SUPERVISOR, Role.ANALYST, scope=READ),
    "POST /merges": _WORK,
    "POST /splits": _WORK,
    "GET /contracts/{contract_id}/overview": _FOLLOW,
    "GET /contracts/{contract_id}/quota-ledger": _FOLLOW,
    "POST /attachments": allow(Role.OPERATOR, Role.SUPERVISOR, Role.PARTNER, scope=WRITE, body_limit=LARGEST),
    "GET /attachments/{attachment_id}/content": watched(_FOLLOW),
    "GET /inquiries/{inquiry_id}/attachments": _FOLLOW,
    "GET /inquiries/{inquiry_id}/similar": _WATCH,
    "GET /search": watched(_FOLLOW),
    "GET /refusals": _FOLLOW,
    "GET /refusals/{refusal_id}": _FOLLOW,
}
