"""Real signed tokens for tests, and what forgers make of them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from common.http.issuer_keys import StaticKeys

ISSUER = "https://issuer.test"
AUDIENCE = "anshin"
SERVICES = ("contracts", "helpdesk", "dispatch", "loaner", "mdm")

Algorithm = Literal["ES256", "RS256"]


class TestIssuer:
    """An issuer with one key."""

    __test__ = False

    def __init__(self, algorithm: Algorithm = "ES256", *, kid: str = "test", url: str = ISSUER) -> None:
        self.algorithm = algorithm
        self.kid = kid
        self.url = url
        self.private_key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
        if algorithm == "ES256":
            self.private_key = ec.generate_private_key(ec.SECP256R1())
            public = jwt.algorithms.ECAlgorithm.to_jwk(self.private_key.public_key(), as_dict=True)
        else:
            self.private_key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
            public = jwt.algorithms.RSAAlgorithm.to_jwk(self.private_key.public_key(), as_dict=True)
        public.pop("key_ops", None)
        self.public_jwk: dict[str, Any] = {**public, "kid": kid, "alg": algorithm, "use": "sig"}
        self.jwks: dict[str, Any] = {"keys": [self.public_jwk]}

    @property
    def public_pem(self) -> bytes:
        """The public key as a PEM file has it."""
        return self.private_key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )

    def keys(self) -> StaticKeys:
        """Its public keys."""
        return StaticKeys(self.jwks)

    def claims(
        self, subject: str, roles: Sequence[str], /, *, partner: str | None = None, **over: Any
    ) -> dict[str, Any]:
        """Claims that hold for ten minutes of real time; `over` overrides or adds, and None takes a claim away."""
        now = int(time.time())
        body: dict[str, Any] = {
            "iss": self.url,
            "aud": AUDIENCE,
            "sub": subject,
            "iat": now,
            "exp": now + 600,
            "roles": list(roles),
            "scope": " ".join(f"{service}:{verb}" for service in SERVICES for verb in ("read", "write")),
            "partner": partner,
        }
        return {name: value for name, value in {**body, **over}.items() if value is not None}

    def token(self, subject: str, roles: Sequence[str], /, *, partner: str | None = None, **over: Any) -> str:
        """A signed token with these claims."""
        return self.sign(self.claims(subject, roles, partner=partner, **over))

    def sign(self, claims: Mapping[str, Any], **headers: Any) -> str:
        """Any claims, signed; `headers` override or add to the token's own."""
        headers = {"kid": self.kid, **headers}
        payload = json.dumps(dict(claims)).encode()
        return jwt.PyJWS().encode(payload, self.private_key, algorithm=self.algorithm, headers=headers)


def without_signature(claims: Mapping[str, Any], *, kid: str = "test", algorithm: str = "none") -> str:
    """A token that says it needs no signature."""
    return f"{_part({'alg': algorithm, 'typ': 'JWT', 'kid': kid})}.{_part(claims)}."


def signed_with_the_public_key(claims: Mapping[str, Any], public_key: bytes, *, kid: str = "test") -> str:
    """A token signed by HMAC with what everybody knows: the issuer's public key, in whatever form."""
    signed = f"{_part({'alg': 'HS256', 'typ': 'JWT', 'kid': kid})}.{_part(claims)}"
    return f"{signed}.{_text(hmac.new(public_key, signed.encode(), hashlib.sha256).digest())}"


def public_key_forms(issuer: TestIssuer) -> dict[str, bytes]:
    """The issuer's public key in the forms in which forgers have used it as an HMAC secret."""
    pem, jwk = issuer.public_pem, issuer.public_jwk
    return {
        "PEM": pem,
        "PEM without its last newline": pem.rstrip(b"\n"),
        "DER": issuer.private_key.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        ),
        "JWK": json.dumps(jwk).encode(),
        "JWK, compact": json.dumps(jwk, separators=(",", ":"), sort_keys=True).encode(),
        "modulus or x": str(jwk.get("n", jwk.get("x"))).encode(),
        "nothing": b"",
    }


def _part(content: Mapping[str, Any]) -> str:
    return _text(json.dumps(dict(content)).encode())


def _text(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()
