"""Two partners with data of every kind in every service, told apart by a mark in each name, number and text."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from evaluation.walk.contracting import TERMS, C, H
from evaluation.walk.desk import ABE, MORI, SATO, Desk, Person
from evaluation.walk.devices import M
from evaluation.walk.lending import L
from evaluation.walk.visits import D

PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8/5+hHgAHggJ/PchI7wAAAABJRU5ErkJggg=="

_ACCOUNT = {
    "bank_code": "0005",
    "bank_name_kana": "ミツビシUFJ",
    "branch_code": "001",
    "branch_name_kana": "ホンテン",
    "kind": "1",
    "holder_kana": "ミホンショウテン",
}


@dataclass
class Tenant:
    """One partner: `mark` stands in all that is its own, `ids` are its things by the names that paths give them."""

    partner: str
    mark: str
    phone: str
    day_of_visit: str
    technician: str = ""
    ids: dict[str, str] = field(default_factory=dict)
    device: dict[str, Any] = field(default_factory=dict)

    @property
    def program(self) -> Person:
        """The partner's program."""
        return Person(f"api-{self.partner}", "partner", self.partner)

    @property
    def admin(self) -> Person:
        """Who administers the partner's account."""
        return Person(f"admin-{self.partner}", "partner-admin", self.partner)

    def named(self, what: str) -> str:
        """A text of this tenant's."""
        return f"{self.mark}-{what}"

    def address(self) -> dict[str, Any]:
        """Where its subscriber lives."""
        return {
            "postal_code": "160-0023",
            "prefecture": "東京都",
            "city": "新宿区",
            "street": self.named("street"),
            "building": self.named("building"),
        }


def two() -> tuple[Tenant, Tenant]:
    """A and B."""
    return (
        Tenant("partner-kouyama", "KOUYAMA", "03-1111-2345", "2026-06-03"),
        Tenant("partner-otsukawa", "OTSUKAWA", "03-2222-6789", "2026-06-04"),
    )


async def lay_house(desk: Desk, tenants: tuple[Tenant, ...]) -> None:
    """A branch with one technician for each tenant and one for setup work, seats for sessions, a depot, units."""
    prefectures = [f"{number:02d}" for number in range(1, 48)]
    branch = await desk.ask(MORI, f"POST {D}/branches", {"name": "House", "prefectures": prefectures})
    crews = [(f"tc-{tenant.partner}", "fault_repair") for tenant in tenants] + [("tc-setup", "setup")]
    for subject, crew in crews:
        body = {"name": f"Technician {subject}", "crew": crew, "branch_id": branch["id"], "subject": subject}
        technician = await desk.ask(MORI, f"POST {D}/technicians", body)
        shift = {"technician_id": technician["id"], "weekdays": [1, 2, 3, 4, 5, 6], "from": "08:00", "to": "18:00"}
        await desk.ask(MORI, f"POST {D}/shifts", {**shift, "valid_from": "2026-01-01"})
        for tenant in tenants:
            if subject == f"tc-{tenant.partner}":
                tenant.technician = technician["id"]
    week = [{"weekdays": [1], "opens": "13:00", "closes": "14:00", "seats": len(tenants)}]
    await desk.ask(MORI, f"PUT {H}/remote-capacity", {"slot_minutes": 60, "week": week})
    depot = await desk.ask(ABE, f"POST {L}/depots", {"name": "Depot"})
    for number in range(len(tenants)):
        unit = {"depot_id": depot["id"], "kind": "soho_router", "maker": "House", "model": "R"}
        await desk.ask(ABE, f"POST {L}/units", {**unit, "serial": f"U-{number}", "asset_tag": f"T-{number}"})


async def furnish(desk: Desk, tenants: tuple[Tenant, ...]) -> None:
    """All of it, day by day; afterwards a fee month is closed and everything has been heard everywhere."""
    for tenant in tenants:
        await _contracts(desk, tenant)
    await desk.move_clock("2026-06-01T10:00:00+09:00")
    for tenant in tenants:
        await _cases(desk, tenant)
        await _counting(desk, tenant)
        await _devices(desk, tenant)
        await _visits(desk, tenant)
    for tenant in tenants:
        await desk.move_clock(f"{tenant.day_of_visit}T09:00:00+09:00")
        await _visited(desk, tenant)
    await desk.move_clock("2026-06-04T16:00:00+09:00")
    for tenant in tenants:
        await _loans(desk, tenant)
    await desk.move_clock("2026-07-01T09:30:00+09:00")
    for tenant in tenants:
        call = f"POST {C}/contracts/{tenant.ids['contract_id']}/fee-months/2026-06/closing"
        tenant.ids["statement_id"] = (await desk.ask(MORI, call))["statement_id"]
    await desk.move_clock("2026-07-01T10:00:00+09:00")
    for tenant in tenants:
        await _billed(desk, tenant)


