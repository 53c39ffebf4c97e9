"""Whom an outage may concern, and what is impossible about its times."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from common.errors import StaleVersion, WrongState
from common.events.contracts import AddressPeriod
from helpdesk.domain.inquiry import InquiryStatus
from helpdesk.domain.outage_refusals import InquiryOfAnotherOutage, OutageTimesImpossible
from helpdesk.domain.outages import (
    Described,
    Outage,
    described_anew,
    link,
    matched,
    opened,
    resolved,
    unlink,
    with_news,
)
from helpdesk.testing import BEGIN, MONDAY_10, an_inquiry

HOUR = timedelta(hours=1)


def described(**over: Any) -> Described:
    said: dict[str, Any] = {
        "title_ja": "不通",
        "title_en": "Down",
        "origin": "carrier",
        "party": None,
        "areas": ("13",),
        "started_at": MONDAY_10 - HOUR,
        "expected_end_at": None,
        "ticket_number": None,
    }
    return Described(**{**said, **over})


def an_open_outage(**over: Any) -> Outage:
    return opened(described(**over), outage_id="out_a", actor="op-sato", now=MONDAY_10)[0]


def address(prefecture: str, municipality: str | None) -> AddressPeriod:
    place = {"address_id": "adr_a", "postal_code": "1600023", "prefecture_code": prefecture}
    return AddressPeriod.model_validate({"from": BEGIN, **place, "municipality_code": municipality})


@pytest.mark.parametrize(
    ("areas", "where", "why"),
    [
        ((), None, "everywhere"),
        ((), address("01", "01101"), "everywhere"),
        (("13",), address("13", "13104"), "prefecture"),
        (("13", "14109"), address("14", "14109"), "municipality"),
        (("13", "13104"), address("13", "13104"), "municipality"),
        (("14109",), address("14", None), "municipality_unknown"),
        (("14109",), address("14", "14101"), None),
        (("14109",), address("13", None), None),
        (("13",), None, None),
    ],
)
def test_concerns_whose_contract_address_lies_where_it_is(
    areas: tuple[str, ...], where: AddressPeriod | None, why: str | None
) -> None:
    assert matched(areas, where) == why


@pytest.mark.parametrize("over", [{"started_at": MONDAY_10 + HOUR}, {"expected_end_at": MONDAY_10 - HOUR}])
def test_refuses_what_has_not_begun_or_ends_before_it_began(over: dict[str, Any]) -> None:
    with pytest.raises(OutageTimesImpossible):
        an_open_outage(**over)
    with pytest.raises(OutageTimesImpossible):
        described_anew(an_open_outage(), described(**over), expected=1, actor="op-sato", now=MONDAY_10)


def test_each_change_is_a_version_and_one_fact_and_what_is_over_is_not_described_anew() -> None:
    outage = an_open_outage()
    after, told = with_news(outage, update_id="oup_a", actor="op-sato")
    assert (after.version, type(told).__name__) == (2, "OutageUpdated")
    with pytest.raises(StaleVersion):
        resolved(after, at=MONDAY_10, expected=1, actor="op-sato", now=MONDAY_10)
    for at in (outage.started_at, MONDAY_10 + HOUR):
        with pytest.raises(OutageTimesImpossible):
            resolved(after, at=at, expected=2, actor="op-sato", now=MONDAY_10)
    over, told = resolved(after, at=MONDAY_10, expected=2, actor="op-sato", now=MONDAY_10)
    assert (over.version, over.status, type(told).__name__) == (3, "resolved", "OutageResolved")
    with pytest.raises(WrongState):
        described_anew(over, described(), expected=3, actor="op-sato", now=MONDAY_10)
    assert with_news(over, update_id="oup_b", actor="op-sato")[0].status == "resolved"


def test_an_inquiry_is_one_outages_at_a_time() -> None:
    inquiry = an_inquiry()
    step = link(inquiry, "out_a", linked_to=None, actor="op-sato")
    assert step is not None
    assert [type(event).__name__ for event in step.events] == ["InquiryLinkedToOutage"]
    assert link(inquiry, "out_a", linked_to="out_a", actor="op-sato") is None
    with pytest.raises(InquiryOfAnotherOutage):
        link(inquiry, "out_b", linked_to="out_a", actor="op-sato")
    assert unlink(inquiry, "out_b", linked_to="out_a", actor="op-sato") is None
    assert unlink(inquiry, "out_a", linked_to="out_a", actor="op-sato") is not None


@pytest.mark.parametrize("status", list(InquiryStatus))
def test_links_what_stands_for_a_case_also_when_it_is_resolved(status: InquiryStatus) -> None:
    inquiry = replace(an_inquiry(), status=status)
    if status in {InquiryStatus.VOIDED, InquiryStatus.MERGED}:
        with pytest.raises(WrongState):
            link(inquiry, "out_a", linked_to=None, actor="op-sato")
    else:
        assert link(inquiry, "out_a", linked_to=None, actor="op-sato") is not None
