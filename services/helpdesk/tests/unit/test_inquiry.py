"""The life of an inquiry, step by step."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from common.entitlements import standing
from common.errors import DomainError, WrongState
from helpdesk.domain import counting, inquiry
from helpdesk.domain.counting import Part
from helpdesk.domain.inquiry import Inquiry, InquiryStatus, Site, Step, UnitSource
from helpdesk.domain.quota import Allowance, Counter, LedgerReason
from helpdesk.domain.refusals import (
    InquiryQuotaExhausted,
    MergeNotPossible,
    RemoteSessionRunning,
    ReopeningTooLate,
)
from helpdesk.testing import MONDAY_10, an_inquiry, entitlements, jst, light, standard

ACTOR = "op-sato"
WEEK = timedelta(days=7)
S = InquiryStatus


def names(step: Step) -> list[str]:
    return [type(fact).__name__ for fact in step.events]


def triage(found: Inquiry) -> Step:
    return inquiry.triage(found, triage_id="tri_a", suspected="soho_router", answers=2, actor=ACTOR)


def wait(found: Inquiry) -> Step:
    return inquiry.wait(found, reason="buys a cable", actor=ACTOR)


def resume(found: Inquiry) -> Step:
    return inquiry.resume(found, actor=ACTOR)


def resolve(found: Inquiry) -> Step:
    return inquiry.resolve(found, outcome="solved_remotely", session_running=False, actor=ACTOR, now=MONDAY_10)


def close(found: Inquiry) -> Step:
    return inquiry.close(found, actor=ACTOR, now=MONDAY_10)


def reopen(found: Inquiry) -> Step:
    return inquiry.reopen(found, within=WEEK, actor=ACTOR, now=MONDAY_10)


def void(found: Inquiry) -> Step:
    return counting.void(found, reason="wrong number", session_running=False, actor=ACTOR)


def merge(found: Inquiry) -> Step:
    return counting.merge(found, an_inquiry(id="inq_b"), session_running=False, actor=ACTOR)


MOVES: dict[Callable[[Inquiry], Step], dict[S, tuple[S, list[str]]]] = {
    triage: {
        S.ACCEPTED: (S.IN_PROGRESS, ["InquiryStarted", "TriageCompleted"]),
        S.IN_PROGRESS: (S.IN_PROGRESS, ["TriageCompleted"]),
        S.WAITING_FOR_CUSTOMER: (S.IN_PROGRESS, ["InquiryResumed", "TriageCompleted"]),
    },
    wait: {
        S.ACCEPTED: (S.WAITING_FOR_CUSTOMER, ["InquiryStarted", "InquiryWaiting"]),
        S.IN_PROGRESS: (S.WAITING_FOR_CUSTOMER, ["InquiryWaiting"]),
    },
    resume: {S.WAITING_FOR_CUSTOMER: (S.IN_PROGRESS, ["InquiryResumed"])},
    resolve: {
        S.ACCEPTED: (S.RESOLVED, ["InquiryStarted", "InquiryResolved"]),
        S.IN_PROGRESS: (S.RESOLVED, ["InquiryResolved"]),
        S.WAITING_FOR_CUSTOMER: (S.RESOLVED, ["InquiryResolved"]),
    },
    close: {S.RESOLVED: (S.CLOSED, ["InquiryClosed"])},
    reopen: {
        S.RESOLVED: (S.IN_PROGRESS, ["InquiryReopened"]),
        S.CLOSED: (S.IN_PROGRESS, ["InquiryReopened"]),
    },
    void: {state: (S.VOIDED, ["InquiryVoided"]) for state in frozenset(S) - {S.VOIDED, S.MERGED}},
    merge: {state: (S.MERGED, ["InquiriesMerged"]) for state in frozenset(S) - {S.VOIDED, S.MERGED}},
}
EVERY = [(move, state) for move in MOVES for state in S]


@pytest.mark.parametrize(("move", "state"), EVERY, ids=lambda part: getattr(part, "__name__", str(part)))
def test_each_step_leads_where_it_may_and_nowhere_else(move: Callable[[Inquiry], Step], state: S) -> None:
    found = an_inquiry(status=state, resolved_at=MONDAY_10 - timedelta(days=1))
    allowed = MOVES[move].get(state)
    if allowed is None:
        with pytest.raises(WrongState):
            move(found)
        return
    step = move(found)
    assert (step.inquiry.status, names(step)) == allowed


def test_triage_remembers_what_it_points_to() -> None:
    assert triage(an_inquiry()).inquiry.suspected == "soho_router"


@pytest.mark.rule("R-QUOTA-COUNT")
def test_reopens_within_seven_days_without_a_unit() -> None:
    ended = an_inquiry(status=S.CLOSED, resolved_at=jst(5, 1), closed_at=MONDAY_10 - WEEK + timedelta(seconds=1))
    step = reopen(ended)
    assert step.events[0].model_dump()["units"] == 0
    assert step.inquiry.closed_at is None
    assert step.inquiry.resolved_at is None


@pytest.mark.rule("R-QUOTA-COUNT")
def test_does_not_reopen_when_seven_days_are_over() -> None:
    with pytest.raises(ReopeningTooLate) as caught:
        reopen(an_inquiry(status=S.CLOSED, closed_at=MONDAY_10 - WEEK))
    assert caught.value.why["days"] == 7


def test_nobody_resolves_or_voids_while_a_session_runs() -> None:
    with pytest.raises(RemoteSessionRunning):
        inquiry.resolve(an_inquiry(), outcome="x", session_running=True, actor=ACTOR, now=MONDAY_10)
    with pytest.raises(RemoteSessionRunning):
        counting.void(an_inquiry(), reason="x", session_running=True, actor=ACTOR)
    with pytest.raises(RemoteSessionRunning):
        counting.merge(an_inquiry(), an_inquiry(id="inq_b"), session_running=True, actor=ACTOR)


@pytest.mark.rule("R-QUOTA-COUNT")
@pytest.mark.parametrize("move", [void, merge])
def test_a_duplicate_or_void_inquiry_gives_back_its_unit_to_its_own_month(move: Callable[[Inquiry], Step]) -> None:
    found = an_inquiry(fee_month="2026-05", unit_source=UnitSource.EXTRA)
    fact = move(found).events[0].model_dump()
    assert (fact["units"], fact["fee_month"]) == (-1, "2026-05")
    entry = counting.unit_back(
        found, entry_id="led_a", reason=LedgerReason.VOIDED, evidence={}, actor=ACTOR, now=MONDAY_10
    )
    assert (entry.units, entry.fee_month, entry.unit_source) == (-1, "2026-05", UnitSource.EXTRA)
    assert entry.rule_id == "R-QUOTA-COUNT"


def test_merges_only_two_inquiries_of_one_contract() -> None:
    with pytest.raises(MergeNotPossible):
        counting.merge(an_inquiry(), an_inquiry(), session_running=False, actor=ACTOR)
    with pytest.raises(MergeNotPossible):
        counting.merge(an_inquiry(), an_inquiry(id="inq_b", contract_id="ctr_b"), session_running=False, actor=ACTOR)


@pytest.mark.parametrize("gone", [S.VOIDED, S.MERGED])
def test_merges_into_nothing_that_is_gone(gone: S) -> None:
    with pytest.raises(WrongState):
        counting.merge(an_inquiry(), an_inquiry(id="inq_b", status=gone), session_running=False, actor=ACTOR)


def split(source: Inquiry, used: Counter, *, asked: Part | None = None, family: str = "light") -> counting.AdmittedPart:
    plan = light() if family == "light" else standard()
    return counting.judge_split(
        source,
        asked or Part(kind="how_to", site="contract_address"),
        standing=standing(entitlements(plan), MONDAY_10),
        month=(Allowance(5, 0), used),
        known_up_to=MONDAY_10,
    )


@pytest.mark.rule("R-QUOTA-COUNT")
def test_a_second_fault_takes_one_more_unit_of_the_sources_month() -> None:
    assert split(an_inquiry(), Counter(plan=4)).unit_source is UnitSource.PLAN
    with pytest.raises(InquiryQuotaExhausted) as caught:
        split(an_inquiry(fee_month="2026-05"), Counter(plan=5))
    assert caught.value.why["fee_month"] == "2026-05"


def test_a_split_judges_kind_and_site_and_names_all_that_is_wrong() -> None:
    with pytest.raises(DomainError) as caught:
        split(an_inquiry(), Counter(plan=5), asked=Part(kind="gossip", site="telework"))
    assert [cause.code for cause in caught.value.reasons] == [
        "inquiry_kind_unknown",
        "telework_requires_standard",
        "inquiry_quota_exhausted",
    ]
    part = split(an_inquiry(), Counter(), asked=Part(kind="setting", site="telework"), family="standard")
    assert part.site is Site.TELEWORK


@pytest.mark.parametrize("gone", [S.VOIDED, S.MERGED])
def test_splits_nothing_that_is_gone(gone: S) -> None:
    with pytest.raises(WrongState):
        split(an_inquiry(status=gone), Counter())


def test_a_split_trouble_is_reported_as_one() -> None:
    part = an_inquiry(id="inq_b", split_from="inq_a")
    facts = counting.split_facts(part, source_id="inq_a", actor=ACTOR)
    assert [type(fact).__name__ for fact in facts] == ["InquirySplit", "TroubleReported"]
