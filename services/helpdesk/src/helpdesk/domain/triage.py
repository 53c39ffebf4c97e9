"""Going through a decision tree with a customer: where one is, what was answered, how one leaves."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from common.errors import WrongState
from helpdesk.domain.trees import Outcome, Question, Tree
from helpdesk.domain.triage_refusals import ChoiceUnknown, QuestionNotAsked


class RunStatus(StrEnum):
    """Where a run is in its life."""

    RUNNING = "running"
    FINISHED = "finished"
    LEFT = "left"


@dataclass(frozen=True, kw_only=True)
class Answered:
    """A question and the choice that was taken; `withdrawn` when the operator went back behind it."""

    question: str
    choice: str
    actor: str
    at: datetime
    withdrawn: bool = False


@dataclass(frozen=True, kw_only=True)
class TriageRun:
    """One way through one version of a tree; `path` keeps every answer, withdrawn ones too."""

    id: str
    inquiry_id: str
    contract_id: str
    partner: str | None
    tree_code: str
    tree_version: int
    status: RunStatus
    path: tuple[Answered, ...]
    outcome: str | None
    triage_id: str | None
    started_at: datetime
    started_by: str
    ended_at: datetime | None = None
    ended_by: str | None = None

    @property
    def standing(self) -> tuple[Answered, ...]:
        """The answers that count."""
        return tuple(answered for answered in self.path if not answered.withdrawn)


def position(tree: Tree, run: TriageRun) -> Question | Outcome:
    """The question to be asked next, or where the way ended."""
    name = tree.start
    for answered in run.standing:
        choice = tree.questions[name].choice(answered.choice)
        if choice is None:
            raise LookupError(answered.choice)
        name = choice.to
    return tree.at(name)


def answer(tree: Tree, run: TriageRun, *, question: str, choice: str, actor: str, now: datetime) -> TriageRun:
    """Take a choice at the present question, or at an earlier one: what was answered from there on is withdrawn.

    Raises `WrongState` when the run is over, `QuestionNotAsked`, `ChoiceUnknown`.
    """
    _running(run)
    here = position(tree, run)
    asked = [answered.question for answered in run.standing]
    if question not in {here.code, *asked}:
        raise QuestionNotAsked(question=question, present=here.code, answered=asked)
    choices = {each.code: each.to for each in tree.questions[question].choices}
    if choice not in choices:
        raise ChoiceUnknown(question=question, choice=choice, allowed=sorted(choices))
    leads_to = choices[choice]
    kept = _withdrawn_from(run.path, question)
    after = replace(run, path=(*kept, Answered(question=question, choice=choice, actor=actor, at=now)))
    if leads_to not in tree.outcomes:
        return after
    return replace(after, status=RunStatus.FINISHED, outcome=leads_to, ended_at=now, ended_by=actor)


def leave(run: TriageRun, *, actor: str, now: datetime) -> TriageRun:
    """Go on without the tree; raises `WrongState` when the run is over."""
    _running(run)
    return replace(run, status=RunStatus.LEFT, ended_at=now, ended_by=actor)


def in_words(tree: Tree, run: TriageRun) -> list[dict[str, str]]:
    """Questions and answers that count, by code and in both languages: the evidence of a verdict."""
    lines = []
    for answered in run.standing:
        question = tree.questions[answered.question]
        choice = question.choice(answered.choice)
        if choice is not None:
            lines.append(
                {
                    "question": question.text.ja,
                    "answer": choice.text.ja,
                    "question_en": question.text.en,
                    "answer_en": choice.text.en,
                    "question_code": question.code,
                    "choice_code": choice.code,
                }
            )
    return lines


def _running(run: TriageRun) -> None:
    if run.status is not RunStatus.RUNNING:
        raise WrongState(status=run.status.value, allowed=[RunStatus.RUNNING.value])


def _withdrawn_from(path: tuple[Answered, ...], question: str) -> tuple[Answered, ...]:
    """The path with everything that counts from `question` on taken back."""
    standing = [n for n, answered in enumerate(path) if not answered.withdrawn and answered.question == question]
    if not standing:
        return path
    first = standing[0]
    return tuple(replace(each, withdrawn=True) if n >= first else each for n, each in enumerate(path))
