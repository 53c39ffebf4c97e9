"""Plans, the plan sheet, and the exceptions of the calendar."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated

from fastapi import Query
from starlette.responses import HTMLResponse

from common.civil import jst_day
from common.http import Now, Router, TxDep
from contracts.api.catalogue_schemas import ClosedDayIn, ClosedDayOut, ClosedDaysOut, PlanSheetOut, PlansOut
from contracts.api.plan_sheet_page import page
from contracts.domain.closed_day import ClosedDay
from contracts.domain.plan_sheet import publish
from contracts.domain.sheet_layout import Language
from contracts.domain.wording import day
from contracts.storage import catalogue
from contracts.usecases.keep_calendar import clear_closed_day, set_closed_day

router = Router(prefix="/api/contracts/v1", tags=["catalogue"])


class SheetFormat(StrEnum):
    """How the published table is handed out."""

    JSON = "json"
    HTML = "html"


@router.get("/plans", response_model=PlansOut)
async def list_plans(tx: TxDep, now: Now) -> object:
    """All plans, on sale or closed, and the options."""
    return PlansOut.of(await catalogue.current(tx, now), jst_day(now))


@router.get(
    "/plan-sheet",
    response_model=PlanSheetOut,
    responses={200: {"content": {"text/html": {"schema": {"type": "string"}}}, "description": "The table."}},
)
async def plan_sheet(
    tx: TxDep,
    now: Now,
    lang: Language = Language.JA,
    shown_as: Annotated[SheetFormat, Query(alias="format")] = SheetFormat.JSON,
    on: date | None = None,
) -> object:
    """The published service table, regenerated from the catalogue; `on` asks for the prices of another day."""
    as_of = on or jst_day(now)
    sheet = publish(await catalogue.current(tx, now), lang, as_of)
    if shown_as is SheetFormat.HTML:
        told = day(as_of, lang)
        return HTMLResponse(page(sheet, f"{told}現在" if lang is Language.JA else f"As of {told}"))
    return sheet


@router.get("/closed-days", response_model=ClosedDaysOut)
async def list_closed_days(tx: TxDep, now: Now) -> object:
    """Exceptions of the calendar (R-CLOSED-DAYS)."""
    return ClosedDaysOut.of(await catalogue.current(tx, now), await catalogue.closed_days(tx))


@router.put("/closed-days/{day}", response_model=ClosedDayOut)
async def put_closed_day(day: date, body: ClosedDayIn, tx: TxDep, now: Now) -> object:
    """Close a day, or open it whatever else holds."""
    exception = ClosedDay(day=day, closed=body.closed, reason=body.reason)
    return ClosedDayOut.of(await set_closed_day(exception, tx, now))


@router.delete("/closed-days/{day}", status_code=204)
async def delete_closed_day(day: date, tx: TxDep, now: Now) -> None:
    """Take an exception back."""
    await clear_closed_day(day, tx, now)
