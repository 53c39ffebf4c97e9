"""Step 5: a router is lent for fourteen days; a PC comes back and is erased before the next customer."""

from __future__ import annotations

from typing import Any

from evaluation.walk.contracting import Cast
from evaluation.walk.desk import ABE, SATO, Desk, WalkFailed
from evaluation.walk.support import accept, isolated

L = "/api/loaner/v1"


def wish(inquiry_id: str, kind: str, **over: Any) -> dict[str, Any]:
    """The body of a loan request."""
    return {"inquiry_id": inquiry_id, "kind": kind, "wished_by": "見本 花子", **over}


async def ship(desk: Desk, loan_id: str, **over: Any) -> Any:
    """The depot sends it."""
    body = {"carrier": "yamato", "tracking_number": "1234-5678-9012", **over}
    return await desk.ask(ABE, f"POST {L}/loans/{loan_id}/shipment", body)


async def step_5(desk: Desk, cast: Cast, inquiry_id: str) -> None:
    """Reserved, shipped, delivered, reminded, returned, inspected, restocked."""
    desk.tell.step("Step 5 — the loaner")
    await desk.move_clock("2026-06-03T15:00:00+09:00")
    loan = await desk.soon(SATO, f"POST {L}/loans", wish(inquiry_id, "soho_router"))
    if loan["status"] != "reserved":
        raise WalkFailed(f"not reserved: {loan}")
    await _refusals(desk, cast, inquiry_id)
    await ship(desk, loan["id"])
    await desk.move_clock("2026-06-04T10:30:00+09:00")
    delivered = await desk.ask(
        ABE, f"POST {L}/loans/{loan['id']}/delivery", {"delivered_at": "2026-06-04T10:00:00+09:00"}
    )
    if not delivered["due_at"].startswith("2026-06-19T00:00"):
        raise WalkFailed(f"day 14 is 18 June: {delivered}")
    await desk.refused(SATO, f"POST {L}/loans/{loan['id']}/extension", {"days": 15}, code="loan_term_exceeded")
    desk.seen.facts["router_loan"] = loan["id"]
    await desk.tell_events()


async def _refusals(desk: Desk, cast: Cast, inquiry_id: str) -> None:
    desk.tell.scene(
        "No device fault, a second router, a kind that is not lent, a telework site, a plan without loaners."
    )
    await desk.refused(SATO, f"POST {L}/loans", wish(inquiry_id, "soho_router"), code="loan_kind_already_open")
    await desk.refused(SATO, f"POST {L}/loans", wish(inquiry_id, "television"), code="loan_kind_not_lent")
    without = await accept(desk, cast.partners, kind="how_to", summary="操作方法を知りたい")
    await desk.eventually_refused(SATO, f"POST {L}/loans", wish(without, "soho_router"), code="loan_evidence_missing")
    at_home = desk.seen.facts["telework_inquiry"]
    await desk.refused(
        SATO, f"POST {L}/loans", wish(at_home, "soho_router"), code="fault_response_contract_address_only"
    )
    old = await isolated(desk, cast.legacy, "soho_router")
    await desk.eventually_refused(SATO, f"POST {L}/loans", wish(old, "soho_router"), code="feature_not_in_plan")


async def lent_pc(desk: Desk, cast: Cast) -> None:
    """A PC is lent to the Standard contract, is late, comes back and must be erased."""
    desk.tell.scene(
        "A PC for the Standard contract: reminded, overdue, returned; lent again only after an erasure record."
    )
    case = await isolated(desk, cast.standard, "windows_pc")
    loan = await desk.soon(SATO, f"POST {L}/loans", wish(case, "windows_pc"))
    shipped = await ship(desk, loan["id"])
    delivered_at = "2026-06-04T16:00:00+09:00"
    await desk.move_clock("2026-06-04T16:30:00+09:00")
    await desk.ask(ABE, f"POST {L}/loans/{loan['id']}/delivery", {"delivered_at": delivered_at})
    desk.seen.facts["pc_loan"] = (loan["id"], shipped["unit_id"])


async def returns(desk: Desk, cast: Cast) -> None:
    """The router is handed over on day 13; the PC two days late, is erased, and only then lent again."""
    desk.tell.scene("17 June: the router is handed to the carrier in time. 20 June: the PC is overdue and comes back.")
    await desk.move_clock("2026-06-17T15:00:00+09:00")
    router = desk.seen.facts["router_loan"]
    at = "2026-06-17T14:00:00+09:00"
    await desk.ask(ABE, f"POST {L}/loans/{router}/return", {"handed_over_at": at, "received_at": at})
    good = {"condition": "good", "accessories": ["ac_adapter"]}
    await desk.ask(ABE, f"POST {L}/loans/{router}/inspection", good)
    await desk.move_clock("2026-06-20T10:00:00+09:00")
    overdue = await desk.ask(ABE, f"GET {L}/loans?overdue=true")
    loan_id, unit_id = desk.seen.facts["pc_loan"]
    if [each["id"] for each in overdue["items"]] != [loan_id]:
        raise WalkFailed(f"the PC is overdue, and nothing else: {overdue}")
    at = "2026-06-20T09:30:00+09:00"
    await desk.ask(ABE, f"POST {L}/loans/{loan_id}/return", {"handed_over_at": at, "received_at": at})
    await desk.ask(ABE, f"POST {L}/loans/{loan_id}/inspection", good)
    case = await isolated(desk, cast.partners, "windows_pc")
    next_loan = await desk.soon(SATO, f"POST {L}/loans", wish(case, "windows_pc"))
    body = {"unit_id": unit_id, "carrier": "yamato", "tracking_number": "1234-5678-9013"}
    await desk.refused(ABE, f"POST {L}/loans/{next_loan['id']}/shipment", body, code="erasure_missing")
    unit = await desk.ask(ABE, f"GET {L}/units/{unit_id}")
    erasure = {"method": "purge", "verified_by": "阿部", "serial": unit["serial"]}
    await desk.ask(ABE, f"POST {L}/units/{unit_id}/erasures", erasure, status=201)
    unit = await desk.ask(ABE, f"GET {L}/units/{unit_id}")
    if unit["status"] != "in_stock":
        raise WalkFailed(f"erased, yet not in stock: {unit}")
    await ship(desk, next_loan["id"], unit_id=unit_id)
    await desk.tell_events()
