"""What `contracts` would tell: entitlements, catalogue, calendar."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

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

CONTRACT = "ctr_a"
SUBSCRIBER = "sub_a"
BEGIN = datetime(2026, 1, 1, tzinfo=JST)
MONDAY_10 = datetime(2026, 6, 1, 10, tzinfo=JST)
WEEK = (WeeklyBlock(weekdays=(1, 2, 3, 4, 5, 6), opens="09:00", closes="18:00"),)
VISIT_WEEK = (WeeklyBlock(weekdays=(1, 2, 3, 4, 5, 6), opens="09:00", closes="17:00"),)


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
