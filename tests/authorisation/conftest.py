"""One suite with two partners in it, for all tests of this folder."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from evaluation.postgres import EmbeddedPostgres
from evaluation.testing.databases import TemplateDatabases
from tests.authorisation import two_partners
from tests.authorisation.counting import counting_from_afar
from tests.authorisation.ground import Ground, running
from tests.authorisation.secrets_of import secrets_of
from tests.authorisation.two_partners import Tenant

_TOLD = pytest.StashKey[list[str]]()
_LINES = "told"


@dataclass(frozen=True)
class World:
    """The running suite, its two partners, and what of B's nobody else may see, taken down before anybody asked."""

    ground: Ground
    a: Tenant
    b: Tenant
    admin_url: str
    secrets: frozenset[str]
    secrets_of_a: frozenset[str]
    cluster: EmbeddedPostgres
    database: str


@asynccontextmanager
async def a_world(cluster: EmbeddedPostgres, databases: TemplateDatabases, folder: Path) -> AsyncIterator[World]:
    """Two partners whose data is of every kind, and who have asked nothing yet."""
    a, b = two_partners.two()
    with databases.database() as name:
        admin_url = cluster.admin_url(name)
        async with AsyncExitStack() as stack:
            async with counting_from_afar(admin_url):
                ground = await stack.enter_async_context(running(cluster, name, folder))
                await two_partners.lay_house(ground.desk, (a, b))
                await two_partners.furnish(ground.desk, (a, b))
            of_b, of_a = await secrets_of(admin_url, b, a), await secrets_of(admin_url, a, b)
            yield World(ground, a, b, admin_url, of_b, of_a, cluster, name)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def world(
    postgres_cluster: EmbeddedPostgres, template_databases: TemplateDatabases, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[World]:
    """The world that most tests of this folder share."""
    async with a_world(postgres_cluster, template_databases, tmp_path_factory.mktemp("suite")) as shared:
        yield shared


def tokens_of(world: World, partner: str) -> list[str]:
    """A token of the partner's program and one of its administrator."""
    return [world.ground.token(f"{role}-of-{partner}", role, partner=partner) for role in ("partner", "partner-admin")]


def told(request: pytest.FixtureRequest, line: str) -> None:
    """A figure for the end of the run."""
    request.config.stash.setdefault(_TOLD, []).append(line)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """What a worker has to tell goes to whoever prints it."""
    node.config.stash.setdefault(_TOLD, []).extend(getattr(node, "workeroutput", {}).get(_LINES, []))


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A worker has nothing to print on."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput[_LINES] = session.config.stash.get(_TOLD, [])


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """How much was tried."""
    for line in config.stash.get(_TOLD, []):
        terminalreporter.line(line)
