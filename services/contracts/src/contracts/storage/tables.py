"""All tables of the contracts service."""

from __future__ import annotations

from contracts.storage.billing_tables import (
    charge,
    fee_month,
    statement,
    statement_line,
    usage_device,
    usage_inquiry,
    usage_known,
    usage_loan,
    usage_visit,
)
from contracts.storage.contract_tables import (
    address_period,
    catalogue_part,
    closed_day,
    consent,
    contract,
    history,
    metadata,
    option_period,
    plan_change,
    plan_period,
    published_part,
    site,
    status_period,
    subscriber,
    subscriber_phone,
)

__all__ = [
    "address_period",
    "catalogue_part",
    "charge",
    "closed_day",
    "consent",
    "contract",
    "fee_month",
    "history",
    "metadata",
    "option_period",
    "plan_change",
    "plan_period",
    "published_part",
    "site",
    "statement",
    "statement_line",
    "status_period",
    "subscriber",
    "subscriber_phone",
    "usage_device",
    "usage_inquiry",
    "usage_known",
    "usage_loan",
    "usage_visit",
]
