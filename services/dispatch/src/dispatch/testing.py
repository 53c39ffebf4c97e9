"""Builders for tests of dispatch; production code may not import this."""

from __future__ import annotations

import struct
import zlib
from base64 import b64encode
from datetime import date, datetime, timedelta
from typing import Any

from common.civil import JST
from common.entitlements import closed_days
from common.events.contracts import (
    AddressPeriod,
    CalendarChanged,
    CatalogueChanged,
    ConsentGiven,
    EntitlementsChanged,
    LoanKind,
    MenuItem,
    Period,
    PlanPeriod,
    RequiredConsent,
    StatusPeriod,
    WeeklyBlock,
)
from dispatch.domain.cases import CaseFile
from dispatch.domain.eligibility import Facts
from dispatch.domain.offers import OfferTerms
from dispatch.domain.quotes import Ordered, Quote, price
from dispatch.domain.visits import Right, Visit, VisitStatus
from dispatch.domain.windows import Window
from dispatch.domain.workforce import Crew, Purpose, Roster, Shift, Technician, working_time

CONTRACT = "ctr_" + "1" * 32
INQUIRY = "inq_" + "2" * 32
REQUEST = "vrq_" + "3" * 32
TECHNICIAN = "tec_" + "4" * 32
BRANCH = "brn_" + "5" * 32
ADDRESS = "adr_" + "6" * 32
SUBSCRIBER = "sub_" + "7" * 32
MONDAY = date(2026, 6, 1)
ALL_WEEK = frozenset(range(1, 8))


def at(text: str) -> datetime:
    """An instant in Japanese civil time: `2026-06-01 10:00`."""
    return datetime.fromisoformat(text).replace(tzinfo=JST)


def window(start: str, hours: float = 1) -> Window:
    """A window from a civil time on."""
    begins = at(start)
    return Window(begins, begins + timedelta(hours=hours))


SINCE = at("2026-04-01 00:00")


def a_plan(**over: Any) -> PlanPeriod:
    """The plan light-anshin-1."""
    hours = WeeklyBlock(weekdays=(1, 2, 3, 4, 5, 6), opens="09:00", closes="17:00")
    values: dict[str, Any] = {
        "from": SINCE,
        "code": "light-anshin-1",
        "family": "light",
        "inquiry_limit": 5,
        "isolation": 1,
        "setup_visit": True,
        "visit_hours": (hours,),
    }
    return PlanPeriod(**values | over)


def entitlements(*, extended: bool = False, **over: Any) -> EntitlementsChanged:
    """An active Light contract in Tokyo with accepted service terms; `extended`: with the hours extension."""
    values: dict[str, Any] = {
        "actor": "op-sato",
        "contract_id": CONTRACT,
        "version": 1,
        "subscriber_id": SUBSCRIBER,
        "fee_month_start_day": 1,
        "status_periods": (StatusPeriod(**{"from": SINCE}, status="active"),),
        "plan_periods": (a_plan(),),
        "hours_extension_periods": (Period(**{"from": SINCE}),) if extended else (),
        "address_periods": (an_address_period(),),
        "consents": (ConsentGiven(document="service_terms", version="2024-04", accepted_at=SINCE),),
    }
    return EntitlementsChanged(**values | over)


def an_address_period(**over: Any) -> AddressPeriod:
    """The contract address in Tokyo."""
    values: dict[str, Any] = {
        "from": SINCE,
        "address_id": ADDRESS,
        "postal_code": "1600023",
        "prefecture_code": "13",
    }
    return AddressPeriod(**values | over)


def calendar(**over: Any) -> CalendarChanged:
    """The Japanese calendar with year-end from 12-29 to 01-03."""
    values: dict[str, Any] = {"actor": "op-sato", "year_end_from": "12-29", "year_end_to": "01-03"}
    return CalendarChanged(**values | over)


def required_consents() -> tuple[RequiredConsent, ...]:
    """Visits need the service terms of 2024-04."""
    return (RequiredConsent(purpose="visit", document="service_terms", version="2024-04"),)


def menu() -> tuple[MenuItem, ...]:
    """The published setup-visit menu."""

    def item(code: str, ja: str, en: str, per: str, unit_price: int) -> MenuItem:
        return MenuItem(code=code, name_ja=ja, name_en=en, per=per, unit_price=unit_price)

    return (
        item("base", "基本作業費", "Basic work", "dispatch", 4950),
        item("diagnosis", "状況診断費", "Diagnosis", "dispatch", 1650),
        item("pc-internet-connection", "パソコンのインターネット接続", "PC Internet connection", "pc", 3300),
        item("printer-setup", "プリンタ設定", "Printer set-up", "printer", 4840),
    )


