"""What may be done to which operating system (R-MDM-MATRIX), judged before any device is contacted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from mdm_gateway.domain.refusals import FunctionNotSupported, SettingNotApplicable, SettingRequired


class Function(StrEnum):
    """The functions of the management tool."""

    REMOTE_LOCK = "remote_lock"
    REMOTE_WIPE = "remote_wipe"
    EXTERNAL_STORAGE = "external_storage"
    CAMERA = "camera"
    BLUETOOTH = "bluetooth"


class Setting(StrEnum):
    """To what a controlled function is switched."""

    ENABLED = "enabled"
    DISABLED = "disabled"


class Medium(StrEnum):
    """External media whose use can be forbidden. `optical`: CD, DVD, Blu-ray."""

    SD = "sd"
    USB = "usb"
    OPTICAL = "optical"


class Scope(StrEnum):
    """How far a function reaches on the device."""

    SCREEN = "screen"
    WHOLE_DEVICE = "whole_device"
    NAMED_MEDIA = "named_media"


LOST_DEVICE = frozenset({Function.REMOTE_LOCK, Function.REMOTE_WIPE})
SETTINGS = frozenset({Function.EXTERNAL_STORAGE, Function.CAMERA, Function.BLUETOOTH})

_EVERY_OS = frozenset({"ios", "ipados", "android", "windows"})
_OFFERED: Mapping[Function, frozenset[str]] = {
    Function.REMOTE_LOCK: _EVERY_OS,
    Function.REMOTE_WIPE: _EVERY_OS,
    Function.EXTERNAL_STORAGE: frozenset({"android", "windows"}),
    Function.CAMERA: frozenset({"ios", "ipados", "android"}),
    Function.BLUETOOTH: frozenset({"ios", "ipados", "android"}),
}
_MEDIA: Mapping[str, tuple[Medium, ...]] = {
    "android": (Medium.SD,),
    "windows": (Medium.SD, Medium.USB, Medium.OPTICAL),
}
_SCOPE: Mapping[Function, Scope] = {
    Function.REMOTE_LOCK: Scope.SCREEN,
    Function.REMOTE_WIPE: Scope.WHOLE_DEVICE,
    Function.EXTERNAL_STORAGE: Scope.NAMED_MEDIA,
    Function.CAMERA: Scope.WHOLE_DEVICE,
    Function.BLUETOOTH: Scope.WHOLE_DEVICE,
}


@dataclass(frozen=True, kw_only=True)
class Capability:
    """The matrix on one function and operating system. `reason` is set when it is not supported."""

    function: Function
    scope: Scope | None
    media: tuple[Medium, ...] = ()
    reason: str | None = None

    @property
    def supported(self) -> bool:
        """Whether the function may be used at all."""
        return self.reason is None


@dataclass(frozen=True, kw_only=True)
class Order:
    """A function with its parameters, found to be inside the matrix."""

    function: Function
    setting: Setting | None
    media: tuple[Medium, ...]
    scope: Scope


def capability(function: Function, os: str) -> Capability:
    """The matrix's word on `function` for a device that runs `os` (R-MDM-MATRIX)."""
    if os not in _OFFERED[function]:
        return Capability(function=function, scope=None, reason=f"not_offered_on_{os}")
    media = _MEDIA[os] if function is Function.EXTERNAL_STORAGE else ()
    return Capability(function=function, scope=_SCOPE[function], media=media)


def capabilities(os: str) -> tuple[Capability, ...]:
    """The matrix's word on every function, for a screen that asks before anyone presses a button."""
    return tuple(capability(function, os) for function in Function)


def order(*, function: str, setting: str | None, storage: str | None, os: str) -> Order:
    """What is asked for, if the matrix allows it on `os`.

    Without `storage` a storage ban is about all media the matrix lists for that system. Raises
    `FunctionNotSupported` (R-MDM-MATRIX) for all that is outside it, unknown functions included, and
    `SettingRequired` or `SettingNotApplicable`.
    """
    known = _function(function, os)
    allowed = capability(known, os)
    if allowed.scope is None:
        raise FunctionNotSupported(function=function, os=os, reason=allowed.reason, offered_on=sorted(_OFFERED[known]))
    if known in LOST_DEVICE:
        if setting is not None or storage is not None:
            raise SettingNotApplicable(function=function, setting=setting, storage=storage)
        return Order(function=known, setting=None, media=(), scope=allowed.scope)
    if storage is not None and storage not in allowed.media:
        raise FunctionNotSupported(
            function=function,
            os=os,
            storage=storage,
            reason="medium_not_offered",
            offered=list(allowed.media),
        )
    if setting is None or setting not in set(Setting):
        raise SettingRequired(function=function, setting=setting, allowed=list(Setting))
    media = allowed.media if storage is None else (Medium(storage),)
    return Order(function=known, setting=Setting(setting), media=media, scope=allowed.scope)


def _function(function: str, os: str) -> Function:
    if function not in set(Function):
        raise FunctionNotSupported(function=function, os=os, reason="unknown_function", offered=list(Function))
    return Function(function)
