"""`…/audit`: the audit trail, for supervisors; administrators of a partner see what their own tenant did."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, Any

import orjson
from fastapi import Depends, Query
from pydantic import Field
from starlette.responses import Response

from common.audit import CHAIN, PREFIX, Filter, Outcome, entries, number_of
from common.errors import NotFound
from common.http.access import AccessTable, allow, watched
from common.http.claims import Role
from common.http.edge import OpaqueDep, Router, TxDep
from common.http.opaque import Opaque
from common.http.schemas import Answer, IdText, Line, Moment, MomentIn, PageOf, Paging, page
from common.sealing import Chain, lines
from common.verifying import Flaw, Verification, verify

MOST_LINES = 5000
ENTRIES_AT_ONCE = 50_000
NDJSON = "application/x-ndjson"


class _Ids:
    """What this reader calls entries: the house by their number, which the findings of a verification name.

    Numbers count what all tenants do. A tenant is told texts that no other tenant is told either.
    """

    def __init__(self, opaque: Opaque, partner: str | None) -> None:
        self._opaque = opaque
        self._partner = partner

    def of(self, number: int) -> str:
        """The id of the entry with this number."""
        return f"{PREFIX}{number if self._partner is None else self._opaque.text(number, 'audit', self._partner)}"

    def number(self, entry_id: str | None) -> int | None:
        """The number of an entry by its id; 0 for an id that this reader was never told."""
        if entry_id is None:
            return None
        if self._partner is None:
            return number_of(entry_id)
        return self._opaque.number(entry_id.removeprefix(PREFIX), "audit", self._partner) or 0

    def line(self, number: int, text: str) -> str:
        """The line of an export: the sealed text; for a tenant without the numbers in it that count for all."""
        if self._partner is None:
            return text
        columns = {name: value for name, value in orjson.loads(text).items() if name not in {"number", "txid"}}
        return orjson.dumps({"id": self.of(number), **columns}).decode()


class ChainUnknown(NotFound):
    """The service seals no chain of this name."""

    code = "chain_unknown"
    en = "There is no such chain of seals."
    ja = "該当する監査チェーンがありません。"


class AuditEntryOut(Answer):
    """Who did what, from where, on which thing, when, and what became of it."""

    id: Annotated[str, Field(examples=["aud_4711"])]
    recorded_at: Annotated[Moment, Field(description="Real time.")]
    business_at: Annotated[Moment, Field(description="Business time; of several alike that of the last.")]
    subject: Annotated[str | None, Field(description="Who asked; null: nobody the service knows.")]
    person: str | None
    client_id: Annotated[str | None, Field(description="The program through which the token was got.")]
    token_id: Annotated[str | None, Field(description="`jti` of the token.")]
    roles: list[str]
    partner: Annotated[str | None, Field(description="The tenant of the token; null: the house.")]
    peer: Annotated[str | None, Field(description="Address, as trusted proxies tell it.")]
    agent: Annotated[str | None, Field(description="User agent, cut at 120 characters.")]
    action: Annotated[str, Field(examples=["POST /api/mdm/v1/commands/{command_id}/approval"])]
    concerns: Annotated[list[str], Field(description="Ids and codes of path, recorded facts, case or contract.")]
    request_id: str | None
    outcome: Annotated[Outcome, Field(description="`begun`: another entry says how it ended.")]
    status: int | None
    code: Annotated[str | None, Field(description="Code of the refusal.")]
    replayed: Annotated[bool, Field(description="The answer of an earlier request with the same idempotency key.")]
    times: Annotated[int, Field(description="For how many alike this entry stands.")]
    first_at: Annotated[Moment | None, Field(description="Real time of the first of several.")]


class FindingOut(Answer):
    """One place that does not fit."""

    flaw: Flaw
    seal: int | None
    number: Annotated[int | None, Field(description="The number in the id of the entry.")]


class VerificationOut(Answer):
    """What was verified. Unless `complete`, go on with `after` = `last`."""

    chain: str
    sound: Annotated[bool, Field(description="Nothing was found.")]
    complete: bool
    seals: int
    entries: int
    waiting: Annotated[int, Field(description="Entries too young to be sealed.")]
    last: Annotated[int, Field(description="Sequence of the last seal that was passed.")]
    hash: Annotated[str, Field(description="Its hash: kept elsewhere, it is an anchor for later verifications.")]
    findings: list[FindingOut]

    @classmethod
    def of(cls, found: Verification) -> VerificationOut:
        """From a verification."""
        told = {name: getattr(found, name) for name in cls.model_fields if name not in {"hash", "findings"}}
        findings = [FindingOut.model_validate(each) for each in found.findings]
        return cls(**told, hash=found.hash.hex(), findings=findings)


def _filter(
    subject: Annotated[Line | None, Query(description="Who did it.")] = None,
    thing: Annotated[IdText | None, Query(description="An id or code that it concerned.")] = None,
    action: Annotated[Line | None, Query(description="Method and route template.")] = None,
    outcome: Outcome | None = None,
    since: Annotated[MomentIn | None, Query(alias="from", description="Real time; part of the span.")] = None,
    until: Annotated[MomentIn | None, Query(alias="to", description="Real time; not part of the span.")] = None,
) -> dict[str, Any]:
    return {
        "subject": subject, "thing": thing, "action": action, "outcome": outcome, "since": since, "until": until,
    }  # fmt: skip


Wanted = Annotated[dict[str, Any], Depends(_filter)]


def audit_router(api: str, chains: Sequence[Chain] = ()) -> tuple[Router, AccessTable]:
    """The routes for a service whose paths begin with `/api/<api>`, and who may call them.

    `chains` are those that a service seals besides the audit trail.
    """
    known = {chain.name: chain for chain in (CHAIN, *chains)}
    router = Router(prefix=f"/api/{api}/v1", tags=["audit"])

    @router.get("/audit", response_model=PageOf[AuditEntryOut])
    async def list_audit_entries(tx: TxDep, paging: Paging, wanted: Wanted, opaque: OpaqueDep) -> object:
        """Entries of the audit trail, the newest first."""
        ids = _Ids(opaque, tx.partner)
        found = await entries(tx, Filter(**wanted, before=ids.number(paging.after)), most=paging.limit + 1)
        called = [replace(each, id=ids.of(number_of(each.id))) for each in found]
        return page(called, paging, to=AuditEntryOut.model_validate)

    @router.get("/audit/export", response_class=Response, responses={200: {"content": {NDJSON: {}}}})
    async def export_audit_entries(
        tx: TxDep,
        wanted: Wanted,
        opaque: OpaqueDep,
        after: Annotated[IdText | None, Query(description="Id of the last entry that is there already.")] = None,
        limit: Annotated[int, Query(ge=1, le=MOST_LINES)] = MOST_LINES,
    ) -> Response:
        """Entries as JSON lines, the oldest first: each line is the very text whose SHA-256 was sealed.

        A tenant's lines have its own ids in place of the numbers that count for all. `Anshin-Last` names the last
        entry: go on with `after`, until an answer is empty.
        """
        ids = _Ids(opaque, tx.partner)
        chosen = Filter(**wanted, after=ids.number(after))
        condition, arguments = chosen.sql()
        found = [each async for each in lines(tx, CHAIN, where=condition, arguments=arguments, most=limit)]
        headers = {"Anshin-Last": ids.of(found[-1][0])} if found else {}
        return Response("".join(f"{ids.line(*each)}\n" for each in found), media_type=NDJSON, headers=headers)

    @router.get("/audit/verification", response_model=VerificationOut)
    async def verify_audit_trail(
        tx: TxDep,
        after: Annotated[int, Query(ge=0, le=2**62, description="Begin behind this seal.")] = 0,
        chain: Annotated[Line, Query(description="Which chain.")] = CHAIN.name,
    ) -> object:
        """Hold entries against their seals, about 50,000 of them at a time."""
        chosen = known.get(chain)
        if chosen is None:
            raise ChainUnknown(chain=chain, known=sorted(known))
        return VerificationOut.of(await verify(tx, chosen, after=after, most=ENTRIES_AT_ONCE))

    read = watched(allow(Role.SUPERVISOR, Role.PARTNER_ADMIN, scope=f"{api}:read"))
    return router, {
        "GET /audit": read,
        "GET /audit/export": read,
        "GET /audit/verification": watched(allow(Role.SUPERVISOR, scope=f"{api}:read")),
    }
