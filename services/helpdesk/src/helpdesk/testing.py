"""Builders of tests; production code does not import them."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any, cast

import httpx

from common.civil import JST
from common.events.contracts import (
    CalendarChanged,
    CalendarException,
    CatalogueChanged,
    ConsentGiven,
    EntitlementsChanged,
    ExtraInquiries,
    LoanKind,
    Period,
    PlanPeriod,
    RequiredConsent,
    StatusPeriod,
    ToolOs,
    WeeklyBlock,
)
from common.events.dispatch import Finding as VisitFinding
from common.events.dispatch import VisitCompleted
from common.testing import RunningService
from helpdesk.domain.inquiry import Inquiry, InquiryKind, InquiryStatus, Site, UnitSource
from helpdesk.domain.verdicts import Origin, Result, Verdict

CONTRACT = "ctr_a"
SUBSCRIBER = "sub_a"
BEGIN = datetime(2026, 1, 1, tzinfo=JST)
MONDAY_10 = datetime(2026, 6, 1, 10, tzinfo=JST)
WEEK = (WeeklyBlock(weekdays=(1, 2, 3, 4, 5, 6), opens="09:00", closes="18:00"),)
VISIT_WEEK = (WeeklyBlock(weekdays=(1, 2, 3, 4, 5, 6), opens="09:00", closes="17:00"),)
API = "/api/helpdesk/v1"


def jst(month: int, day: int, hour: int = 10, minute: int = 0) -> datetime:
    """A civil time of 2026."""
    return datetime(2026, month, day, hour, minute, tzinfo=JST)


def light(**over: Any) -> PlanPeriod:
    """ライトあんしんプラン1 since the year began."""
    plan: dict[str, Any] = {
        "from": BEGIN,
        "code": "light-anshin-1",
        "family": "light",
        "inquiry_limit": 5,
        "seats": 3,
        "isolation": 1,
        "loan": True,
        "loan_kinds_limit": 5,
        "setup_visit": True,
        "management_tool": True,
        "support_hours": WEEK,
        "visit_hours": VISIT_WEEK,
    }
    return PlanPeriod(**{**plan, **over})


def standard(**over: Any) -> PlanPeriod:
    """スタンダードあんしんプラン1 since the year began."""
    own = {
        "code": "standard-anshin-1",
        "family": "standard",
        "inquiry_limit": 20,
        "seats": None,
        "management_tool": False,
        "telework": True,
    }
    return light(**{**own, **over})


def closed_plan(**over: Any) -> PlanPeriod:
    """A plan of old whose limits were never recorded."""
    own = {"code": "light-plan-1", "closed_plan": True, "inquiry_limit": None, "isolation": 0, "support_hours": ()}
    return light(**{**own, **over})


def extra(units: int = 20, fee_month: str = "2026-06") -> ExtraInquiries:
    """Extra inquiries of one fee month."""
    return ExtraInquiries(fee_month=fee_month, units=units)


def since_begin() -> Period:
    """From the year's beginning on, without end."""
    return Period(**{"from": BEGIN})


def entitlements(
    plan: PlanPeriod | None = None,
    *,
    contract_id: str = CONTRACT,
    version: int = 1,
    partner: str | None = None,
    status: str = "active",
    documents: tuple[str, ...] = ("service_terms", "remote_support_licence"),
    **over: Any,
) -> EntitlementsChanged:
    """An active contract of the house on ライトあんしんプラン1, with its consents."""
    state: dict[str, Any] = {
        "actor": "op-contracts",
        "contract_id": contract_id,
        "version": version,
        "partner": partner,
        "subscriber_id": SUBSCRIBER,
        "fee_month_start_day": 1,
        "status_periods": (StatusPeriod.model_validate({"from": BEGIN, "status": status}),),
        "plan_periods": (plan or light(),),
        "consents": tuple(
            ConsentGiven(document=document, version="2024-04", accepted_at=BEGIN) for document in documents
        ),
    }
    return EntitlementsChanged(**{**state, **over})


def calendar(*, closed: tuple[date, ...] = (), extra_open: tuple[date, ...] = ()) -> CalendarChanged:
    """National holidays, year-end, and exceptions."""
    return CalendarChanged(
        actor="system:contracts",
        year_end_from="12-29",
        year_end_to="01-03",
        closed=tuple(CalendarException(day=day, reason="typhoon") for day in closed),
        extra_open=tuple(CalendarException(day=day, reason="campaign") for day in extra_open),
    )


def tool_matrix() -> tuple[ToolOs, ...]:
    """What the tools run on (R-TOOL-OS)."""
    touch = ("smartphone", "tablet")
    return (
        ToolOs(os="windows", terminals=("pc", "tablet"), remote_support=True, management_tool=True),
        ToolOs(os="mac", terminals=("pc",), remote_support=True, management_tool=False),
        ToolOs(os="android", terminals=touch, remote_support=True, management_tool=True),
        ToolOs(os="ios", terminals=("smartphone",), remote_support=True, management_tool=True),
        ToolOs(os="ipados", terminals=("tablet",), remote_support=True, management_tool=True),
    )


