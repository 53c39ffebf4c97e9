"""Where all sides run: one PostgreSQL that loses nothing, one real Kafka, and events like those of the suite."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import cast
from urllib.parse import parse_qs, urlsplit

import asyncpg

from bench.measuring import Side, child_seconds, stopwatch
from common.bus.access import KafkaAccess
from common.bus.topic_plan import ensure_topics
from common.bus.topics import Topic
from common.db import Database
from common.events.base import EventData, NewEvent
from common.events.examples import example_of
from common.events.helpdesk import InquiryAccepted
from common.ids import new_id
from evaluation.postgres import EmbeddedPostgres
from evaluation.postgres_directory import PostgresFailed, programs
from tests.bus.probe import SERVICE, ProbeDatabases, open_database

PARTITIONS = 3

_NOW = datetime(2026, 6, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Grounds:
    """The servers of a run. `folder` is on the disk of the database."""

    cluster: EmbeddedPostgres
    databases: ProbeDatabases
    kafka: str
    folder: Path

    @property
    def server(self) -> int:
        """The process id of PostgreSQL."""
        if self.cluster.pid is None:
            raise PostgresFailed("The server has not been started.")
        return self.cluster.pid

    @contextmanager
    def database(self) -> Iterator[str]:
        """A database of this benchmark's own."""
        with self.databases.database() as name:
            yield name

    @asynccontextmanager
    async def opened(self, name: str) -> AsyncIterator[tuple[Database, asyncpg.Connection]]:
        """The service's pool, and an administrator's connection in the service's schema."""
        database = await open_database(self.cluster.role_url(SERVICE, name))
        admin = await asyncpg.connect(self.cluster.admin_url(name), server_settings={"search_path": SERVICE})
        try:
            yield database, admin
        finally:
            await admin.close()
            await database.close()

    async def topic(self) -> str:
        """A new topic of the probe on Kafka."""
        name = f"{SERVICE}.bench-{new_id('run')[4:]}.v1"
        topic = Topic(name=name, owner=SERVICE, readers=(), partitions=PARTITIONS, cleanup="delete")
        await ensure_topics(KafkaAccess(bootstrap=self.kafka), [topic])
        return name

    async def pgbench(
        self,
        script: str,
        *,
        database: str,
        transactions: int,
        operations: int,
        variables: Mapping[str, int] | None = None,
        clients: int = 1,
        role: str = SERVICE,
    ) -> Side:
        """Each client of pgbench runs `script` so many times with prepared statements; raises when one failed.

        Its time is counted from its first to its last transaction, without connecting.
        """
        file = self.folder / "script.sql"
        file.write_text(script)
        (sockets,) = parse_qs(urlsplit(self.cluster.role_url(role, database)).query)["host"]
        command = [
            str(programs() / "pgbench"),
            *("--no-vacuum", "--protocol=prepared", f"--client={clients}", f"--transactions={transactions}"),
            *(f"--define={name}={value}" for name, value in (variables or {}).items()),
            *(f"--file={file}", "--username", role, "--host", sockets, database),
        ]
        with stopwatch(self.server, child_seconds) as read:
            done = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, check=False)
            side = read(operations)
        if done.returncode != 0:
            raise RuntimeError(done.stderr)
        facts = dict(line.split(" = ", 1) for line in done.stdout.splitlines() if " = " in line)
        per_second = float(facts["tps"].split(" ", 1)[0])
        return Side(
            operations=operations, seconds=clients * transactions / per_second, client=side.client, server=side.server
        )


def kind_on(topic: str) -> type[EventData]:
    """The type of an accepted inquiry, published on a topic of the bench."""
    return cast("type[EventData]", type("InquiryAccepted", (InquiryAccepted,), {"topic": topic}))


def events(kind: type[EventData], number: int) -> Sequence[NewEvent]:
    """So many accepted inquiries of a fifth as many cases; those of one case are far apart."""
    body = example_of(InquiryAccepted).model_dump()
    data = kind.model_validate(body)
    cases = [new_id("inq") for _ in range(-(-number // 5))]
    return [
        NewEvent(
            data=data,
            subject=case,
            sequence=k // len(cases) + 1,
            key=case,
            time=_NOW,
            partner=None,
            correlation_id=case,
        )
        for k in range(number)
        for case in (cases[k % len(cases)],)
    ]
