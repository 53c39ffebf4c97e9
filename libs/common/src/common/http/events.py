"""`GET …/events`: what a service has published, for those who poll.

The same ids as on the bus, in the relay's order.
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Query

from common.db import Record
from common.events import EVENTS_BY_TYPE, RESTRICTED_TOPICS
from common.events.words import without_words, words_of
from common.http.access import AccessTable, allow
from common.http.claims import Role
from common.http.edge import FactsOnly, Router, TxDep
from common.http.schemas import Answer, IdText

_READ = """
SELECT position, topic, key, headers, payload FROM published_event
WHERE position > $1 AND topic <> ALL ($2::text[])
  AND ($3::text IS NULL OR headers ->> 'ce_correlationid' = $3)
  AND ($4::text IS NULL OR aggregateid = $4)
ORDER BY position LIMIT $5
"""
_PREFIX = "ce_"
# Where people write what they like, and may name somebody.
_IN_WORDS = {name: words for name, kind in EVENTS_BY_TYPE.items() if (words := words_of(kind))}


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


def event_of(row: Record) -> EventOut:
    """A row of `published_event` as it is shown."""
    attributes = {
        name.removeprefix(_PREFIX): value for name, value in row["headers"].items() if name.startswith(_PREFIX)
    }
    return EventOut(**attributes, topic=row["topic"], key=row["key"], data=row["payload"])


def facts_of(event: EventOut) -> EventOut:
    """The event without what people wrote in their own words: nothing that could name a person."""
    words = _IN_WORDS.get(event.type)
    return event if words is None else event.model_copy(update={"data": without_words(event.data, words)})


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
        limit: Annotated[int, Query(ge=1, le=500)] = 100,
        cursor: Annotated[int, Query(ge=0, le=2**62)] = 0,
        correlation_id: IdText | None = None,
        subject: IdText | None = None,
    ) -> object:
        """Published events behind `cursor`, oldest first; of one case or contract with `correlation_id`."""
        rows = await tx.connection.fetch(_READ, cursor, sorted(RESTRICTED_TOPICS), correlation_id, subject, limit + 1)
        shown = rows[:limit]
        last = str(shown[-1]["position"] if shown else cursor)
        events = [event_of(row) for row in shown]
        items = [facts_of(event) for event in events] if facts_only else events
        return EventPage(items=items, next=last if len(rows) > limit else None, last=last)

    readers = (Role.OPERATOR, Role.SUPERVISOR, Role.ANALYST, Role.PARTNER)
    return router, {"GET /events": allow(*readers, scope=f"{api}:read")}
