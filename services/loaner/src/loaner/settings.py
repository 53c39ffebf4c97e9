"""Settings of the loaner service, from the environment under `LOANER_`."""

from __future__ import annotations

from pydantic_settings import SettingsConfigDict

from common.settings import ServiceSettings


class LoanerSettings(ServiceSettings):
    """What every service needs; the numbers of its rules come with the catalogue."""

    model_config = SettingsConfigDict(env_prefix="LOANER_")
