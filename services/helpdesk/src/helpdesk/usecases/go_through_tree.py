"""Ask a customer by a decision tree: begin, answer, leave. The way that was gone is evidence (R-ISOLATION-EVIDENCE)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from common.db import Tx
from common.ids import new_id
from helpdesk.domain import triage
from helpdesk.domain.inquiry import ByTree, Inquiry, Step, at_work
from helpdesk.domain.inquiry import triage as triaged
from helpdesk.domain.trees import Tree
from helpdesk.domain.triage import RunStatus, TriageRun
from helpdesk.domain.triage_refusals import TriageRunUnknown, TriageTreeUnknown
from helpdesk.storage import case_work, triage_trees
from helpdesk.storage.case_work import Triage
from helpdesk.usecases.recording import record, taken_up


@dataclass(frozen=True, kw_only=True)
class BeginTree:
    """Which tree, for which inquiry."""

    inquiry_id: str
    tree: str
    expected_version: int | None = None


@dataclass(frozen=True, kw_only=True)
class AnswerQuestion:
    """What was answered; an earlier question may be answered again."""

    inquiry_id: str
    run_id: str
    question: str
    choice: str
    expected_version: int | None = None


@dataclass(frozen=True, kw_only=True)
class LeaveTree:
    """Go on without it."""

    inquiry_id: str
    run_id: str
    expected_version: int | None = None


@dataclass(frozen=True, kw_only=True)
class OnTheWay:
    """A run and the version of the tree that it goes through."""

    run: TriageRun
    tree: Tree


async def begin_tree(command: BeginTree, tx: Tx, now: datetime) -> OnTheWay:
    """Begin with the newest version.

    Raises `InquiryUnknown`, `TriageTreeUnknown`, `TriageRunOpen`, `WrongState`, `StaleVersion`.
    """
    inquiry = await taken_up(tx, command.inquiry_id, command.expected_version)
    found = await triage_trees.find(tx, command.tree)
    if found is None:
        raise TriageTreeUnknown(tree=command.tree)
    begun = at_work(inquiry, tx.actor)
    run = TriageRun(
        id=new_id("trr"),
        inquiry_id=inquiry.id,
        contract_id=inquiry.contract_id,
        partner=inquiry.partner,
        tree_code=found.tree.code,
        tree_version=found.version,
        status=RunStatus.RUNNING,
        path=(),
        outcome=None,
        triage_id=None,
        started_at=now,
        started_by=tx.actor,
    )
    await record(tx, inquiry, begun, now)
    await triage_trees.add_run(tx, run)
    return OnTheWay(run=run, tree=found.tree)


async def answer_question(command: AnswerQuestion, tx: Tx, now: datetime) -> OnTheWay:
    """Take a choice; at the end of the way it becomes a triage.

    Raises `InquiryUnknown`, `TriageRunUnknown`, `QuestionNotAsked`, `ChoiceUnknown`, `WrongState`, `StaleVersion`.
    """
    inquiry, way = await _under_way(tx, command)
    run = triage.answer(way.tree, way.run, question=command.question, choice=command.choice, actor=tx.actor, now=now)
    if run.status is RunStatus.FINISHED:
        run = await _keep(tx, inquiry, way.tree, run, now)
    else:
        await record(tx, inquiry, at_work(inquiry, tx.actor), now)
    await triage_trees.save_run(tx, run)
    return OnTheWay(run=run, tree=way.tree)


async def leave_tree(command: LeaveTree, tx: Tx, now: datetime) -> OnTheWay:
    """Leave it; what was answered so far is kept as a triage.

    Raises `InquiryUnknown`, `TriageRunUnknown`, `WrongState`, `StaleVersion`.
    """
    inquiry, way = await _under_way(tx, command)
    run = triage.leave(way.run, actor=tx.actor, now=now)
    if run.standing:
        run = await _keep(tx, inquiry, way.tree, run, now)
    await triage_trees.save_run(tx, run)
    return OnTheWay(run=run, tree=way.tree)


async def on_the_way(inquiry_id: str, tx: Tx) -> list[OnTheWay]:
    """All runs of an inquiry with their trees."""
    return [await _with_tree(tx, run) for run in await triage_trees.runs(tx, inquiry_id)]


async def _under_way(tx: Tx, command: AnswerQuestion | LeaveTree) -> tuple[Inquiry, OnTheWay]:
    inquiry = await taken_up(tx, command.inquiry_id, command.expected_version)
    run = await triage_trees.find_run(tx, inquiry.id, command.run_id)
    if run is None:
        raise TriageRunUnknown(inquiry_id=inquiry.id, triage_run_id=command.run_id)
    return inquiry, await _with_tree(tx, run)


async def _with_tree(tx: Tx, run: TriageRun) -> OnTheWay:
    found = await triage_trees.find(tx, run.tree_code, run.tree_version)
    if found is None:
        raise TriageTreeUnknown(tree=run.tree_code, version=run.tree_version)
    return OnTheWay(run=run, tree=found.tree)


async def _keep(tx: Tx, inquiry: Inquiry, tree: Tree, run: TriageRun, now: datetime) -> TriageRun:
    """The way that was gone becomes a triage of the inquiry."""
    suspected = tree.outcomes[run.outcome].suspected if run.outcome is not None else None
    done = Triage(
        id=new_id("tri"),
        inquiry_id=inquiry.id,
        contract_id=inquiry.contract_id,
        answers=triage.in_words(tree, run),
        suspected=suspected,
        actor=tx.actor,
        at=now,
        tree_code=run.tree_code,
        tree_version=run.tree_version,
        outcome=run.outcome,
    )
    await record(tx, inquiry, _done(inquiry, done, actor=tx.actor, run=run), now)
    await case_work.add_triage(tx, done)
    return replace(run, triage_id=done.id)


def _done(inquiry: Inquiry, done: Triage, *, actor: str, run: TriageRun) -> Step:
    by = ByTree(code=run.tree_code, version=run.tree_version, outcome=run.outcome)
    return triaged(inquiry, triage_id=done.id, suspected=done.suspected, answers=len(done.answers), actor=actor, by=by)
