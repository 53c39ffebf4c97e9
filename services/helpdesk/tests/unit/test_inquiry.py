"""The life of an inquiry, step by step."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from common.entitlements import standing
from common.errors import DomainError, WrongState
from helpdesk.domain import counting, inquiry, merging
from helpdesk.domain.counting import Part
from helpdesk.domain.inquiry import Inquiry, InquiryStatus, Site, Step, UnitSource
from helpdesk.domain.quota import Allowance, Counter, LedgerReason
from helpdesk.domain.refusals import (
    InquiryQuotaExhausted,
    MergeNotPossible,
    MergeUndoTooLate,
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
    return merging.merge(found, an_inquiry(id="inq_b"), session_running=False, actor=ACTOR, now=MONDAY_10)


def merge_into(target: Inquiry, *, session_running: bool = False) -> Step:
    return merging.merge(an_inquiry(), target, session_running=session_running, actor=ACTOR, now=MONDAY_10)


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
        merge_into(an_inquiry(id="inq_b"), session_running=True)


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


def undoable(found: Inquiry, *, after: timedelta) -> merging.Merged:
    return merging.undoable(found, within=timedelta(hours=24), now=MONDAY_10 + after)


@pytest.mark.parametrize("state", sorted(frozenset(S) - {S.VOIDED, S.MERGED}))
def test_an_undone_merge_leads_back_to_where_the_inquiry_stood(state: S) -> None:
    before = an_inquiry(status=state, unit_source=UnitSource.EXTRA)
    merged = merge(before).inquiry
    step = merging.undo(merged, undoable(merged, after=WEEK / 14), unit_source=UnitSource.PLAN, actor=ACTOR)
    assert step.inquiry == replace(before, unit_source=UnitSource.PLAN)
    (fact,) = step.events
    assert fact.model_dump() == {
        "actor": ACTOR,
        "inquiry_id": "inq_a",
        "contract_id": before.contract_id,
        "target_inquiry_id": "inq_b",
        "status": state.value,
        "fee_month": "2026-06",
        "units": 1,
        "unit_source": "plan",
    }


@pytest.mark.rule("R-QUOTA-COUNT")
def test_a_merge_is_not_undone_when_a_day_is_over() -> None:
    merged = merge(an_inquiry()).inquiry
    assert undoable(merged, after=timedelta(hours=24, microseconds=-1)).target_id == "inq_b"
    with pytest.raises(MergeUndoTooLate) as caught:
        undoable(merged, after=timedelta(hours=24))
    assert (caught.value.why["hours"], caught.value.why["undoable_until"]) == (24, MONDAY_10 + timedelta(hours=24))


@pytest.mark.rule("R-QUOTA-COUNT")
def test_an_undone_merge_needs_a_unit_of_its_own_month() -> None:
    found = an_inquiry(fee_month="2026-05")
    assert merging.unit_again(found, allowance=Allowance(5, 1), counter=Counter(plan=5)) is UnitSource.EXTRA
    with pytest.raises(InquiryQuotaExhausted) as caught:
        merging.unit_again(found, allowance=Allowance(5, 0), counter=Counter(plan=5))
    assert (caught.value.why["fee_month"], caught.value.why["used"]) == ("2026-05", 5)


@pytest.mark.parametrize("state", sorted(frozenset(S) - {S.MERGED}))
def test_only_what_was_merged_is_undone(state: S) -> None:
    with pytest.raises(WrongState):
        undoable(an_inquiry(status=state), after=WEEK)


def test_merges_only_two_inquiries_of_one_contract() -> None:
    with pytest.raises(MergeNotPossible):
        merge_into(an_inquiry())
    with pytest.raises(MergeNotPossible):
        merge_into(an_inquiry(id="inq_b", contract_id="ctr_b"))


@pytest.mark.parametrize("gone", [S.VOIDED, S.MERGED])
def test_merges_into_nothing_that_is_gone(gone: S) -> None:
    with pytest.raises(WrongState):
        merge_into(an_inquiry(id="inq_b", status=gone))


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
