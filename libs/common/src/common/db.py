"""Transactions on PostgreSQL.

asyncpg owns the transaction; SQLAlchemy Core only builds statements, which run on the very connection of that
transaction. The edge (a request, a consumed batch, a sweep) opens it and hands a `Tx` inwards; nothing below the edge
commits.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from typing import Any, Protocol, TypeVar, cast

import asyncpg
import orjson
from asyncpg.transaction import Transaction
from sqlalchemy import Executable
from sqlalchemy.dialects.postgresql import asyncpg as asyncpg_dialect

from common import outbox
from common.context import Context
from common.errors import DomainError
from common.events.base import NewEvent

Record = asyncpg.Record
T = TypeVar("T")
Lent = tuple[asyncpg.Connection, T]
log = logging.getLogger("anshin.database")
_AS_PARTNER = "SELECT set_config('role', $1, true), set_config('app.partner', $2, true)"
_FATAL = frozenset({"FATAL", "PANIC"})
_DIALECT = asyncpg_dialect.dialect()  # type: ignore[no-untyped-call]


def _to_json(value: object) -> str:
    return orjson.dumps(value).decode()


async def speak_json(connection: asyncpg.Connection) -> None:
    """Give and take JSON documents of this connection as Python's dicts and lists."""
    for kind in ("json", "jsonb"):
        await connection.set_type_codec(kind, encoder=_to_json, decoder=orjson.loads, schema="pg_catalog")


def compiled(statement: Executable) -> tuple[str, list[Any]]:
    """The SQL text of a Core statement for asyncpg and its positional arguments."""
    done = cast("Any", statement).compile(dialect=_DIALECT, compile_kwargs={"render_postcompile": True})
    return str(done), [done.params[name] for name in done.positiontup or ()]


class Tx:
    """One open transaction. `connection` is the driver's, for the hot hand-written statements.

    `concerned` are the ids that its recorded facts are about; `known_as` is who it turned out to be that asks, where no
    token says so (a device, by its own credential). Both are for the audit trail.
    """

    def __init__(self, connection: asyncpg.Connection, context: Context, service: str) -> None:
        self.connection = connection
        self._origin: Context | Callable[[], Context] = context
        self.service = service
        self.published = 0
        self.concerned: dict[str, None] = {}
        self.known_as: str | None = None

    @property
    def context(self) -> Context:
        """Where this transaction comes from."""
        if not isinstance(self._origin, Context):
            self._origin = self._origin()
        return self._origin

    def continue_as(self, origin: Callable[[], Context]) -> None:
        """What follows comes from elsewhere: `origin` says from where, when it is asked; most effects never ask."""
        self._origin = origin

    @property
    def actor(self) -> str:
        """Subject id of whoever caused this transaction."""
        return self.context.actor

    @property
    def partner(self) -> str | None:
        """The tenant on whose behalf this runs; None for the house."""
        return self.context.partner

    async def all(self, statement: Executable) -> list[Record]:
        """All rows of a Core statement."""
        text, arguments = compiled(statement)
        return await self.connection.fetch(text, *arguments)

    async def first(self, statement: Executable) -> Record | None:
        """The first row, or None."""
        text, arguments = compiled(statement)
        return await self.connection.fetchrow(text, *arguments)

    async def one(self, statement: Executable) -> Record:
        """The first row; raises `LookupError` when there is none."""
        row = await self.first(statement)
        if row is None:
            raise LookupError(str(statement))
        return row

    async def scalar(self, statement: Executable) -> Any:
        """The first column of the first row, or None."""
        text, arguments = compiled(statement)
        return await self.connection.fetchval(text, *arguments)

    async def run(self, statement: Executable) -> int:
        """Execute; the number of rows it touched."""
        text, arguments = compiled(statement)
        status = await self.connection.execute(text, *arguments)
        last = status.rsplit(" ", 1)[-1]
        return int(last) if last.isdigit() else 0

    async def publish(self, *events: NewEvent) -> list[str]:
        """Record facts in the outbox of this transaction; their event ids, in order.

        The rows of their aggregates must have been locked or updated before, or the order per aggregate is not held.
        """
        if not events:
            return []
        ids = await outbox.insert(self.connection, self.context, service=self.service, events=events)
        self.published += len(events)
        for event in events:
            self.concerned |= {event.subject: None, event.correlation_id: None}
        return ids

    @asynccontextmanager
    async def savepoint(self) -> AsyncIterator[None]:
        """A part that may fail (and be rolled back) on its own."""
        async with self.connection.transaction():
            yield


@contextmanager
def refusing(**by_constraint: Callable[[], DomainError]) -> Iterator[None]:
    """Turn the violation of a named constraint into the refusal that it stands for.

    The database is the last to say no; which rule it enforced is in the constraint's name.
    """
    try:
        yield
    except asyncpg.IntegrityConstraintViolationError as error:
        make = by_constraint.get(error.constraint_name or "")
        if make is None:
            raise
        raise make() from error


class Transactor(Protocol):
    """Who opens transactions in a service's name."""

    @property
    def service(self) -> str:
        """The service's name."""
        ...

    def transaction(self, context: Context, *, readonly: bool = False) -> AbstractAsyncContextManager[Tx]:
        """One transaction for one request, batch or sweep."""
        ...


class ConnectionLost(ConnectionError):
    """The server ended the connection in the middle: what was not committed did not happen, and asking again helps."""


