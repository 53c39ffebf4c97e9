"""What a device last said of its security (R-MDM-STATUS). What it has not said is unknown, never "fine"."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Literal

from common.civil import jst_day

UNKNOWN = "unknown"
Switch = Literal["on", "off"]
_WINDOWS_ONLY = frozenset({"antivirus", "firewall"})


@dataclass(frozen=True, kw_only=True)
class SecurityState:
    """One report of a device; None: it did not say. `tampering`: signs of root or jailbreak."""

    os_version: str | None = None
    patch_level: date | None = None
    encryption: Switch | None = None
    passcode: Literal["set", "not_set"] | None = None
    antivirus: Switch | None = None
    firewall: Switch | None = None
    tampering: Literal["none", "root", "jailbreak"] | None = None

    def said(self) -> dict[str, str | int | bool | None]:
        """What was said, by item; the rest is absent."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {
            name: value.isoformat() if isinstance(value, date) else value
            for name, value in values.items()
            if value is not None
        }


@dataclass(frozen=True, kw_only=True)
class SecurityStatus:
    """A device's last report seen from `now`: its values, `unknown` for what was not said, and their age."""

    items: dict[str, str]
    patch_age_days: int | None
    unknown: tuple[str, ...]
    concerns: tuple[str, ...]
    reported_at: datetime | None
    age_seconds: int | None


_CONCERNS = {
    "encryption": frozenset({"off"}),
    "passcode": frozenset({"not_set"}),
    "antivirus": frozenset({"off"}),
    "firewall": frozenset({"off"}),
    "tampering": frozenset({"root", "jailbreak"}),
}


def status_of(state: SecurityState, *, os: str, reported_at: datetime | None, now: datetime) -> SecurityStatus:
    """The state as it is shown (R-MDM-STATUS). Antivirus and firewall are asked of Windows only."""
    said = state.said()
    asked = [f.name for f in fields(SecurityState) if os == "windows" or f.name not in _WINDOWS_ONLY]
    items = {name: str(said.get(name, UNKNOWN)) for name in asked}
    patch_age = None if state.patch_level is None else (jst_day(now) - state.patch_level).days
    return SecurityStatus(
        items=items,
        patch_age_days=patch_age,
        unknown=tuple(name for name, value in items.items() if value == UNKNOWN),
        concerns=tuple(name for name, value in items.items() if value in _CONCERNS.get(name, frozenset())),
        reported_at=reported_at,
        age_seconds=None if reported_at is None else int((now - reported_at).total_seconds()),
    )
