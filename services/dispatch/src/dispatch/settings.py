"""Settings of dispatch, from the environment with the prefix `DISPATCH_`."""

from __future__ import annotations

import hashlib
from datetime import timedelta

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from common.settings import ServiceSettings
from dispatch.domain.offers import OfferTerms


class DispatchSettings(ServiceSettings):
    """What dispatch needs beyond every service's settings.

    `travel_minutes` is kept free after each visit for the way to the next; `isolation_minutes` is the planned work of
    an isolation visit unless the catalogue names another figure.
    """

    model_config = SettingsConfigDict(env_prefix="DISPATCH_")

    offer_minutes: int = Field(default=30, ge=1)
    grid_minutes: int = Field(default=30, ge=5, le=120)
    slots_per_day: int = Field(default=5, ge=1, le=50)
    search_days_max: int = Field(default=31, ge=1, le=92)
    travel_minutes: int = Field(default=30, ge=0, le=240)
    isolation_minutes: int = Field(default=60, ge=15, le=480)

    def offer_terms(self) -> OfferTerms:
        """How offers are made; the keys that sign them are derived from the service's secrets."""
        return OfferTerms(
            secrets=tuple(hashlib.sha256(b"offers:" + secret.encode()).digest() for secret in self.secrets()),
            valid_for=timedelta(minutes=self.offer_minutes),
            grid=timedelta(minutes=self.grid_minutes),
            slots_per_day=self.slots_per_day,
            days_max=self.search_days_max,
            travel=timedelta(minutes=self.travel_minutes),
            isolation_work=timedelta(minutes=self.isolation_minutes),
        )
