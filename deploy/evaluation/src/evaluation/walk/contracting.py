"""Steps 1, 2 and 8: contracts are signed, a caller is known, the month closes."""

from __future__ import annotations

from typing import Any

from evaluation.walk.desk import MORI, ONE, SATO, TWO, Desk, Person, WalkFailed

C = "/api/contracts/v1"
H = "/api/helpdesk/v1"
ADDRESS = {
    "postal_code": "160-0023",
    "prefecture": "東京都",
    "city": "新宿区",
    "street": "西新宿3-19-2",
    "building": "見本ビル2階",
}
TERMS = ("service_terms", "remote_support_licence", "management_tool_licence")


class Cast:
    """The contracts that play, by id.

    `extended` has the hours extension and all consents, `basic` neither extension nor the remote-support licence,
    `standard` a Standard plan, `partners` belongs to a partner, `legacy` is an old plan with recorded limits,
    `unrecorded` one without, `idle` was never activated.
    """

    extended: str
    basic: str
    standard: str
    partners: str
    legacy: str
    unrecorded: str
    idle: str


async def subscriber(desk: Desk, who: Person, name: str, kana: str, phone: str) -> str:
    """A new subscriber's id."""
    body = {"name": name, "name_kana": kana, "address": ADDRESS, "phones": [phone]}
    made = await desk.ask(who, f"POST {C}/subscribers", body, status=201)
    return str(made["id"])


async def consent(desk: Desk, who: Person, contract_id: str, *documents: str) -> None:
    """Record consents."""
    for document in documents:
        body = {
            "document": document,
            "version": "2024-04",
            "accepted_by": "見本 太郎",
            "accepted_at": "2026-06-01T08:55:00+09:00",
        }
        await desk.ask(who, f"POST {C}/contracts/{contract_id}/consents", body, status=201)


def application(subscriber_id: str, plan: str, *, line: dict[str, Any] | None) -> dict[str, Any]:
    """The body of an application that starts on 1 June 2026."""
    body: dict[str, Any] = {
        "subscriber_id": subscriber_id,
        "plan_code": plan,
        "contract_address": ADDRESS,
        "start_on": "2026-06-01",
        "fee_month_start_day": 1,
    }
    return body if line is None else {**body, "line": line}


def flets(number: str) -> dict[str, Any]:
    """An eligible line."""
    return {"kind": "flets_hikari_next", "number": number}


async def sign(desk: Desk, who: Person, body: dict[str, Any], *documents: str) -> str:
    """Apply, consent, and let an operator activate; the contract's id."""
    made = await desk.ask(who, f"POST {C}/contracts", body, status=201)
    await consent(desk, who, made["id"], *documents)
    activated = await desk.ask(SATO, f"POST {C}/contracts/{made['id']}/activation", status=200)
    if activated["status"] != "active":
        raise WalkFailed(f"not active: {activated}")
    return str(made["id"])


async def step_1(desk: Desk, cast: Cast) -> None:
    """Applications, consents, activation, options — and what is not sold, not eligible, not twice."""
    desk.tell.step("Step 1 — a contract")
    desk.tell.scene("An operator signs up a small company: Light Anshin plan 1 on a FLET'S Hikari line, with consents.")
    holder = await subscriber(desk, SATO, "株式会社見本商店", "カブシキガイシャミホンショウテン", "03-1234-5678")
    body = application(holder, "light-anshin-1", line=flets("CAF1234567890"))
    made = await desk.ask(SATO, f"POST {C}/contracts", body, status=201)
    cast.extended = made["id"]
    await desk.refused(SATO, f"POST {C}/contracts/{cast.extended}/activation", code="consent_missing")
    await consent(desk, SATO, cast.extended, *TERMS)
    await desk.ask(SATO, f"POST {C}/contracts/{cast.extended}/activation", status=200)
    option = {"option_code": "light-hours-extension", "start_on": "2026-06-01"}
    await desk.ask(SATO, f"POST {C}/contracts/{cast.extended}/options", option, status=201)
    await desk.ask(SATO, f"GET {C}/contracts/{cast.extended}/entitlements")
    await desk.tell_events()

    desk.tell.scene("More contracts: without the extension, a Standard one, a partner's, one that is never activated.")
    other = await subscriber(desk, SATO, "有限会社例示工業", "ユウゲンガイシャレイジコウギョウ", "06-6123-4567")
    cast.basic = await sign(
        desk, SATO, application(other, "light-anshin-1", line=flets("CAF2234567890")), "service_terms"
    )
    cast.standard = await sign(desk, SATO, application(other, "standard-anshin-1", line=None), *TERMS[:2])
    theirs = await subscriber(desk, ONE, "合同会社試験堂", "ゴウドウガイシャシケンドウ", "045-212-3456")
    cast.partners = await sign(desk, ONE, application(theirs, "light-anshin-2", line=flets("CAF3234567890")), *TERMS)
    never = application(other, "light-anshin-1", line=flets("CAF4234567890"))
    idle = await desk.ask(SATO, f"POST {C}/contracts", never, status=201)
    cast.idle = idle["id"]
    await _not_sold(desk, other, theirs)
    await _legacy(desk, cast, other)
    await desk.tell_events()
    desk.tell.scene("Another partner asks for the first partner's contract: for it, there is none.")
    await desk.refused(TWO, f"GET {C}/contracts/{cast.partners}", code="contract_unknown", status=404)


