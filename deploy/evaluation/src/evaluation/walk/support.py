"""Step 3: an inquiry, triage, remote work, a verdict — and hours, quota and places where the answer is no."""

from __future__ import annotations

from typing import Any

from evaluation.walk.contracting import C, Cast, H
from evaluation.walk.desk import ONE, SATO, Desk, WalkFailed

CALLER = {"name": "見本 花子", "phone": "03-1234-5678"}
SPOKEN = {"given_by": "見本 花子", "spoken": True, "recording": False}


def call(contract_id: str, **over: Any) -> dict[str, Any]:
    """The body of an inquiry about a router."""
    body: dict[str, Any] = {
        "contract_id": contract_id,
        "kind": "trouble",
        "channel": "phone",
        "site": "contract_address",
        "summary": "インターネットにつながらない",
        "caller": CALLER,
        "device": {"kind": "soho_router", "os": "other"},
    }
    return {**body, **over}


def fault(kind: str) -> dict[str, Any]:
    """A verdict: this device is broken."""
    return {
        "result": "isolated",
        "cause": "device_fault",
        "failed_device": {"kind": kind, "maker": "見本電機", "model": "MX-100", "serial": "SN-0001"},
        "evidence": "既知の正常な電源でも起動しない",
    }


NOT_REMOTELY = {"result": "not_isolated_remotely", "evidence": "電話と遠隔では故障箇所を特定できない"}


async def accept(desk: Desk, contract_id: str, **over: Any) -> str:
    """Accept an inquiry; its id."""
    made = await desk.soon(SATO, f"POST {H}/inquiries", call(contract_id, **over))
    return str(made["id"])


async def triage(desk: Desk, inquiry_id: str, suspected: str = "soho_router") -> None:
    """Two questions."""
    answers = [
        {"question": "ルーターの電源ランプは点灯していますか", "answer": "点灯していない"},
        {"question": "電源を入れ直しましたか", "answer": "入れ直したが変わらない"},
    ]
    await desk.ask(
        SATO, f"POST {H}/inquiries/{inquiry_id}/triage", {"answers": answers, "suspected": suspected}, status=201
    )


async def not_isolated(desk: Desk, contract_id: str) -> str:
    """An inquiry whose fault could not be located from afar; its id."""
    inquiry_id = await accept(desk, contract_id)
    await triage(desk, inquiry_id)
    await desk.ask(SATO, f"POST {H}/inquiries/{inquiry_id}/verdict", NOT_REMOTELY, status=201)
    return inquiry_id


async def isolated(desk: Desk, contract_id: str, kind: str) -> str:
    """An inquiry whose fault is a broken device; its id."""
    inquiry_id = await accept(desk, contract_id, device={"kind": kind, "os": "windows"})
    await triage(desk, inquiry_id, kind)
    await desk.ask(SATO, f"POST {H}/inquiries/{inquiry_id}/verdict", fault(kind), status=201)
    return inquiry_id


async def step_3(desk: Desk, cast: Cast) -> str:
    """The case of the router: accepted, counted, triaged, worked on remotely, not isolated; its id."""
    desk.tell.step("Step 3 — inquiry, triage, remote work, verdict")
    desk.tell.scene("The router is dead. The inquiry is accepted and counted: one of five.")
    made = await desk.ask(SATO, f"POST {H}/inquiries", call(cast.extended), status=201)
    quota = made["quota"]
    if (quota["fee_month"], quota["allowed"], quota["used"], quota["remaining"]) != ("2026-06", 5, 1, 4):
        raise WalkFailed(f"the quota is wrong: {quota}")
    inquiry_id = str(made["id"])
    await desk.refused(SATO, f"POST {H}/inquiries/{inquiry_id}/onsite-requests", code="isolation_evidence_missing")
    await triage(desk, inquiry_id)
    await remote_work(desk, inquiry_id)
    await desk.ask(SATO, f"POST {H}/inquiries/{inquiry_id}/verdict", NOT_REMOTELY, status=201)
    await desk.tell_events()
    await _refusals(desk, cast)
    return inquiry_id


async def remote_work(desk: Desk, inquiry_id: str) -> None:
    """A remote session; an operating system that is not supported is refused before anything starts."""
    sessions = f"{H}/inquiries/{inquiry_id}/remote-sessions"
    await desk.refused(
        SATO, f"POST {sessions}", {"os": "chromeos", "terminal": "pc", "consent": SPOKEN}, code="os_not_supported"
    )
    body = {"os": "windows", "terminal": "pc", "consent": SPOKEN}
    session = await desk.ask(SATO, f"POST {sessions}", body, status=201)
    await desk.ask(SATO, f"POST {sessions}/{session['id']}/end", {"stopped_by": "customer"})


