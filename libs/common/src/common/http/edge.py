"""The HTTP edge: every route authenticates, authorises, opens its transaction, runs, commits, and only then answers.

It is a route class rather than a dependency, so that nothing of an answer leaves before the commit, and that
idempotency records, refusals and effects share the one transaction.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Callable, Coroutine
from contextlib import AbstractAsyncContextManager
from contextvars import ContextVar
from datetime import datetime
from typing import Annotated, Any, TypeVar, cast
from urllib.parse import unquote_to_bytes

import asyncpg
import orjson
from cryptography.fernet import MultiFernet
from fastapi import APIRouter, Depends
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from common.clock import Clock
from common.context import Context, request_id_var
from common.db import Database, Tx, in_transaction
from common.errors import DomainError, Forbidden, Invalid, Kind, Refused, Unavailable
from common.http.access import AccessTable, Reach, Rule, narrowed_to
from common.http.auditing import Auditor, Visit
from common.http.claims import Principal
from common.http.gate import Gate
from common.http.given import Endpoint, given, handed
from common.http.idempotency import Idempotency, canonical
from common.http.opaque import Opaque
from common.http.problems import Problem, refused_response
from common.http.short_way import short_way
from common.keyring import Keyring
from common.tracing import continued

log = logging.getLogger("anshin.http")

Handle = Callable[[Request], Coroutine[Any, Any, Response]]
Transact = Callable[[], AbstractAsyncContextManager[Tx]]
T = TypeVar("T")
_FIRST_OTHER_THAN_SUCCESS = 300
_LONGEST_VERSION = 9  # digits; what an integer column holds
_language: ContextVar[str] = ContextVar("language", default="en")
_BUSY = (
    asyncpg.SerializationError,
    asyncpg.DeadlockDetectedError,
    asyncpg.LockNotAvailableError,
    asyncpg.QueryCanceledError,
    asyncpg.TooManyConnectionsError,
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    ConnectionError,
    TimeoutError,
)


class InternalError(DomainError):
    """A fault of ours; nothing was done."""

    kind = Kind.INTERNAL
    code = "internal_error"
    en = "Something went wrong on our side; nothing was changed."
    ja = "内部エラーが発生しました。変更は行われていません。"


class NulCharacter(Invalid):
    """Text with a NUL character."""

    code = "nul_character"
    en = "The NUL character is not allowed."
    ja = "NUL 文字は使用できません。"


class RequestTimedOut(Unavailable):
    """The work took longer than a request may; it was rolled back."""

    code = "request_timed_out"
    en = "This took too long and was given up; nothing was changed."
    ja = "処理時間の上限を超えたため中止しました。変更は行われていません。"


class BodyTooSlow(DomainError):
    """The body did not come in the time that it may take."""

    kind = Kind.TOO_SLOW
    code = "body_too_slow"
    en = "The request body did not arrive in time."
    ja = "リクエスト本文が時間内に届きませんでした。"


class Edge:
    """What the routes of one service need at run time."""

    def __init__(
        self,
        *,
        database: Database,
        gate: Gate,
        clock: Clock,
        access: AccessTable,
        cipher: MultiFernet,
        opaque: Opaque,
        settings: Any,
        auditor: Auditor,
    ) -> None:
        self._database = database
        self.gate = gate
        self.auditor = auditor
        self._access = access
        self._cipher = cipher
        self._keys = Keyring(settings.secrets(), purpose="idempotency")
        self.opaque = opaque
        self.clock = clock
        self.settings = settings

    async def serve(self, rule: Rule, route: str, request: Request, handle: Handle) -> Response:
        """One request, from its token to its answer."""
        visit = Visit(request, rule, route, self.auditor.peers)
        limit = None if rule.own_transactions else self.settings.request_timeout_seconds
        try:
            async with asyncio.timeout(limit) as visit.deadline:
                return await self._serve(visit, handle)
        except Exception as error:
            told = RequestTimedOut(limit_seconds=limit) if visit.deadline.expired() else _told(error)
            await self.auditor.refused(visit, told)
            if told is error:
                raise
            raise told from error

    async def _serve(self, visit: Visit, handle: Handle) -> Response:
        request, rule = visit.request, visit.rule
        if "\x00" in request.scope["path"] or b"\x00" in unquote_to_bytes(request.scope["query_string"]):
            raise NulCharacter
        await self.gate.admit(visit)
        context = _context(request, visit.principal)
        _language.set(language_of(request))
        request.state.principal = visit.principal
        request.state.edge = self
        request.state.transactions = lambda: self._database.transaction(context)
        if rule.own_transactions:
            return await self._apart(visit, handle)
        if visit.changes:
            return await self._change(visit, context, handle)
        async with self._database.transaction(context, readonly=not rule.sensitive) as tx:
            request.state.tx = visit.tx = tx
            response = await handle(request)
            if rule.sensitive:
                await self.auditor.answered(tx, visit, response)
            return response

    async def _apart(self, visit: Visit, handle: Handle) -> Response:
        """A route that opens its own transactions."""
        if not visit.audited:
            return await handle(visit.request)
        await self._body(visit)
        await self.auditor.begun(visit)
        response = await handle(visit.request)
        await self.auditor.ended(visit, response)
        return response

    async def _change(self, visit: Visit, context: Context, handle: Handle) -> Response:
        """A change: its effect, its idempotency record and its entry in the audit trail are one transaction."""
        request = visit.request
        body = await self._body(visit)
        once = self._idempotency(visit.rule, request, visit.principal, body)
        async with self._database.transaction(context) as tx:
            request.state.tx = visit.tx = tx
            response = await once.replay(tx) if once else None
            if response is None:
                response = await handle(request)
                if once and response.status_code < _FIRST_OTHER_THAN_SUCCESS:
                    await once.store(tx, response)
            await self.auditor.answered(tx, visit, response)
            visit.deadline.reschedule(None)  # a commit that has begun is waited for: cut off, its end would be unknown
            return response

    async def _body(self, visit: Visit) -> bytes:
        """The whole body, which FastAPI then finds read. Raises `BodyTooSlow`."""
        seconds = self.settings.body_timeout_seconds
        try:
            async with asyncio.timeout(seconds):
                return await visit.request.body()
        except TimeoutError as error:
            raise BodyTooSlow(limit_seconds=seconds) from error

    def _idempotency(
        self, rule: Rule, request: Request, principal: Principal | None, body: bytes
    ) -> Idempotency | None:
        key = request.headers.get("idempotency-key")
        if key is None:
            return None
        if principal is not None:
            who = (principal.issuer, principal.subject, principal.partner or "")
        else:  # an open route may ask for credentials of its own: whoever shows others is somebody else
            who = ("", hashlib.sha256(request.headers.get("authorization", "").encode()).hexdigest(), "")
        return Idempotency(
            key=key,
            scope=(*who, request.method, request.scope["path"]),
            body=canonical(body),
            cipher=self._cipher if rule.secret_answer else None,
            keys=self._keys if rule.secret_body else None,
            told_once=rule.told_once,
        )


def _told(error: Exception) -> Exception:
    """What the caller is told of a failure: a refusal as it is, everything else by a name that gives nothing away."""
    match error:
        case DomainError() | RequestValidationError() | HTTPException():
            return error
        case _ if isinstance(error, _BUSY):
            log.warning("request met a busy database: %s", type(error).__name__)
            return Unavailable(reason=type(error).__name__)
        case _:  # the transaction is rolled back by now; the trace goes to the log, never to the caller
            log.error("request failed", exc_info=error)
            return InternalError()


def _context(request: Request, principal: Principal | None) -> Context:
    request_id = request_id_var.get()
    told = request.headers.getlist("traceparent")  # two of them mean none
    return Context(
        actor=principal.subject if principal else "anonymous",
        partner=principal.partner if principal else None,
        request_id=request_id,
        causation_id=request_id,
        traceparent=continued(told[0] if len(told) == 1 else None),
    )


def language_of(request: Request) -> str:
    """`ja` or `en`, whichever `Accept-Language` names first; en by default."""
    for part in request.headers.get("accept-language", "").split(","):
        tag = part.split(";")[0].strip().lower()
        if tag.startswith("ja"):
            return "ja"
        if tag.startswith("en"):
            return "en"
    return "en"


class EdgeRoute(APIRoute):
    """A route that is its own edge."""

    def __init__(self, path: str, endpoint: Endpoint, **told: Any) -> None:
        super().__init__(path, handed(endpoint), **told)

    def get_route_handler(self) -> Handle:
        """Wrap FastAPI's handler (parsing, dependencies, serialising) in the transaction."""
        handle = short_way(self, super().get_route_handler())
        versioned = "version" in getattr(self.response_model, "model_fields", ())

        async def serve(request: Request) -> Response:
            edge = cast("Edge", request.app.state.edge)
            rule = cast("dict[tuple[str, str], Rule]", request.app.state.rules)[request.method, self.path]
            response = await edge.serve(rule, self.path, request, handle)
            if versioned and response.status_code < _FIRST_OTHER_THAN_SUCCESS and "etag" not in response.headers:
                response.headers["ETag"] = f'"{orjson.loads(response.body)["version"]}"'
            return response

        return serve


