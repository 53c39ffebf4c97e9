"""Step 6: a tablet is lost — identity check, lock at once, wipe after a second person's approval, proof kept."""

from __future__ import annotations

from typing import Any

from evaluation.walk.contracting import Cast
from evaluation.walk.desk import MORI, SATO, Desk, WalkFailed

M = "/api/mdm/v1"
A = "/mdm/agent/v1"


def report(device_id: str, **over: Any) -> dict[str, Any]:
    """The body of a lost-device report."""
    check = {"method": "registered_questions", "passed": True, "checked_by": "op-sato"}
    return {"device_id": device_id, "identity_check": check, "authorised_by": "見本 太郎", **over}


async def invite(desk: Desk, contract_id: str, os: str, label: str) -> Any:
    """An invitation with its code."""
    body = {"contract_id": contract_id, "os": os, "label": label}
    return await desk.soon(SATO, f"POST {M}/enrolment-invitations", body)


async def enrol(desk: Desk, contract_id: str, os: str, serial: str) -> dict[str, Any]:
    """A simulated device enrols with its code; its token and id."""
    invitation = await invite(desk, contract_id, os, f"{os} {serial}")
    return await desk.device_enrols(invitation["enrolment_code"], os=os, serial=serial)


async def step_6(desk: Desk, cast: Cast) -> None:
    """The whole of the lost tablet, and what devices are refused."""
    desk.tell.step("Step 6 — the lost tablet")
    desk.tell.scene("A tablet, a PC and an iPad take the three seats of Light Anshin plan 1; a fourth device does not.")
    tablet = await enrol(desk, cast.extended, "android", "TAB-0001")
    pc = await enrol(desk, cast.extended, "windows", "PC-0001")
    ipad = await enrol(desk, cast.extended, "ipados", "PAD-0001")
    invitations = f"POST {M}/enrolment-invitations"
    fourth = {"contract_id": cast.extended, "os": "android", "label": "四台目"}
    await desk.refused(SATO, invitations, fourth, code="mdm_seats_exhausted")
    await desk.refused(
        SATO, invitations, {**fourth, "contract_id": cast.partners, "os": "macos"}, code="os_not_supported"
    )
    await desk.refused(SATO, invitations, {**fourth, "contract_id": cast.standard}, code="mdm_not_in_plan")
    await _not_supported(desk, tablet["id"], pc["id"], ipad["id"])
    await desk.ask(SATO, f"GET {M}/devices/{tablet['id']}/security-status")

    desk.tell.scene("The tablet is lost. The caller is identified; the device is locked at once.")
    unidentified = report(
        tablet["id"], identity_check={"method": "registered_questions", "passed": False, "checked_by": "op-sato"}
    )
    await desk.refused(SATO, f"POST {M}/lost-reports", unidentified, code="identity_not_checked")
    wipe = {"function": "remote_wipe", "reason": "紛失"}
    commands = f"POST {M}/devices/{tablet['id']}/commands"
    await desk.refused(SATO, commands, wipe, code="identity_not_checked")
    lost = await desk.ask(SATO, f"POST {M}/lost-reports", report(tablet["id"]), status=201)
    await desk.device_answers(tablet, lost["lock_command_id"], "succeeded")
    await _state(desk, lost["lock_command_id"], "succeeded")

    desk.tell.scene("The wipe waits for a second person; nobody approves what they asked for themselves.")
    asked = await desk.ask(MORI, commands, {**wipe, "lost_report_id": lost["id"]}, status=201)
    await desk.refused(MORI, f"POST {M}/commands/{asked['id']}/approval", code="self_approval", status=403)
    await desk.ask(MORI, f"POST {M}/commands/{asked['id']}/cancellation", {"note": "別の担当者が申請"})
    asked = await desk.ask(SATO, commands, {**wipe, "lost_report_id": lost["id"]}, status=201)
    if asked["status"] != "awaiting_approval":
        raise WalkFailed(f"a wipe waits for approval: {asked}")
    await desk.ask(MORI, f"POST {M}/commands/{asked['id']}/approval")
    await desk.device_answers(tablet, asked["id"], "succeeded")
    await _state(desk, asked["id"], "succeeded")
    await _unauthorised(desk, pc["id"])
    await desk.tell_events()


async def _state(desk: Desk, command_id: str, state: str) -> None:
    found = await desk.ask(SATO, f"GET {M}/commands/{command_id}")
    if found["status"] != state:
        raise WalkFailed(f"expected {state}: {found}")


async def _not_supported(desk: Desk, tablet: str, pc: str, ipad: str) -> None:
    desk.tell.scene("What the platforms cannot do is refused before a device is contacted.")
    off = {"setting": "disabled", "reason": "持ち出し制限"}
    for device, body in (
        (pc, {"function": "camera", **off}),
        (tablet, {"function": "external_storage", "storage": "usb", **off}),
        (ipad, {"function": "external_storage", **off}),
    ):
        await desk.refused(SATO, f"POST {M}/devices/{device}/commands", body, code="function_not_supported")


async def _unauthorised(desk: Desk, pc: str) -> None:
    desk.tell.scene("A wipe that the registered manager did not authorise; an approval that comes too late.")
    first = report(pc)
    del first["authorised_by"]
    lost = await desk.ask(SATO, f"POST {M}/lost-reports", first, status=201)
    body = {"function": "remote_wipe", "reason": "紛失", "lost_report_id": lost["id"]}
    await desk.refused(SATO, f"POST {M}/devices/{pc}/commands", body, code="wipe_not_authorised")
    lost = await desk.ask(SATO, f"POST {M}/lost-reports", report(pc), status=201)
    asked = await desk.ask(SATO, f"POST {M}/devices/{pc}/commands", {**body, "lost_report_id": lost["id"]}, status=201)
    desk.seen.facts["late_wipe"] = asked["id"]


async def too_late(desk: Desk) -> None:
    """The approval window of the PC's wipe is over."""
    await desk.refused(MORI, f"POST {M}/commands/{desk.seen.facts['late_wipe']}/approval", code="approval_expired")
