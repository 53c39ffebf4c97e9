"""Settings of evaluation mode (`ANSHIN_…`)."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any, Self

from pydantic import AwareDatetime, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from common.civil import JST

_TRUST = {
    *("issuer", "audience", "jwks_url", "keys_refresh_seconds"),
    *("roles_claim", "scope_claim", "partner_claim", "person_claim"),
}


class EvaluationSettings(BaseSettings):
    """What `python -m evaluation` may be told.

    `data_dir` holds the database, the issuer's key and the sandbox clock's offset: delete it to start anew. `demo`
    plays the main job when the database is empty. `sandbox` opens `/api/sandbox`. `sandbox_start` is where business
    time begins on an empty database. `bus` is `embedded` or `kafka://host:port`. With an `issuer` only that issuer's
    tokens are taken, and there can be no sandbox; the settings about its tokens are those of every service
    (`common.settings`).
    """

    model_config = SettingsConfigDict(env_prefix="ANSHIN_")

    host: str = "127.0.0.1"
    port: int = 8000
    data_dir: Path = Path(".data")
    demo: bool = True
    bus: str = "embedded"
    sandbox: bool = True
    issuer: str | None = None
    audience: str = "anshin"
    jwks_url: str | None = None
    keys_refresh_seconds: float = 300.0
    roles_claim: str = "roles"
    scope_claim: str = "scope"
    partner_claim: str = "partner"
    person_claim: str = "sub"
    sandbox_start: AwareDatetime = datetime(2026, 6, 1, 9, tzinfo=JST)
    exit_after_demo: bool = False
    log_level: str = "WARNING"

    @model_validator(mode="after")
    def _no_sandbox_beside_an_issuer(self) -> Self:
        if self.issuer is not None and self.sandbox:
            message = "ANSHIN_ISSUER needs ANSHIN_SANDBOX=0: the sandbox gives tokens to anybody"
            raise ValueError(message)
        return self

    def trust(self) -> dict[str, Any]:
        """The services' settings about whose tokens they take: the issuer's own, or the sandbox's with its defaults."""
        if self.issuer is None:
            return {"issuer": self.address, "jwks_url": f"{self.address}/.well-known/jwks.json"}
        return self.model_dump(include=_TRUST)

    @property
    def address(self) -> str:
        """Where a client on this machine finds it."""
        host = "127.0.0.1" if self.host in {"0.0.0.0", "::"} else self.host  # noqa: S104 - a reading, not a binding
        return f"http://{host}:{self.port}"


def data_directory(settings: EvaluationSettings) -> Path:
    """The data directory, made private to this account when it is made."""
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    return settings.data_dir.absolute()
