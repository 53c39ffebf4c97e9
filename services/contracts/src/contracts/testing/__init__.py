"""What tests of this service are built with; production code may not import it."""

from contracts.testing.builders import (
    MONDAY_MORNING,
    OPERATOR,
    a_charge,
    a_consent,
    a_line,
    a_standard_application,
    an_active_contract,
    an_address,
    an_application,
    applied,
    consented,
    jst,
    take,
    the_catalogue,
)
from contracts.testing.desk import ADDRESS, Body, Desk

__all__ = [
    "ADDRESS", "MONDAY_MORNING", "OPERATOR", "Body", "Desk", "a_charge", "a_consent", "a_line",
    "a_standard_application", "an_active_contract", "an_address", "an_application", "applied", "consented", "jst",
    "take", "the_catalogue",
]  # fmt: skip