async def _refusals(desk: Desk, cast: Cast) -> None:
    desk.tell.scene("What is refused, and by which rule; nothing is counted.")
    await desk.refused(
        SATO, f"POST {H}/inquiries", call(cast.basic, site="telework"), code="telework_requires_standard"
    )
    await desk.refused(SATO, f"POST {H}/inquiries", call(cast.idle), code="contract_not_active")
    await desk.refused(SATO, f"POST {H}/inquiries", call(cast.unrecorded), code="limits_not_recorded")
    await desk.refused(ONE, f"POST {H}/inquiries", call(cast.extended), code="contract_unknown", status=404)
    without_licence = await accept(desk, cast.basic)
    body = {"os": "windows", "terminal": "pc", "consent": SPOKEN}
    await desk.refused(SATO, f"POST {H}/inquiries/{without_licence}/remote-sessions", body, code="consent_missing")
    desk.tell.scene(
        "A telework site of a Standard contract is helped by phone; faults are answered at the contract address only."
    )
    await desk.ask(SATO, f"POST {C}/contracts/{cast.standard}/sites", {"label": "在宅勤務"}, status=201)
    case = await accept(desk, cast.standard, site="telework")
    await triage(desk, case)
    await desk.ask(SATO, f"POST {H}/inquiries/{case}/verdict", NOT_REMOTELY, status=201)
    await desk.refused(SATO, f"POST {H}/inquiries/{case}/onsite-requests", code="fault_response_contract_address_only")
    desk.seen.facts["telework_inquiry"] = case
    await desk.tell_events()


async def six_o_clock(desk: Desk, cast: Cast) -> None:
    """18:00: closed, but not for the contract with the hours extension."""
    desk.tell.scene("18:00. Basic hours are over; the contract with the hours extension is still served.")
    await desk.move_clock("2026-06-01T18:00:00+09:00")
    problem = await desk.refused(SATO, f"POST {H}/inquiries", call(cast.basic), code="outside_support_hours")
    if problem["why"].get("next_open_at") != "2026-06-02T09:00:00+09:00":
        raise WalkFailed(f"next_open_at is wrong: {problem}")
    await accept(desk, cast.extended, kind="how_to", summary="メールの設定を確認したい")
    desk.tell.scene("08:59 the next morning: one minute too early.")
    await desk.move_clock("2026-06-02T08:59:00+09:00")
    await desk.refused(SATO, f"POST {H}/inquiries", call(cast.basic), code="outside_support_hours")
    await desk.move_clock("2026-06-02T09:00:00+09:00")
    await desk.tell_events()


async def quota_used_up(desk: Desk, cast: Cast) -> None:
    """The sixth inquiry of the month."""
    desk.tell.scene("Five inquiries a month on Light Anshin plan 1; the sixth is refused.")
    for _ in range(4):
        await accept(desk, cast.basic, kind="how_to", summary="操作方法を知りたい")
    problem = await desk.refused(SATO, f"POST {H}/inquiries", call(cast.basic), code="inquiry_quota_exhausted")
    desk.seen.facts["quota_refusal"] = problem
    ledger = await desk.ask(SATO, f"GET {H}/contracts/{cast.basic}/quota-ledger")
    if sum(entry["units"] for entry in ledger["items"]) != 5:  # noqa: PLR2004 - the limit of the plan
        raise WalkFailed(f"the ledger does not sum to five: {ledger}")
    await desk.tell_events()


async def closed_days(desk: Desk, cast: Cast) -> None:
    """A holiday and New Year's Eve."""
    desk.tell.scene("Closed days: Marine Day, and 31 December.")
    await desk.move_clock("2026-07-20T10:00:00+09:00")
    await desk.refused(SATO, f"POST {H}/inquiries", call(cast.basic), code="outside_support_hours")
    await desk.move_clock("2026-12-31T10:00:00+09:00")
    await desk.refused(SATO, f"POST {H}/inquiries", call(cast.basic), code="outside_support_hours")
    await desk.move_clock("2027-01-04T09:00:00+09:00")
    await desk.tell_events()


async def sunday(desk: Desk, cast: Cast) -> None:
    """Sunday, ten in the morning."""
    desk.tell.scene("Sunday 10:00: closed.")
    await desk.move_clock("2026-06-07T10:00:00+09:00")
    await desk.refused(SATO, f"POST {H}/inquiries", call(cast.basic), code="outside_support_hours")
