"""Subscribers, and who is calling."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query

from common.http import Now, PageOf, Paging, Router, TxDep, page
from contracts.api.subscriber_schemas import CallerLookupOut, SubscriberIn, SubscriberOut
from contracts.domain.refusals import LookupAmbiguous
from contracts.storage import subscribers
from contracts.usecases.look_up_caller import look_up_phone, look_up_words
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
async def look_up(
    tx: TxDep,
    now: Now,
    phone: Annotated[str | None, Query(max_length=64)] = None,
    q: Annotated[str | None, Query(min_length=1, max_length=200)] = None,
) -> object:
    """Who is calling: by telephone number however it is written, or by words.

    `q` finds by number of a contract or line, service ID, phone, name, kana, or a part of two characters, in any width
    and either kana.
    """
    if phone is not None and q is None:
        return CallerLookupOut.of(await look_up_phone(phone, tx, now))
    if q is not None and phone is None:
        return CallerLookupOut.of(await look_up_words(q, tx, now))
    raise LookupAmbiguous(phone=phone is not None, q=q is not None)
