"""The life of a command, and R-MDM-WIPE-TWO."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from common.events.base import EventData
from common.events.mdm_gateway import CommandApproved, CommandSent, CommandUnconfirmed
from common.two_people import PersonUnknown, SelfApproval, Signatory
from mdm_gateway.domain.commands import LIVE, Command, CommandStatus, approve, cancel, reject
from mdm_gateway.domain.deliveries import (
    Answer,
    answered,
    elapse,
    hand_over,
    is_due,
    next_deadline,
    supersede,
    withdraw,
)
from mdm_gateway.domain.refusals import ApprovalExpired, CommandNotOpen, EnrolmentChanged
from mdm_gateway.testing import NOW, a_command, a_wipe, hand, some_terms

TERMS = some_terms()
SOON = NOW + timedelta(minutes=5)
AGENT = "device:dev"


def approved(**over: object) -> Command:
    return approve(a_wipe(**over), generation=1, by=hand("sv-suzuki"), terms=TERMS, now=SOON)[0]


def sent(command: Command) -> Command:
    return hand_over(command, by=AGENT, terms=TERMS, now=SOON)[0]


def names(facts: tuple[EventData, ...]) -> list[str]:
    return [type(fact).__name__ for fact in facts]


@pytest.mark.rule("R-MDM-WIPE-TWO")
def test_a_wipe_waits_for_a_second_person_and_a_lock_does_not() -> None:
    assert a_wipe().status is CommandStatus.AWAITING_APPROVAL
    assert a_command("remote_lock").status is CommandStatus.QUEUED


@pytest.mark.rule("R-MDM-WIPE-TWO")
def test_a_second_person_queues_the_wipe() -> None:
    command, facts = approve(a_wipe(), generation=1, by=hand("sv-suzuki"), terms=TERMS, now=SOON)
    assert (command.status, command.decided_by) == (CommandStatus.QUEUED, "sv-suzuki")
    assert [type(fact) for fact in facts] == [CommandApproved]


@pytest.mark.rule("R-MDM-WIPE-TWO")
def test_refuses_the_approval_of_ones_own_wipe() -> None:
    with pytest.raises(SelfApproval):
        approve(a_wipe(), generation=1, by=hand("op-sato"), terms=TERMS, now=SOON)
    with pytest.raises(SelfApproval):
        reject(a_wipe(), by=hand("op-sato"), detail=None, now=SOON)


@pytest.mark.rule("R-MDM-WIPE-TWO")
def test_refuses_the_approval_of_ones_own_wipe_under_another_login() -> None:
    again = hand("op-sato-mobile", "op-sato")
    with pytest.raises(SelfApproval) as refused:
        approve(a_wipe(), generation=1, by=again, terms=TERMS, now=SOON)
    with pytest.raises(SelfApproval):
        reject(a_wipe(), by=again, detail=None, now=SOON)
    assert refused.value.rule_ids == ("R-MDM-WIPE-TWO",)


@pytest.mark.rule("R-MDM-WIPE-TWO")
def test_refuses_a_wipe_when_nobody_knows_who_asks_or_approves() -> None:
    nobody = Signatory(subject="api", person=None)
    with pytest.raises(PersonUnknown):
        approve(a_wipe(), generation=1, by=nobody, terms=TERMS, now=SOON)
    with pytest.raises(PersonUnknown):
        approve(a_wipe(requested_by_person=None), generation=1, by=hand("sv-suzuki"), terms=TERMS, now=SOON)


def test_a_command_keeps_who_asked_and_by_which_token() -> None:
    wipe = a_wipe(requested_through="console", requested_with_token="tok_1", requested_token_issued_at=NOW)
    assert wipe.requester == hand("op-sato", client_id="console", token_id="tok_1", token_issued_at=NOW)


@pytest.mark.rule("R-MDM-WIPE-TWO")
def test_refuses_an_approval_after_its_time() -> None:
    late = NOW + TERMS.approval_window
    with pytest.raises(ApprovalExpired):
        approve(a_wipe(), generation=1, by=hand("sv-suzuki"), terms=TERMS, now=late)
    swept, _ = elapse(a_wipe(), by="system", now=late)
    assert swept.status is CommandStatus.EXPIRED
    with pytest.raises(ApprovalExpired):
        approve(swept, generation=1, by=hand("sv-suzuki"), terms=TERMS, now=late)


@pytest.mark.rule("R-MDM-WIPE-TWO")
def test_an_approval_holds_for_one_enrolment_only() -> None:
    with pytest.raises(EnrolmentChanged):
        approve(a_wipe(), generation=2, by=hand("sv-suzuki"), terms=TERMS, now=SOON)


@pytest.mark.rule("R-MDM-WIPE-TWO")
def test_a_wipe_is_never_given_to_the_next_enrolment() -> None:
    assert is_due(approved(), generation=1, now=SOON)
    assert not is_due(approved(), generation=2, now=SOON)


@pytest.mark.rule("R-MDM-WIPE-TWO")
def test_a_wipe_without_approval_is_never_due_whatever_its_state_says() -> None:
    assert not is_due(a_wipe(status=CommandStatus.QUEUED), generation=1, now=SOON)


@pytest.mark.rule("R-MDM-WIPE-TWO")
def test_a_wipe_is_delivered_again_only_before_it_expires() -> None:
    waiting = sent(approved())
    again = SOON + TERMS.redelivery_after
    assert not is_due(waiting, generation=1, now=again - timedelta(seconds=1))
    assert is_due(waiting, generation=1, now=again)
    assert not is_due(waiting, generation=1, now=waiting.expires_at)


def test_a_second_decision_is_refused() -> None:
    with pytest.raises(CommandNotOpen):
        approve(approved(), generation=1, by=hand("sv-tanaka"), terms=TERMS, now=SOON)
    rejected, facts = reject(a_wipe(), by=hand("sv-suzuki"), detail="found again", now=SOON)
    assert (rejected.status, names(facts)) == (CommandStatus.REJECTED, ["CommandRejected"])
    with pytest.raises(CommandNotOpen):
        approve(rejected, generation=1, by=hand("sv-tanaka"), terms=TERMS, now=SOON)


def test_a_request_says_what_it_is_about() -> None:
    command = a_command("external_storage", os="windows", setting="disabled")
    assert command.media == ("sd", "usb", "optical")
    assert command.expires_at == NOW + TERMS.setting_lifetime
    assert a_command().expires_at == NOW + TERMS.lost_device_lifetime


@pytest.mark.parametrize(
    ("answer", "status", "fact"),
    [
        (Answer.SUCCEEDED, CommandStatus.SUCCEEDED, "CommandSucceeded"),
        (Answer.FAILED, CommandStatus.FAILED, "CommandFailed"),
        (Answer.NOT_NOW, CommandStatus.QUEUED, "CommandDeferred"),
    ],
)
def test_the_devices_answer_decides(answer: Answer, status: CommandStatus, fact: str) -> None:
    after, facts = answered(sent(a_command()), answer, detail=None, by=AGENT, terms=TERMS, now=SOON)
    assert (after.status, names(facts)) == (status, [fact])


def test_not_now_comes_back_later_and_not_at_once() -> None:
    deferred, _ = answered(sent(a_command()), Answer.NOT_NOW, detail=None, by=AGENT, terms=TERMS, now=SOON)
    assert not is_due(deferred, generation=1, now=SOON)
    assert is_due(deferred, generation=1, now=SOON + TERMS.not_now_retry)


@pytest.mark.parametrize("status", sorted(set(CommandStatus) - {CommandStatus.SENT}))
@pytest.mark.parametrize("answer", sorted(Answer))
def test_only_a_sent_command_can_be_answered(status: CommandStatus, answer: Answer) -> None:
    command = a_wipe(status=status)
    if status is CommandStatus.UNCONFIRMED and answer is Answer.SUCCEEDED:
        after, facts = answered(command, answer, detail=None, by=AGENT, terms=TERMS, now=SOON)
        assert (after.status, names(facts)) == (CommandStatus.SUCCEEDED, ["CommandSucceeded"])
        return
    with pytest.raises(CommandNotOpen):
        answered(command, answer, detail=None, by=AGENT, terms=TERMS, now=SOON)


def test_a_delivered_wipe_without_an_answer_becomes_unconfirmed() -> None:
    waiting = sent(approved())
    assert next_deadline(waiting) == SOON + TERMS.unconfirmed_after
    after, facts = elapse(waiting, by="system", now=SOON + TERMS.unconfirmed_after)
    assert after.status is CommandStatus.UNCONFIRMED
    assert [type(fact) for fact in facts] == [CommandUnconfirmed]


def test_a_second_delivery_does_not_move_the_instant_of_doubt() -> None:
    first = sent(approved())
    again, facts = hand_over(first, by=AGENT, terms=TERMS, now=SOON + timedelta(minutes=10))
    assert again.unconfirmed_at == first.unconfirmed_at
    assert [fact.attempt for fact in facts if isinstance(fact, CommandSent)] == [2]


@pytest.mark.parametrize("function", ["remote_lock", "camera"])
def test_a_command_expires_also_when_it_was_sent(function: str) -> None:
    setting = None if function == "remote_lock" else "disabled"
    queued = a_command(function, setting=setting)
    for command in (queued, sent(queued)):
        assert elapse(command, by="system", now=command.expires_at - timedelta(seconds=1))[1] == ()
        after, facts = elapse(command, by="system", now=command.expires_at)
        assert (after.status, names(facts)) == (CommandStatus.EXPIRED, ["CommandExpired"])


def test_only_what_was_not_sent_can_be_cancelled() -> None:
    for command in (a_wipe(), a_command()):
        after, facts = cancel(command, by="op-sato", reason="found", now=SOON)
        assert (after.status, names(facts)) == (CommandStatus.CANCELLED, ["CommandCancelled"])
    for status in sorted(set(CommandStatus) - {CommandStatus.AWAITING_APPROVAL, CommandStatus.QUEUED}):
        with pytest.raises(CommandNotOpen):
            cancel(a_command(status=status), by="op-sato", reason="found", now=SOON)


@pytest.mark.rule("R-MDM-WIPE-TWO")
def test_a_new_enrolment_ends_every_live_command() -> None:
    for command in (a_wipe(), approved(), a_command(), sent(a_command())):
        after, facts = supersede(command, by_command_id=None, by=AGENT, now=SOON)
        assert (after.status, names(facts)) == (CommandStatus.SUPERSEDED, ["CommandSuperseded"])
    after, facts = supersede(sent(approved()), by_command_id=None, by=AGENT, now=SOON)
    assert (after.status, names(facts)) == (CommandStatus.UNCONFIRMED, ["CommandUnconfirmed"])


def test_a_release_ends_every_live_command() -> None:
    after, facts = withdraw(sent(a_command()), by="op-sato", reason="released", now=SOON)
    assert (after.status, names(facts)) == (CommandStatus.CANCELLED, ["CommandCancelled"])
    after, facts = withdraw(sent(approved()), by="op-sato", reason="released", now=SOON)
    assert (after.status, names(facts)) == (CommandStatus.UNCONFIRMED, ["CommandUnconfirmed"])


@pytest.mark.parametrize("status", sorted(set(CommandStatus) - LIVE))
def test_what_is_closed_stays_closed(status: CommandStatus) -> None:
    closed = a_wipe(status=status)
    assert not closed.is_live
    assert next_deadline(closed) is None
    assert elapse(closed, by="system", now=closed.expires_at) == (closed, ())
    assert not is_due(replace(closed, approved_at=SOON), generation=1, now=SOON)
    with pytest.raises(CommandNotOpen):
        supersede(closed, by_command_id=None, by=AGENT, now=SOON)
    with pytest.raises(CommandNotOpen):
        withdraw(closed, by="op-sato", reason="released", now=SOON)


def test_every_step_raises_the_version_by_its_facts() -> None:
    wipe = a_wipe()
    queued, first = approve(wipe, generation=1, by=hand("sv-suzuki"), terms=TERMS, now=SOON)
    delivered, second = hand_over(queued, by=AGENT, terms=TERMS, now=SOON)
    done, third = answered(delivered, Answer.SUCCEEDED, detail=None, by=AGENT, terms=TERMS, now=SOON)
    assert [wipe.version, queued.version, delivered.version, done.version] == [1, 2, 3, 4]
    assert [len(facts) for facts in (first, second, third)] == [1, 1, 1]


@pytest.mark.rule("R-MDM-WIPE-TWO")
def test_wipes_an_hour_are_limited_by_seats_and_never_below_three() -> None:
    assert [TERMS.wipes_an_hour(seats) for seats in (None, 1, 3, 5)] == [3, 3, 3, 5]
