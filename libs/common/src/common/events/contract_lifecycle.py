"""The steps in a contract's life that `contracts` publishes."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from common.events.base import AddressRef, ContractRef, Day, EventData, Instant, SubscriberRef
from common.events.words import InWords

LIFECYCLE = "contracts.lifecycle.v1"


class LifecycleData(EventData):
    """A step in a contract's life."""

    topic: ClassVar[str] = LIFECYCLE
    aggregate: ClassVar[str] = "contract"

    contract_id: ContractRef
    subscriber_id: SubscriberRef


class ContractApplied(LifecycleData):
    """A contract was applied for; `in_review` when the line needs a person's judgement (R-ELIGIBLE-LINE)."""

    plan_code: Annotated[str, Field(description="Plan.", examples=["light-anshin-1"])]
    status: Annotated[
        Literal["applied", "in_review"], Field(description="Where the application stands.", examples=["applied"])
    ]
    start_on: Annotated[Day, Field(description="First day wished for.")]


class ContractReviewed(LifecycleData):
    """A reviewer found the line eligible; the application goes on."""


class ApplicationReturned(LifecycleData):
    """The application lacks something and went back to the applicant (申込不備)."""

    fields: Annotated[tuple[str, ...], Field(description="What is missing or wrong.", examples=[["line"]])]


class ApplicationCompleted(LifecycleData):
    """The applicant completed it; it was judged anew (R-ELIGIBLE-LINE, R-SALE-WINDOW)."""

    plan_code: Annotated[str, Field(description="Plan.", examples=["light-anshin-1"])]
    status: Annotated[
        Literal["applied", "in_review"], Field(description="Where the application stands.", examples=["applied"])
    ]
    start_on: Annotated[Day, Field(description="First day wished for.")]


class ContractActivated(LifecycleData):
    """The contract is in force."""

    plan_code: Annotated[str, Field(description="Plan.", examples=["light-anshin-1"])]
    active_from: Annotated[Instant, Field(description="From when it is in force.")]


class ContractRejected(LifecycleData):
    """The application was turned down."""

    reason: InWords


class ContractWithdrawn(LifecycleData):
    """The applicant took the application back."""


class ContractSuspended(LifecycleData):
    """Use is suspended."""

    reason: InWords


class ContractResumed(LifecycleData):
    """Use goes on."""


class ContractTerminationScheduled(LifecycleData):
    """The contract will end with a fee month (R-FEE-MONTH)."""

    reason: InWords
    ends_at: Annotated[Instant, Field(description="The first instant after the contract.")]


class ContractTerminationCancelled(LifecycleData):
    """The scheduled end was taken back: the contract goes on. What was called off with it stays called off."""

    reason: InWords


class ContractTerminated(LifecycleData):
    """The contract ends with a fee month."""

    ends_at: Annotated[Instant, Field(description="The first instant after the contract.")]


class PlanChangeScheduled(LifecycleData):
    """Another plan from the next fee month (R-PLAN-CHANGE)."""

    from_plan: Annotated[str, Field(description="The plan until then.", examples=["light-anshin-1"])]
    to_plan: Annotated[str, Field(description="The plan from then on.", examples=["light-anshin-2"])]
    effective_from: Annotated[Instant, Field(description="From when on.")]


class PlanChangeCancelled(LifecycleData):
    """A scheduled change of plan was taken back."""

    to_plan: Annotated[str, Field(description="The plan from then on.", examples=["light-anshin-2"])]


class PlanChanged(LifecycleData):
    """The new plan is in force."""

    from_plan: Annotated[str, Field(description="The plan until then.", examples=["light-anshin-1"])]
    to_plan: Annotated[str, Field(description="The plan from then on.", examples=["light-anshin-2"])]


class OptionAdded(LifecycleData):
    """An option was taken."""

    option_id: Annotated[str, Field(description="The option taken.", examples=["opt_0197f3c29a7b7cc8a1f2c3d4e5f60726"])]
    option_code: Annotated[str, Field(description="Which option.", examples=["light-hours-extension"])]
    starts_at: Annotated[Instant, Field(description="From when on.")]