def catalogue(part: str) -> CatalogueChanged:
    """A part of the catalogue as contracts publishes it."""
    router = LoanKind(code="soho_router", name_ja="ルーター", name_en="Router", replaces=("soho_router",))
    filled: dict[str, Any] = {
        "visit_menu": {"visit_menu": menu()},
        "required_consents": {"required_consents": required_consents()},
        "loan_kinds": {"loan_kinds": (router,)},
        "settings": {"settings": {"loan_days_max": 14}},
    }
    return CatalogueChanged.model_validate({"actor": "op-sato", "part": part, **filled[part]})


def a_quote() -> Quote:
    """Two PCs and a printer: 18,040 yen."""
    return price(menu(), [Ordered("pc-internet-connection", 2), Ordered("printer-setup", 1)])


def a_case(**over: Any) -> CaseFile:
    """A live trouble inquiry whose fault could not be isolated remotely."""
    values: dict[str, Any] = {
        "inquiry_id": INQUIRY,
        "contract_id": CONTRACT,
        "partner": None,
        "sequence": 5,
        "known_up_to": at("2026-06-01 10:00"),
        "kind": "trouble",
        "site": "contract_address",
        "verdict_id": "vdt_" + "8" * 32,
        "verdict_result": "not_isolated_remotely",
        "verdict_origin": "remote",
    }
    return CaseFile(**values | over)


def facts(**over: Any) -> Facts:
    """All is well for an isolation visit in June 2026."""
    values: dict[str, Any] = {
        "purpose": Purpose.ISOLATION,
        "entitlements": entitlements(),
        "known_up_to": at("2026-06-01 10:00"),
        "required_consents": required_consents(),
        "calendar": closed_days(calendar()),
        "case": a_case(),
        "rights_taken": {},
        "now": at("2026-06-01 10:00"),
    }
    return Facts(**values | over)


def setup_facts(**over: Any) -> Facts:
    """All is well for a setup visit in June 2026."""
    return facts(**{"purpose": Purpose.SETUP, "case": None} | over)


def a_technician(**over: Any) -> Technician:
    """A fault-repair technician of the Tokyo branch."""
    values: dict[str, Any] = {
        "id": TECHNICIAN,
        "name": "見本 太郎",
        "crew": Crew.FAULT_REPAIR,
        "skills": frozenset[str](),
        "branch_id": BRANCH,
    }
    return Technician(**values | over)


def a_shift(**over: Any) -> Shift:
    """Every day from 08:00 to 20:00."""
    values: dict[str, Any] = {
        "id": "shf_" + "9" * 32,
        "technician_id": TECHNICIAN,
        "weekdays": ALL_WEEK,
        "from_minute": 8 * 60,
        "to_minute": 20 * 60,
        "valid_from": date(2026, 4, 1),
    }
    return Shift(**values | over)


def a_roster(*shifts: Shift, technician: Technician | None = None, **over: Any) -> Roster:
    """A technician's June 2026; every day from 08:00 to 20:00 unless other shifts are given."""
    working = working_time(shifts or (a_shift(),), (), first=date(2026, 5, 1), last=date(2026, 8, 1))
    values: dict[str, Any] = {"technician": technician or a_technician(), "working": working}
    return Roster(**values | over)


def terms(**over: Any) -> OfferTerms:
    """Offers good for half an hour on a half-hour grid, five a day, half an hour on the way, an hour's work."""
    values: dict[str, Any] = {
        "secrets": (b"a secret of the tests",),
        "valid_for": timedelta(minutes=30),
        "grid": timedelta(minutes=30),
        "slots_per_day": 5,
        "days_max": 31,
        "travel": timedelta(minutes=30),
        "isolation_work": timedelta(hours=1),
    }
    return OfferTerms(**values | over)


def a_visit(**over: Any) -> Visit:
    """A booked isolation visit on 2 June 2026 at 10:00."""
    values: dict[str, Any] = {
        "id": "vis_" + "a" * 32,
        "request_id": REQUEST,
        "inquiry_id": INQUIRY,
        "contract_id": CONTRACT,
        "partner": None,
        "purpose": Purpose.ISOLATION,
        "status": VisitStatus.BOOKED,
        "technician_id": TECHNICIAN,
        "window": window("2026-06-02 10:00"),
        "address_id": ADDRESS,
        "booked_at": at("2026-06-01 10:00"),
        "right": Right.HELD,
        "right_fee_month": "2026-06",
    }
    return Visit(**values | over)


def a_setup_visit(**over: Any) -> Visit:
    """A booked setup visit with its quote, not yet accepted."""
    values: dict[str, Any] = {
        "inquiry_id": None,
        "purpose": Purpose.SETUP,
        "right": None,
        "right_fee_month": None,
        "quote": a_quote(),
    }
    return a_visit(**values | over)


def a_png(width: int = 2, height: int = 1) -> bytes:
    """A whole, tiny PNG picture."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = b"".join(b"\x00" + b"\xff" * width for _ in range(min(height, 4)))
    pieces = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + pieces


def a_png_text() -> str:
    """The same, base64."""
    return b64encode(a_png()).decode()
