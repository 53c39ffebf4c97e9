"""Guided questions and their answers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from common.db import Tx
from common.ids import new_id
from helpdesk.domain.inquiry import triage
from helpdesk.storage import case_work
from helpdesk.storage.case_work import Triage
from helpdesk.usecases.recording import record, taken_up


@dataclass(frozen=True, kw_only=True)
class DoTriage:
    """Questions with answers, in the order in which they were asked, and what they point to."""

    inquiry_id: str
    answers: tuple[tuple[str, str], ...]
    suspected: str | None
    expected_version: int | None = None


async def do_triage(command: DoTriage, tx: Tx, now: datetime) -> Triage:
    """Keep the triage as evidence (R-ISOLATION-EVIDENCE); raises `InquiryUnknown`, `WrongState`, `StaleVersion`."""
    inquiry = await taken_up(tx, command.inquiry_id, command.expected_version)
    done = Triage(
        id=new_id("tri"),
        inquiry_id=inquiry.id,
        contract_id=inquiry.contract_id,
        answers=[{"question": question, "answer": answer} for question, answer in command.answers],
        suspected=command.suspected,
        actor=tx.actor,
        at=now,
    )
    step = triage(inquiry, triage_id=done.id, suspected=done.suspected, answers=len(done.answers), actor=tx.actor)
    await record(tx, inquiry, step, now)
    await case_work.add_triage(tx, done)
    return done
