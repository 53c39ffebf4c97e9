"""Partition keys: what belongs together on the bus. The key of an aggregate never changes."""

from __future__ import annotations

from collections.abc import Mapping

from common.events.base import EventData

KEYS: Mapping[str, tuple[str, ...]] = {
    "entitlements": ("contract_id",),
    "catalogue": ("part",),
    "calendar": (),
    "subscriber": ("subscriber_id",),
    "address": ("address_id",),
    "contract": ("contract_id",),
    "statement": ("contract_id",),
    "adjustment": ("contract_id",),
    "invoice": ("subscriber_id",),
    "credit_note": ("subscriber_id",),
    "token_revocation": ("revocation_id",),
    "inquiry": ("inquiry_id",),
    "refusal": ("contract_id",),
    "quota": ("contract_id",),
    "call": ("call_id",),
    "callback": ("callback_id",),
    "report": ("contract_id",),
    "service_goal": ("subject_id",),
    "outage": ("outage_id",),
    "visit_request": ("inquiry_id", "visit_request_id"),
    "visit": ("inquiry_id", "visit_request_id"),
    "charge": ("visit_request_id",),
    "loan": ("inquiry_id",),
    "loan_refusal": ("inquiry_id",),
    "unit": ("unit_id",),
    "device": ("device_id",),
    "invitation": ("contract_id",),
    "seats": ("contract_id",),
    "lost_report": ("device_id",),
    "command": ("device_id",),
}
"""By aggregate the field of the body whose value is the key: the first that is filled.

Where none is named the key is the aggregate's name, for there is only one of it.
"""


def key_of(data: EventData) -> str:
    """The partition key of an event; raises `LookupError` when none of its fields is filled."""
    fields = KEYS[data.aggregate]
    if not fields:
        return data.aggregate
    found = next((str(value) for name in fields if (value := getattr(data, name, None)) is not None), None)
    if found is None:
        message = f"{data.type_name()} names none of {', '.join(fields)}"
        raise LookupError(message)
    return found
