"""The ways in which a token is none."""

from __future__ import annotations

import time
from collections.abc import Callable

from common.testing import TestIssuer
from common.testing.tokens import signed_with_the_public_key, without_signature
from tests.authorisation.ground import Ground

Shown = str | None

BROKEN: dict[str, Callable[[Ground, str], Shown]] = {
    "no token": lambda ground, role: None,
    "expired": lambda ground, role: ground.token(f"{role}-1", role, exp=int(time.time()) - 3600),
    "wrong audience": lambda ground, role: ground.token(f"{role}-1", role, aud="somebody-else"),
    "wrong issuer": lambda ground, role: ground.token(f"{role}-1", role, iss="https://elsewhere.test"),
    "wrong key": lambda ground, role: TestIssuer(url=ground.issuer.url).token(f"{role}-1", [role]),
    "alg none": lambda ground, role: without_signature(ground.issuer.claims(f"{role}-1", [role])),
    "HMAC by the public key": lambda ground, role: signed_with_the_public_key(
        ground.issuer.claims(f"{role}-1", [role]), ground.issuer.public_pem
    ),
}
"""Each is refused with 401, whatever role it claims and wherever it is shown."""