async def _billed(desk: Desk, tenant: Tenant) -> None:
    """The invoice over the closed month, and what is given back of it."""
    call = f"GET {C}/invoices?subscriber_id={tenant.ids['subscriber_id']}"
    invoice = (await desk.eventually(MORI, call, lambda page: page["items"] != []))["items"][0]
    back = {"amounts": [{"tax_rate": 10, "amount": 1}], "text": tenant.named("sorry")}
    note = await desk.ask(MORI, f"POST {C}/invoices/{invoice['id']}/credit-notes", back)
    tenant.ids |= {"invoice_id": invoice["id"], "credit_note_id": note["id"]}


async def _contracts(desk: Desk, tenant: Tenant) -> None:
    """A Light and a Standard contract in force, one in review, one withdrawn; options, a change of plan, a site."""
    who, ids = tenant.program, tenant.ids
    body = {"name": tenant.named("KK"), "name_kana": tenant.named("kana"), "phones": [tenant.phone]}
    made = await desk.ask(who, f"POST {C}/subscribers", {**body, "address": tenant.address()})
    ids["subscriber_id"] = made["id"]
    mandate = {"signed_on": "2026-06-01", "signed_by": tenant.named("holder"), "channel": "paper"}
    account = {**_ACCOUNT, "number": f"765{tenant.phone[-4:]}", "mandate": mandate}
    await desk.ask(SATO, f"PUT {C}/subscribers/{made['id']}/bank-account", account)
    applied: dict[str, Any] = {
        "subscriber_id": made["id"],
        "contract_address": tenant.address(),
        "start_on": "2026-06-01",
        "fee_month_start_day": 1,
    }
    light = {**applied, "plan_code": "light-anshin-1", "line": _line(tenant, "1")}
    ids["contract_id"] = await _signed(desk, tenant, light)
    standard = {**applied, "plan_code": "standard-anshin-1", "service_id": tenant.named("SVC")}
    ids["standard_id"] = await _signed(desk, tenant, standard)
    review = {**light, "line": {**_line(tenant, "2"), "kind": "b_flets"}}
    ids["review_id"] = (await desk.ask(who, f"POST {C}/contracts", review))["id"]
    gone = (await desk.ask(who, f"POST {C}/contracts", {**light, "line": _line(tenant, "3")}))["id"]
    await desk.ask(who, f"POST {C}/contracts/{gone}/withdrawal")
    option = {"option_code": "light-hours-extension", "start_on": "2026-06-01"}
    made = await desk.ask(who, f"POST {C}/contracts/{ids['contract_id']}/options", option)
    ids["option_id"] = made["id"]
    change = {"plan_code": "light-anshin-2"}
    made = await desk.ask(SATO, f"POST {C}/contracts/{ids['contract_id']}/plan-changes", change)
    ids["plan_change_id"] = made["id"]
    site = {"label": tenant.named("site")}
    ids["site_id"] = (await desk.ask(SATO, f"POST {C}/contracts/{ids['standard_id']}/sites", site))["id"]


def _line(tenant: Tenant, number: str) -> dict[str, Any]:
    return {"kind": "flets_hikari_next", "number": f"{tenant.mark}-LINE-{number}"}


async def _signed(desk: Desk, tenant: Tenant, body: dict[str, Any]) -> str:
    made = await desk.ask(tenant.program, f"POST {C}/contracts", body)
    for document in TERMS:
        consent = {"document": document, "version": "2024-04", "accepted_at": "2026-06-01T08:55:00+09:00"}
        consent["accepted_by"] = tenant.named("manager")
        await desk.ask(tenant.program, f"POST {C}/contracts/{made['id']}/consents", consent)
    await desk.ask(SATO, f"POST {C}/contracts/{made['id']}/activation")
    return str(made["id"])


def an_inquiry(tenant: Tenant, **over: Any) -> dict[str, Any]:
    """The body of a report."""
    body: dict[str, Any] = {
        "contract_id": tenant.ids["contract_id"],
        "kind": "trouble",
        "channel": "phone",
        "site": "contract_address",
        "summary": tenant.named("summary"),
        "caller": {"name": tenant.named("caller"), "phone": tenant.phone},
        "device": {"kind": "soho_router", "os": "other"},
    }
    return {**body, **over}


async def _report(desk: Desk, tenant: Tenant, **over: Any) -> str:
    made = await desk.soon(tenant.program, f"POST {H}/inquiries", an_inquiry(tenant, **over))
    return str(made["id"])