class Router(APIRouter):
    """An APIRouter whose routes are edges and whose refusals are documented."""

    def __init__(self, *, prefix: str, tags: list[str] | None = None) -> None:
        super().__init__(
            prefix=prefix,
            route_class=EdgeRoute,
            tags=list(tags or []),
            responses={"default": {"model": Problem, "description": "Refused or failed: problem+json."}},
        )


def _tx(request: Request) -> Tx:
    return in_transaction(cast("Tx", request.state.tx))


def _transactions(request: Request) -> Transact:
    return cast("Transact", request.state.transactions)


def _now(request: Request) -> Any:
    return cast("Edge", request.state.edge).clock.now()


def _caller(request: Request) -> Principal:
    principal = cast("Principal | None", request.state.principal)
    if principal is None:
        raise Forbidden(reason="this route knows no caller")
    return principal


def _facts_only(request: Request) -> bool:
    return narrowed_to(Reach.NO_PERSONS, cast("frozenset[Reach]", request.state.reaches))


def _opaque(request: Request) -> Opaque:
    return cast("Edge", request.state.edge).opaque


def _settings(request: Request) -> Any:
    return cast("Edge", request.state.edge).settings


class IfMatchUnreadable(Invalid):
    """`If-Match` holds an ETag of this service."""

    code = "if_match_unreadable"
    en = 'If-Match must be an ETag as given, such as "7".'
    ja = "If-Match の形式が正しくありません。"


async def _if_match(request: Request) -> int | None:
    text = request.headers.get("if-match")
    if text is None or text.strip() == "*":
        return None
    digits = text.strip().removeprefix("W/").strip('"')
    if not digits.isascii() or not digits.isdigit() or len(digits) > _LONGEST_VERSION:
        raise IfMatchUnreadable(asked=text[:80])
    return int(digits)


TxDep = Annotated[Tx, given(_tx)]
Transactions = Annotated[Transact, given(_transactions)]
Now = Annotated[datetime, given(_now)]
Caller = Annotated[Principal, given(_caller)]
FactsOnly = Annotated[bool, given(_facts_only)]
"""Whether the caller may read nothing that could name a person."""
IfMatch = Annotated[int | None, Depends(_if_match)]
OpaqueDep = Annotated[Opaque, given(_opaque)]
SettingsDep = Annotated[Any, given(_settings)]


def answer(outcome: T | Refused, to: Callable[[T], Any]) -> Any:
    """The answer to a use case's outcome: its result through `to`, or the recorded refusal as a problem."""
    if isinstance(outcome, Refused):
        return refused_response(outcome, language=_language.get(), request_id=request_id_var.get())
    return to(outcome)
