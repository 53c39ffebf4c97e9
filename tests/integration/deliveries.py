"""Every handler of every service, the messages it is tried with, and what its service has written down."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module
from typing import Any

import asyncpg

from common.bus.protocol import Delivered
from common.civil import JST
from common.consuming import Consumer, Handler
from common.events.base import EventData
from common.events.examples import examples_of
from common.events.keys import key_of
from common.ids import new_id
from common.provision import SERVICES
from common.settings import ServiceSettings
from common.testing import RunningService

AT = datetime(2026, 6, 1, 10, tzinfo=JST)
NEWER = 100
"""A sequence behind everything that a stage has told before."""

# By aggregate the field that holds its id, where it is not called after the aggregate.
_SUBJECTS = {
    "entitlements": "contract_id",
    "catalogue": "part",
    "refusal": "refusal_id",
    "loan_refusal": "refusal_id",
    "seats": "contract_id",
    "token_revocation": "revocation_id",
}
_BOOKKEEPING = ("alembic_version", "inbox", "consumed_subject")


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One entry of a service's PROJECTIONS or REACTIONS."""

    service: str
    table: str
    kind: type[EventData]
    handler: Handler

    def __str__(self) -> str:
        return f"{self.service}-{self.table}-{self.kind.__name__}"


def entries() -> list[Entry]:
    """All of them, as the services have them."""
    return [
        Entry(service=service, table=table, kind=kind, handler=handler)
        for service in SERVICES
        for table in ("PROJECTIONS", "REACTIONS")
        for kind, handler in getattr(import_module(f"{service}.consumers"), table).items()
    ]


def application_of(service: str) -> tuple[Any, type[ServiceSettings]]:
    """What starts a service: its `create_app` and its settings."""
    (settings,) = (each for each in vars(import_module(f"{service}.settings")).values() if _is_settings(each))
    return import_module(f"{service}.app").create_app, settings


def _is_settings(each: Any) -> bool:
    return isinstance(each, type) and issubclass(each, ServiceSettings) and each is not ServiceSettings


def messages(
    suite: RunningService, kind: type[EventData], *, over: Mapping[str, Any] | None = None, sequence: int = NEWER
) -> list[Delivered]:
    """The examples of a type as the bus would deliver them; `over` puts ids of a stage into fields it has."""
    told = []
    for example in examples_of(kind):
        wanted = {"version": sequence, **(over or {})}
        data = example.model_copy(update={name: value for name, value in wanted.items() if _has(example, name)})
        subject = getattr(data, _SUBJECTS.get(kind.aggregate, f"{kind.aggregate}_id"), kind.aggregate)
        told.append(suite.message(data, subject=subject, sequence=sequence, key=key_of(data)))
    return told


def _has(data: EventData, name: str) -> bool:
    return name in type(data).model_fields and (name != "version" or data.aggregate == "entitlements")


def under_new_ids(told: Sequence[Delivered]) -> list[Delivered]:
    """The same content and sequence as events of their own."""
    return [
        Delivered(
            topic=message.topic,
            partition=message.partition,
            offset=message.offset,
            key=message.key,
            headers={**message.headers, "ce_id": new_id("evt")},
            value=message.value,
        )
        for message in told
    ]


def consumer_of(suite: RunningService, entry: Entry, *, group: str | None = None) -> Consumer:
    """The consumer that runs in the service, for this entry alone; with `group` one that starts from the beginning."""
    return suite.service.consumer({entry.kind: entry.handler}, group or entry.table.lower())


# Triggers write these beside the rows they speak of: written again they have another number.
_NUMBERED_ANEW = {"search_document": "(to_jsonb(t) - 'number')"}


async def written_down(admin_url: str, service: str) -> dict[str, list[str]]:
    """Every row of every table of a service, outbox included, but for what only remembers which events came."""
    connection = await asyncpg.connect(admin_url)
    try:
        tables = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = $1", service)
        return {
            name: sorted(
                [
                    row[0]
                    for row in await connection.fetch(
                        f"""SELECT {_NUMBERED_ANEW.get(name, "t")}::text FROM "{service}"."{name}" t"""
                    )
                ]
            )
            for (name,) in tables
            if name not in _BOOKKEEPING
        }
    finally:
        await connection.close()
