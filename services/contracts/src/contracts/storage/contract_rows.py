"""How a contract and what is dated about it stand in rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa
from pydantic import TypeAdapter

from common.db import Record
from contracts.domain.contract import (
    Address,
    AddressTime,
    Consent,
    Contract,
    Correction,
    Fault,
    OptionTime,
    PlanChange,
    PlanChangeStatus,
    PlanTime,
    Registration,
    SiteTime,
    Status,
    StatusPeriod,
)
from contracts.domain.lines import Line
from contracts.domain.plans import (
    OptionKind,
    PlanTerms,
)
from contracts.storage import tables


@dataclass(frozen=True, kw_only=True)
class Part:
    """One of the tables a contract is spread over: where its rows stand in the contract, and what tells them apart."""

    name: str
    table: sa.Table
    key: str
    to_row: Callable[[Any], dict[str, Any]]
    from_row: Callable[[Record], Any]


@cache
def _terms() -> TypeAdapter[PlanTerms]:
    return TypeAdapter(PlanTerms)


def address_columns(address: Address) -> dict[str, Any]:
    """An address as columns."""
    return asdict(address)


def address_of(row: Record) -> Address:
    """The address in a row that has its columns."""
    return Address(
        postal_code=row["postal_code"],
        prefecture=row["prefecture"],
        prefecture_code=row["prefecture_code"],
        city=row["city"],
        street=row["street"],
        building=row["building"],
        municipality_code=row["municipality_code"],
    )


def _status_row(period: StatusPeriod) -> dict[str, Any]:
    return {"starts_at": period.starts, "ends_at": period.ends, "status": period.status.value}


def _status(row: Record) -> StatusPeriod:
    return StatusPeriod(starts=row["starts_at"], ends=row["ends_at"], status=Status(row["status"]))


def _plan_row(time: PlanTime) -> dict[str, Any]:
    return {
        "starts_at": time.starts,
        "ends_at": time.ends,
        "plan_code": time.terms.code,
        "terms": _terms().dump_python(time.terms, mode="json"),
        "price": time.price,
        "event_id": time.event_id,
    }


def _plan(row: Record) -> PlanTime:
    return PlanTime(
        starts=row["starts_at"],
        ends=row["ends_at"],
        terms=_terms().validate_python(row["terms"]),
        price=row["price"],
        event_id=row["event_id"],
    )


def _option_row(option: OptionTime) -> dict[str, Any]:
    return {
        "id": option.id,
        "starts_at": option.starts,
        "ends_at": option.ends,
        "code": option.code,
        "kind": option.kind.value,
        "price": option.price,
        "fee_month": option.fee_month,
        "units": option.units,
        "ordinal": option.ordinal,
        "own_ends_at": option.own_end,
        "ended": option.ended,
        "event_id": option.event_id,
    }


def _option(row: Record) -> OptionTime:
    return OptionTime(
        id=row["id"],
        starts=row["starts_at"],
        ends=row["ends_at"],
        code=row["code"],
        kind=OptionKind(row["kind"]),
        price=row["price"],
        fee_month=row["fee_month"],
        units=row["units"],
        ordinal=row["ordinal"],
        own_end=row["own_ends_at"],
        ended=row["ended"],
        event_id=row["event_id"],
    )


def _address_row(held: AddressTime) -> dict[str, Any]:
    dated = {"id": held.id, "starts_at": held.starts, "ends_at": held.ends, "announced": held.announced}
    return {**dated, **address_columns(held.address)}


def _address(row: Record) -> AddressTime:
    return AddressTime(
        id=row["id"],
        starts=row["starts_at"],
        ends=row["ends_at"],
        address=address_of(row),
        announced=row["announced"],
    )


def _site_row(site: SiteTime) -> dict[str, Any]:
    return {"id": site.id, "label": site.label, "starts_at": site.starts, "ends_at": site.ends}


def _site(row: Record) -> SiteTime:
    return SiteTime(id=row["id"], label=row["label"], starts=row["starts_at"], ends=row["ends_at"])


def _consent_row(consent: Consent) -> dict[str, Any]:
    return {
        "id": consent.id,
        "document": consent.document,
        "document_version": consent.version,
        "accepted_by": consent.accepted_by,
        "accepted_at": consent.accepted_at,
        "channel": consent.channel,
        "holds_from": consent.holds_from,
        "holds_until": consent.holds_until,
    }


def _consent(row: Record) -> Consent:
    return Consent(
        id=row["id"],
        document=row["document"],
        version=row["document_version"],
        accepted_by=row["accepted_by"],
        accepted_at=row["accepted_at"],
        channel=row["channel"],
        holds_from=row["holds_from"],
        holds_until=row["holds_until"],
    )


def _line_columns(line: Line | None) -> dict[str, Any]:
    return {
        "line_kind": line.kind if line else None,
        "line_carrier": line.carrier if line else None,
        "line_number": line.number if line else None,
    }


def _line(row: Record) -> Line | None:
    if row["line_kind"] is None:
        return None
    return Line(kind=row["line_kind"], carrier=row["line_carrier"], number=row["line_number"])


def _registration_row(held: Registration) -> dict[str, Any]:
    return {
        "starts_at": held.starts,
        "ends_at": held.ends,
        "subscriber_id": held.subscriber_id,
        "partner": held.partner,
        **_line_columns(held.line),
        "service_id": held.service_id,
        "access_lines": [asdict(each) for each in held.access_lines],
    }


def _registration(row: Record) -> Registration:
    return Registration(
        starts=row["starts_at"],
        ends=row["ends_at"],
        subscriber_id=row["subscriber_id"],
        partner=row["partner"],
        line=_line(row),
        service_id=row["service_id"],
        access_lines=tuple(Line(**each) for each in row["access_lines"]),
    )


def _correction_column(correction: Correction | None) -> dict[str, Any] | None:
    if correction is None:
        return None
    return {"asked_at": correction.asked_at.isoformat(), "faults": [asdict(fault) for fault in correction.faults]}


def _correction(column: dict[str, Any] | None) -> Correction | None:
    if column is None:
        return None
    return Correction(
        asked_at=datetime.fromisoformat(column["asked_at"]),
        faults=tuple(Fault(**fault) for fault in column["faults"]),
    )


def _plan_change_row(change: PlanChange) -> dict[str, Any]:
    return {**asdict(change), "status": change.status.value}


def _plan_change(row: Record) -> PlanChange:
    return PlanChange(
        id=row["id"],
        from_plan=row["from_plan"],
        to_plan=row["to_plan"],
        effective_from=row["effective_from"],
        status=PlanChangeStatus(row["status"]),
    )


PARTS = (
    Part(
        name="registrations",
        table=tables.registration_period,
        key="starts_at",
        to_row=_registration_row,
        from_row=_registration,
    ),
    Part(name="statuses", table=tables.status_period, key="starts_at", to_row=_status_row, from_row=_status),
    Part(name="plans", table=tables.plan_period, key="starts_at", to_row=_plan_row, from_row=_plan),
    Part(name="options", table=tables.option_period, key="id", to_row=_option_row, from_row=_option),
    Part(name="addresses", table=tables.address_period, key="id", to_row=_address_row, from_row=_address),
    Part(name="sites", table=tables.site, key="id", to_row=_site_row, from_row=_site),
    Part(name="consents", table=tables.consent, key="id", to_row=_consent_row, from_row=_consent),
    Part(
        name="plan_changes",
        table=tables.plan_change,
        key="id",
        to_row=_plan_change_row,
        from_row=_plan_change,
    ),
)


def head_columns(contract: Contract) -> dict[str, Any]:
    """The contract's own row."""
    return {
        "id": contract.id,
        "partner": contract.partner,
        "subscriber_id": contract.subscriber_id,
        "status": contract.status.value,
        "version": contract.version,
        "entitlements_version": contract.entitlements_version,
        "fee_month_start_day": contract.fee_month_start_day,
        "applied_at": contract.applied_at,
        "starts_at": contract.start,
        "active_from": contract.active_from,
        "ends_at": contract.ends_at,
        **_line_columns(contract.line),
        "line_key": contract.line_key,
        "service_id": contract.service_id,
        "access_lines": [asdict(each) for each in contract.access_lines],
        "reviewed_plan": contract.reviewed_plan,
        "legacy_number": contract.legacy_number,
        "support_number": contract.support_number,
        "parked_until": contract.parked_until,
        "resumes_with_line": contract.resumes_with_line,
        "correction": _correction_column(contract.correction),
    }


