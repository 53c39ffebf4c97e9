"""Decision trees: those that are shipped, each version that was ever in use, and the runs through them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from importlib.resources import files
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from common.db import Record, Tx, refusing
from helpdesk.domain.trees import Tree, tree_of
from helpdesk.domain.triage import Answered, RunStatus, TriageRun
from helpdesk.domain.triage_refusals import TriageRunOpen
from helpdesk.storage.tables import triage_run, triage_tree

_REPORT = """
WITH asked AS (
    SELECT DISTINCT r.inquiry_id, r.tree_version, p.question, p.choice
    FROM triage_run r CROSS JOIN jsonb_to_recordset(r.path) AS p(question text, choice text, withdrawn boolean)
    WHERE r.tree_code = $1 AND r.started_at >= $2 AND r.started_at < $3 AND NOT p.withdrawn
),
ends AS (
    SELECT i.inquiry_id,
           EXISTS (SELECT FROM verdict v WHERE v.inquiry_id = i.inquiry_id
                   AND v.origin = 'remote' AND v.result = 'isolated') AS isolated_remotely,
           EXISTS (SELECT FROM onsite_request o WHERE o.inquiry_id = i.inquiry_id) AS visit
    FROM (SELECT DISTINCT inquiry_id FROM asked) AS i
)
SELECT a.question, a.choice, array_agg(DISTINCT a.tree_version) AS versions, count(DISTINCT a.inquiry_id) AS inquiries,
       count(DISTINCT a.inquiry_id) FILTER (WHERE e.isolated_remotely) AS isolated_remotely,
       count(DISTINCT a.inquiry_id) FILTER (WHERE e.visit) AS visits
FROM asked a JOIN ends e USING (inquiry_id) GROUP BY a.question, a.choice ORDER BY a.question, a.choice
"""


@dataclass(frozen=True, kw_only=True)
class TreeVersion:
    """A tree as it was from `at` on, by whom and why."""

    tree: Tree
    version: int
    reason: str
    actor: str
    at: datetime


@dataclass(frozen=True, kw_only=True)
class ReportLine:
    """Of the inquiries in which a choice was taken: how many were isolated remotely, how many needed a visit."""

    question: str
    choice: str
    versions: list[int]
    inquiries: int
    isolated_remotely: int
    visits: int


def shipped() -> list[Tree]:
    """The trees that come with this service."""
    folder = files("helpdesk") / "triage_trees"
    documents = [orjson.loads(file.read_bytes()) for file in folder.iterdir() if file.name.endswith(".json")]
    return sorted((tree_of(body["code"], body) for body in documents), key=lambda tree: tree.code)


async def add(tx: Tx, new: TreeVersion) -> bool:
    """Keep a version; False when there is one of that number already."""
    added = insert(triage_tree).values(
        code=new.tree.code,
        version=new.version,
        body=_body(new.tree),
        reason=new.reason,
        actor=new.actor,
        at=new.at,
    )
    return await tx.run(added.on_conflict_do_nothing()) == 1


async def find(tx: Tx, code: str, version: int | None = None) -> TreeVersion | None:
    """A version of a tree, the newest unless one is named."""
    statement = sa.select(triage_tree).where(triage_tree.c.code == code)
    if version is not None:
        statement = statement.where(triage_tree.c.version == version)
    row = await tx.first(statement.order_by(triage_tree.c.version.desc()).limit(1))
    return None if row is None else _version(row)


async def newest(tx: Tx) -> list[TreeVersion]:
    """The newest version of every tree."""
    statement = sa.select(triage_tree).distinct(triage_tree.c.code)
    rows = await tx.all(statement.order_by(triage_tree.c.code, triage_tree.c.version.desc()))
    return [_version(row) for row in rows]


async def versions(tx: Tx, code: str) -> list[TreeVersion]:
    """All versions of a tree, the newest first."""
    statement = sa.select(triage_tree).where(triage_tree.c.code == code).order_by(triage_tree.c.version.desc())
    return [_version(row) for row in await tx.all(statement)]


async def add_run(tx: Tx, run: TriageRun) -> None:
    """Keep a run that begins; raises `TriageRunOpen` when another one runs on the inquiry."""
    with refusing(uq_triage_run_running=lambda: TriageRunOpen(inquiry_id=run.inquiry_id)):
        await tx.run(triage_run.insert().values(_row(run)))


async def save_run(tx: Tx, run: TriageRun) -> None:
    """Keep how far a run has come; its inquiry is locked."""
    await tx.run(triage_run.update().where(triage_run.c.id == run.id).values(_row(run)))


async def find_run(tx: Tx, inquiry_id: str, run_id: str) -> TriageRun | None:
    """A run on this inquiry."""
    row = await tx.first(sa.select(triage_run).where(triage_run.c.id == run_id, triage_run.c.inquiry_id == inquiry_id))
    return None if row is None else _run(row)


async def runs(tx: Tx, inquiry_id: str) -> list[TriageRun]:
    """All runs on an inquiry, in order."""
    statement = sa.select(triage_run).where(triage_run.c.inquiry_id == inquiry_id).order_by(triage_run.c.id)
    return [_run(row) for row in await tx.all(statement)]


async def report(tx: Tx, code: str, *, start: datetime, end: datetime) -> list[ReportLine]:
    """Which questions of a tree led where, of runs begun in [start, end)."""
    return [ReportLine(**dict(row)) for row in await tx.connection.fetch(_REPORT, code, start, end)]


def _body(tree: Tree) -> dict[str, Any]:
    return {name: value for name, value in asdict(tree).items() if name != "code"}


def _version(row: Record) -> TreeVersion:
    return TreeVersion(
        tree=tree_of(row["code"], row["body"]),
        version=row["version"],
        reason=row["reason"],
        actor=row["actor"],
        at=row["at"],
    )


def _row(run: TriageRun) -> Mapping[str, Any]:
    path = [{**asdict(answered), "at": answered.at.isoformat()} for answered in run.path]
    return {**asdict(run), "status": run.status.value, "path": path}


def _run(row: Record) -> TriageRun:
    path = tuple(Answered(**{**each, "at": datetime.fromisoformat(each["at"])}) for each in row["path"])
    return TriageRun(**{**dict(row), "status": RunStatus(row["status"]), "path": path})
