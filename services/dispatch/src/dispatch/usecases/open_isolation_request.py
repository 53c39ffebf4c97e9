"""Helpdesk asked for an isolation visit: a request of the same case opens."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from common.db import Tx
from common.ids import new_id
from dispatch.domain.requests import RequestStatus, VisitRequest, requested
from dispatch.domain.workforce import Purpose
from dispatch.storage import cases, requests
from dispatch.usecases.judge_again import judge_requests_again


@dataclass(frozen=True, kw_only=True)
class OpenIsolationRequest:
    """What `OnsiteIsolationRequested` said; `sequence` is the case's version then."""

    inquiry_id: str
    contract_id: str
    partner: str | None
    verdict_id: str
    suspected: str | None
    sequence: int


async def open_isolation_request(cmd: OpenIsolationRequest, tx: Tx, now: datetime) -> None:
    """Open the request unless the inquiry has a live one (one live request per inquiry).

    When newer facts of the case are already known, they are judged at once; older knowledge proves nothing.
    """
    await cases.lock(tx, cmd.inquiry_id)
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
    if not await requests.add(tx, request):
        return
    await tx.publish(request.fact(requested(request, actor=tx.actor), now))
    case = await cases.followed(tx, cmd.inquiry_id)
    if case is not None and (case.inquiry_id != cmd.inquiry_id or case.sequence > cmd.sequence):
        await judge_requests_again(tx, [request.id], now=now)
