"""What is done on a case: notes, triage, remote sessions."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from common.db import Record, Tx, refusing, rows_as
from helpdesk.domain.refusals import RemoteSessionRunning
from helpdesk.domain.remote import RemoteSession, StoppedBy
from helpdesk.domain.verdicts import RemoteWork
from helpdesk.storage.tables import inquiry, note, remote_session, triage


@dataclass(frozen=True, kw_only=True)
class Note:
    """Something written down; `internal` notes are not for partners."""

    id: str
    inquiry_id: str
    contract_id: str
    visibility: str
    body: str
    actor: str
    at: datetime
    notice_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class Triage:
    """Questions and answers, and what they point to."""

    id: str
    inquiry_id: str
    contract_id: str
    answers: list[dict[str, Any]]
    suspected: str | None
    actor: str
    at: datetime
    tree_code: str | None = None
    tree_version: int | None = None
    outcome: str | None = None


async def add_note(tx: Tx, new: Note) -> None:
    """Write a note down."""
    await tx.run(
        note.insert().values(
            id=new.id,
            inquiry_id=new.inquiry_id,
            contract_id=new.contract_id,
            visibility=new.visibility,
            body=new.body,
            actor=new.actor,
            at=new.at,
            notice_id=new.notice_id,
        )
    )


async def notes(
    tx: Tx, inquiry_ids: Collection[str], *, after: str | None = None, limit: int | None = None
) -> list[Note]:
    """The notes of these inquiries, in order."""
    statement = sa.select(note).where(note.c.inquiry_id.in_(sorted(inquiry_ids))).order_by(note.c.id).limit(limit)
    if after is not None:
        statement = statement.where(note.c.id > after)
    return rows_as(Note, await tx.all(statement))


async def add_triage(tx: Tx, new: Triage) -> None:
    """Keep a triage."""
    await tx.run(
        triage.insert().values(
            id=new.id,
            inquiry_id=new.inquiry_id,
            contract_id=new.contract_id,
            answers=new.answers,
            suspected=new.suspected,
            tree_code=new.tree_code,
            tree_version=new.tree_version,
            outcome=new.outcome,
            actor=new.actor,
            at=new.at,
        )
    )


async def add_session(tx: Tx, session: RemoteSession) -> None:
    """Keep a started session; raises `RemoteSessionRunning` when another one runs."""
    with refusing(uq_remote_session_running=lambda: RemoteSessionRunning(inquiry_id=session.inquiry_id)):
        await tx.run(
            remote_session.insert().values(
                id=session.id,
                inquiry_id=session.inquiry_id,
                partner=session.partner,
                contract_id=session.contract_id,
                os=session.os,
                terminal=session.terminal,
                consent_given_by=session.consent_given_by,
                recording=session.recording,
                started_at=session.started_at,
                started_by=session.started_by,
            )
        )


async def end_session(tx: Tx, session: RemoteSession) -> None:
    """Keep how a session ended."""
    stopped_by = session.stopped_by.value if session.stopped_by is not None else None
    await tx.run(
        remote_session.update()
        .where(remote_session.c.id == session.id)
        .values(ended_at=session.ended_at, stopped_by=stopped_by, ended_by=session.ended_by)
    )


async def find_session(tx: Tx, inquiry_id: str, session_id: str) -> RemoteSession | None:
    """A session of this inquiry."""
    row = await tx.first(
        sa.select(remote_session).where(remote_session.c.id == session_id, remote_session.c.inquiry_id == inquiry_id)
    )
    return None if row is None else _session(row)


async def sessions(tx: Tx, inquiry_id: str) -> list[RemoteSession]:
    """All sessions of an inquiry, in order."""
    statement = sa.select(remote_session).where(remote_session.c.inquiry_id == inquiry_id)
    return [_session(row) for row in await tx.all(statement.order_by(remote_session.c.id))]


async def session_running(tx: Tx, inquiry_id: str) -> bool:
    """Whether somebody is on the customer's screen right now."""
    statement = sa.select(remote_session.c.id).where(
        remote_session.c.inquiry_id == inquiry_id, remote_session.c.ended_at.is_(None)
    )
    return await tx.scalar(statement) is not None


async def remote_work(tx: Tx, inquiry_id: str) -> RemoteWork:
    """What was done by phone and remotely on this inquiry (R-ISOLATION-EVIDENCE)."""
    triages = await tx.all(sa.select(triage.c.id).where(triage.c.inquiry_id == inquiry_id).order_by(triage.c.id))
    ended = [session.id for session in await sessions(tx, inquiry_id) if session.ended_at is not None]
    return RemoteWork(triage_ids=tuple(row["id"] for row in triages), ended_session_ids=tuple(ended))


async def forget_consenters(tx: Tx, subscriber_id: str) -> None:
    """Erase who consented in words; that somebody did stays."""
    of_subscriber = sa.select(inquiry.c.id).where(inquiry.c.subscriber_id == subscriber_id)
    await tx.run(
        remote_session.update().where(remote_session.c.inquiry_id.in_(of_subscriber)).values(consent_given_by=None)
    )


def _session(row: Record) -> RemoteSession:
    return RemoteSession(
        id=row["id"],
        inquiry_id=row["inquiry_id"],
        contract_id=row["contract_id"],
        partner=row["partner"],
        os=row["os"],
        terminal=row["terminal"],
        consent_given_by=row["consent_given_by"],
        recording=row["recording"],
        started_at=row["started_at"],
        started_by=row["started_by"],
        ended_at=row["ended_at"],
        stopped_by=StoppedBy(row["stopped_by"]) if row["stopped_by"] is not None else None,
        ended_by=row["ended_by"],
    )
