"""Helpdesk asked for an isolation visit: a request of the same case opens."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from common.db import Tx
from common.ids import new_id
from dispatch.domain.requests import RequestStatus, VisitRequest, requested
from dispatch.domain.workforce import Purpose
from dispatch.storage import requests


@dataclass(frozen=True, kw_only=True)
class OpenIsolationRequest:
    """What `OnsiteIsolationRequested` said."""

    inquiry_id: str
    contract_id: str
    partner: str | None
    verdict_id: str
    suspected: str | None


async def open_isolation_request(cmd: OpenIsolationRequest, tx: Tx, now: datetime) -> None:
    """Open the request unless the inquiry has a live one (one live request per inquiry).

    Helpdesk asked with the evidence in hand; what is superseded later is judged when it is heard of.
    """
    request = VisitRequest(
        id=new_id("vrq"),
        contract_id=cmd.contract_id,
        partner=cmd.partner,
        purpose=Purpose.ISOLATION,
        status=RequestStatus.OPEN,
        created_at=now,
        inquiry_id=cmd.inquiry_id,
        verdict_id=cmd.verdict_id,
        suspected=cmd.suspected,
    )
    if await requests.add(tx, request):
        await tx.publish(request.fact(requested(request, actor=tx.actor), now))
