"""Tokens that were verified not long ago: a signature is the same each time, so it is not computed for every request.

What may change is asked each time: whether the token has expired, and whether the issuer's key is still the very one by
which it was verified. Nothing is known of a token that was not verified in full.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from jwt import PyJWK

from common.http.claims import Principal
from common.http.issuer_keys import KeySource

MOST = 2048


@dataclass(frozen=True, kw_only=True)
class Verified:
    """A token's bearer, the key it was verified by, and until when (real time) it holds."""

    principal: Principal
    kid: str
    algorithm: str
    key: PyJWK
    until: float


class KnownTokens:
    """The tokens that were seen last, by their whole text."""

    def __init__(self, keys: KeySource) -> None:
        self._keys = keys
        self._known: OrderedDict[str, Verified] = OrderedDict()

    async def principal(self, token: str) -> Principal | None:
        """The bearer of a token that holds as it did; None: it has to be verified. Raises `KeysUnavailable`."""
        found = self._known.get(token)
        if found is None:
            return None
        if time.time() < found.until and await self._keys.key(found.kid, found.algorithm) is found.key:
            return found.principal
        self._known.pop(token, None)
        return None

    def keep(self, token: str, verified: Verified) -> None:
        """Remember a token that was verified in full; the one that came first goes when there are too many."""
        self._known[token] = verified
        while len(self._known) > MOST:
            self._known.popitem(last=False)


def holds_until(claims: Mapping[str, Any], *, leeway: float) -> float:
    """When the token ends, by claims that were verified."""
    return float(claims["exp"]) + leeway
