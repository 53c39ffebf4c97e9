"""People a customer names: who calls, who is billed, and who may authorise a wipe (R-MDM-WIPE-TWO)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from contracts.domain.change_refusals import ContactRoleUnknown
from contracts.domain.contract import LIVE, Contract


class ContactRole(StrEnum):
    """What a contact may do in the customer's name. Only a manager authorises a wipe."""

    MANAGER = "manager"
    CALLER = "caller"
    BILLING = "billing"
    TECHNICAL = "technical"


@dataclass(frozen=True, kw_only=True)
class Contact:
    """A person of the contract's holder; phones in E.164."""

    id: str
    contract_id: str
    subscriber_id: str
    name: str
    name_kana: str | None
    phones: tuple[str, ...]
    email: str | None
    roles: tuple[str, ...]
    since: datetime


def judge_contact(contract: Contract, roles: Sequence[str], *, now: datetime) -> None:
    """Raise `NotInThisState` once the contract is over, `ContactRoleUnknown` (R-MDM-WIPE-TWO)."""
    contract.require(*LIVE, now=now)
    known = [role.value for role in ContactRole]
    if not roles or not set(roles) <= set(known):
        raise ContactRoleUnknown(roles=list(roles), known=known)
