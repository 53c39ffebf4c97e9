"""Papers of a contract: the start notice, the exit checklist, consents that are outstanding; and erasure."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Query
from fastapi.responses import HTMLResponse

from common.http import Code, IfMatch, Now, PageOf, Paging, Router, SettingsDep, TxDep, page
from contracts.api.contract_schemas import ReasonIn
from contracts.api.paper_schemas import ErasedOut, ExitChecklistOut, OutstandingOut, StartNoticeOut
from contracts.api.start_notice_page import page as notice_page
from contracts.usecases.erase_subscriber import erase_subscriber
from contracts.usecases.exit_checklist import exit_checklist
from contracts.usecases.outstanding_consents import outstanding_consents
from contracts.usecases.start_notice import start_notice

router = Router(prefix="/api/contracts/v1", tags=["papers"])
Language = Annotated[Literal["ja", "en"], Query()]
Format = Annotated[Literal["json", "html"], Query()]


@router.get(
    "/contracts/{contract_id}/start-notice",
    response_model=StartNoticeOut,
    responses={200: {"content": {"text/html": {}}}},
)
async def get_start_notice(
    contract_id: str,
    tx: TxDep,
    now: Now,
    settings: SettingsDep,
    lang: Language = "ja",
    format: Format = "json",  # noqa: A002 - the query parameter's name
) -> object:
    """What the customer is told when the contract begins; with `format=html` a page to print."""
    notice = await start_notice(contract_id, tx, now)
    if format == "html":
        return HTMLResponse(notice_page(notice, language=lang, phone=settings.support_phone))
    return StartNoticeOut.of(notice, phone=settings.support_phone)


@router.get("/contracts/{contract_id}/exit-checklist", response_model=ExitChecklistOut)
async def get_exit_checklist(contract_id: str, tx: TxDep) -> object:
    """What is still to be done before an ending contract is over, ticked by what other services told."""
    return ExitChecklistOut.of(await exit_checklist(contract_id, tx))


@router.get("/consents/outstanding", response_model=PageOf[OutstandingOut])
async def list_outstanding_consents(
    tx: TxDep, now: Now, paging: Paging, document: Annotated[Code | None, Query()] = None
) -> object:
    """Contracts in force that have not accepted the newest version of a document, or of any (R-CONSENT)."""
    rows = await outstanding_consents(tx, now, document=document, after=paging.after, limit=paging.limit + 1)
    return page(rows, paging, to=OutstandingOut.of)


@router.post("/subscribers/{subscriber_id}/erasure", response_model=ErasedOut)
async def post_erasure(subscriber_id: str, body: ReasonIn, tx: TxDep, now: Now, if_match: IfMatch) -> object:
    """Erase a subscriber whose contracts are over, here and in every service that has a copy."""
    return ErasedOut.of(await erase_subscriber(subscriber_id, tx, now, reason=body.reason, expected=if_match))
