"""What can be set from outside."""

from __future__ import annotations

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from common.settings import ServiceSettings


class HelpdeskSettings(ServiceSettings):
    """Settings of this service; from the environment as `HELPDESK_…`."""

    model_config = SettingsConfigDict(env_prefix="HELPDESK_")

    referral_follow_up_hours: int = Field(
        default=24, ge=1, description="Hours after which a carrier is asked again, unless an operator says otherwise."
    )
    merge_undo_hours: int = Field(
        default=24, ge=0, description="Hours in which a merge may be taken back (R-QUOTA-COUNT)."
    )
    reopen_days: int = Field(
        default=7, ge=0, description="Days in which an ended inquiry may be reopened (R-QUOTA-COUNT)."
    )
    callback_minutes: int = Field(
        default=60,
        ge=1,
        description="Minutes of support hours to ring back a missed call in, where the plan promises nothing.",
    )
    attachments_of_inquiry: int = Field(default=50, ge=1, description="Files that may hang on one inquiry.")
    reveals_per_hour: int = Field(
        default=30, ge=0, description="Secrets of customers' records that one person may be shown within an hour."
    )
    product_warning_days: int = Field(
        default=180, ge=0, description="Days before the end of a product's support from which its end is told."
    )