async def _not_sold(desk: Desk, other: str, theirs: str) -> None:
    desk.tell.scene("A plan that is no longer sold, a line that is not eligible, a line that has a contract already.")
    body = application(other, "standard-1", line=None)
    await desk.refused(SATO, f"POST {C}/contracts", body, code="plan_not_on_sale")
    unfit = application(other, "light-anshin-1", line={"kind": "flets_hikari_light", "number": "CAF9000000001"})
    await desk.refused(SATO, f"POST {C}/contracts", unfit, code="line_not_eligible")
    same = application(theirs, "light-anshin-1", line=flets("CAF1234567890"))
    await desk.refused(SATO, f"POST {C}/contracts", {**same, "subscriber_id": other}, code="line_already_contracted")
    await desk.refused(ONE, f"POST {C}/contracts", same, code="line_already_contracted")
    b_flets = {"kind": "b_flets", "number": "CAF9000000002"}
    review = await desk.ask(SATO, f"POST {C}/contracts", application(other, "light-anshin-1", line=b_flets), status=201)
    if review["status"] != "in_review":
        raise WalkFailed(f"B FLET'S goes to review: {review}")


async def _legacy(desk: Desk, cast: Cast, other: str) -> None:
    desk.tell.scene("Two old plans come in by import: one with the limits the operator recorded, one without.")
    body = {
        "subscriber_id": other,
        "plan_code": "standard-1",
        "legacy_number": "OLD-0001",
        "contract_address": ADDRESS,
        "start_on": "2018-04-01",
        "fee_month_start_day": 1,
    }
    recorded = {
        "inquiry_limit": 10,
        "seats": 0,
        "support_hours": [{"weekdays": [1, 2, 3, 4, 5, 6], "opens": "09:00", "closes": "18:00"}],
    }
    made = await desk.ask(MORI, f"POST {C}/legacy-contracts", {**body, "recorded_limits": recorded}, status=201)
    cast.legacy = made["id"]
    made = await desk.ask(MORI, f"POST {C}/legacy-contracts", {**body, "legacy_number": "OLD-0002"}, status=201)
    cast.unrecorded = made["id"]
    await consent(desk, SATO, cast.legacy, *TERMS[:2])
    await consent(desk, SATO, cast.unrecorded, *TERMS[:2])


async def options(desk: Desk, cast: Cast) -> None:
    """Extra inquiries: for Standard only, once a fee month."""
    desk.tell.scene("Extra inquiries are an option of Standard plans, once a fee month.")
    option = {"option_code": "standard-extra-inquiries", "start_on": "2026-06-02"}
    await desk.refused(SATO, f"POST {C}/contracts/{cast.basic}/options", option, code="option_not_for_plan")
    await desk.ask(SATO, f"POST {C}/contracts/{cast.standard}/options", option, status=201)
    await desk.refused(
        SATO, f"POST {C}/contracts/{cast.standard}/options", option, code="extra_inquiries_already_taken"
    )


async def step_2(desk: Desk, cast: Cast) -> None:
    """The number finds the contract; one screen shows where it stands."""
    desk.tell.step("Step 2 — the call")
    found = await desk.ask(SATO, f"GET {C}/caller-lookups?phone=0312345678")
    if cast.extended not in str(found):
        raise WalkFailed(f"the caller was not found: {found}")
    untouched = 5  # inquiries of Light Anshin plan 1
    call = f"GET {H}/contracts/{cast.extended}/overview"
    await desk.eventually(SATO, call, lambda seen: (seen["quota"] or {}).get("remaining") == untouched)


async def too_early(desk: Desk, cast: Cast) -> None:
    """A month is closed after it is over."""
    await desk.refused(
        MORI, f"POST {C}/contracts/{cast.extended}/fee-months/2026-06/closing", code="fee_month_not_over"
    )


async def step_8(desk: Desk, cast: Cast) -> None:
    """The statement: 21,340 yen, of which 1,940 are tax; twice the same."""
    desk.tell.step("Step 8 — the month closes")
    await desk.move_clock("2026-07-01T09:00:00+09:00")
    closing = f"POST {C}/contracts/{cast.extended}/fee-months/2026-06/closing"
    closed = await desk.ask(MORI, closing)
    statement = await desk.ask(MORI, f"GET {C}/statements/{closed['statement_id']}")
    if (statement["total"], statement["tax"]) != (21_340, 1_940):
        raise WalkFailed(f"the statement is wrong: {statement}")
    again = await desk.ask(MORI, closing)
    if again["statement_id"] != closed["statement_id"]:
        raise WalkFailed(f"a second statement: {again}")
    desk.seen.facts["statement"] = statement
    await desk.ask(MORI, f"GET {C}/contracts/{cast.extended}/usage?fee_month=2026-06")
    await desk.tell_events()
