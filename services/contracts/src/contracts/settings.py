"""What the contracts service needs to run; numbers of rules stand in the catalogue."""

from __future__ import annotations

from pydantic_settings import SettingsConfigDict

from common.settings import ServiceSettings


class ContractsSettings(ServiceSettings):
    """Taken from the environment under `CONTRACTS_`."""

    support_phone: str | None = None
    """The number that customers call, printed on the start notice."""

    model_config = SettingsConfigDict(env_prefix="CONTRACTS_")
