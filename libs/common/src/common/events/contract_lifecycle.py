"""The steps in a contract's life that `contracts` publishes."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from common.events.base import ContractRef, Day, EventData, Instant, SubscriberRef

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


class ContractActivated(LifecycleData):
    """The contract is in force."""

    plan_code: Annotated[str, Field(description="Plan.", examples=["light-anshin-1"])]
    active_from: Annotated[Instant, Field(description="From when it is in force.")]


class ContractRejected(LifecycleData):
    """The application was turned down."""

    reason: Annotated[str, Field(description="Why, as a code or in words; never personal data.")]


class ContractWithdrawn(LifecycleData):
    """The applicant took the application back."""


class ContractSuspended(LifecycleData):
    """Use is suspended."""

    reason: Annotated[str, Field(description="Why, as a code or in words; never personal data.")]


class ContractResumed(LifecycleData):
    """Use goes on."""


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


class OptionEnded(LifecycleData):
    """An option ends."""

    option_id: Annotated[str, Field(description="The option taken.", examples=["opt_0197f3c29a7b7cc8a1f2c3d4e5f60726"])]
    option_code: Annotated[str, Field(description="Which option.", examples=["light-hours-extension"])]
    ends_at: Annotated[Instant, Field(description="The first instant after it.")]


class ConsentRecorded(LifecycleData):
    """A consent was recorded (R-CONSENT); who signed stays in the contract's file."""

    document: Annotated[str, Field(description="Code of the document.", examples=["service_terms"])]
    version: Annotated[str, Field(description="Accepted version.", examples=["2024-04"])]
    accepted_at: Annotated[Instant, Field(description="When it was accepted.")]


EVENTS: tuple[type[EventData], ...] = (
    ContractApplied,
    ContractReviewed,
    ContractActivated,
    ContractRejected,
    ContractWithdrawn,
    ContractSuspended,
    ContractResumed,
    ContractTerminated,
    PlanChangeScheduled,
    PlanChangeCancelled,
    PlanChanged,
    OptionAdded,
    OptionEnded,
    ConsentRecorded,
)
