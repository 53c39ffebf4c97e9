"""What agents may say, and what they are told. Sizes and characters are bounded before anything is judged."""

from __future__ import annotations

from contextlib import suppress
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, ValidationError

from common.http import Answer, Code, Command, Line, Moment
from mdm_gateway.domain.commands import Command as DeviceCommand
from mdm_gateway.domain.devices import Device, Presented
from mdm_gateway.domain.security_status import SecurityState

_MOST_FACTS = 50
_FIRST_YEAR = 2000

_LARGEST = 2**53

Fact = Line | bool | Annotated[int, Field(ge=-_LARGEST, le=_LARGEST)] | None
FactName = Annotated[str, Field(pattern=r"^[a-z0-9_.]{1,64}$")]


def _few(facts: dict[str, Any]) -> dict[str, Any]:
    if len(facts) > _MOST_FACTS:
        raise ValueError(f"at most {_MOST_FACTS} facts")
    return facts


def _sane_day(day: date) -> date:
    if day.year < _FIRST_YEAR:
        raise ValueError("a patch level of the last century")
    return day


class StatusIn(Command):
    """The security state of the device; what is left out is unknown (R-MDM-STATUS)."""

    os_version: Annotated[Line | None, Field(examples=["16"])] = None
    patch_level: Annotated[date, AfterValidator(_sane_day)] | None = None
    encryption: Literal["on", "off"] | None = None
    passcode: Literal["set", "not_set"] | None = None
    antivirus: Literal["on", "off"] | None = None
    firewall: Literal["on", "off"] | None = None
    tampering: Annotated[
        Literal["none", "root", "jailbreak"] | None, Field(description="Signs of root or jailbreak.")
    ] = None

    def state(self) -> SecurityState:
        """The report as the rules take it."""
        return SecurityState(**self.model_dump())


class EnrolmentIn(Command):
    """A device shows its code and says what it is.

    `facts`: whatever else it knows of itself; those named and valued like a status report are its first one.
    """

    enrolment_code: Annotated[Code, Field(examples=["MFZG-C3TF-MRXX-GZLT"])]
    os: Annotated[Code, Field(examples=["android"])]
    os_version: Annotated[Line, Field(examples=["16"])]
    model: Annotated[Line, Field(examples=["Tab A9"])]
    serial: Annotated[Line, Field(examples=["R52W1234567"])]
    facts: Annotated[
        dict[FactName, Fact],
        AfterValidator(_few),
        Field(default_factory=dict, examples=[{"manufacturer": "Samsung", "encryption": "on"}]),
    ]

    def presented(self) -> Presented:
        """What the rules judge."""
        return Presented(os=self.os, os_version=self.os_version, model=self.model, serial=self.serial)

    def state(self) -> SecurityState:
        """The security state among the facts; a value that is no such state is unknown."""
        known: dict[str, Any] = {}
        for name in StatusIn.model_fields.keys() & self.facts.keys():
            with suppress(ValidationError):
                known[name] = getattr(StatusIn.model_validate({name: self.facts[name]}), name)
        return SecurityState(**known)


class EnrolledOut(Answer):
    """The device's id and the token of this enrolment, which is shown this once."""

    device_id: str
    contract_id: str
    enrolment_generation: int
    device_token: str

    @classmethod
    def of(cls, device: Device, token: str) -> EnrolledOut:
        """The answer to the device."""
        return cls(
            device_id=device.id,
            contract_id=device.contract_id,
            enrolment_generation=device.generation,
            device_token=token,
        )


class OrderOut(Answer):
    """One thing the device is to do."""

    id: str
    function: str
    setting: str | None
    media: list[str]
    attempt: int
    requested_at: Moment
    expires_at: Moment

    @classmethod
    def of(cls, command: DeviceCommand) -> OrderOut:
        """The command as the device is told of it."""
        return cls(
            id=command.id,
            function=command.function,
            setting=command.setting,
            media=list(command.media),
            attempt=command.attempts,
            requested_at=command.requested_at,
            expires_at=command.expires_at,
        )


class OrdersOut(Answer):
    """Everything the device is to do now; empty when the wait was over."""

    items: list[OrderOut]


class ResultIn(Command):
    """What became of a command. `detail`: a short code or words; only a code travels further."""

    status: Literal["succeeded", "failed", "not_now"]
    detail: Annotated[Line | None, Field(examples=["no_passcode_set"])] = None


class ResultOut(Answer):
    """Where the command stands now."""

    id: str
    status: str


class StatusOut(Answer):
    """When the report was taken in."""

    device_id: str
    reported_at: Moment
