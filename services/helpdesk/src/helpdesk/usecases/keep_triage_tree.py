"""A decision tree is written anew: the next version, for runs that begin from now on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from common.db import Tx
from common.errors import StaleVersion
from helpdesk.domain.trees import Tree, problems
from helpdesk.domain.triage_refusals import TriageTreeUnsound
from helpdesk.domain.verdicts import OTHER_FAILED_KINDS
from helpdesk.storage import catalogue, triage_trees
from helpdesk.storage.triage_trees import TreeVersion

SHIPPED = "shipped"


@dataclass(frozen=True, kw_only=True)
class KeepTriageTree:
    """The whole tree as it is to be, and why; `expected_version` is the one that its author saw."""

    tree: Tree
    reason: str
    expected_version: int | None = None


async def keep_triage_tree(command: KeepTriageTree, tx: Tx, now: datetime) -> TreeVersion:
    """Keep it; raises `TriageTreeUnsound` with every problem, `StaleVersion`, `CatalogueUnknown`."""
    lent = {kind.code for kind in (await catalogue.part(tx, catalogue.LOAN_KINDS)).loan_kinds}
    found = problems(command.tree, failed_kinds=lent | OTHER_FAILED_KINDS)
    if found:
        raise TriageTreeUnsound(tree=command.tree.code, problems=found)
    last = await triage_trees.find(tx, command.tree.code)
    version = last.version if last is not None else 0
    if command.expected_version is not None and command.expected_version != version:
        raise StaleVersion(version=version, expected=command.expected_version)
    new = TreeVersion(tree=command.tree, version=version + 1, reason=command.reason, actor=tx.actor, at=now)
    if not await triage_trees.add(tx, new):
        raise StaleVersion(version=version + 1, expected=version)
    return new


async def load_shipped_trees(tx: Tx, now: datetime) -> None:
    """Put the trees that come with the service where there is none of that code; what was edited stays."""
    known = {each.tree.code for each in await triage_trees.newest(tx)}
    for tree in triage_trees.shipped():
        if tree.code not in known:
            await triage_trees.add(tx, TreeVersion(tree=tree, version=1, reason=SHIPPED, actor=tx.actor, at=now))
