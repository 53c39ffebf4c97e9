"""R-MDM-WIPE-TWO: on what a wipe rests."""

from __future__ import annotations

import pytest

from mdm_gateway.domain.lost_reports import IdentityCheck, require_identity, require_wipe_ground
from mdm_gateway.domain.refusals import IdentityNotChecked, WipeNotAuthorised
from mdm_gateway.testing import DEVICE, a_lost_report

FAILED = IdentityCheck(method="date_of_birth", passed=False, checked_by="op-sato")


@pytest.mark.rule("R-MDM-WIPE-TWO")
def test_refuses_a_wipe_without_a_lost_report() -> None:
    with pytest.raises(IdentityNotChecked):
        require_wipe_ground(None, device_id=DEVICE, generation=1)


@pytest.mark.rule("R-MDM-WIPE-TWO")
@pytest.mark.parametrize(
    "over", [{"device_id": "dev_other"}, {"generation": 2}, {"identity": FAILED}], ids=lambda o: next(iter(o))
)
def test_refuses_a_wipe_on_the_report_of_something_else(over: dict[str, object]) -> None:
    with pytest.raises(IdentityNotChecked):
        require_wipe_ground(a_lost_report(**over), device_id=DEVICE, generation=1)


@pytest.mark.rule("R-MDM-WIPE-TWO")
@pytest.mark.parametrize("manager", [None, ""])
def test_refuses_a_wipe_the_manager_did_not_authorise(manager: str | None) -> None:
    with pytest.raises(WipeNotAuthorised):
        require_wipe_ground(a_lost_report(authorised_by=manager), device_id=DEVICE, generation=1)


def test_accepts_an_authorised_report_of_this_enrolment() -> None:
    report = a_lost_report()
    assert require_wipe_ground(report, device_id=DEVICE, generation=1) is report


@pytest.mark.rule("R-MDM-WIPE-TWO")
def test_refuses_to_lock_for_a_caller_who_was_not_recognised() -> None:
    with pytest.raises(IdentityNotChecked):
        require_identity(FAILED)
