"""One call, one screen: what the person on the phone needs to know of a contract, built from events."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from common.db import Tx
from common.entitlements import Standing, closed_days
from helpdesk.domain.acceptance import hours_of, next_opening
from helpdesk.domain.bookings import Booking
from helpdesk.domain.inquiry import Inquiry
from helpdesk.domain.outages import Matched, matched
from helpdesk.domain.quota import Allowance, Balance, Counter, allowance_of
from helpdesk.domain.records import RecordEntry
from helpdesk.domain.refusals import ContractUnknown
from helpdesk.storage import bookings, catalogue, credentials, entitlements, inquiries, outages, quota, records, told

MOST_OF_RECORD = 50
"""How much of a record is shown at once."""


@dataclass(frozen=True, kw_only=True)
class Hours:
    """Whether somebody is there; None where it is not known (calendar or hours not recorded)."""

    open_now: bool | None
    next_open_at: datetime | None
    closes_at: datetime | None
    hours_extension: bool


@dataclass(frozen=True, kw_only=True)
class VisitRight:
    """Isolation visits of the fee month (R-ISOLATION-QUOTA)."""

    fee_month: str
    allowed: int
    held: int
    used: int

    @property
    def free(self) -> int:
        """Rights neither held nor used."""
        return max(0, self.allowed - self.held - self.used)


@dataclass(frozen=True, kw_only=True)
class Concern:
    """An outage that goes on, and why it may concern the contract."""

    outage: outages.OpenOutage
    matched: Matched


@dataclass(frozen=True, kw_only=True)
class Overview:
    """Everything at once; `known_up_to` is the business time of the latest fact told."""

    contract_id: str
    status: str | None
    plan_code: str | None
    hours: Hours
    balance: Balance | None
    plan_units: int
    extra_units: int
    open_inquiries: list[Inquiry]
    remote_bookings: list[Booking]
    visit_right: VisitRight
    visits: list[told.Visit]
    loans: list[told.Loan]
    devices: list[told.Device]
    outages: list[Concern]
    record: list[RecordEntry]
    secrets: dict[str, int] | None
    caller: told.Subscriber | None
    told: entitlements.Told
    known_up_to: datetime


async def contract_overview(contract_id: str, tx: Tx, now: datetime) -> Overview:
    """The contract as known here at `now`; raises `ContractUnknown`.

    Names, phones, and on which entry of the record secrets hang, are for the house only.
    """
    known = await entitlements.find(tx, contract_id)
    if known is None:
        raise ContractUnknown(contract_id=contract_id)
    standing = known.standing(now)
    month = await quota.month(tx, contract_id, standing.fee_month.name)
    allowance = allowance_of(known.state, standing.fee_month)
    still_open = await inquiries.open_of_contract(tx, contract_id)
    record = await records.in_short(tx, contract_id, most=MOST_OF_RECORD)
    return Overview(
        contract_id=contract_id,
        status=standing.status,
        plan_code=standing.plan.code if standing.plan is not None else None,
        hours=await _hours(standing, tx, now),
        balance=_balance(standing, allowance, month.counter if month is not None else Counter()),
        plan_units=allowance.plan,
        extra_units=allowance.extra,
        open_inquiries=still_open,
        remote_bookings=await bookings.standing(tx, [each.id for each in still_open]),
        visit_right=await _visit_right(standing, tx),
        visits=await told.open_visits(tx, contract_id),
        loans=await told.open_loans(tx, contract_id),
        devices=await told.devices(tx, contract_id),
        outages=await _concerns(standing, tx),
        record=record,
        secrets=await credentials.counts(tx, [each.id for each in record]) if tx.partner is None else None,
        caller=await told.find_subscriber(tx, known.subscriber_id) if tx.partner is None else None,
        told=known.told(now),
        known_up_to=await told.known_up_to(tx, contract_id) or known.known_at,
    )


def _balance(standing: Standing, allowance: Allowance, counter: Counter) -> Balance | None:
    """None while the plan's limit is not recorded: it is not guessed."""
    if standing.inquiry_limit is None:
        return None
    return Balance(fee_month=standing.fee_month.name, allowed=allowance.limit, used=counter.used)


async def _concerns(standing: Standing, tx: Tx) -> list[Concern]:
    found = [(each, matched(each.areas, standing.address)) for each in await outages.going_on(tx)]
    return [Concern(outage=each, matched=why) for each, why in found if why is not None]


async def _hours(standing: Standing, tx: Tx, now: datetime) -> Hours:
    calendar = await catalogue.calendar(tx)
    hours = hours_of(standing, closed_days(calendar)) if calendar is not None else None
    if hours is None:
        return Hours(open_now=None, next_open_at=None, closes_at=None, hours_extension=standing.hours_extension)
    open_now = hours.is_open(now)
    return Hours(
        open_now=open_now,
        next_open_at=next_opening(hours, now),
        closes_at=hours.next_close(now) if open_now else None,
        hours_extension=standing.hours_extension,
    )


async def _visit_right(standing: Standing, tx: Tx) -> VisitRight:
    rights = await told.rights(tx, standing.contract_id, standing.fee_month.name)
    return VisitRight(
        fee_month=standing.fee_month.name,
        allowed=standing.plan.isolation if standing.plan is not None else 0,
        held=rights.get("held", 0),
        used=rights.get("used", 0),
    )
