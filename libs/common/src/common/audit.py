"""The audit trail: who did what, from where, on which thing, and whether it was allowed."""

from __future__ import annotations

from common.sealing import Chain

CHAIN = Chain("audit", "audit_entry")
