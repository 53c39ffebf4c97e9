"""What contracts may use, as last told, and the two ways to read it: shared while judging, alone while changing it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

import asyncpg
import orjson
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from common.closed_days import ClosedDays
from common.db import Record, Tx
from common.entitlements import Standing, closed_days, standing
from common.events.base import body_of, read_body
from common.events.contracts import CalendarChanged, EntitlementsChanged
from helpdesk.domain.quota import Counter
from helpdesk.storage.tables import RETENANTED, entitlement


@dataclass(frozen=True, kw_only=True)
class Told:
    """When a contract's entitlements were last told, and how old that is: they decide while `contracts` is away."""

    told_at: datetime
    age_seconds: int


@dataclass(frozen=True, kw_only=True)
class Known:
    """A contract as this service knows it; `known_at` is the business time of the event that said so."""

    state: EntitlementsChanged
    version: int
    partner: str | None
    subscriber_id: str
    known_at: datetime

    def standing(self, at: datetime) -> Standing:
        """The contract at `at`."""
        return standing(self.state, at)

    def told(self, now: datetime) -> Told:
        """How old this is at `now`."""
        return Told(told_at=self.known_at, age_seconds=int((now - self.known_at).total_seconds()))


@dataclass(frozen=True, kw_only=True)
class KnownForAcceptance(Known):
    """The same with what else an acceptance is judged by: the calendar and the counters of the latest months."""

    calendar: ClosedDays | None
    counters: Mapping[str, Counter]


_FOR_ACCEPTANCE = """
SELECT e.version, e.partner, e.subscriber_id, e.state::text AS state, e.known_at, calendar.body::text AS calendar,
       (SELECT jsonb_object_agg(c.fee_month, jsonb_build_array(c.plan_used, c.extra_used))
        FROM (SELECT fee_month, plan_used, extra_used FROM quota_counter
              WHERE contract_id = e.contract_id ORDER BY fee_month DESC LIMIT 2) AS c) AS counters
FROM entitlement e LEFT JOIN catalogue_part calendar ON calendar.part = 'calendar'
WHERE e.contract_id = $1
FOR SHARE OF e
"""


async def share_for_acceptance(tx: Tx, contract_id: str) -> KnownForAcceptance | None:
    """The contract with calendar and counters, held against changes until the transaction ends; None: unknown here."""
    row = await tx.connection.fetchrow(_FOR_ACCEPTANCE, contract_id)
    if row is None:
        return None
    return KnownForAcceptance(
        state=_state(row["state"]),
        version=row["version"],
        partner=row["partner"],
        subscriber_id=row["subscriber_id"],
        known_at=row["known_at"],
        calendar=_calendar(row["calendar"]) if row["calendar"] is not None else None,
        counters={month: Counter(*used) for month, used in (row["counters"] or {}).items()},
    )


async def find(tx: Tx, contract_id: str) -> Known | None:
    """The contract; None: unknown here, or not for the eyes of this tenant."""
    row = await tx.first(sa.select(entitlement).where(entitlement.c.contract_id == contract_id))
    return None if row is None else _known(row)


async def contracts_of(tx: Tx, subscriber_id: str) -> list[str]:
    """The contracts of a subscriber, newest first."""
    statement = sa.select(entitlement.c.contract_id).where(entitlement.c.subscriber_id == subscriber_id)
    return [row["contract_id"] for row in await tx.all(statement.order_by(entitlement.c.contract_id.desc()))]


async def lock(tx: Tx, contract_id: str) -> Known | None:
    """The contract, alone: no acceptance is being decided on it meanwhile."""
    row = await tx.first(sa.select(entitlement).where(entitlement.c.contract_id == contract_id).with_for_update())
    return None if row is None else _known(row)


async def put(tx: Tx, state: EntitlementsChanged, *, known_at: datetime) -> None:
    """Remember the newest state; an older version changes nothing."""
    row = {
        "contract_id": state.contract_id,
        "partner": state.partner,
        "subscriber_id": state.subscriber_id,
        "version": state.version,
        "state": body_of(state),
        "known_at": known_at,
    }
    statement = insert(entitlement).values(**row)
    await tx.run(
        statement.on_conflict_do_update(
            index_elements=[entitlement.c.contract_id],
            set_={name: statement.excluded[name] for name in row if name != "contract_id"},
            where=entitlement.c.version < statement.excluded.version,
        )
    )


async def retenant(tx: Tx, contract_id: str, partner: str | None) -> None:
    """Hand every row of a contract to its (new) partner."""
    for table in RETENANTED:
        await tx.run(
            table.update()
            .where(table.c.contract_id == contract_id, table.c.partner.is_distinct_from(partner))
            .values(partner=partner)
        )


@lru_cache(maxsize=4096)
def _state(text: str) -> EntitlementsChanged:
    """What was told, from its text; the same text is read once."""
    return read_body(EntitlementsChanged, orjson.loads(text))


@lru_cache(maxsize=4)
def _calendar(text: str) -> ClosedDays:
    return closed_days(read_body(CalendarChanged, orjson.loads(text)))


def _known(row: Record | asyncpg.Record) -> Known:
    return Known(
        state=read_body(EntitlementsChanged, row["state"]),
        version=row["version"],
        partner=row["partner"],
        subscriber_id=row["subscriber_id"],
        known_at=row["known_at"],
    )
