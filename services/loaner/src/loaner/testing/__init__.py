"""What tests of this service are built with; production code may not import it."""

from loaner.testing.builders import (
    CONTRACT,
    INQUIRY,
    KINDS,
    NOW,
    REMINDERS,
    a_case,
    a_catalogue,
    a_loan,
    a_pc,
    a_unit,
    a_verdict,
    an_address,
    an_address_period,
    an_ask,
    entitled,
    entitlements,
    fault_isolated,
    inquiry_accepted,
    loan_kinds,
    loan_settings,
    some_facts,
)
from loaner.testing.house import House

__all__ = [
    "CONTRACT", "INQUIRY", "KINDS", "NOW", "REMINDERS", "House", "a_case", "a_catalogue", "a_loan", "a_pc", "a_unit",
    "a_verdict", "an_address", "an_address_period", "an_ask", "entitled", "entitlements", "fault_isolated",
    "inquiry_accepted", "loan_kinds", "loan_settings", "some_facts",
]  # fmt: skip
