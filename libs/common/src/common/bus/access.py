"""How a client reaches a Kafka broker and says who it is."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

SecurityProtocol = Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"]
SaslMechanism = Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"]


@dataclass(frozen=True, kw_only=True)
class KafkaAccess:
    """A broker (`host:port`, several with commas) and the credentials it is shown.

    `ca_file` holds the certificates that the broker's own is judged by; without one the machine's are taken. The
    password never shows in what this prints. Raises `ValueError` when a SASL protocol lacks its user or password.
    """

    bootstrap: str
    security_protocol: SecurityProtocol = "PLAINTEXT"
    sasl_mechanism: SaslMechanism = "SCRAM-SHA-512"
    sasl_username: str | None = None
    sasl_password: SecretStr | None = None
    ca_file: Path | None = None

    def __post_init__(self) -> None:
        if self._sasl and (self.sasl_username is None or self.sasl_password is None):
            raise ValueError(f"{self.security_protocol} needs a SASL user and password")

    @property
    def _sasl(self) -> bool:
        return self.security_protocol.startswith("SASL_")

    @property
    def _tls(self) -> bool:
        return self.security_protocol.endswith("SSL")

    def for_librdkafka(self) -> dict[str, Any]:
        """The configuration that librdkafka's clients take."""
        arguments: dict[str, Any] = {
            "bootstrap.servers": self.bootstrap,
            "security.protocol": self.security_protocol,
        }
        if self._tls and self.ca_file is not None:
            arguments["ssl.ca.location"] = str(self.ca_file)
        if self._sasl and self.sasl_password is not None:
            arguments |= {
                "sasl.mechanism": self.sasl_mechanism,
                "sasl.username": self.sasl_username,
                "sasl.password": self.sasl_password.get_secret_value(),
            }
        return arguments


class KafkaCredentials(BaseSettings):
    """How the commands of `python -m common.bus` log in: `KAFKA_SECURITY_PROTOCOL` and its like."""

    model_config = SettingsConfigDict(env_prefix="KAFKA_")

    security_protocol: SecurityProtocol = "PLAINTEXT"
    sasl_mechanism: SaslMechanism = "SCRAM-SHA-512"
    sasl_username: str | None = None
    sasl_password: SecretStr | None = None
    ca_file: Path | None = None

    def access(self, bootstrap: str) -> KafkaAccess:
        """The broker at `bootstrap`, with these credentials; raises `ValueError` when one is missing."""
        return KafkaAccess(
            bootstrap=bootstrap,
            security_protocol=self.security_protocol,
            sasl_mechanism=self.sasl_mechanism,
            sasl_username=self.sasl_username,
            sasl_password=self.sasl_password,
            ca_file=self.ca_file,
        )
