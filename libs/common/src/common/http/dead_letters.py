"""`…/dead-letters`: what consumers could not apply, and another try; for supervisors of the house."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Annotated, Literal

from fastapi import Query
from pydantic import Field

from common.dead_letters import Attempt, Choice, Letter, Redriver, find, letters
from common.errors import Invalid
from common.http.access import AccessTable, allow, watched
from common.http.claims import Role
from common.http.edge import Caller, Router, Transactions, TxDep
from common.http.schemas import Answer, Command, IdText, Line, Moment, PageOf, Paging, page

MOST_AT_ONCE = 200
_STATES: dict[str, bool | None] = {"open": False, "redriven": True, "all": None}


class NothingChosen(Invalid):
    """A redrive of everything has to be asked for in so many words."""

    code = "nothing_chosen"
    en = "Name dead letters by id or by a filter, or say all."
    ja = "対象を指定してください(全件の場合は all を指定)。"


class DeadLetterOut(Answer):
    """A dead letter without its content."""

    id: Annotated[str, Field(examples=["dlt_17"])]
    group: Annotated[str, Field(description="Consumer group that could not apply it.", examples=["loaner.projections"])]
    event_id: str
    topic: str
    partition: int
    offset: int
    key: str | None
    subject: str | None
    reason: Annotated[str, Field(description="Code of the error, or `unreadable`, or `parked` behind an earlier one.")]
    error: str
    attempts: int
    recorded_at: Moment
    redriven_at: Moment | None
    redriven_by: str | None


class DeadLetterInFull(DeadLetterOut):
    """A dead letter with its original headers and bytes, as text where they are UTF-8 and in base64 otherwise."""

    headers: dict[str, str]
    value_text: str | None
    value_base64: str | None

    @classmethod
    def of(cls, letter: Letter) -> DeadLetterInFull:
        """From the letter."""
        try:
            text, encoded = letter.value.decode(), None
        except UnicodeDecodeError:
            text, encoded = None, base64.b64encode(letter.value).decode()
        brief = DeadLetterOut.model_validate(letter).model_dump()
        return cls(**brief, headers=dict(letter.headers), value_text=text, value_base64=encoded)


class RedriveIn(Command):
    """Which dead letters: all that fit everything that is named. `all` is needed when nothing is."""

    ids: Annotated[list[IdText] | None, Field(max_length=MOST_AT_ONCE)] = None
    group: Line | None = None
    subject: Line | None = None
    reason: Line | None = None
    topic: Line | None = None
    all: bool = False

    def choice(self) -> Choice:
        """What it chooses; raises `NothingChosen`."""
        named = {name: value for name, value in self.model_dump(exclude={"all"}).items() if value is not None}
        if not named and not self.all:
            raise NothingChosen
        return Choice(**named)


class AttemptOut(Answer):
    """One letter that was tried."""

    id: str
    group: str
    event_id: str
    subject: str | None
    outcome: Literal["redriven", "already", "failed", "waits", "unavailable"]
    error: str | None
    behind: Annotated[str | None, Field(description="The letter that has to go first.")]


class RedriveOut(Answer):
    """What was tried, in order. With `more` the limit of one call was reached: ask again."""

    items: list[AttemptOut]
    more: bool

    @classmethod
    def of(cls, attempts: list[Attempt]) -> RedriveOut:
        """From the attempts of one call."""
        shown = [AttemptOut.model_validate(attempt) for attempt in attempts]
        return cls(items=shown, more=len(shown) >= MOST_AT_ONCE)


def dead_letters_router(api: str, redriver: Callable[[], Redriver]) -> tuple[Router, AccessTable]:
    """The routes for a service whose paths begin with `/api/<api>`, and who may call them.

    A redrive opens a transaction for each letter and keeps no idempotency record: a letter that went through is not
    tried again, so the same request twice is harmless.
    """
    router = Router(prefix=f"/api/{api}/v1", tags=["dead letters"])

    @router.get("/dead-letters", response_model=PageOf[DeadLetterOut])
    async def list_dead_letters(
        tx: TxDep,
        paging: Paging,
        group: Line | None = None,
        subject: Line | None = None,
        reason: Line | None = None,
        topic: Line | None = None,
        state: Annotated[Literal["open", "redriven", "all"], Query()] = "open",
    ) -> object:
        """Dead letters in the order in which they came."""
        choice = Choice(group=group, subject=subject, reason=reason, topic=topic)
        found = await letters(tx, choice, redriven=_STATES[state], after=paging.after, most=paging.limit + 1)
        return page(found, paging, to=DeadLetterOut.model_validate)

    @router.get("/dead-letters/{letter_id}", response_model=DeadLetterInFull)
    async def read_dead_letter(letter_id: str, tx: TxDep) -> object:
        """One dead letter with headers and content."""
        return DeadLetterInFull.of(await find(tx, letter_id))

    @router.post("/dead-letters/redrive", response_model=RedriveOut)
    async def redrive_dead_letters(body: RedriveIn, caller: Caller) -> object:
        """Try dead letters again, subject by subject, with what is parked behind them; at most 200 in one call."""
        return RedriveOut.of(await redriver().redrive(body.choice(), by=caller.subject, most=MOST_AT_ONCE))

    @router.post("/dead-letters/{letter_id}/redrive", response_model=RedriveOut)
    async def redrive_dead_letter(letter_id: str, caller: Caller, transactions: Transactions) -> object:
        """Try one dead letter again, and then what is parked behind it."""
        async with transactions() as tx:
            await find(tx, letter_id)
        return RedriveOut.of(await redriver().redrive(Choice(ids=[letter_id]), by=caller.subject, most=MOST_AT_ONCE))

    read = watched(allow(Role.SUPERVISOR, scope=f"{api}:read"))
    redrive = allow(Role.SUPERVISOR, scope=f"{api}:write", own_transactions=True)
    return router, {
        "GET /dead-letters": read,
        "GET /dead-letters/{letter_id}": read,
        "POST /dead-letters/redrive": redrive,
        "POST /dead-letters/{letter_id}/redrive": redrive,
    }
