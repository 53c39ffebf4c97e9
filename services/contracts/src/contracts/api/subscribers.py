"""Subscribers, and who is calling."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query

from common.http import Now, PageOf, Paging, Router, TxDep, page
from contracts.api.subscriber_schemas import CallerLookupOut, SubscriberIn, SubscriberOut
from contracts.storage import subscribers
from contracts.usecases.look_up_caller import look_up_caller
from contracts.usecases.register_subscriber import register_subscriber

router = Router(prefix="/api/contracts/v1", tags=["subscribers"])


@router.post("/subscribers", status_code=201, response_model=SubscriberOut)
async def post_subscriber(body: SubscriberIn, tx: TxDep, now: Now) -> object:
    """Register a subscriber."""
    return SubscriberOut.of(await register_subscriber(body.command(), tx, now))


@router.get("/subscribers", response_model=PageOf[SubscriberOut])
async def list_subscribers(tx: TxDep, paging: Paging) -> object:
    """Subscribers in the order of their registration."""
    rows = await subscribers.listed(tx, after=paging.after, limit=paging.limit + 1)
    return page(rows, paging, to=SubscriberOut.of)


@router.get("/subscribers/{subscriber_id}", response_model=SubscriberOut)
async def get_subscriber(subscriber_id: str, tx: TxDep) -> object:
    """One subscriber."""
    return SubscriberOut.of(await subscribers.load(tx, subscriber_id))


@router.get("/caller-lookups", response_model=CallerLookupOut)
async def look_up(phone: Annotated[str, Query(max_length=64)], tx: TxDep, now: Now) -> object:
    """Subscribers with this telephone number, however it is written, and their contracts."""
    found = await look_up_caller(phone, tx)
    contracts = [contract for each in found.candidates for contract in each.contracts]
    seen_as = {c.id: (c.state(now).value, c.plan_at(now).terms.code) for c in contracts}
    return CallerLookupOut.of(found, seen_as=seen_as)
