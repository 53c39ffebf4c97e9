"""What a contract may use: the state that every other service judges by."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from common.events.base import AddressRef, ContractRef, EventData, FeeMonthName, Instant, Part, SubscriberRef

ENTITLEMENTS = "contracts.entitlements.v1"

ContractStatus = Literal["applied", "in_review", "active", "suspended", "terminated", "rejected", "withdrawn"]


class WeeklyBlock(Part):
    """Hours that repeat weekly, JST: ISO weekdays (1 = Monday); `opens` included, `closes` not; `24:00` is midnight."""

    weekdays: Annotated[tuple[int, ...], Field(description="ISO weekdays, 1 = Monday.", examples=[[1, 2, 3, 4, 5, 6]])]
    opens: Annotated[str, Field(description="JST, included.", examples=["09:00"])]
    closes: Annotated[str, Field(description="JST, not included; 24:00 is midnight.", examples=["18:00"])]


class Period(Part):
    """A half-open span of business time; `to` absent: without end."""

    from_: Annotated[Instant, Field(alias="from", description="The first instant.")]
    to: Annotated[Instant | None, Field(description="The first instant after it.")] = None


class StatusPeriod(Period):
    """When the contract was in which state."""

    status: Annotated[ContractStatus, Field(description="State of the contract.", examples=["active"])]


class PlanPeriod(Period):
    """What a plan allows while it is in force. Limits that were never recorded are absent (`limits_not_recorded`)."""

    code: Annotated[str, Field(description="Plan.", examples=["light-anshin-1"])]
    family: Annotated[str, Field(description="light | standard", examples=["light"])]
    closed_plan: Annotated[bool, Field(description="A legacy plan, closed to new sale.")] = False
    inquiry_limit: Annotated[int | None, Field(description="Inquiries per fee month.", examples=[5])] = None
    seats: Annotated[int | None, Field(description="Management-tool seats.", examples=[3])] = None
    isolation: Annotated[
        int, Field(description="Isolation visits per fee month; 0: not in the plan.", examples=[1])
    ] = 0
    loan: Annotated[bool, Field(description="Loaner devices are in the plan.", examples=[True])] = False
    loan_kinds_limit: Annotated[int, Field(description="Kinds lent at the same time.", examples=[5])] = 0
    setup_visit: Annotated[bool, Field(description="Paid setup visits are in the plan.", examples=[True])] = False
    management_tool: Annotated[
        bool, Field(description="The management tool is in the plan (R-MDM-PLAN).", examples=[True])
    ] = False
    telework: Annotated[bool, Field(description="Telework sites are supported.")] = False
    support_hours: Annotated[tuple[WeeklyBlock, ...], Field(description="Basic hours; empty: not recorded.")] = ()
    visit_hours: Annotated[tuple[WeeklyBlock, ...], Field(description="Basic hours of visits.")] = ()


class AddressPeriod(Period):
    """Which address is the contract address when."""

    address_id: AddressRef
    postal_code: Annotated[str, Field(description="Seven digits.", examples=["1600023"])]
    prefecture_code: Annotated[str, Field(description="JIS X 0401.", examples=["13"])]
    municipality_code: Annotated[str | None, Field(description="JIS X 0402, when known.", examples=["13104"])] = None


class Site(Period):
    """A telework site (Standard plans)."""

    site_id: Annotated[str, Field(description="Telework site.", examples=["site_0197f3c29a7b7cc8a1f2c3d4e5f60725"])]


class ConsentGiven(Part):
    """A consent: document and version. It counts for the holder who gave it, while that one holds the contract."""

    document: Annotated[str, Field(description="Code of the document.", examples=["service_terms"])]
    version: Annotated[str, Field(description="Accepted version.", examples=["2024-04"])]
    accepted_at: Annotated[Instant, Field(description="When it was accepted.")]
    holds_from: Annotated[
        Instant | None, Field(description="When its giver took the contract over; absent: the first holder.")
    ] = None
    holds_until: Annotated[
        Instant | None, Field(description="When its giver passed the contract on; absent: the present holder.")
    ] = None

    def holds_at(self, at: datetime) -> bool:
        """Whether it counts at this instant."""
        begun = self.accepted_at <= at and (self.holds_from is None or self.holds_from <= at)
        return begun and (self.holds_until is None or at < self.holds_until)


class ExtraInquiries(Part):
    """Extra inquiries bought for one fee month; never carried over (R-EXTRA-INQUIRIES)."""

    fee_month: FeeMonthName
    units: Annotated[int, Field(description="Units bought.", examples=[20])]


class EntitlementsChanged(EventData):
    """All a contract may use, with every past and scheduled period; its sequence is a gapless version of its own."""

    topic: ClassVar[str] = ENTITLEMENTS
    aggregate: ClassVar[str] = "entitlements"

    contract_id: ContractRef
    version: Annotated[int, Field(description="Gapless version of the entitlements.", examples=[1])]
    partner: Annotated[str | None, Field(description="The partner that owns the contract; absent: the house.")] = None
    subscriber_id: SubscriberRef
    fee_month_start_day: Annotated[
        int, Field(description="The day on which fee months begin.", ge=1, le=28, examples=[1])
    ]
    status_periods: Annotated[
        tuple[StatusPeriod, ...], Field(description="Which state was, is or will be in force when.")
    ]
    plan_periods: Annotated[tuple[PlanPeriod, ...], Field(description="Which plan is in force when, with its limits.")]
    hours_extension_periods: Annotated[
        tuple[Period, ...], Field(description="When the hours extension is in force (R-HOURS-EXT).")
    ] = ()
    extra_inquiries: Annotated[tuple[ExtraInquiries, ...], Field(description="Extra inquiries by fee month.")] = ()
    address_periods: Annotated[
        tuple[AddressPeriod, ...], Field(description="Which address is the contract address when (R-ADDRESS).")
    ] = ()
    sites: Annotated[tuple[Site, ...], Field(description="Telework sites (R-TELEWORK).")] = ()
    consents: Annotated[
        tuple[ConsentGiven, ...],
        Field(description="All recorded consents."),
    ] = ()


EVENTS: tuple[type[EventData], ...] = (EntitlementsChanged,)