def open_month_columns(contract: Contract) -> dict[str, Any]:
    """The row of the month to be closed next."""
    return {"contract_id": contract.id, "partner": contract.partner, "ends_at": contract.open_month_ends_at}


def contract_of(head: Record, parts: Mapping[str, Sequence[Record]]) -> Contract:
    """The contract from its own row and, by part, the rows of what is dated about it."""
    dated = {part.name: tuple(part.from_row(row) for row in parts[part.name]) for part in PARTS}
    return Contract(
        id=head["id"],
        partner=head["partner"],
        subscriber_id=head["subscriber_id"],
        status=Status(head["status"]),
        version=head["version"],
        entitlements_version=head["entitlements_version"],
        fee_month_start_day=head["fee_month_start_day"],
        applied_at=head["applied_at"],
        start=head["starts_at"],
        active_from=head["active_from"],
        ends_at=head["ends_at"],
        open_month_ends_at=head["open_month_ends_at"],
        line=_line(head),
        line_key=head["line_key"],
        service_id=head["service_id"],
        access_lines=tuple(Line(**each) for each in head["access_lines"]),
        reviewed_plan=head["reviewed_plan"],
        legacy_number=head["legacy_number"],
        support_number=head["support_number"],
        parked_until=head["parked_until"],
        resumes_with_line=head["resumes_with_line"],
        correction=_correction(head["correction"]),
        **dated,
    )
