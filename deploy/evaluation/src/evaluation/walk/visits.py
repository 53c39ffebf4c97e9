"""Steps 4 and 7: the isolation visit and the paid setup visit."""

from __future__ import annotations

from typing import Any

from evaluation.walk.contracting import Cast, H
from evaluation.walk.desk import SATO, Desk, WalkFailed
from evaluation.walk.support import fault, not_isolated

D = "/api/dispatch/v1"
# A signature of one white pixel: a real PNG, small enough to read.
_PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8/5+hHgAHggJ/PchI7wAAAABJRU5ErkJggg=="
SIGNATURE = {"name": "見本 花子", "image_png_base64": _PIXEL}


async def request_of(desk: Desk, inquiry_id: str) -> str:
    """The visit request that dispatch opened for this case."""
    found = await desk.eventually(
        SATO, f"GET {D}/visit-requests?inquiry_id={inquiry_id}", lambda page: page["items"] != []
    )
    return str(found["items"][0]["id"])


async def slots(desk: Desk, request_id: str, first: str, last: str) -> Any:
    """Search slots that begin at ten or later."""
    body = {"visit_request_id": request_id, "from": first, "to": last, "not_before": "10:00"}
    return await desk.ask(SATO, f"POST {D}/slot-searches", body)


async def go_there(desk: Desk, visit: Any) -> None:
    """Depart an hour before, arrive at the agreed time."""
    await desk.ask(SATO, f"POST {D}/visits/{visit['id']}/departure")
    await desk.move_clock(visit["start"])
    await desk.ask(SATO, f"POST {D}/visits/{visit['id']}/arrival")


async def step_4(desk: Desk, cast: Cast, inquiry_id: str) -> None:
    """Requested, offered, booked; the crew finds the broken router; the verdict returns to the case."""
    desk.tell.step("Step 4 — the isolation visit")
    await desk.ask(SATO, f"POST {H}/inquiries/{inquiry_id}/onsite-requests", status=201)
    request_id = await request_of(desk, inquiry_id)
    found = await slots(desk, request_id, "2026-06-02", "2026-06-05")
    slot = next(each for each in found["slots"] if each["start"].startswith("2026-06-03"))
    desk.tell.scene("Outside visit hours nothing is booked for a contract without the extension; here it has one.")
    booking = {"visit_request_id": request_id, "slot_id": slot["slot_id"]}
    visit = await desk.ask(SATO, f"POST {D}/visits", booking, status=201)
    await desk.tell_events()

    desk.tell.scene(
        "A second isolation visit in the same fee month, a slot that somebody just took, an hour that is closed."
    )
    second = await not_isolated(desk, cast.extended)
    await desk.ask(SATO, f"POST {H}/inquiries/{second}/onsite-requests", status=201)
    second_request = await request_of(desk, second)
    listed = await slots(desk, second_request, "2026-06-04", "2026-06-05")
    if {each["code"] for each in listed["refused"]} != {"isolation_visit_used"} or listed["slots"]:
        raise WalkFailed(f"the used right is not listed: {listed}")
    exact = {
        "technician_id": slot["technician_id"],
        "start": "2026-06-05T10:00:00+09:00",
        "end": "2026-06-05T11:30:00+09:00",
    }
    await desk.refused(
        SATO, f"POST {D}/visits", {"visit_request_id": second_request, **exact}, code="isolation_visit_used"
    )
    others = await not_isolated(desk, cast.partners)
    await desk.ask(SATO, f"POST {H}/inquiries/{others}/onsite-requests", status=201)
    others_request = await request_of(desk, others)
    same = {"technician_id": visit["technician_id"], "start": visit["start"], "end": visit["end"]}
    await desk.refused(SATO, f"POST {D}/visits", {"visit_request_id": others_request, **same}, code="slot_taken")
    late = {**same, "start": "2026-06-04T17:00:00+09:00", "end": "2026-06-04T18:30:00+09:00"}
    await desk.refused(
        SATO, f"POST {D}/visits", {"visit_request_id": others_request, **late}, code="outside_visit_hours"
    )

    desk.tell.scene("3 June: the crew goes, finds the failed router, the customer signs.")
    await desk.move_clock("2026-06-03T09:00:00+09:00")
    await go_there(desk, visit)
    body = {"verdict": fault("soho_router"), "signature": SIGNATURE, "work": "ルーターの電源部の故障を確認"}
    done = await desk.ask(SATO, f"POST {D}/visits/{visit['id']}/completion", body)
    if done["status"] != "completed":
        raise WalkFailed(f"not completed: {done}")
    call = f"GET {H}/inquiries/{inquiry_id}/verdicts"
    await desk.eventually(SATO, call, lambda page: page["items"][-1]["cause"] == "device_fault")
    await desk.tell_events()


async def step_7(desk: Desk, cast: Cast) -> None:
    """Quoted, accepted, done, signed, charged: 18,040 yen."""
    desk.tell.step("Step 7 — the setup visit")
    items = [{"menu_code": "pc-internet-connection", "units": 2}, {"menu_code": "printer-setup", "units": 1}]
    body = {"contract_id": cast.extended, "purpose": "setup", "items": items}
    request = await desk.ask(SATO, f"POST {D}/visit-requests", body, status=201)
    if request["quote"]["total"] != 18_040:  # noqa: PLR2004 - 4,950 + 1,650 + 2 × 3,300 + 4,840
        raise WalkFailed(f"the quote is wrong: {request['quote']}")
    day = (await desk.ask(SATO, "GET /api/sandbox/clock"))["now"][:10]
    found = await slots(desk, request["id"], day, "2026-06-30")
    slot = found["slots"][0]
    visit = await desk.ask(
        SATO, f"POST {D}/visits", {"visit_request_id": request["id"], "slot_id": slot["slot_id"]}, status=201
    )
    await go_there(desk, visit)
    completion = {"signature": SIGNATURE, "work": "パソコン2台の接続とプリンタ1台の設定"}
    await desk.refused(SATO, f"POST {D}/visits/{visit['id']}/completion", completion, code="quote_not_accepted")
    accepted = {"total": 18_040, "accepted_by": "見本 花子"}
    await desk.ask(SATO, f"POST {D}/visits/{visit['id']}/quote-acceptance", accepted)
    await desk.ask(SATO, f"POST {D}/visits/{visit['id']}/completion", completion)
    await desk.tell_events()