class _Connection(asyncpg.Connection):
    """A connection that is cleaned for its next user (advisory locks, cursors, listening, settings) where it commits.

    What was done otherwise, a roll-back for instance, is followed by the driver's own cleaning when it is given back.
    """

    def __init__(self, *told: Any, **more: Any) -> None:
        super().__init__(*told, **more)
        self._ending = self._clean = False

    async def end(self, transaction: Transaction) -> None:
        """Commit the outermost transaction; nothing may be sent until the connection is given back."""
        self._ending = True
        try:
            await transaction.commit()
        finally:
            self._ending = False
        self._clean = True

    async def execute(self, query: str, *args: Any, **told: Any) -> str:
        if self._ending:
            query += self.get_reset_query()  # which is not reached when the commit fails
        return await super().execute(query, *args, **told)

    def get_reset_query(self) -> str:
        return "" if self._clean else super().get_reset_query()

    async def reset(self, **told: Any) -> None:
        await super().reset(**told)
        self._clean = False


class Database:
    """The connection pool of one service's role.

    A connection that the server has ended goes to nobody: one that was ended while it lay idle is thrown away and
    another taken; one that is ended at work is `ConnectionLost`.
    """

    def __init__(self, pool: asyncpg.Pool, service: str, package: str) -> None:
        self._pool = pool
        self.service = service
        self._partner_role = f"{package}_partner"
        self._listeners: list[Callable[[], None]] = []

    @classmethod
    async def open(cls, url: str, *, service: str, package: str, size: int = 10) -> Database:
        """Connect as the service's role; `size` is the largest number of connections."""
        pool = await asyncpg.create_pool(
            url,
            min_size=1,
            max_size=size,
            connection_class=_Connection,
            init=speak_json,
            server_settings={
                "application_name": service,
                "jit": "off",  # no statement here lives long enough to be worth compiling
                "statement_timeout": "30s",
                "lock_timeout": "15s",
                "idle_in_transaction_session_timeout": "60s",
            },
        )
        return cls(pool, service, package)

    async def close(self) -> None:
        """Give back all connections, waiting for those in use."""
        await self._pool.close()

    def on_published(self, listener: Callable[[], None]) -> None:
        """Call `listener` after each commit that recorded events (wakes the relay of this process)."""
        self._listeners.append(listener)

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[asyncpg.Connection]:
        """A bare connection, for the relay and for health checks. Raises `ConnectionLost`."""
        async with self._lent(_alive) as (connection, _):
            yield connection

    @asynccontextmanager
    async def transaction(self, context: Context, *, readonly: bool = False) -> AsyncIterator[Tx]:
        """One transaction for one request, batch or sweep.

        With a partner in the context it runs under the partner role, which owns nothing and sees only that partner's
        rows, for exactly this transaction. Raises `ConnectionLost`.
        """

        async def begin(connection: asyncpg.Connection) -> Transaction:
            transaction = connection.transaction(readonly=readonly)
            await transaction.start()
            if context.partner is not None:
                await connection.execute(_AS_PARTNER, self._partner_role, context.partner)
            return transaction

        async with self._lent(begin) as (connection, transaction):
            tx = Tx(connection, context, self.service)
            try:
                yield tx
            except BaseException:
                await transaction.rollback()
                raise
            await cast("_Connection", connection).end(transaction)
            if tx.published:
                for listener in self._listeners:
                    listener()

    @asynccontextmanager
    async def _lent(self, begin: Callable[[asyncpg.Connection], Awaitable[T]]) -> AsyncIterator[Lent[T]]:
        """A connection on which `begin` has succeeded, and what came of it."""
        connection, begun = await self._taken(begin)
        try:
            yield connection, begun
        except Exception as error:
            if _lost(connection, error):
                raise ConnectionLost(type(error).__name__) from error
            raise
        finally:
            await self._give_back(connection)

    async def _taken(self, begin: Callable[[asyncpg.Connection], Awaitable[T]]) -> Lent[T]:
        ended: BaseException | None = None
        for _ in range(self._pool.get_max_size() + 1):  # a restarted server has ended all; the one after is fresh
            try:
                connection = cast("asyncpg.Connection", await self._pool.acquire())
            except asyncpg.InterfaceError as error:
                raise ConnectionLost("the pool is being closed") from error
            try:
                return connection, await begin(connection)
            except BaseException as error:
                lost = _lost(connection, error)
                await self._give_back(connection)
                if not lost:
                    raise
                ended = error
        raise ConnectionLost(type(ended).__name__) from ended

    async def _give_back(self, connection: Any) -> None:
        """Cleaned for the next one, or thrown away; what was done on it stands either way."""
        try:
            await self._pool.release(connection)
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError) as error:
            log.warning("connection thrown away: %s", type(error).__name__, extra={"service": self.service})


async def _alive(connection: asyncpg.Connection) -> None:
    await connection.execute("SELECT")


def _lost(connection: asyncpg.Connection, error: BaseException) -> bool:
    """Whether the server has ended this connection; if so it is closed on this side, too.

    The driver notices by and by: until it has read the end it complains of its own state, and then as of a misuse.
    """
    fatal = isinstance(error, asyncpg.PostgresError) and error.severity_en in _FATAL
    try:
        if fatal or isinstance(error, asyncpg.InternalClientError):
            connection.terminate()
        return connection.is_closed()
    except asyncpg.InterfaceError:  # the driver has given it back by itself
        return True


def in_transaction(tx: Tx) -> Tx:
    """The same `tx`; raises `RuntimeError` when its transaction is not open (a statement would commit by itself)."""
    if not tx.connection.is_in_transaction():
        message = "a use case was called outside a transaction"
        raise RuntimeError(message)
    return tx


def rows_as(kind: Callable[..., Any], rows: Sequence[Record]) -> list[Any]:
    """Rows as frozen dataclasses whose fields carry the columns' names."""
    return [kind(**dict(row)) for row in rows]
