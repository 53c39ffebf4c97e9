"""Settings of the MDM gateway, from the environment under `MDM_GATEWAY_`."""

from __future__ import annotations

from datetime import timedelta

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from common.settings import ServiceSettings
from mdm_gateway.domain.terms import Terms


class MdmGatewaySettings(ServiceSettings):
    """What the gateway decides by beside the rules: spans and limits. `agent_poll_seconds` are of real time."""

    model_config = SettingsConfigDict(env_prefix="MDM_GATEWAY_")

    invitation_hours: int = Field(default=72, ge=1)
    approval_hours: int = Field(default=24, ge=1)
    lost_device_days: int = Field(default=30, ge=1)
    setting_days: int = Field(default=6, ge=1)
    redelivery_seconds: int = Field(default=60, ge=1)
    not_now_retry_seconds: int = Field(default=60, ge=1)
    unconfirmed_minutes: int = Field(default=60, ge=1)
    wipe_limit_floor: int = Field(default=3, ge=1)
    agent_wait_seconds: float = Field(default=25.0, ge=0, le=55)
    agent_poll_seconds: float = Field(default=2.0, gt=0)

    def terms(self) -> Terms:
        """The spans and limits as the rules take them."""
        return Terms(
            invitation_lifetime=timedelta(hours=self.invitation_hours),
            approval_window=timedelta(hours=self.approval_hours),
            lost_device_lifetime=timedelta(days=self.lost_device_days),
            setting_lifetime=timedelta(days=self.setting_days),
            redelivery_after=timedelta(seconds=self.redelivery_seconds),
            not_now_retry=timedelta(seconds=self.not_now_retry_seconds),
            unconfirmed_after=timedelta(minutes=self.unconfirmed_minutes),
            wipe_limit_floor=self.wipe_limit_floor,
        )
