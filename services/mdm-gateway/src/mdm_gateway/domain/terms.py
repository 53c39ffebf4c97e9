"""The spans and limits this service decides by: settings, never literals in the rules."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from mdm_gateway.domain.matrix import LOST_DEVICE, Function


@dataclass(frozen=True, kw_only=True)
class Terms:
    """How long things live, how often a device is asked again, how many wipes an hour are allowed."""

    invitation_lifetime: timedelta
    approval_window: timedelta
    lost_device_lifetime: timedelta
    setting_lifetime: timedelta
    redelivery_after: timedelta
    not_now_retry: timedelta
    unconfirmed_after: timedelta
    wipe_limit_floor: int

    def expiry_of(self, function: Function, *, start: datetime) -> datetime:
        """The instant from which a command of this function is no longer delivered."""
        return start + (self.lost_device_lifetime if function in LOST_DEVICE else self.setting_lifetime)

    def wipes_an_hour(self, seats: int | None) -> int:
        """How many wipes a contract may have within one hour (R-MDM-WIPE-TWO)."""
        return max(self.wipe_limit_floor, seats or 0)
