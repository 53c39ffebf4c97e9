"""Decision trees, their versions, what they lead to; and going through them on an inquiry."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query

from common.http import Code, IdText, IfMatch, Now, Router, TxDep, answer
from common.http.schemas import MomentIn
from helpdesk.api.triage_schemas import (
    ChoiceTakenIn,
    ReportLineOut,
    ReportOut,
    TreeHeadOut,
    TreeHeadsOut,
    TreeIn,
    TreeOut,
    TriageRunIn,
    TriageRunOut,
    TriageRunsOut,
)
from helpdesk.api.work import known
from helpdesk.domain.triage_refusals import TriageTreeUnknown
from helpdesk.storage import triage_trees
from helpdesk.usecases.go_through_tree import LeaveTree, answer_question, begin_tree, leave_tree, on_the_way
from helpdesk.usecases.keep_triage_tree import keep_triage_tree

router = Router(prefix="/api/helpdesk/v1", tags=["triage"])


@router.get("/triage-trees", response_model=TreeHeadsOut)
async def list_trees(tx: TxDep) -> object:
    """The newest version of every tree."""
    return TreeHeadsOut(items=[TreeHeadOut.of(each) for each in await triage_trees.newest(tx)])


@router.get("/triage-trees/{code}", response_model=TreeOut)
async def read_tree(code: Code, tx: TxDep, version: Annotated[int | None, Query(ge=1, le=1_000_000)] = None) -> object:
    """A tree in full: the newest version, or the one that is named."""
    found = await triage_trees.find(tx, code, version)
    if found is None:
        raise TriageTreeUnknown(tree=code, version=version)
    return TreeOut.whole(found)


@router.get("/triage-trees/{code}/versions", response_model=TreeHeadsOut)
async def list_versions(code: Code, tx: TxDep) -> object:
    """Every version of a tree, the newest first: by whom, when and why."""
    return TreeHeadsOut(items=[TreeHeadOut.of(each) for each in await triage_trees.versions(tx, code)])


@router.put("/triage-trees/{code}", response_model=TreeOut)
async def write_tree(code: Code, body: TreeIn, tx: TxDep, now: Now, version: IfMatch) -> object:
    """Write a tree anew, or a new one; runs under way keep the version they began with."""
    return answer(await keep_triage_tree(body.command(code, version), tx, now), TreeOut.whole)


@router.get("/triage-trees/{code}/report", response_model=ReportOut)
async def read_report(
    code: Code,
    tx: TxDep,
    start: Annotated[MomentIn, Query(alias="from")],
    end: Annotated[MomentIn, Query(alias="to")],
) -> object:
    """Which questions of a tree led to isolation from afar and which to visits, of runs begun in [from, to)."""
    return ReportOut(
        items=[ReportLineOut.of(each) for each in await triage_trees.report(tx, code, start=start, end=end)]
    )


@router.post("/inquiries/{inquiry_id}/triage-runs", status_code=201, response_model=TriageRunOut)
async def begin(inquiry_id: IdText, body: TriageRunIn, tx: TxDep, now: Now, version: IfMatch) -> object:
    """Begin to ask by a tree."""
    return answer(await begin_tree(body.command(inquiry_id, version), tx, now), TriageRunOut.of)


@router.get("/inquiries/{inquiry_id}/triage-runs", response_model=TriageRunsOut)
async def list_runs(inquiry_id: IdText, tx: TxDep) -> object:
    """All ways that were gone through trees on this inquiry."""
    await known(inquiry_id, tx)
    return TriageRunsOut(items=[TriageRunOut.of(way) for way in await on_the_way(inquiry_id, tx)])


@router.post("/inquiries/{inquiry_id}/triage-runs/{run_id}/answers", response_model=TriageRunOut)
async def take_choice(
    inquiry_id: IdText, run_id: IdText, body: ChoiceTakenIn, tx: TxDep, now: Now, version: IfMatch
) -> object:
    """Take a choice; at the end of the way it is kept as evidence (R-ISOLATION-EVIDENCE)."""
    return answer(await answer_question(body.command(inquiry_id, run_id, version), tx, now), TriageRunOut.of)


@router.post("/inquiries/{inquiry_id}/triage-runs/{run_id}/leaving", response_model=TriageRunOut)
async def leave(inquiry_id: IdText, run_id: IdText, tx: TxDep, now: Now, version: IfMatch) -> object:
    """Go on without the tree; what was answered so far is kept as evidence."""
    command = LeaveTree(inquiry_id=inquiry_id, run_id=run_id, expected_version=version)
    return answer(await leave_tree(command, tx, now), TriageRunOut.of)
