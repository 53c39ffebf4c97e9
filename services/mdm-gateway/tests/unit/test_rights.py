"""R-MDM-PLAN, R-TOOL-OS, R-CONSENT: who may have the management tool, and whose devices may be commanded."""

from __future__ import annotations

import pytest

from common.errors import DomainError, refuse_if_any
from mdm_gateway.domain.matrix import Function
from mdm_gateway.domain.refusals import CatalogueUnknown, ConsentMissing, OsNotSupported
from mdm_gateway.domain.rights import command_refusals, enrolment_refusals
from mdm_gateway.testing import (
    NOW,
    a_catalogue,
    a_consent,
    a_light_plan,
    a_standard_plan,
    a_status,
    an_entitlement,
    the_required_consents,
)


def codes(refusals: list[DomainError | None]) -> list[str]:
    return [refusal.code for refusal in refusals if refusal is not None]


def test_a_light_contract_with_a_free_seat_may_have_one_more_device() -> None:
    found = enrolment_refusals(an_entitlement(), a_catalogue(), os="android", seats_used=2, now=NOW)
    assert codes(found) == []


@pytest.mark.rule("R-MDM-PLAN")
def test_refuses_the_management_tool_on_a_standard_plan() -> None:
    standard = an_entitlement(plan_periods=(a_standard_plan(),))
    found = enrolment_refusals(standard, a_catalogue(), os="android", seats_used=0, now=NOW)
    assert codes(found) == ["mdm_not_in_plan"]


@pytest.mark.rule("R-MDM-PLAN")
@pytest.mark.parametrize(("seats", "used"), [(3, 3), (5, 5), (3, 4)])
def test_refuses_a_device_beyond_the_seats_of_the_plan(seats: int, used: int) -> None:
    light = an_entitlement(plan_periods=(a_light_plan(seats=seats),))
    found = enrolment_refusals(light, a_catalogue(), os="android", seats_used=used, now=NOW)
    assert codes(found) == ["mdm_seats_exhausted"]


@pytest.mark.rule("R-MDM-PLAN")
def test_a_device_that_has_its_seat_may_enrol_again_when_all_are_taken() -> None:
    found = enrolment_refusals(an_entitlement(), a_catalogue(), os="android", seats_used=None, now=NOW)
    assert codes(found) == []


@pytest.mark.rule("R-MDM-PLAN")
def test_never_guesses_a_number_of_seats() -> None:
    unrecorded = an_entitlement(plan_periods=(a_light_plan(seats=None),))
    found = enrolment_refusals(unrecorded, a_catalogue(), os="android", seats_used=0, now=NOW)
    assert codes(found) == ["limits_not_recorded"]


@pytest.mark.rule("R-TOOL-OS")
@pytest.mark.parametrize("os", ["mac", "macos", "linux", ""])
def test_refuses_an_operating_system_the_tool_does_not_run_on(os: str) -> None:
    found = enrolment_refusals(an_entitlement(), a_catalogue(), os=os, seats_used=0, now=NOW)
    assert codes(found) == ["os_not_supported"]
    with pytest.raises(OsNotSupported) as refused:
        refuse_if_any(found)
    assert refused.value.why["supported"] == ["android", "ios", "ipados", "windows"]


@pytest.mark.rule("R-CONSENT")
def test_refuses_the_management_tool_without_its_licence() -> None:
    without = an_entitlement(consents=(a_consent("service_terms"),))
    found = enrolment_refusals(without, a_catalogue(), os="ios", seats_used=0, now=NOW)
    assert codes(found) == ["consent_missing"]
    with pytest.raises(ConsentMissing) as refused:
        refuse_if_any(found)
    assert refused.value.why["documents"] == ["management_tool_licence"]


@pytest.mark.rule("R-CONSENT")
def test_an_older_version_of_the_licence_is_not_enough() -> None:
    newer = a_catalogue(required_consents=the_required_consents(version="2026-01").required_consents)
    found = enrolment_refusals(an_entitlement(), newer, os="ios", seats_used=0, now=NOW)
    assert codes(found) == ["consent_missing"]


def test_names_every_rule_that_speaks_against_it() -> None:
    nothing = an_entitlement(status_periods=(a_status("applied"),), plan_periods=(a_standard_plan(),), consents=())
    found = enrolment_refusals(nothing, a_catalogue(), os="mac", seats_used=0, now=NOW)
    assert codes(found) == ["contract_not_active", "mdm_not_in_plan", "os_not_supported", "consent_missing"]


@pytest.mark.parametrize("missing", ["tool_matrix", "required_consents"])
def test_decides_nothing_before_the_catalogue_has_arrived(missing: str) -> None:
    with pytest.raises(CatalogueUnknown):
        enrolment_refusals(an_entitlement(), a_catalogue(**{missing: None}), os="ios", seats_used=0, now=NOW)


@pytest.mark.rule("R-MDM-PLAN")
@pytest.mark.parametrize(
    ("status", "function", "expected"),
    [
        ("active", Function.CAMERA, []),
        ("active", Function.REMOTE_WIPE, []),
        ("suspended", Function.REMOTE_LOCK, []),
        ("suspended", Function.REMOTE_WIPE, []),
        ("suspended", Function.CAMERA, ["contract_not_active"]),
        ("terminated", Function.REMOTE_LOCK, ["contract_not_active"]),
    ],
)
def test_a_suspended_contract_may_still_lock_and_wipe(status: str, function: Function, expected: list[str]) -> None:
    found = command_refusals(an_entitlement(status_periods=(a_status(status),)), function, now=NOW)
    assert codes(found) == expected


@pytest.mark.rule("R-MDM-PLAN")
def test_refuses_commands_once_the_plan_has_no_management_tool() -> None:
    found = command_refusals(an_entitlement(plan_periods=(a_standard_plan(),)), Function.REMOTE_LOCK, now=NOW)
    assert codes(found) == ["mdm_not_in_plan"]
