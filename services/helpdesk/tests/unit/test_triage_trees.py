"""Decision trees: the shipped ones, what keeps a tree from being used, and going through one."""

from __future__ import annotations

import re
from collections.abc import Callable
from copy import deepcopy
from dataclasses import asdict
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.errors import WrongState
from helpdesk.domain import triage
from helpdesk.domain.trees import NextStep, Outcome, Question, Tree, Words, problems, tree_of, ways
from helpdesk.domain.triage import RunStatus, TriageRun
from helpdesk.domain.triage_refusals import ChoiceUnknown, QuestionNotAsked
from helpdesk.domain.verdicts import OTHER_FAILED_KINDS
from helpdesk.storage.triage_trees import shipped
from helpdesk.testing import CONTRACT, MONDAY_10, loan_kinds

FAILED_KINDS = OTHER_FAILED_KINDS | {kind.code for kind in loan_kinds()}
SHIPPED = {tree.code: tree for tree in shipped()}
JAPANESE = re.compile("[ぁ-んァ-ヶ一-龠]")
SOUND: dict[str, Any] = {
    "title": {"ja": "問診", "en": "Triage"},
    "start": "lamp",
    "questions": {
        "lamp": {
            "text": {"ja": "点灯?", "en": "Is it on?"},
            "guidance": {"ja": "読み上げ", "en": "Read it out"},
            "choices": [
                {"code": "yes", "text": {"ja": "はい", "en": "Yes"}, "to": "restart"},
                {"code": "no", "text": {"ja": "いいえ", "en": "No"}, "to": "dead"},
            ],
        },
        "restart": {
            "text": {"ja": "再起動で直る?", "en": "Does a restart help?"},
            "guidance": {"ja": "3分待つ", "en": "Wait three minutes"},
            "choices": [
                {"code": "yes", "text": {"ja": "はい", "en": "Yes"}, "to": "look"},
                {"code": "no", "text": {"ja": "いいえ", "en": "No"}, "to": "dead"},
            ],
        },
    },
    "outcomes": {
        "dead": {
            "advice": {"ja": "故障", "en": "Broken"},
            "suspected": "soho_router",
            "verdict": {"result": "isolated", "cause": "device_fault", "failed_device_kind": "soho_router"},
            "next_step": None,
        },
        "look": {
            "advice": {"ja": "確認", "en": "Look"},
            "suspected": None,
            "verdict": None,
            "next_step": "remote_session",
        },
    },
}


def all_words(tree: Tree) -> list[Words]:
    said = [tree.title]
    for question in tree.questions.values():
        said += [question.text, question.guidance, *(choice.text for choice in question.choices)]
    return [*said, *(outcome.advice for outcome in tree.outcomes.values())]


def a_tree(change: Callable[[dict[str, Any]], object] = lambda _: None) -> Tree:
    body = deepcopy(SOUND)
    change(body)
    return tree_of("a-tree", body)


def a_run(**over: Any) -> TriageRun:
    fields: dict[str, Any] = {
        "id": "trr_a",
        "inquiry_id": "inq_a",
        "contract_id": CONTRACT,
        "partner": None,
        "tree_code": "a-tree",
        "tree_version": 1,
        "status": RunStatus.RUNNING,
        "path": (),
        "outcome": None,
        "triage_id": None,
        "started_at": MONDAY_10,
        "started_by": "op-sato",
    }
    return TriageRun(**{**fields, **over})


def answered(tree: Tree, run: TriageRun, *answers: tuple[str, str]) -> TriageRun:
    for question, choice in answers:
        run = triage.answer(tree, run, question=question, choice=choice, actor="op-sato", now=MONDAY_10)
    return run


def test_seven_trees_are_shipped() -> None:
    assert set(SHIPPED) == {
        "no-internet", "wifi-weak", "printer-does-not-print", "pc-slow-or-does-not-start", "mail", "fax-phone",
        "tablet",
    }  # fmt: skip


@pytest.mark.rule("R-ISOLATION-EVIDENCE")
@pytest.mark.parametrize("code", sorted(SHIPPED))
def test_every_way_of_a_shipped_tree_ends_in_a_verdict_or_a_next_step(code: str) -> None:
    tree = SHIPPED[code]
    assert problems(tree, failed_kinds=FAILED_KINDS) == []
    gone = list(ways(tree))
    assert {outcome.code for _, outcome in gone} == set(tree.outcomes)
    assert {question for way, _ in gone for question, _ in way} == set(tree.questions)
    for way, outcome in gone:
        assert outcome.verdict is not None or outcome.next_step in set(NextStep)
        run = answered(tree, a_run(), *way)
        assert (run.status, run.outcome, triage.position(tree, run)) == (RunStatus.FINISHED, outcome.code, outcome)
        assert len(triage.in_words(tree, run)) == len(way)


@pytest.mark.parametrize("code", sorted(SHIPPED))
def test_a_shipped_tree_speaks_japanese_and_english(code: str) -> None:
    tree = SHIPPED[code]
    short = {"USB", "Android", "iPad", "Wi-Fi"}
    assert [words for words in all_words(tree) if not JAPANESE.search(words.ja) and words.ja not in short] == []
    assert [words for words in all_words(tree) if JAPANESE.search(words.en) or not words.en.strip()] == []


def test_a_device_at_fault_is_the_one_that_was_suspected() -> None:
    for tree in SHIPPED.values():
        for outcome in tree.outcomes.values():
            if outcome.verdict is not None and outcome.verdict.failed_device_kind is not None:
                assert outcome.suspected in {outcome.verdict.failed_device_kind, "android_tablet"}, outcome.code


