"""`…/bus-status` and `…/outbox/parked`: how a service stands with the bus; for supervisors of the house."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Annotated

from pydantic import Field

from common.bus_status import figures, parked, release
from common.http.access import AccessTable, allow
from common.http.claims import Role
from common.http.edge import Caller, Router, TxDep
from common.http.schemas import Answer, Moment, PageOf, Paging, page

log = logging.getLogger("anshin.outbox")


class OutboxOut(Answer):
    """The outbox in numbers."""

    waiting: Annotated[int, Field(description="Events not yet published, parked ones included.")]
    parked: int
    oldest_seconds: Annotated[float, Field(description="Age of the oldest event not yet published.")]


class ConsumerOut(Answer):
    """A running consumer's last report."""

    member: str
    lag: Annotated[
        int | None,
        Field(description="Messages before it: of the group (embedded bus), of its partitions (Kafka); null: unknown."),
    ]
    stopped: Annotated[bool, Field(description="It gave up after too many failures in a row.")]
    reported_at: Moment


class GroupOut(Answer):
    """A consumer group in numbers."""

    group: str
    consumers: list[ConsumerOut]
    dead_letters: int
    oldest_dead_letter: Moment | None


class BusStatusOut(Answer):
    """A service and the bus in numbers."""

    outbox: OutboxOut
    groups: list[GroupOut]


class ParkedEventOut(Answer):
    """An event that the bus never takes as it is; `waiting` events of its aggregate wait behind it."""

    id: str
    topic: str
    type: str
    aggregate: str
    subject: str
    sequence: int
    reason: str
    waiting: int
    recorded_at: Moment


def bus_status_router(api: str, groups: Sequence[str]) -> tuple[Router, AccessTable]:
    """The routes for a service whose paths begin with `/api/<api>`, and who may call them."""
    router = Router(prefix=f"/api/{api}/v1", tags=["bus"])

    @router.get("/bus-status", response_model=BusStatusOut)
    async def read_bus_status(tx: TxDep) -> object:
        """Outbox, consumers and dead letters in numbers."""
        return BusStatusOut.model_validate(await figures(tx, groups))

    @router.get("/outbox/parked", response_model=PageOf[ParkedEventOut])
    async def list_parked_events(tx: TxDep, paging: Paging) -> object:
        """Events that keep back what comes after them."""
        found = await parked(tx, after=paging.after, most=paging.limit + 1)
        return page(found, paging, to=ParkedEventOut.model_validate)

    @router.post("/outbox/parked/{event_id}/release", status_code=204, response_model=None)
    async def release_parked_event(event_id: str, tx: TxDep, caller: Caller) -> None:
        """What kept it from being published is repaired: let the relay try again."""
        await release(tx, event_id)
        log.warning("parked event released", extra={"event_id": event_id, "actor": caller.subject})

    return router, {
        "GET /bus-status": allow(Role.SUPERVISOR, scope=f"{api}:read"),
        "GET /outbox/parked": allow(Role.SUPERVISOR, scope=f"{api}:read"),
        "POST /outbox/parked/{event_id}/release": allow(Role.SUPERVISOR, scope=f"{api}:write"),
    }
