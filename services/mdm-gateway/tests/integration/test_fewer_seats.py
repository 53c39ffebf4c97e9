"""R-MDM-PLAN after the sale: fewer seats name the devices that go, and they go by the effective instant."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from common.civil import JST
from common.events.mdm_gateway import DevicesNamedForRelease, DeviceUnenrolled
from mdm_gateway.testing import (
    Agent,
    Office,
    a_light_plan,
    a_standard_plan,
    a_status,
    refusal,
)

JULY = datetime(2026, 7, 1, tzinfo=JST)


async def five_devices(office: Office) -> list[Agent]:
    await office.tell(version=2, plan_periods=(a_light_plan(seats=5),))
    found = []
    for number in range(5):
        found.append(await office.enrol(serial=f"SN-{number}"))
        office.suite.clock.advance(timedelta(minutes=1))
    return found


async def downgrade(office: Office, *, version: int = 3) -> None:
    plans = (a_light_plan(seats=5, to=JULY), a_light_plan(seats=3, start=JULY))
    await office.tell(version=version, plan_periods=plans)


@pytest.mark.rule("R-MDM-PLAN")
async def test_a_downgrade_names_the_devices_enrolled_last(office: Office) -> None:
    devices = await five_devices(office)
    await downgrade(office)
    seats = await office.seats()
    assert (seats["seats"], seats["used"]) == (5, 5)
    assert seats["over_limit_device_ids"] == [device.device_id for device in devices[3:]]
    assert seats["effective_from"] == "2026-07-01T00:00:00+09:00"
    (fact,) = await office.suite.published(DevicesNamedForRelease)
    assert (list(fact.data.device_ids), fact.data.seats) == (seats["over_limit_device_ids"], 3)


@pytest.mark.rule("R-MDM-PLAN")
async def test_the_named_devices_are_un_enrolled_at_the_instant_and_not_before(office: Office) -> None:
    devices = await five_devices(office)
    await downgrade(office)
    command = await office.asked(devices[4], "camera", setting="disabled")
    office.suite.clock.move_to(JULY - timedelta(seconds=1))
    await office.suite.sweep()
    assert (await office.seats())["used"] == 5
    office.suite.clock.move_to(JULY)
    assert await office.suite.sweep() == 1
    assert await office.suite.sweep() == 0
    seats = await office.seats()
    assert (seats["seats"], seats["used"], seats["over_limit_device_ids"]) == (3, 3, [])
    gone = await office.suite.published(DeviceUnenrolled)
    assert {event.data.device_id for event in gone} == {device.device_id for device in devices[3:]}
    assert {event.data.reason for event in gone} == {"seats_lowered"}
    assert sorted(event.data.seats_used for event in gone) == [3, 4]
    assert (await office.command(command["id"]))["status"] in {"cancelled", "expired"}
    await office.fetch(devices[0])
    answer = await office.devices.get("/mdm/agent/v1/commands", headers={"Authorization": f"Bearer {devices[4].token}"})
    assert answer.status_code == 401


@pytest.mark.rule("R-MDM-PLAN")
async def test_whoever_makes_room_in_time_decides_who_goes(office: Office) -> None:
    devices = await five_devices(office)
    await downgrade(office)
    for device in devices[:2]:
        await office.operator.post(f"/api/mdm/v1/devices/{device.device_id}/release")
    seats = await office.seats()
    assert (seats["over_limit_device_ids"], seats["effective_from"]) == ([], None)
    named = [list(event.data.device_ids) for event in await office.suite.published(DevicesNamedForRelease)]
    assert named == [[d.device_id for d in devices[3:]], [devices[4].device_id], []]
    office.suite.clock.move_to(JULY)
    await office.suite.sweep()
    assert (await office.seats())["used"] == 3


@pytest.mark.rule("R-MDM-PLAN")
async def test_no_device_enrols_beyond_the_new_limit(office: Office) -> None:
    await five_devices(office)
    await office.tell(version=3, plan_periods=(a_light_plan(seats=3),))
    assert refusal(await office.invite())["code"] == "mdm_seats_exhausted"


@pytest.mark.rule("R-MDM-PLAN")
@pytest.mark.parametrize("change", ["standard", "terminated"])
async def test_standard_and_the_end_of_the_contract_leave_no_device(office: Office, change: str) -> None:
    await office.enrol(serial="SN-1")
    await office.enrol(serial="SN-2")
    if change == "standard":
        await office.tell(version=2, plan_periods=(a_light_plan(to=JULY), a_standard_plan(start=JULY)))
    else:
        periods = (a_status(to=JULY), a_status("terminated", start=JULY))
        await office.tell(version=2, status_periods=periods)
    assert len((await office.seats())["over_limit_device_ids"]) == 2
    office.suite.clock.move_to(JULY)
    await office.suite.sweep()
    assert (await office.seats())["used"] == 0


@pytest.mark.rule("R-MDM-PLAN")
async def test_a_downgrade_that_is_taken_back_lets_everyone_stay(office: Office) -> None:
    await five_devices(office)
    await downgrade(office)
    await office.tell(version=4, plan_periods=(a_light_plan(seats=5),))
    assert (await office.seats())["over_limit_device_ids"] == []
    office.suite.clock.move_to(JULY)
    assert await office.suite.sweep() == 0
    assert (await office.seats())["used"] == 5


async def test_a_device_that_enrols_after_the_downgrade_was_announced_is_named_too(office: Office) -> None:
    await office.tell(version=2, plan_periods=(a_light_plan(seats=5),))
    for number in range(3):
        await office.enrol(serial=f"SN-{number}")
    await downgrade(office)
    assert (await office.seats())["over_limit_device_ids"] == []
    office.suite.clock.advance(timedelta(minutes=1))
    late = await office.enrol(serial="SN-9")
    assert (await office.seats())["over_limit_device_ids"] == [late.device_id]
    due = await office.suite.service.next_due()
    assert due == JULY
