"""Offers for a request: the earliest windows that every rule allows, and why days have none."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from common.civil import JST
from common.db import Tx
from common.errors import WrongState
from dispatch.domain.offers import Offer, OfferTerms, sign
from dispatch.domain.requests import LIVE, VisitRequest
from dispatch.domain.slots import RefusedDay, Search, SearchRange, Slot, find, require_range
from dispatch.domain.windows import Window
from dispatch.storage import requests, rosters, workforce
from dispatch.usecases.facts import facts_for, planned_work
from dispatch.usecases.telling import alert

_ALTERNATIVE_DAYS = timedelta(days=2)


@dataclass(frozen=True, kw_only=True)
class SearchSlots:
    """For which request, on which days, by which terms."""

    visit_request_id: str
    wanted: SearchRange
    terms: OfferTerms


@dataclass(frozen=True)
class Offered:
    """A slot and the signed offer of it."""

    slot_id: str
    slot: Slot


@dataclass(frozen=True)
class Offers:
    """The answer to a search."""

    slots: tuple[Offered, ...]
    refused: tuple[RefusedDay, ...]


async def search_slots(cmd: SearchSlots, tx: Tx, now: datetime) -> Offers:
    """Find and sign offers; nothing is held. Raises `SearchRangeInvalid`, `VisitRequestUnknown`, `WrongState`.

    A request whose visit is booked may be searched for too: its own visit does not stand in the way of rebooking.
    """
    require_range(cmd.wanted, cmd.terms)
    request = await requests.by_id(tx, cmd.visit_request_id)
    if request.status not in LIVE:
        raise WrongState(status=request.status, possible_from=sorted(LIVE))
    search = await _search(tx, request, cmd.wanted, terms=cmd.terms, now=now)
    found = find(search, cmd.wanted)
    if any(day.code == "branch_missing" for day in found.refused):
        alert("no branch serves this address", visit_request_id=request.id, contract_id=request.contract_id)
    expires = now + cmd.terms.valid_for
    offered = tuple(Offered(_signed(request, slot, expires, cmd.terms), slot) for slot in found.slots)
    return Offers(offered, found.refused)


async def alternatives(
    tx: Tx, request: VisitRequest, taken: Window, *, terms: OfferTerms, now: datetime
) -> list[dict[str, Any]]:
    """Fresh offers from the day of a slot that was taken on, for the refusal to carry."""
    wanted = SearchRange(first=taken.day, last=taken.day + _ALTERNATIVE_DAYS)
    search = await _search(tx, request, wanted, terms=terms, now=now)
    found = find(search, wanted, enough=terms.slots_per_day)
    expires = now + terms.valid_for
    return [
        {
            "slot_id": _signed(request, slot, expires, terms),
            "start": slot.window.start.astimezone(JST),
            "end": slot.window.end.astimezone(JST),
            "technician_id": slot.technician_id,
        }
        for slot in found.slots
    ]


def _signed(request: VisitRequest, slot: Slot, expires: datetime, terms: OfferTerms) -> str:
    offer = Offer(
        visit_request_id=request.id,
        technician_id=slot.technician_id,
        window=slot.window,
        expires_at=expires,
    )
    return sign(offer, terms.secrets[0])


async def _search(tx: Tx, request: VisitRequest, wanted: SearchRange, *, terms: OfferTerms, now: datetime) -> Search:
    return Search(
        facts=await facts_for(tx, request, now=now),
        coverage=await workforce.coverage(tx),
        skills=await workforce.required_skills(tx, request.purpose, request.menu_codes),
        rosters=await rosters.everyone(tx, first=wanted.first, last=wanted.last, except_request=request.id),
        work=await planned_work(tx, request, terms),
        terms=terms,
    )
