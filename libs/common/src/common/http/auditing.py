"""What the edge writes to the audit trail, and when.

Written are all requests that change something, reads that the access table calls sensitive, and of the rest those that
were refused for want of a right. What is allowed is written in its own transaction. What a known caller was refused is
written at once, after the roll-back; refusals of callers nobody knows, and of those that ask too often, are counted and
written once a minute, so that a flood does not fill the table.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import asyncpg
import orjson
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from common.audit import Entry, Outcome, Tally, named, write
from common.clock import Clock
from common.context import request_id_var
from common.db import Database, Tx
from common.errors import DomainError, Kind
from common.http.access import Rule
from common.http.claims import Principal
from common.http.peer import Peers
from common.http.problems import STATUS
from common.ids import ID_PATTERN

log = logging.getLogger("anshin.audit")

FLUSH_SECONDS = 60.0
_READING = frozenset({"GET", "HEAD"})
_OF_RIGHTS = frozenset({401, 403})
_LONGEST_AGENT = 120
_LONGEST_NAME = 200
_CREATED = 201
_FIRST_REFUSAL = 400


class Visit:
    """One request on its way through the edge: what is known of it so far."""

    def __init__(self, request: Request, rule: Rule, route: str, peers: Peers) -> None:
        self.request = request
        self.rule = rule
        self.action = f"{request.method} {route}"
        self.peer = peers.of(request.scope)
        self.principal: Principal | None = None
        self.tx: Tx | None = None
        self.deadline: asyncio.Timeout

    @property
    def changes(self) -> bool:
        """Whether it is a request that changes something."""
        return self.request.method not in _READING

    @property
    def audited(self) -> bool:
        """Whether it is written to the trail even when it is allowed."""
        return self.changes or self.rule.sensitive

    @property
    def subject(self) -> str | None:
        """Who asks: by the token, or by what the route found out itself."""
        if self.principal is not None:
            return self.principal.subject
        return self.tx.known_as if self.tx is not None else None

    def concerns(self, response: Response | None) -> list[str]:
        """What it is about: ids of the path, of recorded facts, of what was created."""
        ids: list[object] = list(self.request.path_params.values())
        if self.tx is not None and response is not None:
            ids += self.tx.concerned
        if response is not None and response.status_code == _CREATED:
            body = orjson.loads(response.body)
            made = body.get("id") if isinstance(body, dict) else None
            ids += [made] if isinstance(made, str) and ID_PATTERN.match(made) else []
        return named(ids)


class Auditor:
    """Writes the audit trail of one service's requests."""

    def __init__(self, database: Database, clock: Clock, peers: Peers) -> None:
        self._database = database
        self._clock = clock
        self._tally = Tally()
        self.peers = peers

    async def answered(self, tx: Tx, visit: Visit, response: Response) -> None:
        """The entry of an answered request, in the transaction of its effect."""
        await write(tx.connection, self._answered(visit, response))

    async def begun(self, visit: Visit) -> None:
        """Work of several transactions begins: the entry is there before the first of them."""
        await self._alone(self._entry(visit, outcome=Outcome.BEGUN))

    async def ended(self, visit: Visit, response: Response) -> None:
        """The work of several transactions has ended."""
        await self._alone(self._answered(visit, response))

    async def refused(self, visit: Visit, error: Exception) -> None:
        """The entry of a request whose transaction was rolled back, or never began."""
        status, code = _told(error)
        if not visit.audited and status not in _OF_RIGHTS and status != STATUS[Kind.TOO_MANY]:
            return
        entry = self._entry(visit, outcome=Outcome.of(status), status=status, code=code)
        if entry.subject is None or status == STATUS[Kind.TOO_MANY]:
            self._tally.add(entry)
            return
        try:
            await self._alone(entry)
        except (OSError, asyncpg.PostgresError) as failure:
            # The database is away, so nothing was changed; what would have been written is told to the log.
            log.error(  # noqa: TRY400 - the trace says nothing that the name does not
                "refusal not written to the audit trail: %s",
                type(failure).__name__,
                extra={"action": entry.action, "subject": entry.subject, "status": status, "code": code},
            )

    async def run(self) -> None:
        """Write what was counted, once a minute, until cancelled."""
        while True:
            await asyncio.sleep(FLUSH_SECONDS)
            await self.flush()

    async def flush(self) -> None:
        """Write what was counted until now."""
        counted = self._tally.take()
        if not counted:
            return
        try:
            await self._alone(*counted)
        except (OSError, asyncpg.PostgresError) as failure:
            log.error(  # noqa: TRY400 - the trace says nothing that the name does not
                "%d counted refusals not written to the audit trail: %s", len(counted), type(failure).__name__
            )

    async def _alone(self, *entries: Entry) -> None:
        async with self._database.connection() as connection:
            await write(connection, *entries)

    def _answered(self, visit: Visit, response: Response) -> Entry:
        status = response.status_code
        code = orjson.loads(response.body)["code"] if status >= _FIRST_REFUSAL else None
        return self._entry(
            visit,
            response,
            outcome=Outcome.of(status),
            status=status,
            code=code,
            replayed="idempotent-replayed" in response.headers,
        )

    def _entry(self, visit: Visit, response: Response | None = None, **told: Any) -> Entry:
        principal = visit.principal
        known: dict[str, Any] = {}
        if principal is not None:
            known = {
                "person": principal.person,
                "client_id": principal.client_id,
                "token_id": _cut(principal.token_id, _LONGEST_NAME),
                "roles": sorted(principal.roles),
                "partner": principal.partner,
            }
        return Entry(
            business_at=self._clock.now(),
            subject=visit.subject,
            peer=None if visit.peer is None else str(visit.peer),
            agent=_cut(visit.request.headers.get("user-agent"), _LONGEST_AGENT),
            action=visit.action,
            concerns=visit.concerns(response),
            request_id=request_id_var.get(),
            **known,
            **told,
        )


def _cut(text: str | None, longest: int) -> str | None:
    return None if text is None else text[:longest]


def _told(error: Exception) -> tuple[int, str]:
    """The status and code with which the edge answers this refusal."""
    match error:
        case DomainError():
            return STATUS[error.kind], error.reasons[0].code
        case RequestValidationError():
            malformed = any(each["type"] == "json_invalid" for each in error.errors())
            return STATUS[Kind.INVALID], "malformed_json" if malformed else "validation_failed"
        case HTTPException():
            return error.status_code, "malformed_json"
        case _:
            return STATUS[Kind.INTERNAL], "internal_error"