async def _cases(desk: Desk, tenant: Tenant) -> None:
    """A case with notes, triage, remote work, another session promised, a verdict from afar and an on-site request."""
    inquiry = tenant.ids["inquiry_id"] = await _report(desk, tenant)
    case = f"{H}/inquiries/{inquiry}"
    await desk.ask(tenant.program, f"POST {case}/notes", {"body": tenant.named("note")})
    await desk.ask(SATO, f"POST {case}/notes", {"body": tenant.named("internal note"), "internal": True})
    file = f"inquiry_id={tenant.ids['inquiry_id']}&file_name={tenant.named('file')}.json"
    attached = await desk.ask(SATO, f"POST {H}/attachments?{file}&internal=false", {"log": tenant.named("line")})
    tenant.ids["attachment_id"] = attached["id"]
    await desk.ask(SATO, f"POST {H}/attachments?{file}", {"log": tenant.named("internal line")})
    await _recorded(desk, tenant)
    answers = [{"question": tenant.named("question"), "answer": tenant.named("answer")}]
    await desk.ask(SATO, f"POST {case}/triage", {"answers": answers, "suspected": "soho_router"})
    consent = {"given_by": tenant.named("caller"), "spoken": True, "recording": False}
    body = {"os": "windows", "terminal": "pc", "consent": consent}
    session = tenant.ids["session_id"] = (await desk.ask(SATO, f"POST {case}/remote-sessions", body))["id"]
    await desk.ask(SATO, f"POST {case}/remote-sessions/{session}/end", {"stopped_by": "customer"})
    wish = {"starts_at": "2026-06-01T13:00:00+09:00", "os": "windows", "terminal": "pc"}
    tenant.ids["booking_id"] = (await desk.ask(SATO, f"POST {case}/remote-bookings", wish))["id"]
    verdict = {"result": "not_isolated_remotely", "evidence": tenant.named("evidence")}
    await desk.ask(SATO, f"POST {case}/verdict", verdict)
    await desk.ask(SATO, f"POST {case}/onsite-requests")


async def _recorded(desk: Desk, tenant: Tenant) -> None:
    """An entry of the record that is shared, one that is not, and a secret on the first."""
    entry = {"contract_id": tenant.ids["contract_id"], "kind": "router", "label": tenant.named("router")}
    made = tenant.ids["entry_id"] = (await desk.ask(tenant.program, f"POST {H}/record-entries", entry))["id"]
    await desk.ask(SATO, f"POST {H}/record-entries", {**entry, "label": tenant.named("internal router")})
    secret = {"label": tenant.named("PPPoE"), "login": tenant.named("login"), "secret": tenant.named("secret")}
    sealed = await desk.ask(SATO, f"POST {H}/record-entries/{made}/credentials", secret)
    tenant.ids["credential_id"] = sealed["id"]


async def _counting(desk: Desk, tenant: Tenant) -> None:
    """A void, a merge, a split, refusals that are kept, and a report."""
    void = await _report(desk, tenant, kind="how_to")
    await desk.ask(SATO, f"POST {H}/inquiries/{void}/void", {"reason": tenant.named("void")})
    double = await _report(desk, tenant, kind="how_to")
    await desk.ask(SATO, f"POST {H}/merges", {"source_id": double, "target_id": tenant.ids["inquiry_id"]})
    split = {"source_id": tenant.ids["inquiry_id"], "kind": "setting", "summary": tenant.named("split")}
    await desk.ask(SATO, f"POST {H}/splits", split)
    telework = an_inquiry(tenant, site="telework")
    refused = await desk.refused(tenant.program, f"POST {H}/inquiries", telework, code="telework_requires_standard")
    tenant.ids["refusal_id"] = refused["reference"]
    taken = an_inquiry(tenant, contract_id=tenant.ids["standard_id"], channel="partner", kind="how_to")
    tenant.ids["taken_report_id"] = (await desk.soon(tenant.program, f"POST {H}/reports", taken))["id"]


async def _devices(desk: Desk, tenant: Tenant) -> None:
    """Two devices, a lost one locked, a wipe that waits for its approval, a status."""
    invitation = {"contract_id": tenant.ids["contract_id"], "os": "android", "label": tenant.named("tablet")}
    invited = await desk.soon(SATO, f"POST {M}/enrolment-invitations", invitation)
    tenant.ids["invitation_id"] = invited["id"]
    device = await desk.device_enrols(invited["enrolment_code"], os="android", serial=tenant.named("SERIAL"))
    tenant.device, tenant.ids["device_id"] = device, device["id"]
    check = {"method": "registered_questions", "passed": True, "checked_by": "op-sato"}
    lost = {"device_id": device["id"], "identity_check": check, "authorised_by": tenant.named("manager")}
    report = await desk.ask(SATO, f"POST {M}/lost-reports", lost)
    tenant.ids["report_id"] = report["id"]
    await desk.device_answers(device, report["lock_command_id"], "succeeded")
    wipe = {"function": "remote_wipe", "reason": tenant.named("reason"), "lost_report_id": report["id"]}
    asked = await desk.ask(SATO, f"POST {M}/devices/{device['id']}/commands", wipe)
    tenant.ids["command_id"] = asked["id"]
    again = await desk.ask(SATO, f"POST {M}/enrolment-invitations", invitation)
    await desk.device_enrols(again["enrolment_code"], os="android", serial=tenant.named("SECOND"))


