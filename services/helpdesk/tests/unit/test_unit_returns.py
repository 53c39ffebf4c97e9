"""Units that go back because of an outage while the case stays."""

from __future__ import annotations

from datetime import timedelta

import pytest

from common.errors import WrongState
from helpdesk.domain import counting, merging, unit_returns
from helpdesk.domain.inquiry import Inquiry, InquiryStatus, Step, UnitSource, reopen
from helpdesk.domain.merging import Merged
from helpdesk.domain.outage_refusals import InquiryCounts, UnitNotOfOutage, UnitWentBack
from helpdesk.testing import MONDAY_10, an_inquiry

S = InquiryStatus
GONE = (S.VOIDED, S.MERGED)


def given_back(inquiry: Inquiry, *, linked_to: str | None = "out_a") -> Step | None:
    return unit_returns.return_unit(inquiry, "out_a", linked_to=linked_to, reason="the carrier", actor="sv-mori")


def units(step: Step) -> list[int]:
    return [event.model_dump()["units"] for event in step.events]


@pytest.mark.rule("R-QUOTA-COUNT")
@pytest.mark.parametrize("status", [each for each in S if each not in GONE])
def test_a_unit_goes_back_to_its_own_month_and_the_case_stays_where_it_is(status: S) -> None:
    step = given_back(an_inquiry(status=status, fee_month="2026-05"))
    assert step is not None
    (event,) = step.events
    assert (step.inquiry.status, step.inquiry.counted) == (status, False)
    assert {"units": -1, "fee_month": "2026-05", "outage_id": "out_a", "reason": "the carrier"}.items() <= (
        event.model_dump().items()
    )
    assert given_back(step.inquiry) is None, "never twice"
    assert given_back(step.inquiry, linked_to=None) is None


@pytest.mark.rule("R-QUOTA-COUNT")
def test_only_what_is_linked_to_the_outage_gives_its_unit_back() -> None:
    for linked_to in (None, "out_b"):
        with pytest.raises(UnitNotOfOutage):
            given_back(an_inquiry(), linked_to=linked_to)


@pytest.mark.parametrize("status", GONE)
def test_what_was_voided_or_merged_has_no_unit_to_give_back(status: S) -> None:
    with pytest.raises(UnitWentBack):
        given_back(an_inquiry(status=status, merged_into="inq_b"))


@pytest.mark.rule("R-QUOTA-COUNT")
def test_what_went_back_before_goes_back_with_nothing_later() -> None:
    uncounted = an_inquiry(counted=False)
    assert units(counting.void(uncounted, reason="x", session_running=False, actor="op-sato")) == [0]
    target = an_inquiry(id="inq_b")
    merged = merging.merge(uncounted, target, session_running=False, actor="op-sato", now=MONDAY_10)
    assert units(merged) == [0]
    was = Merged(target_id="inq_b", at=MONDAY_10, status_before=S.ACCEPTED)
    alone = merging.undo(merged.inquiry, was, unit_source=UnitSource.PLAN, actor="op-sato")
    assert (units(alone), alone.inquiry.counted) == ([0], False)
    ended = an_inquiry(counted=False, status=S.RESOLVED, resolved_at=MONDAY_10)
    again = reopen(ended, within=timedelta(days=7), actor="op-sato", now=MONDAY_10)
    assert (units(again), again.inquiry.counted) == ([0], False)


@pytest.mark.rule("R-QUOTA-COUNT")
def test_what_was_no_outages_counts_again_with_a_unit_of_its_month() -> None:
    uncounted = an_inquiry(counted=False, status=S.CLOSED)
    unit_returns.require_uncounted(uncounted)
    step = unit_returns.count_again(uncounted, unit_source=UnitSource.EXTRA, reason="its router", actor="sv-mori")
    assert (units(step), step.inquiry.counted, step.inquiry.unit_source) == ([1], True, "extra")
    with pytest.raises(InquiryCounts):
        unit_returns.require_uncounted(step.inquiry)
    for status in GONE:
        with pytest.raises(WrongState):
            unit_returns.require_uncounted(an_inquiry(counted=False, status=status))
