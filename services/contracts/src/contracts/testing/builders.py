"""Builders for tests: a valid thing, and what the test is about."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from common.civil import JST
from contracts.domain.application import Application, activate, apply_for
from contracts.domain.catalogue import Catalogue
from contracts.domain.change import Change
from contracts.domain.contract import Address, Consent, Contract
from contracts.domain.contract_file import record_consent
from contracts.domain.lines import Line
from contracts.domain.options import OptionWish, add_option
from contracts.domain.statements import Charge
from contracts.storage.catalogue_document import read_catalogue, shipped_document

OPERATOR = "op-sato"


def jst(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    """An instant by its civil time in Japan."""
    return datetime(year, month, day, hour, minute, tzinfo=JST).astimezone(UTC)


MONDAY_MORNING = jst(2026, 6, 1, 10)


def the_catalogue(**over: Any) -> Catalogue:
    """The shipped catalogue, with parts replaced as they would stand in the file."""
    return read_catalogue({**shipped_document(), **over})


def an_address(**over: Any) -> Address:
    """An address in Shinjuku."""
    given: dict[str, Any] = {
        "postal_code": "1600023",
        "prefecture": "東京都",
        "prefecture_code": "13",
        "city": "新宿区",
        "street": "見本町1-2-3",
    }
    return Address(**{**given, **over})


def a_line(**over: Any) -> Line:
    """A FLET'S Hikari Next line."""
    return Line(**{"kind": "flets_hikari_next", "number": "CAF1234567890", **over})


def an_application(**over: Any) -> Application:
    """An application for Light anshin 1 from 1 June 2026."""
    given: dict[str, Any] = {
        "contract_id": "ctr_1",
        "address_id": "adr_1",
        "subscriber_id": "sub_1",
        "partner": None,
        "plan_code": "light-anshin-1",
        "line": a_line(),
        "access_lines": (),
        "service_id": "AN-0001",
        "address": an_address(),
        "start_on": date(2026, 6, 1),
        "fee_month_start_day": 1,
    }
    return Application(**{**given, **over})


def a_standard_application(**over: Any) -> Application:
    """An application for Standard anshin 1."""
    return an_application(**{"plan_code": "standard-anshin-1", "line": None, **over})


def applied(asked: Application | None = None, *, now: datetime = MONDAY_MORNING) -> Contract:
    """A contract that was applied for."""
    asked = asked or an_application()
    return apply_for(asked, the_catalogue(), holder=None, now=now, by=OPERATOR).contract


def a_consent(document: str = "service_terms", **over: Any) -> Consent:
    """A consent in the version that is needed."""
    given: dict[str, Any] = {
        "id": f"cns_{document}",
        "document": document,
        "version": "2024-04",
        "accepted_by": "見本太郎",
        "accepted_at": MONDAY_MORNING,
    }
    return Consent(**{**given, **over})


def consented(contract: Contract, *, now: datetime = MONDAY_MORNING) -> Contract:
    """With the service terms accepted."""
    consent = a_consent(accepted_at=now)
    return record_consent(contract, consent, the_catalogue(), now=now, by=OPERATOR).contract


def an_active_contract(asked: Application | None = None, *, now: datetime = MONDAY_MORNING, **over: Any) -> Contract:
    """A contract in force."""
    ready = consented(applied(asked, now=now), now=now)
    return replace(activate(ready, the_catalogue(), now=now, by=OPERATOR).contract, **over)


def a_charge(**over: Any) -> Charge:
    """The setup visit of the main job: 18,040 yen."""
    given: dict[str, Any] = {
        "id": "chg_1",
        "day": date(2026, 6, 20),
        "total": 18040,
        "amounts": {10: 18040},
        "details": (),
        "rule_ids": ("R-SETUP-PRICE",),
        "event_id": "evt_charge",
    }
    return Charge(**{**given, **over})


def take(contract: Contract, code: str, start_on: date = date(2026, 6, 1), **over: Any) -> Change:
    """The contract takes an option."""
    now = over.pop("now", MONDAY_MORNING)
    wish = OptionWish(option_id=f"opt_{len(contract.options)}", start_on=start_on, **over)
    return add_option(contract, the_catalogue().option(code), wish, now=now, by=OPERATOR)
