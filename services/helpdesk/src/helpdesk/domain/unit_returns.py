"""The fault was an outage's: the unit goes back and the case stays, and that can be taken back (R-QUOTA-COUNT)."""

from __future__ import annotations

from dataclasses import replace

from common.events.helpdesk_outages import InquiryCountedAgain, InquiryUnitReturned
from helpdesk.domain.counting import STILL_THERE, goes_back
from helpdesk.domain.inquiry import GONE, Inquiry, Step, UnitSource, require
from helpdesk.domain.outage_refusals import InquiryCounts, UnitNotOfOutage, UnitWentBack


def return_unit(inquiry: Inquiry, outage_id: str, *, linked_to: str | None, reason: str, actor: str) -> Step | None:
    """What an outage caused is out of scope: it does not count any more; the case stays where it is (R-QUOTA-COUNT).

    None when its unit went back like this before. Raises `UnitWentBack` for what was voided or merged,
    `UnitNotOfOutage` for what is not linked to this outage.
    """
    if inquiry.status in GONE:
        raise UnitWentBack(status=inquiry.status.value, merged_into=inquiry.merged_into)
    if not inquiry.counted:
        return None
    if linked_to != outage_id:
        raise UnitNotOfOutage(outage_id=outage_id, linked_to=linked_to)
    returned = InquiryUnitReturned(
        actor=actor,
        inquiry_id=inquiry.id,
        contract_id=inquiry.contract_id,
        outage_id=outage_id,
        reason=reason,
        fee_month=inquiry.fee_month,
        units=goes_back(inquiry),
    )
    return Step(inquiry=replace(inquiry, counted=False), events=(returned,))


def require_uncounted(inquiry: Inquiry) -> None:
    """Raise `InquiryCounts` when its unit did not go back while the case stays, `WrongState` when it does not stay."""
    require(inquiry, STILL_THERE)
    if inquiry.counted:
        raise InquiryCounts(fee_month=inquiry.fee_month)


def count_again(inquiry: Inquiry, *, unit_source: UnitSource, reason: str, actor: str) -> Step:
    """It was no outage's after all: it counts, with a unit of its own month (R-QUOTA-COUNT)."""
    again = InquiryCountedAgain(
        actor=actor,
        inquiry_id=inquiry.id,
        contract_id=inquiry.contract_id,
        reason=reason,
        fee_month=inquiry.fee_month,
        units=1,
        unit_source=unit_source.value,
    )
    return Step(inquiry=replace(inquiry, counted=True, unit_source=unit_source), events=(again,))
