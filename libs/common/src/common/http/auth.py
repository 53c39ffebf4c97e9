"""Bearer JWTs: signature, times, issuer and audience; what their claims mean is `common.http.claims`'.

The list of what is refused: every algorithm but RS256 and ES256 (so `none` and HMAC); an algorithm that is not its
key's; keys and addresses of keys inside the token; extensions marked critical; tokens that are told to be something
else than an access token, or are bound to a key that a bearer cannot show.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jwt

from common.errors import Unauthenticated
from common.http.claims import ClaimNames, Principal
from common.http.issuer_keys import KeySource
from common.http.known_tokens import KnownTokens, Verified, holds_until

ALGORITHMS = frozenset({"RS256", "ES256"})
LEEWAY_SECONDS = 30
LONGEST_TOKEN = 16 * 1024
LONGEST_KEY_ID = 256
DEFAULT_CLAIM_NAMES = ClaimNames()
_REQUIRED = ["exp", "iat", "iss", "aud", "sub"]
_KEYS_OF_ITS_OWN = frozenset({"jwk", "jku", "x5u", "x5c", "crit"})
_TYPES = frozenset({"jwt", "at+jwt", "application/at+jwt"})
_IDENTITY_ONLY = frozenset({"at_hash", "c_hash"})


class Authenticator:
    """Turns an `Authorization` header into a `Principal`."""

    def __init__(self, keys: KeySource, *, issuer: str, audience: str, names: ClaimNames = DEFAULT_CLAIM_NAMES) -> None:
        self._keys = keys
        self._issuer = issuer
        self._audience = audience
        self._names = names
        self._known = KnownTokens(keys)

    async def principal(self, authorization: str | None) -> Principal:
        """The bearer of the token; raises `Unauthenticated` or `KeysUnavailable`.

        Token times are judged by real time.
        """
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise Unauthenticated(reason="bearer token missing")
        if len(token) > LONGEST_TOKEN:
            raise Unauthenticated(reason="token too large")
        known = await self._known.principal(token)
        if known is not None:
            return known
        try:
            verified = await self._verified(token)
        except (jwt.PyJWTError, ValueError, TypeError, OverflowError, RecursionError) as error:
            raise Unauthenticated(reason=type(error).__name__) from error
        self._known.keep(token, verified)
        return verified.principal

    async def _verified(self, token: str) -> Verified:
        kid, algorithm = _header(jwt.get_unverified_header(token))
        key = await self._keys.key(kid, algorithm)
        if key is None:
            raise Unauthenticated(reason="unknown key or algorithm")
        claims: Mapping[str, Any] = jwt.decode(
            token,
            key,
            algorithms=[algorithm],
            audience=self._audience,
            issuer=self._issuer,
            leeway=LEEWAY_SECONDS,
            options={"require": _REQUIRED},
        )
        _require_bearer_access(claims)
        return Verified(
            principal=self._names.principal(claims),
            kid=kid,
            algorithm=algorithm,
            key=key,
            until=holds_until(claims, leeway=LEEWAY_SECONDS),
        )


def _header(header: Mapping[str, Any]) -> tuple[str, str]:
    """The key's id and the algorithm, from a header that nobody has verified yet."""
    kid, algorithm, kind = header.get("kid"), header.get("alg"), header.get("typ", "JWT")
    if not isinstance(algorithm, str) or algorithm not in ALGORITHMS:
        raise Unauthenticated(reason="unknown key or algorithm")
    if not isinstance(kid, str) or not 0 < len(kid) <= LONGEST_KEY_ID:
        raise Unauthenticated(reason="key id missing")
    if not isinstance(kind, str) or kind.lower() not in _TYPES:
        raise Unauthenticated(reason="not an access token")
    if brought := sorted(_KEYS_OF_ITS_OWN & header.keys()):
        raise Unauthenticated(reason=f"header {brought[0]} not accepted")
    return kid, algorithm


def _require_bearer_access(claims: Mapping[str, Any]) -> None:
    """Raise `Unauthenticated` for what providers sign beside access tokens, as far as it can be told."""
    kind, use = claims.get("typ", "Bearer"), claims.get("token_use", "access")
    if str(kind).lower() != "bearer" or use != "access" or _IDENTITY_ONLY & claims.keys():
        raise Unauthenticated(reason="not an access token")
    if "cnf" in claims:
        raise Unauthenticated(reason="token bound to a key")
