"""Visit requests, slots and quotes as the API speaks of them."""

from __future__ import annotations

from datetime import date, time
from typing import Annotated

from pydantic import ConfigDict, Field

from common.events.contracts import MenuItem
from common.http import Answer, Code, Command, IdText, Line, Moment
from dispatch.domain.offers import OfferTerms
from dispatch.domain.quotes import Ordered, Quote
from dispatch.domain.requests import VisitRequest
from dispatch.domain.slots import SearchRange
from dispatch.usecases.request_setup_visit import RequestSetupVisit
from dispatch.usecases.search_slots import Offers, SearchSlots

Units = Annotated[int, Field(ge=1, le=100, strict=True)]


class ItemIn(Command):
    """A menu item and how many of its units."""

    menu_code: Code
    units: Units


Items = Annotated[list[ItemIn], Field(min_length=1, max_length=50)]


def ordered(items: list[ItemIn]) -> tuple[Ordered, ...]:
    """Items as the domain has them."""
    return tuple(Ordered(item.menu_code, item.units) for item in items)


class QuoteLineOut(Answer):
    """One priced line; yen, tax included."""

    menu_code: str
    name_ja: str
    name_en: str
    units: int
    unit_price: int
    amount: int
    tax_rate: int


class QuoteOut(Answer):
    """What a setup visit costs, line by line (R-SETUP-PRICE)."""

    lines: list[QuoteLineOut]
    total: Annotated[int, Field(examples=[18040])]
    rule_ids: tuple[str, ...] = ("R-SETUP-PRICE",)

    @classmethod
    def of(cls, quote: Quote) -> QuoteOut:
        """From the domain."""
        return cls(lines=[QuoteLineOut.model_validate(line) for line in quote.lines], total=quote.total)


class VisitRequestIn(Command):
    """A setup visit for a contract. Isolation visits are asked for at the inquiry."""

    contract_id: IdText
    purpose: Annotated[Code, Field(examples=["setup"])]
    items: Items

    def command(self) -> RequestSetupVisit:
        """For the use case."""
        return RequestSetupVisit(contract_id=self.contract_id, purpose=self.purpose, items=ordered(self.items))


class VisitRequestOut(Answer):
    """A visit request; `status` is open, booked, on_hold, completed or cancelled."""

    id: str
    contract_id: str
    inquiry_id: str | None
    purpose: str
    status: str
    verdict_id: str | None
    suspected: str | None
    quote: QuoteOut | None
    hold_reasons: list[str]
    reason: str | None
    created_at: Moment
    version: int

    @classmethod
    def of(cls, request: VisitRequest) -> VisitRequestOut:
        """From the domain."""
        return cls(
            id=request.id,
            contract_id=request.contract_id,
            inquiry_id=request.inquiry_id,
            purpose=request.purpose,
            status=request.status,
            verdict_id=request.verdict_id,
            suspected=request.suspected,
            quote=QuoteOut.of(request.quote) if request.quote else None,
            hold_reasons=list(request.hold_reasons),
            reason=request.reason,
            created_at=request.created_at,
            version=request.version,
        )


class ReasonIn(Command):
    """Why."""

    reason: Line


class SlotSearchIn(Command):
    """Days from `from` to `to`, both included; starts may be limited to a part of the day (JST)."""

    model_config = ConfigDict(populate_by_name=True)

    visit_request_id: IdText
    from_: Annotated[date, Field(alias="from", examples=["2026-06-02"])]
    to: Annotated[date, Field(examples=["2026-06-05"])]
    not_before: time | None = None
    not_after: time | None = None

    def command(self, terms: OfferTerms) -> SearchSlots:
        """For the use case."""
        wanted = SearchRange(first=self.from_, last=self.to, not_before=self.not_before, not_after=self.not_after)
        return SearchSlots(visit_request_id=self.visit_request_id, wanted=wanted, terms=terms)


class SlotOut(Answer):
    """A signed offer; nothing is held until it is booked."""

    slot_id: str
    start: Moment
    end: Moment
    technician_id: str


class RefusedDayOut(Answer):
    """Why a day has no slot."""

    date: date
    code: str
    rule_ids: list[str]


class SlotsOut(Answer):
    """The answer to a search."""

    slots: list[SlotOut]
    refused: list[RefusedDayOut]

    @classmethod
    def of(cls, offers: Offers) -> SlotsOut:
        """From the use case."""
        return cls(
            slots=[
                SlotOut(
                    slot_id=offered.slot_id,
                    start=offered.slot.window.start,
                    end=offered.slot.window.end,
                    technician_id=offered.slot.technician_id,
                )
                for offered in offers.slots
            ],
            refused=[RefusedDayOut(date=day.day, code=day.code, rule_ids=list(day.rule_ids)) for day in offers.refused],
        )


class MenuOut(Answer):
    """The setup-visit menu with prices in yen, tax included; kept by contracts."""

    items: list[MenuItem]
