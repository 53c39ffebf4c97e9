"""What telephone systems send, and what operators see of calls and callbacks."""

from __future__ import annotations

from typing import Annotated, Literal
from urllib.parse import parse_qsl

import orjson
from fastapi.exceptions import RequestValidationError
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from common.http import Answer, Command, IdText, Line, Moment, MomentIn
from common.phones import e164
from helpdesk.api.contract_schemas import OverviewOut
from helpdesk.domain.call_refusals import NumberUnreadable
from helpdesk.domain.callbacks import Callback, Outcome
from helpdesk.domain.calls import Call, Direction, Signal, SignalKind
from helpdesk.storage.pbx import PbxConnection
from helpdesk.usecases.keep_callbacks import PromiseCallback
from helpdesk.usecases.show_call import CallCard

FORM = "application/x-www-form-urlencoded"


def _one(value: object) -> object:
    """Systems send one extension or a list of those that rang."""
    return ", ".join(map(str, value)) if isinstance(value, list) else value


def _printable(text: str) -> str:
    if not text.isprintable():
        message = "control characters are not allowed"
        raise ValueError(message)
    return text


Word = Annotated[str, Field(max_length=100), AfterValidator(_printable)]
Name = Annotated[str, Field(min_length=1, max_length=100), AfterValidator(_printable)]


class SignalIn(BaseModel):
    """A signal in the shape that telephone systems send; what else they add is of no interest here."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    # Plain words: the schema stands in the document by itself, where definitions beside it could not be found.
    event: Annotated[Literal["newCall", "answer", "hangup"], Field(examples=["newCall"])]
    direction: Annotated[Literal["in", "out"], Field(examples=["in"])]
    call_id: Annotated[Name, Field(alias="callId", examples=["8b6e1f"])]
    from_: Annotated[Word, Field(alias="from", examples=["81312345678"])] = ""
    to: Annotated[Word, Field(examples=["81120123456"])] = ""
    user: Annotated[Word | None, BeforeValidator(_one), Field(examples=["op-sato"])] = None
    cause: Annotated[Word | None, Field(examples=["normalClearing"])] = None

    @classmethod
    def read(cls, body: bytes, content_type: str) -> SignalIn:
        """From JSON or a form; raises `RequestValidationError`."""
        try:
            return cls.model_validate(_form(body) if content_type.startswith(FORM) else orjson.loads(body))
        except ValidationError as error:
            raise RequestValidationError(error.errors(include_url=False, include_input=False)) from error
        except (orjson.JSONDecodeError, UnicodeDecodeError) as error:
            unreadable = {"type": "json_invalid", "loc": ("body",), "msg": "unreadable", "input": None}
            raise RequestValidationError([unreadable]) from error

    def signal(self) -> Signal:
        """The same for the use case; a number that is withheld or none is None."""
        return Signal(
            kind=SignalKind(self.event),
            reference=self.call_id,
            direction=Direction(self.direction),
            from_number=e164(self.from_),
            to_number=e164(self.to),
            user=self.user or None,
            cause=self.cause or None,
        )


def _form(body: bytes) -> dict[str, str | list[str]]:
    read: dict[str, str | list[str]] = {}
    for name, value in parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=100):
        several = read.setdefault("user", []) if name == "user[]" else None
        if isinstance(several, list):
            several.append(value)
        else:
            read[name] = value
    return {("callId" if name == "call_id" else name): value for name, value in read.items()}


class HeardOut(Answer):
    """The call that a signal was about."""

    id: str
    state: Annotated[str, Field(examples=["ringing"])]


class CallOut(Answer):
    """A call; numbers are shown to the house only."""

    id: str
    direction: str
    state: Annotated[str, Field(description="ringing | talking | ended | unanswered", examples=["ringing"])]
    from_number: str | None
    to_number: str | None
    user: str | None
    began_at: Moment
    answered_at: Moment | None
    ended_at: Moment | None
    cause: str | None
    subscriber_id: str | None
    contract_id: str | None
    inquiry_id: str | None

    @classmethod
    def of(cls, call: Call) -> CallOut:
        """From the domain."""
        return CallOut.model_validate(call)


class MatchOut(Answer):
    """A subscriber whose number it is, and how each of their contracts stands."""

    subscriber_id: str
    name: str
    contracts: list[OverviewOut]


class CallCardOut(CallOut):
    """A call with who may be ringing: several subscribers may share a number."""

    matches: list[MatchOut]

    @classmethod
    def of_card(cls, card: CallCard) -> CallCardOut:
        """From the use case."""
        matches = [
            MatchOut(
                subscriber_id=match.subscriber.id,
                name=match.subscriber.name,
                contracts=[OverviewOut.of(contract) for contract in match.contracts],
            )
            for match in card.matches
        ]
        return CallCardOut(**CallOut.of(card.call).model_dump(), matches=matches)


class AttachmentIn(Command):
    """The inquiry that a call was about."""

    inquiry_id: IdText


class PbxConnectionIn(Command):
    """A telephone system to be connected."""

    name: Line


class PbxConnectionOut(Answer):
    """A connection; its secret is never shown again."""

    id: str
    name: str
    created_by: str
    created_at: Moment
    revoked_at: Moment | None

    @classmethod
    def of(cls, connection: PbxConnection) -> PbxConnectionOut:
        """From storage."""
        return PbxConnectionOut.model_validate(connection)


class PbxConnectionsOut(Answer):
    """All connections."""

    items: list[PbxConnectionOut]


class NewPbxConnectionOut(PbxConnectionOut):
    """A new connection with its secret: sent as bearer token, or as the password of basic authentication."""

    secret: str


class CallbackIn(Command):
    """A promise to ring."""

    number: Annotated[str, Field(max_length=40, examples=["03-1234-5678"])]
    promised_at: MomentIn
    contract_id: IdText | None = None
    inquiry_id: IdText | None = None

    def command(self) -> PromiseCallback:
        """The same for the use case; raises `NumberUnreadable`."""
        number = e164(self.number)
        if number is None:
            raise NumberUnreadable(number=self.number)
        return PromiseCallback(
            number=number,
            promised_at=self.promised_at,
            contract_id=self.contract_id,
            inquiry_id=self.inquiry_id,
        )


class PostponementIn(Command):
    """Another time."""

    promised_at: MomentIn


class CompletionIn(Command):
    """How ringing back went."""

    outcome: Outcome


class CancellationIn(Command):
    """Why nobody needs to ring."""

    reason: Literal["customer_called_again", "not_wanted"]


class CallbackOut(Answer):
    """A promise to ring; `overdue` by the time of the answer."""

    id: str
    number: str | None
    promised_at: Moment
    status: Annotated[str, Field(description="open | done | cancelled", examples=["open"])]
    overdue: bool
    assignee: str | None
    subscriber_id: str | None
    contract_id: str | None
    inquiry_id: str | None
    call_id: str | None
    outcome: str | None
    ended_at: Moment | None

    @classmethod
    def of(cls, callback: Callback, now: Moment) -> CallbackOut:
        """From the domain."""
        known = {name: getattr(callback, name) for name in CallbackOut.model_fields if name != "overdue"}
        return CallbackOut(**known, overdue=callback.ended_at is None and callback.promised_at <= now)