async def _visits(desk: Desk, tenant: Tenant) -> None:
    """An isolation visit and a setup visit, both booked."""
    call = f"GET {D}/visit-requests?inquiry_id={tenant.ids['inquiry_id']}"
    found = await desk.eventually(SATO, call, lambda page: page["items"] != [])
    tenant.ids["visit_request_id"] = found["items"][0]["id"]
    tenant.ids["visit_id"] = await _booked(desk, tenant, tenant.ids["visit_request_id"], tenant.day_of_visit)
    items = [{"menu_code": "printer-setup", "units": 1}]
    body = {"contract_id": tenant.ids["contract_id"], "purpose": "setup", "items": items}
    setup = await desk.ask(SATO, f"POST {D}/visit-requests", body)
    search = {"visit_request_id": setup["id"], "from": tenant.day_of_visit, "to": "2026-06-10"}
    slot = (await desk.ask(SATO, f"POST {D}/slot-searches", search))["slots"][0]
    visit = await desk.ask(SATO, f"POST {D}/visits", {"visit_request_id": setup["id"], "slot_id": slot["slot_id"]})
    tenant.ids["setup_visit_id"] = visit["id"]


async def _booked(desk: Desk, tenant: Tenant, request_id: str, day: str) -> str:
    body = {"visit_request_id": request_id, "technician_id": tenant.technician}
    body |= {"start": f"{day}T10:00:00+09:00", "end": f"{day}T11:30:00+09:00"}
    return str((await desk.ask(SATO, f"POST {D}/visits", body))["id"])


async def _visited(desk: Desk, tenant: Tenant) -> None:
    """The crew goes, and finds a broken router."""
    visit = f"{D}/visits/{tenant.ids['visit_id']}"
    who = Person(f"tc-{tenant.partner}", "technician")
    await desk.ask(who, f"POST {visit}/departure")
    await desk.move_clock(f"{tenant.day_of_visit}T10:00:00+09:00")
    await desk.ask(who, f"POST {visit}/arrival")
    failed = {"kind": "soho_router", "maker": "House", "model": "R", "serial": tenant.named("FAILED")}
    verdict = {"result": "isolated", "cause": "device_fault", "failed_device": failed}
    verdict["evidence"] = tenant.named("evidence on site")
    signature = {"name": tenant.named("signature"), "image_png_base64": PIXEL}
    body = {"verdict": verdict, "signature": signature, "work": tenant.named("work")}
    await desk.ask(who, f"POST {visit}/completion", body)


async def _loans(desk: Desk, tenant: Tenant) -> None:
    """A router that is delivered, a hub that is waited for, and a refusal that is kept."""
    router = {"inquiry_id": tenant.ids["inquiry_id"], "kind": "soho_router", "wished_by": tenant.named("wish")}
    loan = tenant.ids["loan_id"] = (await desk.soon(SATO, f"POST {L}/loans", router))["id"]
    refused = await desk.refused(SATO, f"POST {L}/loans", router, code="loan_kind_already_open")
    tenant.ids["loan_refusal_id"] = refused["reference"]
    parcel = {"carrier": "yamato", "tracking_number": tenant.named("TRACK")}
    tenant.ids["unit_id"] = (await desk.ask(ABE, f"POST {L}/loans/{loan}/shipment", parcel))["unit_id"]
    await desk.ask(ABE, f"POST {L}/loans/{loan}/delivery", {"delivered_at": "2026-06-04T15:59:00+09:00"})
    hub = {"inquiry_id": await _broken_hub(desk, tenant), "kind": "hub", "wished_by": tenant.named("wish")}
    tenant.ids["waiting_loan_id"] = (await desk.soon(SATO, f"POST {L}/loans", hub))["id"]


async def _broken_hub(desk: Desk, tenant: Tenant) -> str:
    inquiry = await _report(desk, tenant, device={"kind": "hub", "os": "other"})
    failed = {"kind": "hub", "maker": "House", "model": "H", "serial": tenant.named("HUB")}
    verdict = {"result": "isolated", "cause": "device_fault", "failed_device": failed}
    await desk.ask(SATO, f"POST {H}/inquiries/{inquiry}/verdict", {**verdict, "evidence": tenant.named("hub")})
    return inquiry
