"""Builders of tests: a thing as it usually is, changed only where a test cares."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from common.civil import JST
from common.events.contracts import (
    AddressChanged,
    AddressPeriod,
    CatalogueChanged,
    EntitlementsChanged,
    LoanKind,
    PlanPeriod,
    StatusPeriod,
)
from common.events.helpdesk import FaultIsolated, InquiryAccepted
from loaner.domain.cases import Case, CaseStatus, Verdict
from loaner.domain.catalogue import LentKind, LoanCatalogue
from loaner.domain.eligibility import Ask, Entitled, Facts
from loaner.domain.loan import Loan, LoanStatus
from loaner.domain.terms import Reminders
from loaner.domain.units import Unit, UnitStatus

NOW = datetime(2026, 6, 1, 10, tzinfo=JST)
LONG_AGO = datetime(2020, 1, 1, tzinfo=JST)
CONTRACT = "ctr_00000000000000000000000000000001"
INQUIRY = "inq_00000000000000000000000000000001"
REMINDERS = Reminders(days_before=(3, 0))
KINDS = (
    LoanKind(
        code="windows_pc",
        name_ja="パソコン",
        name_en="Windows PC",
        accessories=("ac_adapter",),
        has_storage=True,
        replaces=("windows_pc", "mac"),
    ),
    LoanKind(
        code="android_tablet",
        name_ja="タブレット",
        name_en="Android tablet",
        accessories=("ac_adapter",),
        has_storage=True,
        replaces=("android_tablet", "ipad"),
    ),
    LoanKind(
        code="soho_router",
        name_ja="ルーター",
        name_en="SOHO router",
        accessories=("ac_adapter",),
        replaces=("soho_router",),
    ),
    LoanKind(code="hub", name_ja="HUB", name_en="Hub", accessories=("ac_adapter",), replaces=("hub",)),
    LoanKind(
        code="fax_phone",
        name_ja="単体FAX電話機",
        name_en="Fax phone",
        accessories=("handset",),
        replaces=("fax_phone",),
    ),
)


def a_catalogue(**over: Any) -> LoanCatalogue:
    """The five kinds, lent for at most fourteen days."""
    kinds = {
        kind.code: LentKind(
            code=kind.code,
            accessories=kind.accessories,
            has_storage=kind.has_storage,
            replaces=frozenset(kind.replaces),
        )
        for kind in KINDS
    }
    return LoanCatalogue(**{"kinds": kinds, "days_max": 14, "reminders": REMINDERS, **over})


def a_verdict(**over: Any) -> Verdict:
    """A router at fault, found at the contract address."""
    fields: dict[str, Any] = {
        "verdict_id": "vdt_00000000000000000000000000000001",
        "result": "isolated",
        "cause": "device_fault",
        "failed_device_kind": "soho_router",
        "site": "contract_address",
    }
    return Verdict(**{**fields, **over})


def a_case(**over: Any) -> Case:
    """An open inquiry from the contract address with the verdict of `a_verdict`."""
    fields: dict[str, Any] = {
        "inquiry_id": INQUIRY,
        "contract_id": CONTRACT,
        "status": CaseStatus.OPEN,
        "site": "contract_address",
        "verdict": a_verdict(),
        "known_at": NOW,
    }
    return Case(**{**fields, **over})


def entitled(**over: Any) -> Entitled:
    """An active contract whose plan lends up to five kinds."""
    fields: dict[str, Any] = {
        "contract_id": CONTRACT,
        "partner": None,
        "status": "active",
        "plan_code": "light-anshin-1",
        "loan_in_plan": True,
        "kinds_limit": 5,
        "address_id": "adr_00000000000000000000000000000001",
        "known_at": NOW,
    }
    return Entitled(**{**fields, **over})


def some_facts(**over: Any) -> Facts:
    """Facts under which a router may be lent."""
    fields: dict[str, Any] = {
        "case": a_case(),
        "entitled": entitled(),
        "catalogue": a_catalogue(),
        "open_loans": (),
    }
    return Facts(**{**fields, **over})


def an_ask(**over: Any) -> Ask:
    """A wish for a router."""
    return Ask(**{"kind": "soho_router", "days": 14, "wished_by": "見本 花子", **over})


def a_loan(**over: Any) -> Loan:
    """A reserved loan of a router for fourteen days."""
    fields: dict[str, Any] = {
        "id": "loan_00000000000000000000000000000001",
        "inquiry_id": INQUIRY,
        "contract_id": CONTRACT,
        "partner": None,
        "kind": "soho_router",
        "depot_id": "dep_00000000000000000000000000000001",
        "days": 14,
        "wished_by": "見本 花子",
        "status": LoanStatus.RESERVED,
        "requested_at": NOW,
        "evidence": {"verdict_id": "vdt_00000000000000000000000000000001"},
        "unit_id": "unit_00000000000000000000000000000001",
        "version": 2,
    }
    return Loan(**{**fields, **over})


def a_unit(**over: Any) -> Unit:
    """A router in stock."""
    fields: dict[str, Any] = {
        "id": "unit_00000000000000000000000000000001",
        "depot_id": "dep_00000000000000000000000000000001",
        "kind": "soho_router",
        "maker": "見本電機",
        "model": "MR-1",
        "serial": "SN-0001",
        "asset_tag": "R-0001",
        "accessories": ("ac_adapter",),
        "has_storage": False,
        "status": UnitStatus.IN_STOCK,
        "registered_at": LONG_AGO,
        "version": 1,
    }
    return Unit(**{**fields, **over})


def a_pc(**over: Any) -> Unit:
    """A Windows PC in stock, never lent."""
    return a_unit(**{"kind": "windows_pc", "has_storage": True, "serial": "PC-0001", **over})


def loan_kinds(**over: Any) -> CatalogueChanged:
    """The catalogue's loan kinds as `contracts` publishes them."""
    return CatalogueChanged(**{"actor": "sup-abe", "part": "loan_kinds", "loan_kinds": KINDS, **over})


