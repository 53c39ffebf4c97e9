"""Builders of this service's things for tests: sensible defaults, everything can be replaced by keyword."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from common.civil import JST
from common.events.contracts import (
    AddressPeriod,
    CatalogueChanged,
    ConsentGiven,
    EntitlementsChanged,
    PlanPeriod,
    RequiredConsent,
    StatusPeriod,
    ToolOs,
)
from common.two_people import Signatory
from mdm_gateway.domain.commands import Command, Request, request
from mdm_gateway.domain.devices import Device, DeviceStatus
from mdm_gateway.domain.lost_reports import IdentityCheck, LostReport
from mdm_gateway.domain.matrix import Function, order
from mdm_gateway.domain.rights import Catalogue, Entitlement
from mdm_gateway.domain.terms import Terms

NOW = datetime(2026, 6, 1, 10, tzinfo=JST)
STARTED = datetime(2026, 6, 1, 0, tzinfo=JST)
CONTRACT = "ctr_0197f3c29a7b7cc8a1f2c3d4e5f60718"
DEVICE = "dev_0197f3c29a7b7cc8a1f2c3d4e5f60722"
COMMAND = "cmd_0197f3c29a7b7cc8a1f2c3d4e5f60723"
LOST_REPORT = "lost_0197f3c29a7b7cc8a1f2c3d4e5f6072c"


def some_terms(**over: Any) -> Terms:
    """The spans and limits of the default settings."""
    terms = Terms(
        invitation_lifetime=timedelta(hours=72),
        approval_window=timedelta(hours=24),
        lost_device_lifetime=timedelta(days=30),
        setting_lifetime=timedelta(days=6),
        redelivery_after=timedelta(seconds=60),
        not_now_retry=timedelta(seconds=60),
        unconfirmed_after=timedelta(hours=1),
        wipe_limit_floor=3,
    )
    return replace(terms, **over)


def a_light_plan(*, seats: int | None = 3, start: datetime = STARTED, **over: Any) -> PlanPeriod:
    """A Light anshin plan with the management tool."""
    fields: dict[str, Any] = {
        "from": start,
        "code": "light-anshin-1",
        "family": "light",
        "inquiry_limit": 5,
        "seats": seats,
        "management_tool": True,
    }
    return PlanPeriod.model_validate(fields | over)


def a_standard_plan(*, start: datetime = STARTED, **over: Any) -> PlanPeriod:
    """A Standard anshin plan: no management tool."""
    fields: dict[str, Any] = {"from": start, "code": "standard-anshin-1", "family": "standard"}
    return PlanPeriod.model_validate(fields | over)


def a_status(status: str = "active", *, start: datetime = STARTED, to: datetime | None = None) -> StatusPeriod:
    """A period in which the contract is in `status`."""
    return StatusPeriod.model_validate({"from": start, "to": to, "status": status})


def some_entitlements(contract_id: str = CONTRACT, **over: Any) -> EntitlementsChanged:
    """An active Light contract with three seats whose holder accepted the licence of the management tool."""
    fields: dict[str, Any] = {
        "actor": "op-sato",
        "contract_id": contract_id,
        "version": 1,
        "subscriber_id": "sub_0197f3c29a7b7cc8a1f2c3d4e5f60719",
        "fee_month_start_day": 1,
        "status_periods": (a_status(),),
        "plan_periods": (a_light_plan(),),
        "address_periods": (
            AddressPeriod.model_validate(
                {
                    "from": STARTED,
                    "address_id": "adr_0197f3c29a7b7cc8a1f2c3d4e5f6071a",
                    "postal_code": "1600023",
                    "prefecture_code": "13",
                }
            ),
        ),
        "consents": (a_consent("service_terms"), a_consent("management_tool_licence")),
    }
    return EntitlementsChanged(**(fields | over))


def a_consent(document: str, *, version: str = "2024-04") -> ConsentGiven:
    """An accepted document."""
    return ConsentGiven(document=document, version=version, accepted_at=STARTED)


def the_tool_matrix() -> CatalogueChanged:
    """Which operating systems the two tools support (R-TOOL-OS)."""
    rows = {
        "windows": ("pc", "tablet"),
        "mac": ("pc",),
        "android": ("smartphone", "tablet"),
        "ios": ("smartphone",),
        "ipados": ("tablet",),
    }
    return CatalogueChanged(
        actor="system:contracts",
        part="tool_matrix",
        tool_matrix=tuple(
            ToolOs(os=os, terminals=terminals, remote_support=True, management_tool=os != "mac")
            for os, terminals in rows.items()
        ),
    )


def the_required_consents(*, version: str = "2024-04") -> CatalogueChanged:
    """Which documents the management tool needs (R-CONSENT)."""
    need = RequiredConsent(purpose="management_tool", document="management_tool_licence", version=version)
    return CatalogueChanged(actor="system:contracts", part="required_consents", required_consents=(need,))


def a_catalogue(**over: Any) -> Catalogue:
    """The catalogue as it is known here."""
    known = Catalogue(
        tool_matrix=the_tool_matrix().tool_matrix, required_consents=the_required_consents().required_consents
    )
    return replace(known, **over)


def an_entitlement(**over: Any) -> Entitlement:
    """What is known of a contract."""
    return Entitlement(state=some_entitlements(**over), known_up_to=NOW)


def a_device(**over: Any) -> Device:
    """An enrolled Android tablet."""
    device = Device(
        id=DEVICE,
        contract_id=CONTRACT,
        partner=None,
        os="android",
        os_version="16",
        model="Tab A9",
        serial="R52W1234567",
        label="受付のタブレット",
        status=DeviceStatus.ENROLLED,
        generation=1,
        enrolled_at=NOW,
        released_at=None,
        last_contact_at=NOW,
        version=1,
    )
    return replace(device, **over)


def hand(subject: str, person: str | None = None, **over: Any) -> Signatory:
    """Somebody's hand under something; the login is the person unless another one is named."""
    return Signatory(subject=subject, person=person or subject, **over)


def a_command(
    function: str = "remote_lock",
    *,
    os: str = "android",
    setting: str | None = None,
    storage: str | None = None,
    terms: Terms | None = None,
    **over: Any,
) -> Command:
    """A command as it is just after it was requested by `op-sato`."""
    asked = Request(
        command_id=COMMAND,
        device_id=DEVICE,
        contract_id=CONTRACT,
        partner=None,
        generation=1,
        order=order(function=function, setting=setting, storage=storage, os=os),
        reason="lost in a taxi",
        lost_report_id=LOST_REPORT if function == Function.REMOTE_WIPE else None,
        inquiry_id=None,
        by=hand("op-sato"),
    )
    return replace(request(asked, terms=terms or some_terms(), now=NOW)[0], **over)


def a_wipe(**over: Any) -> Command:
    """A wipe that waits for a second person."""
    return a_command("remote_wipe", **over)


def a_lost_report(**over: Any) -> LostReport:
    """A lost tablet whose caller was recognised and whose manager authorised what is needed."""
    report = LostReport(
        id=LOST_REPORT,
        device_id=DEVICE,
        contract_id=CONTRACT,
        partner=None,
        generation=1,
        inquiry_id=None,
        identity=IdentityCheck(method="call_back", passed=True, checked_by="op-sato"),
        authorised_by="山田 花子",
        lock_command_id=COMMAND,
        reported_by="op-sato",
        reported_at=NOW,
        version=1,
    )
    return replace(report, **over)
