"""R-MDM-PLAN: seats over time, and the devices that go when they become fewer."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from common.civil import JST
from mdm_gateway.domain.seats import (
    SeatStep,
    Shortfall,
    devices_to_release,
    first_shortfall,
    informed,
    opened,
    renamed,
    seat_steps,
)
from mdm_gateway.testing import (
    CONTRACT,
    NOW,
    STARTED,
    a_light_plan,
    a_standard_plan,
    a_status,
    some_entitlements,
)

JULY = datetime(2026, 7, 1, tzinfo=JST)
AUGUST = datetime(2026, 8, 1, tzinfo=JST)
DOWNGRADED = some_entitlements(
    version=2, plan_periods=(a_light_plan(seats=5, to=JULY), a_light_plan(seats=3, start=JULY))
)
FIVE = ("dev_a", "dev_b", "dev_c", "dev_d", "dev_e")


@pytest.mark.rule("R-MDM-PLAN")
def test_seats_follow_the_plan_over_time() -> None:
    assert seat_steps(DOWNGRADED) == (SeatStep(start=STARTED, seats=5), SeatStep(start=JULY, seats=3))


@pytest.mark.rule("R-MDM-PLAN")
def test_a_change_to_standard_leaves_no_seat() -> None:
    changed = some_entitlements(plan_periods=(a_light_plan(to=JULY), a_standard_plan(start=JULY)))
    assert seat_steps(changed)[-1] == SeatStep(start=JULY, seats=0)


@pytest.mark.rule("R-MDM-PLAN")
def test_the_end_of_the_contract_leaves_no_seat_but_a_suspension_keeps_them() -> None:
    ending = some_entitlements(
        status_periods=(
            a_status(to=JULY),
            a_status("suspended", start=JULY, to=AUGUST),
            a_status("terminated", start=AUGUST),
        )
    )
    assert seat_steps(ending) == (SeatStep(start=STARTED, seats=3), SeatStep(start=AUGUST, seats=0))


@pytest.mark.rule("R-MDM-PLAN")
@pytest.mark.parametrize(
    ("used", "expected"),
    [(3, None), (4, Shortfall(at=JULY, seats=3)), (5, Shortfall(at=JULY, seats=3))],
)
def test_foresees_when_seats_become_fewer_than_devices(used: int, expected: Shortfall | None) -> None:
    assert first_shortfall(seat_steps(DOWNGRADED), used, now=NOW) == expected


def test_a_shortfall_that_is_already_here_counts_from_now() -> None:
    later = JULY + timedelta(days=3)
    assert first_shortfall(seat_steps(DOWNGRADED), 5, now=later) == Shortfall(at=later, seats=3)


def test_an_unrecorded_number_of_seats_is_no_shortfall() -> None:
    unrecorded = some_entitlements(plan_periods=(a_light_plan(seats=None),))
    assert first_shortfall(seat_steps(unrecorded), 5, now=NOW) is None


@pytest.mark.rule("R-MDM-PLAN")
def test_the_devices_enrolled_last_are_named() -> None:
    assert devices_to_release(FIVE, 3) == ("dev_d", "dev_e")


@pytest.mark.rule("R-MDM-PLAN")
def test_a_downgrade_names_the_devices_and_the_instant_once() -> None:
    account = replace(opened(CONTRACT, partner=None), used=5)
    told = informed(account, DOWNGRADED)
    named, facts = renamed(told, FIVE, now=NOW, by="system:mdm-gateway")
    assert [(fact.device_ids, fact.effective_from, fact.seats) for fact in facts] == [(("dev_d", "dev_e"), JULY, 3)]
    assert (named.named, named.short_at, named.version) == (("dev_d", "dev_e"), JULY, 1)
    assert renamed(named, FIVE, now=NOW, by="system:mdm-gateway") == (named, ())


@pytest.mark.rule("R-MDM-PLAN")
def test_a_downgrade_that_is_taken_back_takes_the_naming_back() -> None:
    account = informed(replace(opened(CONTRACT, partner=None), used=5), DOWNGRADED)
    named, _ = renamed(account, FIVE, now=NOW, by="system:mdm-gateway")
    undone = some_entitlements(version=3, plan_periods=(a_light_plan(seats=5),))
    after, facts = renamed(informed(named, undone), FIVE, now=NOW, by="system:mdm-gateway")
    assert (after.named, after.short_at) == ((), None)
    assert [fact.device_ids for fact in facts] == [()]


def test_an_older_version_of_the_entitlements_changes_nothing() -> None:
    account = informed(opened(CONTRACT, partner=None), DOWNGRADED)
    assert informed(account, some_entitlements(version=1)) == account