class OptionEndScheduled(LifecycleData):
    """An option will end."""

    option_id: Annotated[str, Field(description="The option taken.", examples=["opt_0197f3c29a7b7cc8a1f2c3d4e5f60726"])]
    option_code: Annotated[str, Field(description="Which option.", examples=["light-hours-extension"])]
    ends_at: Annotated[Instant, Field(description="The first instant after it.")]


class OptionEnded(LifecycleData):
    """An option ends."""

    option_id: Annotated[str, Field(description="The option taken.", examples=["opt_0197f3c29a7b7cc8a1f2c3d4e5f60726"])]
    option_code: Annotated[str, Field(description="Which option.", examples=["light-hours-extension"])]
    ends_at: Annotated[Instant, Field(description="The first instant after it.")]


class LineChanged(LifecycleData):
    """The contract has another line (R-ELIGIBLE-LINE); its number stays in the contract's file."""

    change: Annotated[str, Field(description="relocation | diversion | carrier_change", examples=["relocation"])]
    line_kind: Annotated[str | None, Field(description="Kind of the line.", examples=["flets_hikari_cross"])] = None


class LineCancelled(LifecycleData):
    """The contract's line is gone: the contract waits for another one, or ends."""

    outcome: Annotated[Literal["parked", "ended"], Field(description="What becomes of it.", examples=["parked"])]
    parked_until: Annotated[Instant | None, Field(description="Until when another line may take its place.")] = None


class AddressChangeScheduled(LifecycleData):
    """The contract will have another address (R-ADDRESS); what stands in it is told in the directory only."""

    address_id: AddressRef
    effective_from: Annotated[Instant, Field(description="From when on.")]


class AddressChangeCancelled(LifecycleData):
    """A scheduled change of the contract address was taken back."""

    address_id: AddressRef


class ContractMoved(LifecycleData):
    """Another address is the contract address now (R-ADDRESS)."""

    address_id: AddressRef


class ContractSucceeded(LifecycleData):
    """Another subscriber holds the contract now (承継); `subscriber_id` is the new holder."""

    former_subscriber_id: SubscriberRef


class ContractPartnerChanged(LifecycleData):
    """The contract is looked after by somebody else now: the `partner` of the envelope, or the house."""


class TeleworkSiteAdded(LifecycleData):
    """A telework site is supported (R-TELEWORK); what it is called stays in the contract's file."""

    site_id: Annotated[str, Field(description="Telework site.", examples=["site_0197f3c29a7b7cc8a1f2c3d4e5f60725"])]


class TeleworkSiteRemoved(LifecycleData):
    """A telework site is no longer supported."""

    site_id: Annotated[str, Field(description="Telework site.", examples=["site_0197f3c29a7b7cc8a1f2c3d4e5f60725"])]


class ConsentRecorded(LifecycleData):
    """A consent was recorded (R-CONSENT); who signed stays in the contract's file."""

    document: Annotated[str, Field(description="Code of the document.", examples=["service_terms"])]
    version: Annotated[str, Field(description="Accepted version.", examples=["2024-04"])]
    accepted_at: Annotated[Instant, Field(description="When it was accepted.")]


EVENTS: tuple[type[EventData], ...] = (
    ContractApplied,
    ContractReviewed,
    ApplicationReturned,
    ApplicationCompleted,
    ContractActivated,
    ContractRejected,
    ContractWithdrawn,
    ContractSuspended,
    ContractResumed,
    ContractTerminationScheduled,
    ContractTerminationCancelled,
    ContractTerminated,
    PlanChangeScheduled,
    PlanChangeCancelled,
    PlanChanged,
    OptionAdded,
    OptionEndScheduled,
    OptionEnded,
    LineChanged,
    LineCancelled,
    AddressChangeScheduled,
    AddressChangeCancelled,
    ContractMoved,
    ContractSucceeded,
    ContractPartnerChanged,
    TeleworkSiteAdded,
    TeleworkSiteRemoved,
    ConsentRecorded,
)
