"""Facts that `contracts` publishes."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from common.events import contract_billing, contract_directory, contract_lifecycle
from common.events.base import (
    AddressRef,
    ContractRef,
    Day,
    EventData,
    FeeMonthName,
    Instant,
    Part,
    SubscriberRef,
    Yen,
)
from common.events.contract_billing import (
    BILLING,
    AdjustmentApproved,
    AdjustmentRejected,
    AdjustmentRequested,
    StatementClosed,
)
from common.events.contract_directory import DIRECTORY, AddressChanged, SubscriberDirectoryChanged, SubscriberErased
from common.events.contract_lifecycle import (
    LIFECYCLE,
    ConsentRecorded,
    ContractActivated,
    ContractApplied,
    ContractRejected,
    ContractResumed,
    ContractReviewed,
    ContractSuspended,
    ContractTerminated,
    ContractWithdrawn,
    LifecycleData,
    OptionAdded,
    OptionEnded,
    PlanChangeCancelled,
    PlanChanged,
    PlanChangeScheduled,
)

__all__ = [
    "BILLING",
    "CATALOGUE",
    "COMPACTED",
    "DIRECTORY",
    "ENTITLEMENTS",
    "EVENTS",
    "LIFECYCLE",
    "RESTRICTED",
    "AddressChanged",
    "AddressPeriod",
    "AdjustmentApproved",
    "AdjustmentRejected",
    "AdjustmentRequested",
    "CalendarChanged",
    "CalendarException",
    "CatalogueChanged",
    "ConsentGiven",
    "ConsentRecorded",
    "ContractActivated",
    "ContractApplied",
    "ContractRejected",
    "ContractResumed",
    "ContractReviewed",
    "ContractStatus",
    "ContractSuspended",
    "ContractTerminated",
    "ContractWithdrawn",
    "EntitlementsChanged",
    "ExtraInquiries",
    "LifecycleData",
    "LoanKind",
    "MenuItem",
    "OptionAdded",
    "OptionEnded",
    "Period",
    "PlanChangeCancelled",
    "PlanChangeScheduled",
    "PlanChanged",
    "PlanPeriod",
    "RequiredConsent",
    "ServiceGoal",
    "Site",
    "StatementClosed",
    "StatusPeriod",
    "SubscriberDirectoryChanged",
    "SubscriberErased",
    "ToolOs",
    "WeeklyBlock",
]  # fmt: skip

ENTITLEMENTS = "contracts.entitlements.v1"
CATALOGUE = "contracts.catalogue.v1"

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
    """A consent: document and version."""

    document: Annotated[str, Field(description="Code of the document.", examples=["service_terms"])]
    version: Annotated[str, Field(description="Accepted version.", examples=["2024-04"])]
    accepted_at: Annotated[Instant, Field(description="When it was accepted.")]


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


class MenuItem(Part):
    """A line of the setup-visit menu. `per` is `dispatch` (always charged once) or the unit that is counted."""

    code: Annotated[str, Field(description="Item.", examples=["printer-setup"])]
    name_ja: Annotated[str, Field(description="Name in Japanese.", examples=["プリンタ設定"])]
    name_en: Annotated[str, Field(description="Name in English.", examples=["Printer set-up"])]
    per: Annotated[str, Field(description="`dispatch`, or the thing that is counted.", examples=["printer"])]
    unit_price: Annotated[Yen, Field(description="Price of one, yen with tax.", examples=[4840])]
    tax_rate: Annotated[int, Field(description="Per cent, included in the price.", examples=[10])] = 10
    minutes: Annotated[int, Field(description="Planned work per unit.", examples=[30])] = 30


class LoanKind(Part):
    """A kind of device that is lent, and the failed kinds it may replace (R-LOAN-KINDS, R-LOAN-EVIDENCE)."""

    code: Annotated[str, Field(description="Kind.", examples=["soho_router"])]
    name_ja: Annotated[str, Field(description="Name in Japanese.", examples=["ルーター"])]
    name_en: Annotated[str, Field(description="Name in English.", examples=["SOHO router"])]
    accessories: Annotated[
        tuple[str, ...], Field(description="What belongs to it and comes back with it.", examples=[["ac_adapter"]])
    ] = ()
    has_storage: Annotated[bool, Field(description="Whether it holds data that must be erased (R-LOAN-ERASE).")] = False
    replaces: Annotated[
        tuple[str, ...], Field(description="Failed kinds it may stand in for.", examples=[["soho_router"]])
    ]


class ToolOs(Part):
    """What the tools support (R-TOOL-OS)."""

    os: Annotated[str, Field(description="Operating system.", examples=["windows"])]
    terminals: Annotated[tuple[str, ...], Field(description="Kinds of terminals.", examples=[["pc", "tablet"]])]
    remote_support: Annotated[bool, Field(description="Whether the remote-support tool works there.")]
    management_tool: Annotated[bool, Field(description="Whether the management tool works there.")]


class RequiredConsent(Part):
    """The oldest acceptable version of a document for a purpose (R-CONSENT)."""

    purpose: Annotated[
        str, Field(description="activation | remote_session | management_tool | visit", examples=["visit"])
    ]
    document: Annotated[str, Field(description="Code of the document.", examples=["service_terms"])]
    version: Annotated[str, Field(description="The oldest version that will do.", examples=["2024-04"])]


class ServiceGoal(Part):
    """What is promised to contracts of some plans, in minutes of their own opening hours; absent: nothing."""

    plans: Annotated[tuple[str, ...], Field(description="Plans it is promised to.", examples=[["light-anshin-1"]])]
    first_response_minutes: Annotated[
        int | None, Field(description="From the inquiry to the first work on it.", examples=[60])
    ] = None
    callback_minutes: Annotated[
        int | None, Field(description="From the wish for a call to the call.", examples=[120])
    ] = None
    resolution_minutes: Annotated[
        int | None,
        Field(description="From the inquiry to its resolution, without waiting for the customer.", examples=[1080]),
    ] = None


class CatalogueChanged(EventData):
    """A part of the catalogue that other services judge by, in full. Exactly the field named by `part` is filled."""

    topic: ClassVar[str] = CATALOGUE
    aggregate: ClassVar[str] = "catalogue"

    part: Annotated[
        Literal["visit_menu", "loan_kinds", "tool_matrix", "required_consents", "service_goals", "settings"],
        Field(description="Which part of the catalogue; the field of that name is filled.", examples=["visit_menu"]),
    ]
    visit_menu: Annotated[tuple[MenuItem, ...], Field(description="When `part` is `visit_menu`.")] = ()
    loan_kinds: Annotated[tuple[LoanKind, ...], Field(description="When `part` is `loan_kinds`.")] = ()
    tool_matrix: Annotated[tuple[ToolOs, ...], Field(description="When `part` is `tool_matrix`.")] = ()
    required_consents: Annotated[
        tuple[RequiredConsent, ...], Field(description="When `part` is `required_consents`.")
    ] = ()
    service_goals: Annotated[tuple[ServiceGoal, ...], Field(description="When `part` is `service_goals`.")] = ()
    settings: Annotated[
        dict[str, int],
        Field(description="Numbers of rules: loan_days_max, visit minutes …", examples=[{"loan_days_max": 14}]),
    ] = Field(default_factory=dict)


class CalendarException(Part):
    """A day that an operator closed or opened."""

    day: Annotated[Day, Field(description="The day (JST).")]
    reason: Annotated[str, Field(description="Why.", examples=["typhoon"])]


class CalendarChanged(EventData):
    """Closed days (R-CLOSED-DAYS): national holidays of `country` by the holiday library, year-end, exceptions.

    Full state.
    """

    topic: ClassVar[str] = CATALOGUE
    aggregate: ClassVar[str] = "calendar"

    country: Annotated[str, Field(description="Whose national holidays.", examples=["JP"])] = "JP"
    year_end_from: Annotated[str, Field(description="MM-DD, included.", examples=["12-29"])]
    year_end_to: Annotated[str, Field(description="MM-DD, included.", examples=["01-03"])]
    closed: Annotated[tuple[CalendarException, ...], Field(description="Days closed beyond the rules.")] = ()
    extra_open: Annotated[tuple[CalendarException, ...], Field(description="Days opened against the rules.")] = ()


EVENTS: tuple[type[EventData], ...] = (
    EntitlementsChanged, CatalogueChanged, CalendarChanged, *contract_directory.EVENTS, *contract_lifecycle.EVENTS,
    *contract_billing.EVENTS,
)  # fmt: skip
COMPACTED = frozenset({ENTITLEMENTS, CATALOGUE, DIRECTORY})
RESTRICTED = frozenset({DIRECTORY})
