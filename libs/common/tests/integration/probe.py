"""A tiny service on the common ground: things with a name, one of whose names is always refused."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Annotated, Any, ClassVar

import asyncpg
import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations
from fastapi import FastAPI, Query
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from common.assembly import ServiceParts, assemble
from common.bus.protocol import Bus
from common.clock import Clock
from common.consuming import Handlers
from common.db import Tx, refusing
from common.errors import DomainError, NotFound, Refused, StaleVersion, Unavailable
from common.events.base import NewEvent, Received
from common.events.contracts import SubscriberDirectoryChanged
from common.events.loaner import UnitRegistered, UnitRestocked
from common.http import (
    Answer,
    Command,
    IfMatch,
    Line,
    Moment,
    Now,
    PageOf,
    Paging,
    Prose,
    Role,
    Router,
    Transactions,
    TxDep,
    allow,
    answer,
    page,
)
from common.ids import new_id
from common.migrations import append_only, create_platform, house_table, tenant_table
from common.settings import ServiceSettings
from common.tables import service_metadata

metadata = service_metadata()
THING = sa.Table(
    "thing",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("partner", sa.Text),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
    sa.UniqueConstraint("name", name="uq_thing_name"),
)
# What the probe's projection heard, and which events it cannot bear until somebody repairs it.
HEARD = sa.Table(
    "heard",
    metadata,
    sa.Column("number", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("sequence", sa.Integer, nullable=False),
    sa.Column("event_id", sa.Text, nullable=False),
)
AILMENT = sa.Table(
    "ailment",
    metadata,
    sa.Column("subject", sa.Text, primary_key=True),
    sa.Column("sequence", sa.Integer, primary_key=True),
    sa.Column("passes", sa.Boolean, nullable=False),
)
FACT = sa.Table("fact", metadata, sa.Column("id", sa.Text, primary_key=True), sa.Column("partner", sa.Text))


class NameTaken(DomainError):
    """Another thing has this name."""

    code = "name_taken"
    en = "This name is taken."
    ja = "この名前は使用済みです。"


class NameRefused(DomainError):
    """A name that is never given; the refusal is a fact."""

    code = "name_refused"
    en = "This name is not given."
    ja = "この名前は使用できません。"


class Ailing(DomainError):
    """An event that the projection cannot bear as things are."""

    code = "ailing"
    en = "Not as things are."
    ja = "現状では処理できません。"


class ThingIn(Command):
    """A thing to be made."""

    name: Line
    note: Prose | None = None


class ThingOut(Answer):
    """A thing."""

    id: str
    name: str
    version: int
    made_at: Moment


router = Router(prefix="/api/loaner/v1")


async def _publish(tx: Any, thing_id: str, version: int, now: Any) -> None:
    data = UnitRegistered(actor=tx.actor, unit_id=thing_id, kind="hub", has_storage=False)
    if version > 1:
        data = UnitRestocked(actor=tx.actor, unit_id=thing_id, kind="hub")  # type: ignore[assignment]
    await tx.publish(
        NewEvent(
            data=data,
            subject=thing_id,
            sequence=version,
            key=thing_id,
            time=now,
            partner=tx.partner,
            correlation_id=thing_id,
        )
    )


@router.post("/things", status_code=201, response_model=ThingOut)
async def make_thing(body: ThingIn, tx: TxDep, now: Now) -> object:
    """Make a thing."""
    thing_id = new_id("unit")
    if body.name == "boom":
        raise ZeroDivisionError
    await _publish(tx, thing_id, 1, now)
    if body.name == "slow":
        await tx.connection.execute("SELECT pg_sleep(5)")
    if body.name == "refuse me":
        return answer(Refused(NameRefused(name=body.name), reference=thing_id), ThingOut.model_validate)
    with refusing(uq_thing_name=lambda: NameTaken(name=body.name)):
        row = await tx.one(
            sa.insert(THING)
            .values(id=thing_id, partner=tx.partner, name=body.name, version=1, made_at=now)
            .returning(THING)
        )
    return answer(dict(row), ThingOut.model_validate)


@router.get("/things", response_model=PageOf[ThingOut])
async def list_things(tx: TxDep, paging: Paging, q: Annotated[str | None, Query()] = None) -> object:
    """All things the caller may see."""
    statement = sa.select(THING).order_by(THING.c.id).limit(paging.limit + 1)
    if paging.after is not None:
        statement = statement.where(THING.c.id > paging.after)
    if q is not None:
        statement = statement.where(THING.c.name == q)
    return page([ThingOut.model_validate(dict(row)) for row in await tx.all(statement)], paging, to=lambda thing: thing)


@router.get("/news", response_model=None)
async def wait_for_news(transactions: Transactions) -> list[str]:
    """Wait for what never comes, and hold no transaction."""
    async with transactions():
        pass
    await asyncio.sleep(0.5)
    return []


@router.get("/things/{thing_id}", response_model=ThingOut)
async def read_thing(thing_id: str, tx: TxDep) -> object:
    """One thing."""
    row = await tx.first(sa.select(THING).where(THING.c.id == thing_id))
    if row is None:
        raise NotFound(thing_id=thing_id)
    return ThingOut.model_validate(dict(row))


@router.post("/things/{thing_id}/renaming", response_model=ThingOut)
async def rename_thing(thing_id: str, body: ThingIn, tx: TxDep, now: Now, if_match: IfMatch) -> object:
    """Another name."""
    row = await tx.first(sa.select(THING).where(THING.c.id == thing_id).with_for_update())
    if row is None:
        raise NotFound(thing_id=thing_id)
    if if_match is not None and if_match != row["version"]:
        raise StaleVersion(version=row["version"])
    changed = await tx.one(
        sa.update(THING)
        .where(THING.c.id == thing_id)
        .values(name=body.name, version=row["version"] + 1)
        .returning(THING)
    )
    await _publish(tx, thing_id, row["version"] + 1, now)
    return ThingOut.model_validate(dict(changed))


_ANYONE = (Role.OPERATOR, Role.PARTNER)
ACCESS = {
    "POST /things": allow(*_ANYONE, scope="loaner:write"),
    "GET /news": allow(*_ANYONE, scope="loaner:read", own_transactions=True),
    "GET /things": allow(*_ANYONE, scope="loaner:read"),
    "GET /things/{thing_id}": allow(*_ANYONE, scope="loaner:read"),
    "POST /things/{thing_id}/renaming": allow(*_ANYONE, scope="loaner:write"),
}


async def hear(event: Received[Any], tx: Tx, now: datetime) -> None:
    """One more row for each event; nothing in the table would hinder a second."""
    await tx.run(
        sa.insert(HEARD).values(subject=event.subject, sequence=event.sequence, event_id=event.id),
    )
    ill = sa.select(AILMENT.c.passes).where(AILMENT.c.subject == event.subject, AILMENT.c.sequence == event.sequence)
    row = await tx.first(ill)
    if row is not None:
        raise Unavailable(reason="resting") if row["passes"] else Ailing(sequence=event.sequence)


PROJECTIONS: Handlers = {UnitRestocked: hear, SubscriberDirectoryChanged: hear}


class ProbeSettings(ServiceSettings):
    """Nothing of its own."""

    kind: ClassVar[str] = "probe"


def create_app(settings: ProbeSettings, bus: Bus, clock: Clock) -> FastAPI:
    """The probe under the name, role and schema of the loaner service."""
    parts = ServiceParts(
        name="loaner",
        package="loaner",
        title="Probe",
        routers=(router,),
        access=ACCESS,
        projections=PROJECTIONS,
    )
    return assemble(parts, settings=settings, bus=bus, clock=clock)


async def lay_schema(admin_url: str) -> None:
    """Make the probe's tables as a migration would."""

    async def connect() -> asyncpg.Connection:
        return await asyncpg.connect(
            admin_url, server_settings={"role": "loaner_owner", "search_path": "loaner, extensions"}
        )

    def migrate(connection: sa.Connection) -> None:
        op = Operations(MigrationContext.configure(connection))
        create_platform(op)
        for table in (THING, FACT):
            table.create(connection)
            tenant_table(op, table.name, partner="SELECT, INSERT, UPDATE")
        append_only(op, "fact")
        for table in (HEARD, AILMENT):
            table.create(connection)
            house_table(op, table.name)

    engine = create_async_engine("postgresql+asyncpg://", async_creator=connect, poolclass=NullPool)
    async with engine.begin() as connection:
        await connection.run_sync(migrate)
    await engine.dispose()