def loan_settings(**over: Any) -> CatalogueChanged:
    """The catalogue's numbers as `contracts` publishes them."""
    return CatalogueChanged(
        **{
            "actor": "sup-abe",
            "part": "settings",
            "settings": {"loan_days_max": 14, "loan_reminder_days_before": 3},
            **over,
        }
    )


def an_address_period(number: int = 1, **over: Any) -> AddressPeriod:
    """The contract address number `number`, since long ago."""
    fields: dict[str, Any] = {
        "from_": LONG_AGO,
        "address_id": f"adr_{number:032x}",
        "postal_code": "1600023",
        "prefecture_code": "13",
    }
    return AddressPeriod(**{**fields, **over})


def entitlements(contract_id: str = CONTRACT, **over: Any) -> EntitlementsChanged:
    """An active light contract with loaners in its plan."""
    plan = PlanPeriod(
        from_=LONG_AGO, code="light-anshin-1", family="light", inquiry_limit=5, seats=3, loan=True, loan_kinds_limit=5
    )
    fields: dict[str, Any] = {
        "actor": "op-sato",
        "contract_id": contract_id,
        "version": 1,
        "subscriber_id": "sub_00000000000000000000000000000001",
        "fee_month_start_day": 1,
        "status_periods": (StatusPeriod(from_=LONG_AGO, status="active"),),
        "plan_periods": (plan,),
        "address_periods": (an_address_period(),),
    }
    return EntitlementsChanged(**{**fields, **over})


def an_address(contract_id: str = CONTRACT, **over: Any) -> AddressChanged:
    """The contract address in full."""
    fields: dict[str, Any] = {
        "actor": "op-sato",
        "address_id": "adr_00000000000000000000000000000001",
        "contract_id": contract_id,
        "postal_code": "1600023",
        "prefecture": "東京都",
        "city": "新宿区",
        "street": "見本町1-2-3",
        "building": "見本ビル",
    }
    return AddressChanged(**{**fields, **over})


def inquiry_accepted(inquiry_id: str = INQUIRY, contract_id: str = CONTRACT, **over: Any) -> InquiryAccepted:
    """A trouble inquiry from the contract address."""
    fields: dict[str, Any] = {
        "actor": "op-sato",
        "inquiry_id": inquiry_id,
        "contract_id": contract_id,
        "kind": "trouble",
        "channel": "phone",
        "site": "contract_address",
        "received_at": NOW,
        "fee_month": "2026-06",
        "units": 1,
        "unit_source": "plan",
        "allowed": 5,
        "used": 1,
    }
    return InquiryAccepted(**{**fields, **over})


def fault_isolated(inquiry_id: str = INQUIRY, contract_id: str = CONTRACT, **over: Any) -> FaultIsolated:
    """The verdict that a router is at fault."""
    fields: dict[str, Any] = {
        "actor": "op-sato",
        "inquiry_id": inquiry_id,
        "contract_id": contract_id,
        "verdict_id": "vdt_00000000000000000000000000000001",
        "result": "isolated",
        "cause": "device_fault",
        "failed_device_kind": "soho_router",
        "origin": "remote",
        "site": "contract_address",
    }
    return FaultIsolated(**{**fields, **over})
