"""The keys by which an issuer's tokens are verified: read from its JWKS, kept, read again when it makes sense.

Only public keys of the two algorithms that are accepted come in: whatever else a key set holds is passed over.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from typing import Any, Protocol
from urllib.parse import urlsplit

import httpx
import jwt
import orjson
from jwt import PyJWK

from common.errors import Unavailable

log = logging.getLogger("anshin.issuer")

REFRESH_SECONDS = 300.0
SHORTEST_PAUSE_SECONDS = 2.0
PAUSE_AFTER_FAILURE_SECONDS = 30.0
TIMEOUT_SECONDS = 3.0
_LARGEST_ANSWER = 512 * 1024
_LEAST_RSA_BITS = 2048
_DISCOVERY = "/.well-known/openid-configuration"
_PUBLIC_PARTS = {"RSA": ("kty", "n", "e"), "EC": ("kty", "crv", "x", "y")}
_ALGORITHM = {"RSA": "RS256", "EC P-256": "ES256"}

KeysById = Mapping[str, Mapping[str, PyJWK]]


class KeysUnavailable(Unavailable):
    """The issuer's keys cannot be read now, and the token's key is not known."""

    code = "issuer_unavailable"


class DiscoveryFailed(ValueError):
    """The provider's metadata or key set is not what an issuer publishes."""


class KeySource(Protocol):
    """Where verification keys come from."""

    async def key(self, kid: str, algorithm: str) -> PyJWK | None:
        """The key with this id for this algorithm; None when the issuer has none. Raises `KeysUnavailable`."""
        ...


def usable_keys(jwks: Any) -> KeysById:
    """The RS256 and ES256 signature keys of a JSON Web Key Set, by id and algorithm.

    Keys without an id, for encryption, of other kinds, or too short are passed over. Raises `DiscoveryFailed` when
    this is no key set.
    """
    found: dict[str, dict[str, PyJWK]] = {}
    match jwks:
        case {"keys": list(entries)}:
            for entry in entries:
                key = _usable(entry) if isinstance(entry, Mapping) else None
                if key is not None:
                    found.setdefault(entry["kid"], {})[key.algorithm_name] = key
        case _:
            raise DiscoveryFailed("not a JSON Web Key Set")
    return found


def _usable(entry: Mapping[str, Any]) -> PyJWK | None:
    kind, kid = entry.get("kty"), entry.get("kid")
    algorithm = _ALGORITHM.get(f"EC {entry.get('crv')}" if kind == "EC" else str(kind))
    operations = entry.get("key_ops", ["verify"])
    fits = (
        algorithm is not None
        and isinstance(kid, str)
        and entry.get("alg", algorithm) == algorithm
        and entry.get("use", "sig") == "sig"
        and isinstance(operations, list)
        and "verify" in operations
    )
    if not fits:
        return None
    try:
        # Of a private key, should one stand there by mistake, only the public part is taken.
        key = PyJWK.from_dict({name: entry[name] for name in _PUBLIC_PARTS[str(kind)]}, algorithm=algorithm)
    except (jwt.PyJWTError, KeyError, ValueError, TypeError):
        return None
    return key if kind != "RSA" or key.key.key_size >= _LEAST_RSA_BITS else None


class StaticKeys:
    """A fixed key set."""

    def __init__(self, jwks: Mapping[str, Any]) -> None:
        self._keys = usable_keys(jwks)

    async def key(self, kid: str, algorithm: str) -> PyJWK | None:
        """The key with this id for this algorithm."""
        return self._keys.get(kid, {}).get(algorithm)


class RemoteKeys:
    """The issuer's published key set, found by discovery unless `jwks_url` says where it is.

    It is read again when it is older than `refresh_seconds`, and for a key id that it did not hold: at once, but not
    sooner than two seconds after the time before, and once for all who wait. Until then whoever shows an unknown key
    waits, so that an issuer that changes its keys disturbs nobody, and strangers with invented ids cannot make us
    hammer it. While the issuer is away known keys keep working; unknown ones are answered with `KeysUnavailable`. A
    key that was withdrawn is gone with the next reading.
    """

    def __init__(
        self,
        issuer: str,
        *,
        jwks_url: str | None = None,
        refresh_seconds: float = REFRESH_SECONDS,
        shortest_pause_seconds: float = SHORTEST_PAUSE_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._issuer = issuer
        self._jwks_url = jwks_url
        self._refresh_seconds = refresh_seconds
        self._shortest_pause = shortest_pause_seconds
        self._clock = clock
        self._keys: KeysById = {}
        self._read_at = -float("inf")
        self._began_at = -float("inf")
        self._failed_at = -float("inf")
        self._reading: asyncio.Task[None] | None = None

    async def key(self, kid: str, algorithm: str) -> PyJWK | None:
        """The key with this id for this algorithm."""
        if kid not in self._keys:
            await self._look_for(kid)
        elif self._stale():
            await self._read_again()
        return self._keys.get(kid, {}).get(algorithm)

    def _stale(self) -> bool:
        now = self._clock()
        rested = now - self._failed_at >= PAUSE_AFTER_FAILURE_SECONDS
        return now - self._read_at >= self._refresh_seconds and rested

    async def _look_for(self, kid: str) -> None:
        """Wait for a reading that began after this was asked for."""
        asked_at = self._clock()
        while (began_at := self._began_at) < asked_at and kid not in self._keys:
            pause = began_at + self._shortest_pause - self._clock()
            if self._reading is None and pause > 0:
                await asyncio.sleep(pause)
            # Another who slept may have read meanwhile; that will do for this one, too.
            if self._began_at == began_at:
                await self._read_again()
        if kid not in self._keys and self._failed_at >= self._began_at:
            raise KeysUnavailable(issuer=self._issuer)

    async def _read_again(self) -> None:
        """One reading for all who ask at the same time; it goes on when one of them goes away."""
        if self._reading is None:
            self._began_at = self._clock()
            self._reading = asyncio.create_task(self._read())
        await asyncio.shield(self._reading)

    async def _read(self) -> None:
        try:
            async with (
                asyncio.timeout(TIMEOUT_SECONDS),
                httpx.AsyncClient(timeout=TIMEOUT_SECONDS, trust_env=False) as client,
            ):
                url = self._jwks_url or await self._discovered(client)
                self._keys = usable_keys(await _json(client, url))
            self._read_at = self._clock()
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, ValueError) as error:
            self._failed_at = self._clock()
            log.warning("the issuer's keys could not be read: %s: %s", type(error).__name__, error)
        finally:
            self._reading = None

    async def _discovered(self, client: httpx.AsyncClient) -> str:
        metadata = await _json(client, self._issuer.rstrip("/") + _DISCOVERY)
        if not isinstance(metadata, Mapping) or metadata.get("issuer") != self._issuer:
            raise DiscoveryFailed("the metadata names another issuer")
        url = metadata.get("jwks_uri")
        if not isinstance(url, str) or urlsplit(url).scheme not in {"https", urlsplit(self._issuer).scheme}:
            raise DiscoveryFailed("the metadata names no safe jwks_uri")
        return url


async def _json(client: httpx.AsyncClient, url: str) -> Any:
    """A document of reasonable size. Raises `httpx.HTTPError` and `ValueError`."""
    async with client.stream("GET", url) as answer:
        answer.raise_for_status()
        if answer.is_redirect:
            raise DiscoveryFailed("redirected")
        body = b""
        async for part in answer.aiter_bytes():
            body += part
            if len(body) > _LARGEST_ANSWER:
                raise DiscoveryFailed("too large")
    return orjson.loads(body)
