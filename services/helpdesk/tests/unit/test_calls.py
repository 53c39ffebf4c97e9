"""Calls from signals in any order."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.events.helpdesk import CallAnswered, CallEnded, CallStarted
from helpdesk.domain.calls import Call, CallState, Direction, Signal, SignalKind, heard
from helpdesk.testing import MONDAY_10


def a_call(direction: Direction = Direction.IN) -> Call:
    return Call(
        id="call_a",
        pbx_id="pbx_a",
        reference="1",
        direction=direction,
        from_number="+81312345678",
        to_number="+81120000000",
        began_at=MONDAY_10,
    )


def a_signal(kind: SignalKind, cause: str | None = None) -> Signal:
    return Signal(
        kind=kind,
        reference="1",
        direction=Direction.IN,
        from_number="+81312345678",
        to_number="+81120000000",
        user="op-sato" if kind is SignalKind.ANSWER else None,
        cause=cause,
    )


def listen(kinds: list[SignalKind], *, cause: str | None = None) -> tuple[Call, list[type]]:
    call, facts = a_call(), []
    for at, kind in enumerate(kinds):
        call, new = heard(call, a_signal(kind, cause), actor="pbx:a", now=MONDAY_10 + timedelta(seconds=10 * at))
        facts += [type(each) for each in new]
    return call, facts


@given(st.lists(st.sampled_from(SignalKind), min_size=1, max_size=12))
def test_where_a_call_stands_follows_from_what_was_told_however_often_and_in_which_order(
    kinds: list[SignalKind],
) -> None:
    call, facts = listen(kinds)

    told = set(kinds)
    answered, ended = SignalKind.ANSWER in told, SignalKind.HANGUP in told
    expected = {
        (False, False): CallState.RINGING,
        (True, False): CallState.TALKING,
        (True, True): CallState.ENDED,
        (False, True): CallState.UNANSWERED,
    }[answered, ended]
    assert call.state is expected
    assert call.missed == (expected is CallState.UNANSWERED)
    assert sorted(fact.__name__ for fact in facts) == sorted(
        ["CallStarted"] + ["CallAnswered"] * answered + ["CallEnded"] * ended
    )
    assert call.version == len(facts)
    assert call.answered_at is None or call.ended_at is None or call.answered_at <= call.ended_at


@pytest.mark.parametrize("order", list(permutations(SignalKind)))
def test_a_call_that_was_answered_is_never_missed_in_the_end(order: tuple[SignalKind, ...]) -> None:
    call, facts = listen(list(order))
    assert not call.missed
    assert facts[0] is CallStarted
    assert {CallAnswered, CallEnded} <= set(facts)
    assert call.user == "op-sato"


def test_a_call_that_was_forwarded_is_not_missed() -> None:
    call, _ = listen([SignalKind.NEW_CALL, SignalKind.HANGUP], cause="forwarded")
    assert call.state is CallState.UNANSWERED
    assert not call.missed


def test_a_call_of_ours_that_nobody_takes_is_not_missed() -> None:
    call, _ = heard(a_call(Direction.OUT), a_signal(SignalKind.HANGUP), actor="pbx:a", now=MONDAY_10)
    assert not call.missed


def test_how_long_was_spoken_is_told_at_the_end() -> None:
    call, _ = heard(a_call(), a_signal(SignalKind.ANSWER), actor="pbx:a", now=MONDAY_10)
    end: datetime = MONDAY_10 + timedelta(seconds=90)
    _, facts = heard(call, a_signal(SignalKind.HANGUP), actor="pbx:a", now=end)
    assert [(type(fact), fact.seconds) for fact in facts if isinstance(fact, CallEnded)] == [(CallEnded, 90)]
