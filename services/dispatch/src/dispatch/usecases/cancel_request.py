"""Nobody wants the visit any more."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from common.db import Tx
from common.errors import StaleVersion
from dispatch.domain.requests import VisitRequest, cancel
from dispatch.storage import requests


@dataclass(frozen=True, kw_only=True)
class CancelRequest:
    """Which request and why; `version` as the caller last saw it."""

    visit_request_id: str
    reason: str
    version: int | None = None


async def cancel_request(cmd: CancelRequest, tx: Tx, now: datetime) -> VisitRequest:
    """Close a request that has no visit. Raises `VisitRequestUnknown`, `StaleVersion`, `WrongState`."""
    request = await requests.by_id(tx, cmd.visit_request_id, lock=True)
    if cmd.version is not None and cmd.version != request.version:
        raise StaleVersion(asked=cmd.version, current=request.version)
    after, event = cancel(request, reason=cmd.reason, actor=tx.actor)
    await requests.save(tx, after)
    await tx.publish(after.fact(event, now))
    return after
