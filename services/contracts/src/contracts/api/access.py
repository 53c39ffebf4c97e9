"""Who may call what."""

from __future__ import annotations

from common.http import AccessTable, Role, Rule, TenantRule, allow, watched

_READ, _WRITE = "contracts:read", "contracts:write"
LARGEST_IMPORT = 512 * 1024 * 1024
"""Bytes of a file of old contracts: a million and more of them."""
_EVERYBODY = tuple(Role)
_DESK = (Role.OPERATOR, Role.SUPERVISOR)
_DESK_AND_PARTNER = (*_DESK, Role.PARTNER)


def _reads(*roles: Role) -> Rule:
    return allow(*roles, scope=_READ)


def _shared(*roles: Role) -> Rule:
    return allow(*roles, scope=_READ, tenants=TenantRule.SHARED)


def _writes(*roles: Role) -> Rule:
    return allow(*roles, scope=_WRITE)


ACCESS: AccessTable = {
    "GET /plans": _shared(*_EVERYBODY),
    "GET /plan-sheet": _shared(*_EVERYBODY),
    "GET /closed-days": _shared(*_EVERYBODY),
    "PUT /closed-days/{day}": _writes(Role.SUPERVISOR),
    "DELETE /closed-days/{day}": _writes(Role.SUPERVISOR),
    "POST /subscribers": _writes(*_DESK_AND_PARTNER),
    "GET /subscribers": watched(_reads(*_DESK_AND_PARTNER)),
    "GET /subscribers/{subscriber_id}": watched(_reads(*_DESK_AND_PARTNER)),
    "GET /caller-lookups": watched(_reads(*_DESK)),
    "POST /contracts": _writes(*_DESK_AND_PARTNER),
    "GET /contracts": _reads(*_DESK_AND_PARTNER),
    "GET /contracts/{contract_id}": _reads(*_DESK_AND_PARTNER),
    "POST /contracts/{contract_id}/review": _writes(*_DESK),
    "POST /contracts/{contract_id}/rejection": _writes(*_DESK),
    "POST /contracts/{contract_id}/withdrawal": _writes(*_DESK_AND_PARTNER),
    "POST /contracts/{contract_id}/activation": _writes(*_DESK),
    "POST /contracts/{contract_id}/suspensions": _writes(*_DESK),
    "POST /contracts/{contract_id}/resumption": _writes(*_DESK),
    "POST /contracts/{contract_id}/termination": _writes(*_DESK),
    "POST /contracts/{contract_id}/termination/cancellation": _writes(*_DESK),
    "POST /contracts/{contract_id}/corrections": _writes(*_DESK),
    "POST /contracts/{contract_id}/completion": _writes(*_DESK_AND_PARTNER),
    "POST /contracts/{contract_id}/line-changes": _writes(*_DESK),
    "POST /contracts/{contract_id}/line-cancellation": _writes(*_DESK),
    "POST /contracts/{contract_id}/address-changes": _writes(*_DESK),
    "GET /contracts/{contract_id}/address-changes": _reads(*_DESK_AND_PARTNER),
    "POST /contracts/{contract_id}/address-changes/{address_id}/cancellation": _writes(*_DESK),
    "POST /contracts/{contract_id}/succession": _writes(*_DESK),
    "POST /contracts/{contract_id}/contacts": _writes(*_DESK_AND_PARTNER),
    "GET /contracts/{contract_id}/contacts": _reads(*_DESK_AND_PARTNER),
    "PUT /contracts/{contract_id}/contacts/{contact_id}": _writes(*_DESK_AND_PARTNER),
    "DELETE /contracts/{contract_id}/contacts/{contact_id}": _writes(*_DESK_AND_PARTNER),
    "GET /contracts/{contract_id}/start-notice": _reads(*_DESK_AND_PARTNER),
    "GET /contracts/{contract_id}/exit-checklist": _reads(*_DESK_AND_PARTNER),
    "GET /consents/outstanding": _reads(*_DESK_AND_PARTNER),
    "POST /subscribers/{subscriber_id}/erasure": _writes(Role.SUPERVISOR),
    "POST /subscribers/{subscriber_id}/partner-change": _writes(Role.SUPERVISOR),
    "POST /legacy-contracts": _writes(Role.SUPERVISOR),
    "POST /legacy-imports": allow(Role.SUPERVISOR, scope=_WRITE, own_transactions=True, body_limit=LARGEST_IMPORT),
    "GET /legacy-imports": _reads(Role.SUPERVISOR),
    "GET /legacy-imports/{import_id}": _reads(Role.SUPERVISOR),
    "GET /legacy-imports/{import_id}/rows": _reads(Role.SUPERVISOR),
    "GET /legacy-imports/{import_id}/report": allow(Role.SUPERVISOR, scope=_READ, own_transactions=True),
    "PUT /contracts/{contract_id}/recorded-limits": _writes(Role.SUPERVISOR),
    "POST /contracts/{contract_id}/consents": _writes(*_DESK_AND_PARTNER),
    "GET /contracts/{contract_id}/consents": watched(_reads(*_DESK_AND_PARTNER)),
    "POST /contracts/{contract_id}/options": _writes(*_DESK_AND_PARTNER),
    "GET /contracts/{contract_id}/options": _reads(*_DESK_AND_PARTNER),
    "POST /contracts/{contract_id}/options/{option_id}/end": _writes(*_DESK_AND_PARTNER),
    "POST /contracts/{contract_id}/plan-changes": _writes(*_DESK),
    "GET /contracts/{contract_id}/plan-changes": _reads(*_DESK_AND_PARTNER),
    "POST /contracts/{contract_id}/plan-changes/{plan_change_id}/cancellation": _writes(*_DESK),
    "POST /contracts/{contract_id}/sites": _writes(*_DESK),
    "GET /contracts/{contract_id}/sites": _reads(*_DESK_AND_PARTNER),
    "PUT /contracts/{contract_id}/sites/{site_id}": _writes(*_DESK),
    "DELETE /contracts/{contract_id}/sites/{site_id}": _writes(*_DESK),
    "GET /contracts/{contract_id}/entitlements": _reads(*_DESK_AND_PARTNER),
    "GET /contracts/{contract_id}/usage": _reads(*_DESK_AND_PARTNER),
    "GET /contracts/{contract_id}/history": _reads(*_DESK),
    "POST /contracts/{contract_id}/fee-months/{fee_month}/closing": _writes(Role.SUPERVISOR),
    "POST /closing-runs": _writes(Role.SUPERVISOR),
    "GET /closing-runs": _reads(Role.SUPERVISOR),
    "GET /closing-runs/{closing_run_id}": _reads(Role.SUPERVISOR),
    "GET /closing-runs/{closing_run_id}/failures": _reads(Role.SUPERVISOR),
    "GET /closing-failures": _reads(Role.SUPERVISOR),
    "POST /contracts/{contract_id}/adjustments": _writes(*_DESK),
    "GET /adjustments": _reads(*_DESK),
    "GET /adjustments/{adjustment_id}": _reads(*_DESK),
    "POST /adjustments/{adjustment_id}/approval": _writes(Role.SUPERVISOR),
    "POST /adjustments/{adjustment_id}/rejection": _writes(*_DESK),
    "GET /statements/{statement_id}/invoice": _reads(*_DESK_AND_PARTNER),
    "POST /invoices": _writes(Role.SUPERVISOR),
    "GET /invoices": _reads(*_DESK_AND_PARTNER),
    "GET /invoices/{invoice_id}": _reads(*_DESK_AND_PARTNER),
    "GET /invoices/{invoice_id}/why": _reads(*_DESK_AND_PARTNER),
    "POST /invoices/{invoice_id}/corrections": _writes(Role.SUPERVISOR),
    "POST /invoices/{invoice_id}/credit-notes": _writes(Role.SUPERVISOR),
    "POST /invoices/{invoice_id}/payment": _writes(Role.SUPERVISOR),
    "GET /credit-notes": _reads(*_DESK_AND_PARTNER),
    "GET /credit-notes/{credit_note_id}": _reads(*_DESK_AND_PARTNER),
    "PUT /subscribers/{subscriber_id}/bank-account": _writes(*_DESK),
    "GET /subscribers/{subscriber_id}/bank-account": _reads(*_DESK),
    "DELETE /subscribers/{subscriber_id}/bank-account": _writes(*_DESK),
    "POST /debit-batches": _writes(Role.SUPERVISOR),
    "GET /debit-batches": _reads(Role.SUPERVISOR),
    "GET /debit-batches/{debit_batch_id}": _reads(Role.SUPERVISOR),
    "GET /debit-batches/{debit_batch_id}/debits": _reads(Role.SUPERVISOR),
    "GET /debit-batches/{debit_batch_id}/file": _reads(Role.SUPERVISOR),
    "POST /debit-batches/{debit_batch_id}/results": _writes(Role.SUPERVISOR),
    "GET /figures": _reads(Role.SUPERVISOR, Role.ANALYST),
    "GET /contracts/{contract_id}/plan-advice": _reads(*_DESK_AND_PARTNER),
    "GET /accounting-export": allow(Role.SUPERVISOR, scope=_READ, own_transactions=True),
    "GET /contracts-export": watched(allow(Role.SUPERVISOR, scope=_READ, own_transactions=True)),
    "GET /invoices-export": watched(allow(Role.SUPERVISOR, scope=_READ, own_transactions=True)),
    "GET /receivables-export": watched(allow(Role.SUPERVISOR, scope=_READ, own_transactions=True)),
    "GET /subscribers/{subscriber_id}/billing": _reads(*_DESK),
    "PUT /subscribers/{subscriber_id}/billing": _writes(*_DESK),
    "GET /statements": _reads(*_DESK_AND_PARTNER),
    "GET /statements/{statement_id}": _reads(*_DESK_AND_PARTNER),
    "GET /statements/{statement_id}/why": _reads(*_DESK_AND_PARTNER),
    "POST /token-revocations": _writes(Role.SUPERVISOR, Role.PARTNER_ADMIN),
    "GET /token-revocations": watched(_reads(Role.SUPERVISOR, Role.PARTNER_ADMIN)),
    "GET /token-revocations/{revocation_id}": watched(_reads(Role.SUPERVISOR, Role.PARTNER_ADMIN)),
    "DELETE /token-revocations/{revocation_id}": _writes(Role.SUPERVISOR, Role.PARTNER_ADMIN),
}
