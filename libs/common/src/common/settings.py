"""Settings every service has; each takes them from the environment under its own prefix."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, SecretStr
from pydantic_settings import BaseSettings, NoDecode

from common.bus.access import SaslMechanism, SecurityProtocol
from common.http.peer import Listed, Networks
from common.http.security import origins
from common.limits import Limit

RateLimit = Annotated[
    Limit | None, NoDecode, BeforeValidator(lambda told: Limit.of(told) if isinstance(told, str) else told)
]
"""`10/s burst 50`, or `off`."""
Origins = Annotated[Listed, AfterValidator(origins)]
"""Origins with commas, such as `https://console.example`."""


class ServiceSettings(BaseSettings):
    """What a service needs to run. Subclasses set `env_prefix`.

    `database_url` logs in as the service's own role. `issuer` and `audience` name the one token issuer that is
    trusted; its keys are found by discovery, unless `jwks_url` says where, and read again after `keys_refresh_seconds`.
    The `…_claim` settings say where its tokens hold roles, scopes, tenant and the human being behind a login: the name
    of a claim or a path (`realm_access.roles`). `secret_key` (any long random text) encrypts stored answers that hold
    secrets and the positions of events, and signs offers; what was encrypted or signed with one of `old_secret_keys` is
    still taken.
    The `kafka_…` settings say how the service logs in where `bus` is a `kafka://` one (see `KafkaAccess`).
    `https` says that the world outside speaks https to this service, directly or through a proxy.
    With `background` off a process serves requests only (relay, consumers and sweeps run in the worker process).
    """

    database_url: str
    issuer: str
    audience: str = "anshin"
    jwks_url: str | None = None
    keys_refresh_seconds: float = 300.0
    roles_claim: str = "roles"
    scope_claim: str = "scope"
    partner_claim: str = "partner"
    person_claim: str = "sub"
    secret_key: SecretStr
    old_secret_keys: tuple[SecretStr, ...] = ()
    bus: str = "embedded"
    kafka_security_protocol: SecurityProtocol = "PLAINTEXT"
    kafka_sasl_mechanism: SaslMechanism = "SCRAM-SHA-512"
    kafka_sasl_username: str | None = None
    kafka_sasl_password: SecretStr | None = None
    kafka_ca_file: Path | None = None
    pool_size: int = 10
    background: bool = True
    poll_seconds: float = 0.1
    seal_seconds: float = 30.0
    body_limit_bytes: int = 2 * 1024 * 1024
    request_timeout_seconds: float = 30.0
    body_timeout_seconds: float = 15.0
    rate_limit_house: RateLimit = Limit(100, 500)
    rate_limit_partner: RateLimit = Limit(10, 50)
    rate_limit_anonymous: RateLimit = Limit(10, 100)
    trusted_proxies: Networks = ()
    cors_origins: Origins = ()
    https: bool = False
    host: str = "127.0.0.1"
    port: int = 8000

    def rate_limits(self) -> dict[str, Limit | None]:
        """The limit of each kind of client."""
        return {
            "house": self.rate_limit_house,
            "partner": self.rate_limit_partner,
            "anonymous": self.rate_limit_anonymous,
        }

    def secrets(self) -> list[str]:
        """The secret key, and after it those that came before and are still taken."""
        return [key.get_secret_value() for key in (self.secret_key, *self.old_secret_keys)]
