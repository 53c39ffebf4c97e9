"""What a caller may show: a good token, or one of the ways in which a token is none."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from typing import Any

from cryptography.hazmat.primitives import serialization

from common.testing import TestIssuer
from tests.authorisation.ground import Ground

Shown = str | None


def _bare(ground: Ground, role: str, header: dict[str, Any], sign: Callable[[bytes], bytes]) -> str:
    """A token put together by hand, since no library would sign it so."""
    good = ground.token(f"{role}-1", role)
    claims = good.split(".")[1]
    head = base64.urlsafe_b64encode(json.dumps(header).encode()).rstrip(b"=")
    signed = head + b"." + claims.encode()
    return (signed + b"." + base64.urlsafe_b64encode(sign(signed)).rstrip(b"=")).decode()


def _by_public_key(ground: Ground, role: str) -> str:
    """HMAC whose secret is the issuer's public key, which everybody has."""
    public = ground.issuer._key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    header = {"alg": "HS256", "typ": "JWT", "kid": "test"}
    return _bare(ground, role, header, lambda text: hmac.digest(public, text, hashlib.sha256))


BROKEN: dict[str, Callable[[Ground, str], Shown]] = {
    "no token": lambda ground, role: None,
    "expired": lambda ground, role: ground.token(f"{role}-1", role, exp=int(time.time()) - 3600),
    "wrong audience": lambda ground, role: ground.token(f"{role}-1", role, aud="somebody-else"),
    "wrong issuer": lambda ground, role: ground.token(f"{role}-1", role, iss="https://elsewhere.test"),
    "wrong key": lambda ground, role: TestIssuer().token(f"{role}-1", [role], iss=ground.suite.issuer.url),
    "alg none": lambda ground, role: _bare(ground, role, {"alg": "none", "kid": "test"}, lambda text: b""),
    "HMAC by the public key": _by_public_key,
}
"""Each is refused with 401, whatever role it claims and wherever it is shown."""