def test_a_tree_survives_being_written_down() -> None:
    for tree in [*SHIPPED.values(), a_tree()]:
        assert tree_of(tree.code, asdict(tree)) == tree


UNSOUND: dict[str, tuple[Callable[[dict[str, Any]], object], str]] = {
    "no japanese": (lambda b: b["title"].update(ja=" "), "a-tree: no ja words"),
    "no english": (lambda b: b["questions"]["lamp"]["guidance"].update(en=""), "lamp: no en words"),
    "wordless choice": (lambda b: b["questions"]["lamp"]["choices"][0]["text"].update(en=""), "lamp/yes: no en words"),
    "start": (lambda b: b.update(start="lamb"), "start: leads to lamb, which does not exist"),
    "nowhere": (
        lambda b: b["questions"]["lamp"]["choices"][1].update(to="gone"),
        "lamp/no: leads to gone, which does not exist",
    ),
    "no choice": (lambda b: b["questions"]["restart"].update(choices=[]), "restart: no choices"),
    "twice": (lambda b: b["questions"]["lamp"]["choices"][1].update(code="yes"), "lamp/yes: offered twice"),
    "unreached": (lambda b: b["questions"]["lamp"]["choices"][0].update(to="dead"), "restart: never reached"),
    "circle": (
        lambda b: b["questions"]["restart"]["choices"][0].update(to="lamp"),
        "lamp → restart → lamp: never ends",
    ),
    "same name": (
        lambda b: b["outcomes"].update(lamp=b["outcomes"]["look"]),
        "lamp: named twice",
    ),
    "no end": (
        lambda b: b["outcomes"]["look"].update(next_step=None),
        "look: neither a verdict nor a next step",
    ),
    "step": (lambda b: b["outcomes"]["look"].update(next_step="pray"), "look: next step pray is not known"),
    "result": (lambda b: b["outcomes"]["dead"]["verdict"].update(result="lost"), "dead: result_unknown"),
    "cause": (lambda b: b["outcomes"]["dead"]["verdict"].update(cause=None), "dead: cause_missing"),
    "kind": (
        lambda b: b["outcomes"]["dead"]["verdict"].update(failed_device_kind="toaster"),
        "dead: failed_device_kind_unknown",
    ),
}


@pytest.mark.parametrize("flaw", sorted(UNSOUND))
def test_names_what_keeps_a_tree_from_being_used(flaw: str) -> None:
    change, problem = UNSOUND[flaw]
    assert problems(a_tree(), failed_kinds=FAILED_KINDS) == []
    assert problem in problems(a_tree(change), failed_kinds=FAILED_KINDS)


def test_asks_one_question_after_the_other() -> None:
    tree, run = a_tree(), a_run()
    first = triage.position(tree, run)
    assert isinstance(first, Question)
    assert first.code == "lamp"
    run = answered(tree, run, ("lamp", "yes"))
    assert triage.position(tree, run) == tree.questions["restart"]
    run = answered(tree, run, ("restart", "no"))
    end = triage.position(tree, run)
    assert isinstance(end, Outcome)
    assert (end.code, run.status, run.ended_by) == ("dead", RunStatus.FINISHED, "op-sato")
    with pytest.raises(WrongState):
        answered(tree, run, ("lamp", "no"))


def test_refuses_what_was_not_asked_and_what_is_not_offered() -> None:
    tree = a_tree()
    with pytest.raises(QuestionNotAsked) as caught:
        answered(tree, a_run(), ("restart", "yes"))
    assert caught.value.why == {"question": "restart", "present": "lamp", "answered": []}
    with pytest.raises(ChoiceUnknown) as unknown:
        answered(tree, a_run(), ("lamp", "perhaps"))
    assert unknown.value.why["allowed"] == ["no", "yes"]


def test_an_earlier_question_is_answered_anew_and_the_first_answers_are_kept() -> None:
    tree = a_tree()
    run = answered(tree, a_run(), ("lamp", "yes"), ("lamp", "no"))
    assert [(each.choice, each.withdrawn) for each in run.path] == [("yes", True), ("no", False)]
    assert (run.outcome, [line["choice_code"] for line in triage.in_words(tree, run)]) == ("dead", ["no"])


def test_one_may_leave_at_any_time_but_once() -> None:
    run = triage.leave(answered(a_tree(), a_run(), ("lamp", "yes")), actor="op-sato", now=MONDAY_10)
    assert (run.status, run.outcome, len(run.standing)) == (RunStatus.LEFT, None, 1)
    with pytest.raises(WrongState):
        triage.leave(run, actor="op-sato", now=MONDAY_10)


@given(data=st.data(), code=st.sampled_from(sorted(SHIPPED)))
def test_whatever_is_answered_leads_to_an_end(data: st.DataObject, code: str) -> None:
    tree, run = SHIPPED[code], a_run()
    for _ in range(40):
        here = triage.position(tree, run)
        if isinstance(here, Outcome):
            break
        asked = [each.question for each in run.standing]
        back = data.draw(st.booleans()) and data.draw(st.booleans()) and bool(asked)
        question = tree.questions[data.draw(st.sampled_from(asked))] if back else here
        choice = data.draw(st.sampled_from([each.code for each in question.choices]))
        run = answered(tree, run, (question.code, choice))
        names = [each.question for each in run.standing]
        assert len(names) == len(set(names))
    assert (run.status is RunStatus.FINISHED) is isinstance(triage.position(tree, run), Outcome)
