"""What every published fact has in common.

A published event is a frozen Pydantic model of a type that exactly one service publishes. Its class says where it
travels
(`topic`), what it is about (`aggregate`: whose version is its `sequence`) and in which version of its schema it speaks.
Readers ignore fields they do not know; a version of a type only ever gains optional fields.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Annotated, Any, ClassVar, Generic, NamedTuple, TypeVar, cast

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field


class EventData(BaseModel):
    """The body of an event. `actor` is the subject id of whoever caused it, or `system:<service>`."""

    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)

    topic: ClassVar[str]
    aggregate: ClassVar[str]
    dataversion: ClassVar[str] = "1"

    actor: Annotated[str, Field(description="Subject id of who caused it.", examples=["op-sato"])]

    @classmethod
    def type_name(cls) -> str:
        """The CloudEvents type: `anshin.<publisher>.<Name>.v<version>`."""
        return _type_name(cls)


@cache
def _type_name(kind: type[EventData]) -> str:
    publisher = kind.topic.split(".", 1)[0]
    return f"anshin.{publisher}.{kind.__name__}.v{kind.dataversion}"


class Part(BaseModel):
    """A piece of an event's body."""

    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)


D = TypeVar("D", bound=EventData)
D_co = TypeVar("D_co", bound=EventData, covariant=True)


@dataclass(frozen=True, kw_only=True)
class NewEvent:
    """A fact about to be recorded in the outbox.

    `subject` is the aggregate's id, `sequence` its version after the change (several events of one command take
    consecutive
    values), `key` what belongs together on the bus, `time` business time, `partner` the tenant, `correlation_id` the
    case or contract that started it all.
    """

    data: EventData
    subject: str
    sequence: int
    key: str
    time: datetime
    partner: str | None
    correlation_id: str


class Received(NamedTuple, Generic[D_co]):
    """An event as a consumer gets it. `id` is the event's id everywhere: bus, inbox, webhooks, analytics."""

    id: str
    data: D_co
    source: str
    subject: str
    sequence: int
    key: str
    time: datetime
    recorded_time: datetime
    partner: str | None
    correlation_id: str
    causation_id: str | None
    traceparent: str | None


ContractRef = Annotated[str, Field(description="Contract.", examples=["ctr_0197f3c29a7b7cc8a1f2c3d4e5f60718"])]
SubscriberRef = Annotated[str, Field(description="Subscriber.", examples=["sub_0197f3c29a7b7cc8a1f2c3d4e5f60719"])]
AddressRef = Annotated[str, Field(description="Address.", examples=["adr_0197f3c29a7b7cc8a1f2c3d4e5f6071a"])]
InquiryRef = Annotated[str, Field(description="Inquiry (case).", examples=["inq_0197f3c29a7b7cc8a1f2c3d4e5f6071b"])]
VerdictRef = Annotated[str, Field(description="Verdict.", examples=["vdt_0197f3c29a7b7cc8a1f2c3d4e5f6071c"])]
VisitRequestRef = Annotated[str, Field(description="Visit request.", examples=["vrq_0197f3c29a7b7cc8a1f2c3d4e5f6071d"])]
VisitRef = Annotated[str, Field(description="Visit.", examples=["vis_0197f3c29a7b7cc8a1f2c3d4e5f6071e"])]
TechnicianRef = Annotated[str, Field(description="Technician.", examples=["tec_0197f3c29a7b7cc8a1f2c3d4e5f6071f"])]
LoanRef = Annotated[str, Field(description="Loan.", examples=["loan_0197f3c29a7b7cc8a1f2c3d4e5f60720"])]
UnitRef = Annotated[str, Field(description="Loaner unit.", examples=["unit_0197f3c29a7b7cc8a1f2c3d4e5f60721"])]
DeviceRef = Annotated[str, Field(description="Managed device.", examples=["dev_0197f3c29a7b7cc8a1f2c3d4e5f60722"])]
CommandRef = Annotated[str, Field(description="Device command.", examples=["cmd_0197f3c29a7b7cc8a1f2c3d4e5f60723"])]
StatementRef = Annotated[str, Field(description="Statement.", examples=["stm_0197f3c29a7b7cc8a1f2c3d4e5f60724"])]
FeeMonthName = Annotated[str, Field(description="Fee month, YYYY-MM.", examples=["2026-06"])]
Yen = Annotated[int, Field(description="Integer yen, tax included.", examples=[2200])]
RuleIds = Annotated[tuple[str, ...], Field(description="Rules that caused it.", examples=[["R-INVOICE"]])]
Instant = Annotated[AwareDatetime, Field(examples=["2026-06-01T01:00:00Z"])]
Day = Annotated[date, Field(examples=["2026-06-01"])]


def body_of(data: EventData) -> dict[str, Any]:
    """The JSON body as it goes over the wire: aliases, ISO times."""
    return data.model_dump(mode="json", by_alias=True)


def read_body(kind: type[D], body: Mapping[str, Any] | bytes | str) -> D:
    """An event's body from JSON; raises `pydantic.ValidationError` when it does not fit the type."""
    if isinstance(body, bytes | str):
        # What `model_validate_json` calls, without the third of its time that goes into looking at its own arguments.
        return cast("D", kind.__pydantic_validator__.validate_json(body))
    return kind.model_validate(body)
