"""Settings every service has; each takes them from the environment under its own prefix."""

from __future__ import annotations

from pathlib import Path

from pydantic import SecretStr
from pydantic_settings import BaseSettings

from common.bus.access import SaslMechanism, SecurityProtocol
from common.http.peer import Networks


class ServiceSettings(BaseSettings):
    """What a service needs to run. Subclasses set `env_prefix`.

    `database_url` logs in as the service's own role. `issuer` and `audience` name the one token issuer that is
    trusted; its keys are found by discovery, unless `jwks_url` says where, and read again after `keys_refresh_seconds`.
    The `…_claim` settings say where its tokens hold roles, scopes, tenant and the human being behind a login: the name
    of a claim or a path (`realm_access.roles`). `secret_key` (any long random text) encrypts stored answers that hold
    secrets and signs offers.
    The `kafka_…` settings say how the service logs in where `bus` is a `kafka://` one (see `KafkaAccess`).
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
    trusted_proxies: Networks = ()
    host: str = "127.0.0.1"
    port: int = 8000
