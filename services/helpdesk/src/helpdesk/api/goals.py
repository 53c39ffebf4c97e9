"""Service goals: of an inquiry, listed by period, counted."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Query

from common.http import IdText, Now, PageOf, Paging, Router, TxDep, page
from common.http.schemas import MomentIn
from helpdesk.api.goal_schemas import GoalCountOut, GoalFilter, GoalOut, GoalReportOut, GoalsOut
from helpdesk.api.work import known
from helpdesk.storage import goal_lists

router = Router(prefix="/api/helpdesk/v1", tags=["service goals"])


@router.get("/inquiries/{inquiry_id}/goals", response_model=GoalsOut)
async def list_of_inquiry(inquiry_id: IdText, tx: TxDep, now: Now) -> object:
    """What was promised for this inquiry, and how it stands."""
    await known(inquiry_id, tx)
    return GoalsOut(items=[GoalOut.of(each) for each in await goal_lists.of_inquiry(tx, inquiry_id, now)])


@router.get("/service-goals", response_model=PageOf[GoalOut])
async def list_goals(tx: TxDep, now: Now, paging: Paging, wanted: Annotated[GoalFilter, Depends()]) -> object:
    """Goals whose clocks began in [from, to), those at risk and those breached among them."""
    rows = await goal_lists.listed(tx, wanted.wanted, now, after=paging.after, limit=paging.limit + 1)
    return page(rows, paging, to=GoalOut.of)


@router.get("/service-goals/report", response_model=GoalReportOut)
async def report(
    tx: TxDep,
    now: Now,
    start: Annotated[MomentIn, Query(alias="from")],
    end: Annotated[MomentIn, Query(alias="to")],
) -> object:
    """How many promises that began in [from, to) were kept and breached, by goal and plan."""
    found = await goal_lists.report(tx, start=start, end=end, now=now)
    return GoalReportOut(items=[GoalCountOut.of(each) for each in found])
