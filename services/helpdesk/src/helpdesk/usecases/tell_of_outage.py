"""Tell the customers of an outage the same words, each once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from common.db import Tx
from common.ids import new_id
from helpdesk.domain import notices as domain
from helpdesk.domain.inquiry import Inquiry
from helpdesk.domain.notices import Notice
from helpdesk.storage import case_work, notices, outages
from helpdesk.storage.case_work import Note
from helpdesk.usecases.add_note import SHARED
from helpdesk.usecases.keep_articles import read_article
from helpdesk.usecases.keep_outages import read_outage
from helpdesk.usecases.recording import record, taken_up


@dataclass(frozen=True, kw_only=True)
class WriteNotice:
    """The words, or the saved reply that holds them."""

    outage_id: str
    body_ja: str | None = None
    body_en: str | None = None
    article_id: str | None = None


async def write_notice(command: WriteNotice, tx: Tx, now: datetime) -> Notice:
    """Keep the words; the same words of the same outage are the same notice, whoever says them again.

    Raises `OutageUnknown`, `ArticleUnknown`, `ReplyNotReady`, `PlaceUnknown`.
    """
    await read_outage(command.outage_id, tx)
    body_ja, body_en = command.body_ja or "", command.body_en or ""
    if command.article_id is not None:
        body_ja, body_en = domain.words_of_reply(await read_article(command.article_id, tx))
    new = Notice(
        id=new_id("onc"),
        outage_id=command.outage_id,
        body_ja=body_ja,
        body_en=body_en,
        digest=domain.digest_of(body_ja, body_en),
        article_id=command.article_id,
        actor=tx.actor,
        at=now,
    )
    return await notices.keep(tx, new)


async def tell_inquiry(notice: Notice, inquiry_id: str, tx: Tx, now: datetime) -> Inquiry | None:
    """Write it on the case as a note that everybody may read; None: it stands there already.

    Raises `InquiryUnknown`, `InquiryNotLinked`, `WrongState`.
    """
    inquiry = await taken_up(tx, inquiry_id)
    if await notices.stands_on(tx, notice.id, inquiry.id):
        return None
    linked_to, note_id = await outages.outage_of(tx, inquiry.id), new_id("note")
    step = domain.told(inquiry, notice, linked_to=linked_to, note_id=note_id, actor=tx.actor)
    note = Note(
        id=note_id,
        inquiry_id=inquiry.id,
        contract_id=inquiry.contract_id,
        visibility=SHARED,
        body=domain.words_for(inquiry, notice),
        actor=tx.actor,
        at=now,
        notice_id=notice.id,
    )
    await case_work.add_note(tx, note)
    return await record(tx, inquiry, step, now)
