"""Ask for an isolation visit."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from common.db import Tx
from common.ids import new_id
from helpdesk.domain import onsite
from helpdesk.domain.onsite import OnsiteFacts, OnsiteRequest, OnsiteStatus
from helpdesk.domain.refusals import ContractUnknown
from helpdesk.storage import entitlements, verdicts
from helpdesk.usecases.recording import record, taken_up


@dataclass(frozen=True, kw_only=True)
class RequestOnsite:
    """The case that needs a crew."""

    inquiry_id: str
    expected_version: int | None = None


async def request_onsite(command: RequestOnsite, tx: Tx, now: datetime) -> OnsiteRequest:
    """Ask for it (R-ISOLATION-EVIDENCE, R-ADDRESS, R-ISOLATION-QUOTA).

    Raises `IsolationEvidenceMissing`, `FaultResponseContractAddressOnly`, `ContractNotActive`, `FeatureNotInPlan`,
    `OnsiteRequestOpen` (all that apply), `WrongState`, `InquiryUnknown`, `StaleVersion`.
    """
    inquiry = await taken_up(tx, command.inquiry_id, command.expected_version)
    known = await entitlements.find(tx, inquiry.contract_id)
    if known is None:
        raise ContractUnknown(contract_id=inquiry.contract_id)
    live = [made.id for made in await verdicts.requests(tx, inquiry.id) if made.status is OnsiteStatus.LIVE]
    verdict = await verdicts.find(tx, inquiry.verdict_id)
    facts = OnsiteFacts(
        standing=known.standing(now),
        verdict=verdict,
        live_request_id=live[0] if live else None,
        known_up_to=known.known_at,
    )
    wanted, step = onsite.request(inquiry, facts, request_id=new_id("osr"), actor=tx.actor, now=now)
    await verdicts.add_request(tx, wanted)
    await record(tx, inquiry, step, now)
    return wanted
