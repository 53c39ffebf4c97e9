"""Whether a contract may have the management tool at an instant, and whether a device may be commanded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from common.entitlements import Standing, consent_missing, standing
from common.errors import DomainError
from common.events.contracts import EntitlementsChanged, RequiredConsent, ToolOs
from mdm_gateway.domain.matrix import LOST_DEVICE, Function
from mdm_gateway.domain.refusals import (
    CatalogueUnknown,
    ConsentMissing,
    ContractNotActive,
    MdmNotInPlan,
    OsNotSupported,
)
from mdm_gateway.domain.seats import seat_refusal

MANAGEMENT_TOOL = "management_tool"
_COMMANDED = {True: frozenset({"active", "suspended"}), False: frozenset({"active"})}


@dataclass(frozen=True, kw_only=True)
class Entitlement:
    """The contract's published state and when this service learned of it."""

    state: EntitlementsChanged
    known_up_to: datetime

    def at(self, now: datetime) -> Standing:
        """The contract at `now`."""
        return standing(self.state, now)


@dataclass(frozen=True, kw_only=True)
class Catalogue:
    """The parts of the catalogue that decide here; None: not heard of yet."""

    tool_matrix: tuple[ToolOs, ...] | None
    required_consents: tuple[RequiredConsent, ...] | None


def os_refusal(os: str, tool_matrix: Sequence[ToolOs]) -> OsNotSupported | None:
    """Why a device with `os` cannot have the management tool, if so (R-TOOL-OS)."""
    supported = sorted(entry.os for entry in tool_matrix if entry.management_tool)
    return None if os in supported else OsNotSupported(os=os, tool=MANAGEMENT_TOOL, supported=supported)


def enrolment_refusals(
    entitlement: Entitlement, catalogue: Catalogue, *, os: str, seats_used: int | None, now: datetime
) -> list[DomainError | None]:
    """Every rule that speaks against one more device with `os` (R-MDM-PLAN, R-TOOL-OS, R-CONSENT).

    `seats_used` None: the device already has its seat. Raises `CatalogueUnknown` while the catalogue has not
    arrived.
    """
    if catalogue.tool_matrix is None or catalogue.required_consents is None:
        raise CatalogueUnknown
    found = entitlement.at(now)
    return [
        _state_refusal(entitlement, found, allowed=frozenset({"active"})),
        seat_refusal(found.plan, used=seats_used),
        os_refusal(os, catalogue.tool_matrix),
        _consent_refusal(entitlement, catalogue.required_consents, now),
    ]


def command_refusals(entitlement: Entitlement, function: Function, *, now: datetime) -> list[DomainError | None]:
    """Why the contract may not command its devices, if so. A suspended contract may still lock and wipe."""
    found = entitlement.at(now)
    in_plan = found.plan is not None and found.plan.management_tool
    plan = None if in_plan else MdmNotInPlan(plan=found.plan.code if found.plan else None)
    return [_state_refusal(entitlement, found, allowed=_COMMANDED[function in LOST_DEVICE]), plan]


def _state_refusal(entitlement: Entitlement, found: Standing, *, allowed: frozenset[str]) -> ContractNotActive | None:
    if found.status in allowed:
        return None
    return ContractNotActive(
        contract_id=found.contract_id,
        status=found.status,
        allowed=sorted(allowed),
        known_up_to=entitlement.known_up_to,
    )


def _consent_refusal(
    entitlement: Entitlement, required: Sequence[RequiredConsent], now: datetime
) -> ConsentMissing | None:
    missing = consent_missing(entitlement.state, required, MANAGEMENT_TOOL, now)
    if not missing:
        return None
    return ConsentMissing(purpose=MANAGEMENT_TOOL, documents=missing, known_up_to=entitlement.known_up_to)
