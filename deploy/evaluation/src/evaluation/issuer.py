"""The evaluation issuer: signs tokens for whoever asks, with a key that lives in the data directory.

Services read its keys from its JWKS like any other issuer's. It exists in evaluation only.
"""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from common.http.claims import Role
from common.ids import new_id

AUDIENCE = "anshin"
LIFETIME_SECONDS = 12 * 3600
_SERVICES = ("contracts", "helpdesk", "dispatch", "loaner", "mdm")
_VERBS: dict[Role, tuple[str, ...]] = {
    Role.OPERATOR: ("read", "write"),
    Role.SUPERVISOR: ("read", "write"),
    Role.TECHNICIAN: ("read", "write"),
    Role.DEPOT: ("read", "write"),
    Role.PARTNER: ("read", "write"),
    Role.PARTNER_ADMIN: ("read", "write"),
    Role.ANALYST: ("read",),
}


def secret_text(path: Path) -> str:
    """The long random text kept in `path` (mode 0600), made the first time."""
    if not path.exists():
        _write_privately(path, secrets.token_urlsafe(48).encode())
    return path.read_text()


def _write_privately(path: Path, content: bytes) -> None:
    part = path.with_suffix(".part")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
    part.replace(path)


class EvaluationIssuer:
    """One ES256 key, its JWKS, and tokens by role."""

    def __init__(self, key_file: Path, *, url: str) -> None:
        if not key_file.exists():
            fresh = ec.generate_private_key(ec.SECP256R1())
            pem = fresh.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
            _write_privately(key_file, pem)
        key = serialization.load_pem_private_key(key_file.read_bytes(), password=None)
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            message = f"{key_file} holds no EC key"
            raise TypeError(message)
        self._key = key
        self.url = url
        public = jwt.algorithms.ECAlgorithm.to_jwk(key.public_key(), as_dict=True)
        self._kid = public["x"][:16]
        self.jwks: dict[str, Any] = {"keys": [{**public, "kid": self._kid, "alg": "ES256", "use": "sig"}]}

    def token(self, subject: str, roles: Sequence[Role], partner: str | None) -> str:
        """A signed token with the scopes of the roles; holds for twelve hours of real time."""
        now = int(time.time())
        scopes = {f"{service}:{verb}" for role in roles for service in _SERVICES for verb in _VERBS[role]}
        claims: dict[str, Any] = {
            "iss": self.url,
            "aud": AUDIENCE,
            "sub": subject,
            "iat": now,
            "exp": now + LIFETIME_SECONDS,
            "jti": new_id("tok"),
            "roles": [role.value for role in roles],
            "scope": " ".join(sorted(scopes)),
        }
        if partner is not None:
            claims["partner"] = partner
        return jwt.encode(claims, self._key, algorithm="ES256", headers={"kid": self._kid})
