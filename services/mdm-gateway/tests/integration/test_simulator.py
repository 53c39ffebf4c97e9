"""The simulated device speaks the public channel, as a class and as a program."""

from __future__ import annotations

import asyncio
import sys

import httpx
import pytest
import uvicorn

from mdm_gateway.simulator import SimulatedDevice
from mdm_gateway.testing import Office


async def test_a_simulated_tablet_enrols_reports_locks_and_is_wiped(office: Office) -> None:
    tablet = SimulatedDevice(office.devices, serial="SIM-1")
    device_id = await tablet.enrol(await office.code())
    await tablet.report()
    status = (await office.operator.get(f"/api/mdm/v1/devices/{device_id}/security-status")).json()
    assert (status["items"]["encryption"], status["unknown"]) == ("on", [])
    check = {"method": "call_back", "passed": True, "checked_by": "op-sato"}
    report = await office.operator.post(
        "/api/mdm/v1/lost-reports",
        json={"device_id": device_id, "identity_check": check, "authorised_by": "山田 花子"},
    )
    await tablet.work()
    assert tablet.locked
    wipe = await office.operator.post(
        f"/api/mdm/v1/devices/{device_id}/commands",
        json={"function": "remote_wipe", "reason": "lost", "lost_report_id": report.json()["id"]},
    )
    assert await tablet.work() == []
    await office.decide(wipe.json()["id"], "approval")
    await tablet.run(wait=5)
    assert tablet.wiped
    assert (await office.command(wipe.json()["id"]))["status"] == "succeeded"
    with pytest.raises(httpx.HTTPStatusError):
        await tablet.poll()


@pytest.mark.parametrize(("answer", "status"), [("failed", "failed"), ("not_now", "queued")])
async def test_it_answers_as_it_is_told_to(office: Office, answer: str, status: str) -> None:
    pc = SimulatedDevice(office.devices, os="windows", answer=answer)
    device_id = await pc.enrol(await office.code(os="windows"))
    asked = await office.operator.post(
        f"/api/mdm/v1/devices/{device_id}/commands",
        json={"function": "external_storage", "setting": "disabled", "storage": "usb", "reason": "policy"},
    )
    await pc.work()
    assert (await office.command(asked.json()["id"]))["status"] == status
    assert pc.settings == {}


async def test_it_keeps_the_settings_it_applied(office: Office) -> None:
    tablet = SimulatedDevice(office.devices)
    device_id = await tablet.enrol(await office.code())
    for function in ("camera", "external_storage"):
        await office.operator.post(
            f"/api/mdm/v1/devices/{device_id}/commands",
            json={"function": function, "setting": "disabled", "reason": "policy"},
        )
    await tablet.run(seconds=0)
    assert tablet.settings == {"camera": "disabled", "external_storage:sd": "disabled"}


async def test_it_runs_as_a_program_over_tcp(office: Office) -> None:
    server = uvicorn.Server(uvicorn.Config(office.suite.app, port=0, lifespan="off", log_config=None))
    serving = asyncio.create_task(server.serve())
    async with asyncio.timeout(20):
        while not server.started:  # noqa: ASYNC110 - uvicorn tells nobody
            await asyncio.sleep(0)
    port = server.servers[0].sockets[0].getsockname()[1]

    async def simulate(*arguments: str) -> tuple[int | None, str]:
        command = (sys.executable, "-m", "mdm_gateway.simulator", "--server", f"http://127.0.0.1:{port}")
        process = await asyncio.create_subprocess_exec(*command, *arguments, stdout=asyncio.subprocess.PIPE)
        said, _ = await process.communicate()
        return process.returncode, said.decode()

    try:
        code = await office.code()
        ended, said = await simulate("--code", code, "--os", "android", "--once", "--wait", "0")
        refused, why = await simulate("--code", code, "--os", "android", "--once")
    finally:
        server.should_exit = True
        await serving
    assert (ended, "enrolled as dev_" in said) == (0, True)
    assert code not in said
    assert (refused, "enrolment_code_used" in why) == (1, True)
