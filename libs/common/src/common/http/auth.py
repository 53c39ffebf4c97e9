"""Bearer JWTs checked against the issuer's JWKS."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, Protocol

import httpx
import jwt
from jwt import PyJWK, PyJWKSet

from common.errors import Unauthenticated, Unavailable
from common.http.claims import ClaimNames, Principal

ALGORITHMS = ["RS256", "ES256"]
LEEWAY_SECONDS = 30
REFRESH_SECONDS = 300.0
RETRY_SECONDS = 5.0
DEFAULT_CLAIM_NAMES = ClaimNames()


class KeysUnavailable(Unavailable):
    """The issuer's keys cannot be read now, and the token's key is not known."""

    code = "issuer_unavailable"


class KeySource(Protocol):
    """Where verification keys come from."""

    async def key(self, kid: str) -> PyJWK | None:
        """The key with this id; None when the issuer has none. Raises `KeysUnavailable`."""
        ...


class StaticKeys:
    """A fixed key set."""

    def __init__(self, jwks: Mapping[str, Any]) -> None:
        self._keys = {key.key_id: key for key in PyJWKSet.from_dict(dict(jwks)).keys}

    async def key(self, kid: str) -> PyJWK | None:
        """The key with this id."""
        return self._keys.get(kid)


class RemoteKeys:
    """The issuer's published key set: cached, read again for an unknown key id and every few minutes.

    While the issuer is away, known keys keep working.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._keys: dict[str | None, PyJWK] = {}
        self._read_at = -REFRESH_SECONDS
        self._asked_at = -RETRY_SECONDS

    async def key(self, kid: str) -> PyJWK | None:
        """The key with this id."""
        now = time.monotonic()
        stale = now - self._read_at >= REFRESH_SECONDS or kid not in self._keys
        if stale and now - self._asked_at >= RETRY_SECONDS:
            self._asked_at = now
            await self._refresh(kid)
        elif kid not in self._keys and self._read_at < 0:
            raise KeysUnavailable
        return self._keys.get(kid)

    async def _refresh(self, kid: str) -> None:
        try:
            async with httpx.AsyncClient(timeout=5.0) as client:
                answer = await client.get(self._url)
                answer.raise_for_status()
                self._keys = {key.key_id: key for key in PyJWKSet.from_dict(answer.json()).keys}
                self._read_at = time.monotonic()
        except (httpx.HTTPError, ValueError, jwt.PyJWTError) as error:
            if kid not in self._keys:
                raise KeysUnavailable(issuer_keys=type(error).__name__) from error


class Authenticator:
    """Turns an `Authorization` header into a `Principal`."""

    def __init__(self, keys: KeySource, *, issuer: str, audience: str, names: ClaimNames = DEFAULT_CLAIM_NAMES) -> None:
        self._keys = keys
        self._issuer = issuer
        self._audience = audience
        self._names = names

    async def principal(self, authorization: str | None) -> Principal:
        """The bearer of the token; raises `Unauthenticated` or `KeysUnavailable`.

        Token times are judged by real time.
        """
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise Unauthenticated(reason="bearer token missing")
        try:
            header = jwt.get_unverified_header(token)
            key = await self._keys.key(str(header.get("kid", "")))
            if key is None or header.get("alg") not in ALGORITHMS or header["alg"] != key.algorithm_name:
                raise Unauthenticated(reason="unknown key or algorithm")
            claims = jwt.decode(
                token,
                key,
                algorithms=[key.algorithm_name],
                audience=self._audience,
                issuer=self._issuer,
                leeway=LEEWAY_SECONDS,
                options={"require": ["exp", "iat", "iss", "aud", "sub"]},
            )
        except jwt.PyJWTError as error:
            raise Unauthenticated(reason=type(error).__name__) from error
        return self._names.principal(claims)
