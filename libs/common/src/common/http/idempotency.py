"""`Idempotency-Key`: the same request twice has its effect once, and the same answer twice.

The record is written in the transaction of the effect. Its scope is issuer, subject, tenant, method and path; the
body is compared by its hash. Refusals are not recorded: a retry after midnight may succeed.

Of a body that holds a secret the hash is sealed, or the secret could be guessed by it; an answer that is told once is
not recorded at all, only that it was given.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Sequence

import orjson
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from starlette.responses import Response

from common.db import Tx
from common.errors import DomainError, Invalid, Kind
from common.keyring import Keyring

_KEY = re.compile(r"^[\x21-\x7e]{1,255}$")
_LOCK = "SELECT pg_try_advisory_xact_lock(hashtextextended($1 || ' ' || $2, 0))"
_FIND = "SELECT body_hash, status, headers, body, encrypted FROM idempotency_record WHERE scope = $1 AND key = $2"
_STORE = """
INSERT INTO idempotency_record (scope, key, partner, body_hash, status, headers, body, encrypted)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
"""
_KEPT_HEADERS = frozenset({"content-type", "etag", "location"})
PURGE = "DELETE FROM idempotency_record WHERE recorded_at < now() - interval '48 hours'"


class IdempotencyKeyUnreadable(Invalid):
    """The key is 1 to 255 visible ASCII characters."""

    code = "idempotency_key_unreadable"
    en = "Idempotency-Key is 1 to 255 visible ASCII characters."
    ja = "Idempotency-Key は1〜255文字の ASCII 文字で指定してください。"


class IdempotencyKeyReused(Invalid):
    """The key came before with another body."""

    code = "idempotency_key_reused"
    en = "This Idempotency-Key was used for another request."
    ja = "この Idempotency-Key は別のリクエストで使用済みです。"


class IdempotencyInFlight(DomainError):
    """The first request with this key is still running."""

    kind = Kind.IN_FLIGHT
    code = "idempotency_in_flight"
    en = "The first request with this Idempotency-Key is still running."
    ja = "同じ Idempotency-Key のリクエストを処理中です。"
    retry_after = 1


class AlreadyAnswered(DomainError):
    """The answer was told once and is kept nowhere."""

    code = "already_answered"
    en = "This was answered once, and the answer is not kept; ask anew with another Idempotency-Key."
    ja = "この応答は一度しか表示されません。別の Idempotency-Key で新たに依頼してください。"


class Idempotency:
    """One request that carried a key.

    With `cipher` the answer is stored encrypted, with `keys` the hash of the body; `told_once`: no answer is stored.
    """

    def __init__(
        self,
        *,
        key: str,
        scope: tuple[str, ...],
        body: bytes,
        cipher: MultiFernet | None,
        keys: Keyring | None = None,
        told_once: bool = False,
    ) -> None:
        if not _KEY.match(key):
            raise IdempotencyKeyUnreadable
        self._keys = keys
        self._told_once = told_once
        self._key = key
        self._scope = hashlib.sha256("\x1f".join(scope).encode()).hexdigest()
        self._hash = hashlib.sha256(body).digest()
        self._cipher = cipher

    async def replay(self, tx: Tx) -> Response | None:
        """The recorded answer; None the first time.

        Raises `IdempotencyInFlight`, `IdempotencyKeyReused`, `AlreadyAnswered`.
        """
        if not await tx.connection.fetchval(_LOCK, self._scope, self._key):
            raise IdempotencyInFlight
        row = await tx.connection.fetchrow(_FIND, self._scope, self._key)
        if row is None:
            return None
        known = row["body_hash"] if self._keys is None else self._keys.open(row["body_hash"], self._scope)
        if known != self._hash:
            raise IdempotencyKeyReused
        if self._told_once:
            raise AlreadyAnswered
        body = row["body"]
        if row["encrypted"]:
            body = self._read(body)
        return Response(body, status_code=row["status"], headers={**row["headers"], "Idempotent-Replayed": "true"})

    def _read(self, body: bytes) -> bytes:
        """A stored secret. Raises `IdempotencyKeyReused` when the secret key that it was kept under is gone."""
        if self._cipher is None:
            raise IdempotencyKeyReused
        try:
            return self._cipher.decrypt(body)
        except InvalidToken as error:
            raise IdempotencyKeyReused from error

    async def store(self, tx: Tx, response: Response) -> None:
        """Record a successful answer in the transaction of its effect."""
        body = b"" if self._told_once else bytes(response.body)
        await tx.connection.execute(
            _STORE,
            self._scope,
            self._key,
            tx.partner,
            self._hash if self._keys is None else self._keys.seal(self._hash, self._scope),
            response.status_code,
            {name: value for name, value in response.headers.items() if name in _KEPT_HEADERS},
            self._cipher.encrypt(body) if self._cipher else body,
            self._cipher is not None,
        )


def cipher_of(secrets: Sequence[str]) -> MultiFernet:
    """The cipher for stored answers that hold secrets: by the first of the service's secret keys, read by any.

    Raises TypeError for a single text, whose letters would each be taken for a key.
    """
    if isinstance(secrets, str):
        raise TypeError("a sequence of keys is wanted, not one text")
    return MultiFernet([Fernet(base64.urlsafe_b64encode(_derived(secret))) for secret in secrets])


def _derived(secret: str) -> bytes:
    return hashlib.sha256(b"idempotency:" + secret.encode()).digest()


def canonical(body: bytes) -> bytes:
    """A JSON body without differences of spacing and key order; other bodies as they are."""
    try:
        return orjson.dumps(orjson.loads(body), option=orjson.OPT_SORT_KEYS)
    except orjson.JSONDecodeError:
        return body