def required_consents() -> tuple[RequiredConsent, ...]:
    """What a remote session needs (R-CONSENT)."""
    return tuple(
        RequiredConsent(purpose="remote_session", document=document, version="2024-04")
        for document in ("service_terms", "remote_support_licence")
    )


def loan_kinds() -> tuple[LoanKind, ...]:
    """The kinds that are lent."""
    return tuple(
        LoanKind(code=code, name_ja=code, name_en=code, replaces=(code,))
        for code in ("windows_pc", "android_tablet", "soho_router", "hub", "fax_phone")
    )


def catalogue_parts() -> tuple[CatalogueChanged, ...]:
    """All parts of the catalogue that this service judges by."""
    actor = "system:contracts"
    return (
        CatalogueChanged(actor=actor, part="tool_matrix", tool_matrix=tool_matrix()),
        CatalogueChanged(actor=actor, part="required_consents", required_consents=required_consents()),
        CatalogueChanged(actor=actor, part="loan_kinds", loan_kinds=loan_kinds()),
    )


def an_inquiry(**over: Any) -> Inquiry:
    """A trouble at the contract address, just accepted with a unit of the plan."""
    fields: dict[str, Any] = {
        "id": "inq_a",
        "contract_id": CONTRACT,
        "subscriber_id": SUBSCRIBER,
        "partner": None,
        "status": InquiryStatus.ACCEPTED,
        "kind": InquiryKind.TROUBLE,
        "channel": "phone",
        "site": Site.CONTRACT_ADDRESS,
        "summary": "No Internet",
        "device_kind": "soho_router",
        "device_os": None,
        "suspected": None,
        "received_at": MONDAY_10,
        "fee_month": "2026-06",
        "unit_source": UnitSource.PLAN,
        "version": 2,
    }
    return Inquiry(**{**fields, **over})


def a_verdict(**over: Any) -> Verdict:
    """Phone and remote work could not locate the fault."""
    fields: dict[str, Any] = {
        "id": "vdt_a",
        "inquiry_id": "inq_a",
        "contract_id": CONTRACT,
        "partner": None,
        "result": Result.NOT_ISOLATED_REMOTELY,
        "cause": None,
        "failed_device": None,
        "evidence": "Rebooted everything, still dark.",
        "origin": Origin.REMOTE,
        "visit_id": None,
        "supersedes": None,
        "rests_on": {"triage": ["tri_a"]},
        "actor": "op-sato",
        "at": MONDAY_10 + timedelta(minutes=30),
    }
    return Verdict(**{**fields, **over})


def a_completed_visit(inquiry_id: str | None, *, visit_id: str = "vis_a", **finding: Any) -> VisitCompleted:
    """An isolation visit that found a broken router."""
    found = {
        "result": "isolated",
        "cause": "device_fault",
        "failed_device_kind": "soho_router",
        "evidence": "No power LED with a known good adapter.",
    }
    return VisitCompleted(
        actor="tech-ito",
        visit_id=visit_id,
        visit_request_id="vrq_a",
        inquiry_id=inquiry_id,
        contract_id=CONTRACT,
        purpose="isolation",
        right="used",
        right_fee_month="2026-06",
        finding=VisitFinding(**{**found, **finding}),
        completed_at=MONDAY_10,
    )


async def tell(suite: RunningService, state: EntitlementsChanged) -> None:
    """Deliver a contract's entitlements as `contracts` would."""
    await suite.deliver(
        state, subject=state.contract_id, sequence=state.version, key=state.contract_id, partner=state.partner
    )


async def tell_catalogue(suite: RunningService) -> None:
    """Deliver calendar and catalogue."""
    await suite.deliver(calendar(), subject="calendar", sequence=1, key="calendar")
    for part in catalogue_parts():
        await suite.deliver(part, subject=part.part, sequence=1, key=part.part)


def a_report(**over: Any) -> dict[str, Any]:
    """The body of an inquiry: a trouble reported by phone."""
    body = {
        "contract_id": CONTRACT,
        "kind": "trouble",
        "channel": "phone",
        "site": "contract_address",
        "summary": "No Internet since this morning",
        "caller": {"name": "見本 花子", "phone": "03-1234-5678"},
        "device": {"kind": "soho_router", "os": None},
    }
    return {**body, **over}


async def accepted(client: httpx.AsyncClient, **over: Any) -> dict[str, Any]:
    """An inquiry that was accepted; its answer."""
    response = await client.post(f"{API}/inquiries", json=a_report(**over))
    assert response.is_success, response.text
    return cast("dict[str, Any]", response.json())


async def post(
    client: httpx.AsyncClient, path: str, body: dict[str, Any] | None = None, **headers: str
) -> httpx.Response:
    """POST below the API's root."""
    return await client.post(f"{API}{path}", json=body if body is not None else {}, headers=headers)


async def get(client: httpx.AsyncClient, path: str) -> dict[str, Any]:
    """GET below the API's root; it must succeed."""
    response = await client.get(f"{API}{path}")
    assert response.is_success, response.text
    return cast("dict[str, Any]", response.json())
