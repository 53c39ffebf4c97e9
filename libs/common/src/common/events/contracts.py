"""Facts that `contracts` publishes."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from common.events import contract_access, contract_billing, contract_directory, contract_lifecycle
from common.events.base import (
    Day,
    EventData,
    Part,
    Yen,
)
from common.events.contract_access import TokenRevocationLifted, TokenRevoked
from common.events.contract_billing import (
    BILLING,
    AdjustmentApproved,
    AdjustmentRejected,
    AdjustmentRequested,
    CreditNoteIssued,
    InvoiceIssued,
    InvoicePaid,
    PaymentFailed,
    StatementClosed,
)
from common.events.contract_directory import (
    DIRECTORY,
    AddressChanged,
    AddressErased,
    DirectoryContact,
    SubscriberDirectoryChanged,
    SubscriberErased,
)
from common.events.contract_entitlements import (
    ENTITLEMENTS,
    AddressPeriod,
    ConsentGiven,
    ContractStatus,
    EntitlementsChanged,
    ExtraInquiries,
    Period,
    PlanPeriod,
    Site,
    StatusPeriod,
    WeeklyBlock,
)
from common.events.contract_lifecycle import (
    LIFECYCLE,
    AddressChangeCancelled,
    AddressChangeScheduled,
    ApplicationCompleted,
    ApplicationReturned,
    ConsentRecorded,
    ContractActivated,
    ContractApplied,
    ContractMoved,
    ContractPartnerChanged,
    ContractRejected,
    ContractResumed,
    ContractReviewed,
    ContractSucceeded,
    ContractSuspended,
    ContractTerminated,
    ContractTerminationCancelled,
    ContractTerminationScheduled,
    ContractWithdrawn,
    LifecycleData,
    LineCancelled,
    LineChanged,
    OptionAdded,
    OptionEnded,
    OptionEndScheduled,
    PlanChangeCancelled,
    PlanChanged,
    PlanChangeScheduled,
    TeleworkSiteAdded,
    TeleworkSiteRemoved,
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
    "AddressChangeCancelled",
    "AddressChangeScheduled",
    "AddressChanged",
    "AddressErased",
    "AddressPeriod",
    "AdjustmentApproved",
    "AdjustmentRejected",
    "AdjustmentRequested",
    "ApplicationCompleted",
    "ApplicationReturned",
    "CalendarChanged",
    "CalendarException",
    "CatalogueChanged",
    "ConsentGiven",
    "ConsentRecorded",
    "ContractActivated",
    "ContractApplied",
    "ContractMoved",
    "ContractPartnerChanged",
    "ContractRejected",
    "ContractResumed",
    "ContractReviewed",
    "ContractStatus",
    "ContractSucceeded",
    "ContractSuspended",
    "ContractTerminated",
    "ContractTerminationCancelled",
    "ContractTerminationScheduled",
    "ContractWithdrawn",
    "CreditNoteIssued",
    "DirectoryContact",
    "EntitlementsChanged",
    "ExtraInquiries",
    "InvoiceIssued",
    "InvoicePaid",
    "LifecycleData",
    "LineCancelled",
    "LineChanged",
    "LoanKind",
    "MenuItem",
    "OptionAdded",
    "OptionEndScheduled",
    "OptionEnded",
    "PaymentFailed",
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
    "TeleworkSiteAdded",
    "TeleworkSiteRemoved",
    "TokenRevocationLifted",
    "TokenRevoked",
    "ToolOs",
    "WeeklyBlock",
]  # fmt: skip

CATALOGUE = "contracts.catalogue.v1"


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
    at_risk_percent: Annotated[
        int, Field(description="From which share of its minutes on a goal is at risk.", ge=1, le=99, examples=[80])
    ] = 80


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
    *contract_billing.EVENTS, *contract_access.EVENTS,
)  # fmt: skip
COMPACTED = frozenset({ENTITLEMENTS, CATALOGUE, DIRECTORY, contract_access.ACCESS})
RESTRICTED = frozenset({DIRECTORY})
