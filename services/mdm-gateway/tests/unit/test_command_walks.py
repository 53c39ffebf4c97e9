"""Whatever happens in whatever order: what must never be true of a command."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from common.two_people import SelfApproval, Signatory
from mdm_gateway.domain.commands import LIVE, Command, CommandStatus, Step, approve, cancel, reject
from mdm_gateway.domain.deliveries import Answer, answered, elapse, hand_over, is_due, supersede, withdraw
from mdm_gateway.domain.refusals import ApprovalExpired, CommandNotOpen, EnrolmentChanged
from mdm_gateway.testing import NOW, a_command, a_wipe, hand, some_terms

TERMS = some_terms()
AGENT = "device:dev"
NO = (ApprovalExpired, CommandNotOpen, EnrolmentChanged, SelfApproval)
Happens = Callable[[Command, datetime], Step]


def deliver(command: Command, now: datetime) -> Step:
    due = is_due(command, generation=1, now=now)
    return hand_over(command, by=AGENT, terms=TERMS, now=now) if due else (command, ())


def answer(said: Answer) -> Happens:
    return lambda c, now: answered(c, said, detail=None, by=AGENT, terms=TERMS, now=now)


def approval(*, by: Signatory, generation: int = 1) -> Happens:
    return lambda c, now: approve(c, generation=generation, by=by, terms=TERMS, now=now)


EVENTS: dict[str, Happens] = {
    "approve": approval(by=hand("sv-suzuki")),
    "approve_own": approval(by=hand("op-sato")),
    "approve_own_by_another_login": approval(by=hand("op-sato-mobile", "op-sato")),
    "approve_other_enrolment": approval(by=hand("sv-suzuki"), generation=2),
    "reject": lambda c, now: reject(c, by=hand("sv-suzuki"), detail=None, now=now),
    "cancel": lambda c, now: cancel(c, by="op-sato", reason="found", now=now),
    "deliver": deliver,
    "succeeded": answer(Answer.SUCCEEDED),
    "failed": answer(Answer.FAILED),
    "not_now": answer(Answer.NOT_NOW),
    "elapse": lambda c, now: elapse(c, by="system", now=now),
    "supersede": lambda c, now: supersede(c, by_command_id=None, by=AGENT, now=now),
    "withdraw": lambda c, now: withdraw(c, by="op-sato", reason="released", now=now),
}


@given(
    wipe=st.booleans(),
    walk=st.lists(st.tuples(st.sampled_from(sorted(EVENTS)), st.integers(0, 60 * 24 * 10)), max_size=12),
)
def test_no_walk_breaks_what_must_hold(*, wipe: bool, walk: list[tuple[str, int]]) -> None:
    command, passed = a_wipe() if wipe else a_command(), 0
    for event, minutes in walk:
        passed += minutes
        try:
            after, facts = EVENTS[event](command, NOW + timedelta(minutes=passed))
        except NO:
            continue
        assert after.version == command.version + len(facts)
        assert len(facts) <= 1
        assert bool(facts) == (after != command)
        if command.status not in LIVE and after != command:
            assert (command.status, after.status) == (CommandStatus.UNCONFIRMED, CommandStatus.SUCCEEDED)
        if after.is_wipe and (after.attempts or after.status is CommandStatus.QUEUED):
            assert after.approved_at is not None
            assert after.decided_by not in {None, after.requested_by}
            assert after.decided_by_person not in {None, after.requested_by_person}
        assert (after.closed_at is None) == after.is_live
        command = after
