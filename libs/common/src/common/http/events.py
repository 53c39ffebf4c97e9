"""`GET …/events`: what a service has published, for those who poll.

The same ids as on the bus, in the relay's order.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import Query

from common.db import Record
from common.events import EVENTS_BY_TYPE, RESTRICTED_TOPICS
from common.events.words import Marked, OfAll, Words, marked_in, without
from common.http.access import AccessTable, allow
from common.http.claims import Role
from common.http.edge import FactsOnly, OpaqueDep, Router, TxDep
from common.http.opaque import Opaque
from common.http.schemas import Answer, CursorUnreadable, IdText

_READ = """
SELECT position, topic, key, headers, payload FROM published_event
WHERE position > $1 AND topic <> ALL ($2::text[])
  AND ($3::text IS NULL OR headers ->> 'ce_correlationid' = $3)
  AND ($4::text IS NULL OR aggregateid = $4)
ORDER BY position LIMIT $5
"""
_PREFIX = "ce_"
# Where people write what they like, and may name somebody; where things of all tenants are counted.
_IN_WORDS = {name: marked for name, kind in EVENTS_BY_TYPE.items() if (marked := marked_in(kind, Words))}
_OF_ALL = {name: marked for name, kind in EVENTS_BY_TYPE.items() if (marked := marked_in(kind, OfAll))}


class EventOut(Answer):
    """A CloudEvent in JSON: its attributes, and the body under `data`."""

    specversion: str
    id: str
    source: str
    type: str
    subject: str
    time: str
    sequence: str
    recordedtime: str
    dataversion: str
    correlationid: str
    causationid: str | None = None
    partner: str | None = None
    traceparent: str | None = None
    topic: str
    key: str
    data: dict[str, Any]


class EventPage(Answer):
    """Events in the order of publication. `next` is null at the end; `last` is where to go on later, gapless."""

    items: list[EventOut]
    next: str | None
    last: str


def event_of(row: Record, partner: str | None) -> EventOut:
    """A row of `published_event` as this tenant is shown it (None: the house); none is told what counts for all."""
    attributes = {
        name.removeprefix(_PREFIX): value for name, value in row["headers"].items() if name.startswith(_PREFIX)
    }
    event = EventOut(**attributes, topic=row["topic"], key=row["key"], data=row["payload"])
    return event if partner is None else _without(event, _OF_ALL)


def facts_of(event: EventOut) -> EventOut:
    """The event without what people wrote in their own words: nothing that could name a person."""
    return _without(event, _IN_WORDS)


def _without(event: EventOut, marked: Mapping[str, Marked]) -> EventOut:
    places = marked.get(event.type)
    return event if places is None else event.model_copy(update={"data": without(event.data, places)})


class Places:
    """Where a reader stands among the events of a service: a position, told as text that shows no other's."""

    def __init__(self, opaque: Opaque, partner: str | None) -> None:
        self._opaque = opaque
        self._reader = ("events", partner or "")

    def cursor(self, position: int) -> str:
        """What this reader is told of a position."""
        return self._opaque.text(position, *self._reader)

    def position(self, cursor: str) -> int | None:
        """The position that this reader was told so; None for what it never was."""
        return self._opaque.number(cursor, *self._reader)


def events_router(api: str) -> tuple[Router, AccessTable]:
    """The route for a service whose paths begin with `/api/<api>`, and who may call it.

    Personal data travels on restricted topics; they are never shown here, and to analysts no reason in somebody's
    own words. A partner sees the events of its own contracts.
    """
    router = Router(prefix=f"/api/{api}/v1", tags=["events"])

    @router.get("/events", response_model=EventPage)
    async def list_events(
        tx: TxDep,
        facts_only: FactsOnly,
        opaque: OpaqueDep,
        limit: Annotated[int, Query(ge=1, le=500)] = 100,
        cursor: Annotated[str | None, Query(max_length=80)] = None,
        correlation_id: IdText | None = None,
        subject: IdText | None = None,
    ) -> object:
        """Published events behind `cursor`, oldest first; of one case or contract with `correlation_id`.

        A cursor is text that was given out as `next`, `last` or in `…/stream`; without one, from the first event on.
        """
        places = Places(opaque, tx.partner)
        behind = places.position(cursor) if cursor else 0
        if behind is None:
            raise CursorUnreadable
        rows = await tx.connection.fetch(_READ, behind, sorted(RESTRICTED_TOPICS), correlation_id, subject, limit + 1)
        shown = rows[:limit]
        last = places.cursor(shown[-1]["position"] if shown else behind)
        events = [event_of(row, tx.partner) for row in shown]
        items = [facts_of(event) for event in events] if facts_only else events
        return EventPage(items=items, next=last if len(rows) > limit else None, last=last)

    readers = (Role.OPERATOR, Role.SUPERVISOR, Role.ANALYST, Role.PARTNER)
    return router, {"GET /events": allow(*readers, scope=f"{api}:read")}
