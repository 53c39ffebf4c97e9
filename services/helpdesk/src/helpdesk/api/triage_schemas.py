"""What goes in and out about decision trees and the ways through them."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from common.http import Answer, Code, Command, IdText, Line, Moment, Prose
from helpdesk.domain.trees import Outcome, Question, tree_of
from helpdesk.domain.triage import position
from helpdesk.storage.triage_trees import ReportLine, TreeVersion
from helpdesk.usecases.go_through_tree import AnswerQuestion, BeginTree, OnTheWay
from helpdesk.usecases.keep_triage_tree import KeepTriageTree


class WordsIn(Command):
    """The same in Japanese and English; neither may be missing."""

    ja: Prose
    en: Prose


class ChoiceIn(Command):
    """An answer that may be given; `to` names the question or outcome it leads to."""

    code: Code
    text: WordsIn
    to: Code


class QuestionIn(Command):
    """What to ask, and what helps to ask it."""

    text: WordsIn
    guidance: WordsIn
    choices: Annotated[tuple[ChoiceIn, ...], Field(min_length=1, max_length=20)]


class SuggestionIn(Command):
    """The verdict that the answers speak for."""

    result: Annotated[Code, Field(examples=["isolated"])]
    cause: Annotated[Code, Field(examples=["device_fault"])] | None = None
    failed_device_kind: Annotated[Code, Field(examples=["soho_router"])] | None = None


class OutcomeIn(Command):
    """Where a way ends: a verdict, a next step, or both."""

    advice: WordsIn
    suspected: Code | None = None
    verdict: SuggestionIn | None = None
    next_step: Annotated[Code, Field(examples=["remote_session"])] | None = None


class TreeIn(Command):
    """A whole tree, and why it is written anew."""

    title: WordsIn
    start: Code
    questions: Annotated[dict[Code, QuestionIn], Field(max_length=200)]
    outcomes: Annotated[dict[Code, OutcomeIn], Field(min_length=1, max_length=200)]
    reason: Line

    def command(self, code: str, version: int | None) -> KeepTriageTree:
        """The same for the use case."""
        body = self.model_dump(exclude={"reason"})
        return KeepTriageTree(tree=tree_of(code, body), reason=self.reason, expected_version=version)


class WordsOut(Answer):
    """The same in Japanese and English."""

    ja: str
    en: str


class ChoiceOut(Answer):
    """An answer that may be given, and where it leads."""

    code: str
    text: WordsOut
    to: str


class QuestionOut(Answer):
    """A question with its choices."""

    code: str
    text: WordsOut
    guidance: WordsOut
    choices: list[ChoiceOut]


class SuggestionOut(Answer):
    """The verdict that the answers speak for; an operator gives it."""

    result: str
    cause: str | None
    failed_device_kind: str | None


class OutcomeOut(Answer):
    """Where a way ended."""

    code: str
    advice: WordsOut
    suspected: str | None
    verdict: SuggestionOut | None
    next_step: str | None


class TreeHeadOut(Answer):
    """A version of a tree, without its questions."""

    code: str
    title: WordsOut
    version: int
    reason: str
    actor: str
    at: Moment

    @classmethod
    def of(cls, found: TreeVersion) -> TreeHeadOut:
        """From storage."""
        return TreeHeadOut(
            code=found.tree.code,
            title=WordsOut.model_validate(found.tree.title),
            version=found.version,
            reason=found.reason,
            actor=found.actor,
            at=found.at,
        )


class TreeHeadsOut(Answer):
    """Trees, or versions of one."""

    items: list[TreeHeadOut]
    next: None = None


class TreeOut(TreeHeadOut):
    """A version of a tree in full."""

    start: str
    questions: dict[str, QuestionOut]
    outcomes: dict[str, OutcomeOut]

    @classmethod
    def whole(cls, found: TreeVersion) -> TreeOut:
        """From storage."""
        tree = found.tree
        return TreeOut(
            **TreeHeadOut.of(found).model_dump(),
            start=tree.start,
            questions={name: QuestionOut.model_validate(each) for name, each in tree.questions.items()},
            outcomes={name: OutcomeOut.model_validate(each) for name, each in tree.outcomes.items()},
        )


class ReportLineOut(Answer):
    """Of the inquiries in which this choice was taken: how many were isolated remotely, how many led to a visit."""

    question: str
    choice: str
    versions: list[int]
    inquiries: int
    isolated_remotely: int
    visits: int

    @classmethod
    def of(cls, line: ReportLine) -> ReportLineOut:
        """From storage."""
        return ReportLineOut.model_validate(line)


class ReportOut(Answer):
    """Which questions of a tree lead where."""

    items: list[ReportLineOut]
    next: None = None


class TriageRunIn(Command):
    """The tree to go through."""

    tree: Annotated[Code, Field(examples=["no-internet"])]

    def command(self, inquiry_id: str, version: int | None) -> BeginTree:
        """The same for the use case."""
        return BeginTree(inquiry_id=inquiry_id, tree=self.tree, expected_version=version)


class ChoiceTakenIn(Command):
    """The question, present or answered before, and the choice that was taken."""

    question: Code
    choice: Code

    def command(self, inquiry_id: str, run_id: str, version: int | None) -> AnswerQuestion:
        """The same for the use case."""
        return AnswerQuestion(
            inquiry_id=inquiry_id,
            run_id=run_id,
            question=self.question,
            choice=self.choice,
            expected_version=version,
        )


class AnsweredOut(Answer):
    """An answer; `withdrawn` when an earlier question was answered anew after it."""

    question: str
    choice: str
    actor: str
    at: Moment
    withdrawn: bool


class TriageRunOut(Answer):
    """How far a run has come: the question to ask next, or the outcome."""

    id: IdText
    inquiry_id: str
    tree: str
    tree_version: int
    status: Annotated[str, Field(examples=["running"])]
    path: list[AnsweredOut]
    question: QuestionOut | None
    outcome: OutcomeOut | None
    triage_id: str | None
    started_at: Moment
    started_by: str
    ended_at: Moment | None
    ended_by: str | None

    @classmethod
    def of(cls, way: OnTheWay) -> TriageRunOut:
        """From the use case."""
        run, here = way.run, position(way.tree, way.run)
        return TriageRunOut(
            id=run.id,
            inquiry_id=run.inquiry_id,
            tree=run.tree_code,
            tree_version=run.tree_version,
            status=run.status,
            path=[AnsweredOut.model_validate(answered) for answered in run.path],
            question=QuestionOut.model_validate(here) if isinstance(here, Question) else None,
            outcome=OutcomeOut.model_validate(here) if isinstance(here, Outcome) else None,
            triage_id=run.triage_id,
            started_at=run.started_at,
            started_by=run.started_by,
            ended_at=run.ended_at,
            ended_by=run.ended_by,
        )


class TriageRunsOut(Answer):
    """All runs on an inquiry."""

    items: list[TriageRunOut]
    next: None = None
