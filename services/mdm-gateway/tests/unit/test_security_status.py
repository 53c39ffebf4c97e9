"""R-MDM-STATUS: what a device said, how old it is, and what it has not said."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from mdm_gateway.domain.security_status import SecurityState, status_of
from mdm_gateway.testing import NOW


@pytest.mark.rule("R-MDM-STATUS")
def test_a_device_that_said_nothing_is_unknown_in_everything() -> None:
    found = status_of(SecurityState(), os="windows", reported_at=None, now=NOW)
    assert set(found.items.values()) == {"unknown"}
    assert found.unknown == tuple(found.items)
    assert (found.concerns, found.age_seconds, found.patch_age_days) == ((), None, None)


@pytest.mark.rule("R-MDM-STATUS")
def test_shows_what_was_said_with_its_age() -> None:
    said = SecurityState(os_version="16", encryption="on", patch_level=date(2026, 5, 1), passcode="not_set")
    found = status_of(said, os="android", reported_at=NOW - timedelta(hours=2), now=NOW)
    assert found.items == {
        "os_version": "16",
        "patch_level": "2026-05-01",
        "encryption": "on",
        "passcode": "not_set",
        "tampering": "unknown",
    }
    assert (found.age_seconds, found.patch_age_days) == (7200, 31)
    assert (found.unknown, found.concerns) == (("tampering",), ("passcode",))


@pytest.mark.rule("R-MDM-STATUS")
@pytest.mark.parametrize(
    ("said", "concern"),
    [
        (SecurityState(encryption="off"), "encryption"),
        (SecurityState(antivirus="off"), "antivirus"),
        (SecurityState(firewall="off"), "firewall"),
        (SecurityState(tampering="root"), "tampering"),
        (SecurityState(tampering="jailbreak"), "tampering"),
    ],
)
def test_names_what_is_out_of_line(said: SecurityState, concern: str) -> None:
    assert status_of(said, os="windows", reported_at=NOW, now=NOW).concerns == (concern,)


def test_asks_for_antivirus_and_firewall_on_windows_only() -> None:
    asked = {os: set(status_of(SecurityState(), os=os, reported_at=None, now=NOW).items) for os in ("windows", "ios")}
    assert asked["windows"] - asked["ios"] == {"antivirus", "firewall"}
