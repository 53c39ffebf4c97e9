"""Real signed tokens for tests."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec

from common.http.auth import StaticKeys

ISSUER = "https://issuer.test"
AUDIENCE = "anshin"
SERVICES = ("contracts", "helpdesk", "dispatch", "loaner", "mdm")


class TestIssuer:
    """An issuer with one ES256 key."""

    __test__ = False

    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        public = jwt.algorithms.ECAlgorithm.to_jwk(self._key.public_key(), as_dict=True)
        self.jwks: dict[str, Any] = {"keys": [{**public, "kid": "test", "alg": "ES256", "use": "sig"}]}

    def keys(self) -> StaticKeys:
        """Its public keys."""
        return StaticKeys(self.jwks)

    def token(self, subject: str, roles: Sequence[str], *, partner: str | None = None, **claims: Any) -> str:
        """A token that holds for ten minutes of real time; `claims` override or add."""
        now = int(time.time())
        body: dict[str, Any] = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": subject,
            "iat": now,
            "exp": now + 600,
            "roles": list(roles),
            "scope": " ".join(f"{service}:{verb}" for service in SERVICES for verb in ("read", "write")),
        }
        if partner is not None:
            body["partner"] = partner
        return jwt.encode({**body, **claims}, self._key, algorithm="ES256", headers={"kid": "test"})
