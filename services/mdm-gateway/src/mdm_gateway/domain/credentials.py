"""Secrets of the agent channel: shown once, kept only as hashes.

Both are random (80 and 256 bits), so a plain SHA-256 cannot be searched.
"""

from __future__ import annotations

import base64
import hashlib
import secrets

_CODE_BYTES = 10
_TOKEN_BYTES = 32
_GROUP = 4


def new_enrolment_code() -> str:
    """A fresh code that a person can type: four groups of four letters and digits."""
    plain = base64.b32encode(secrets.token_bytes(_CODE_BYTES)).decode()
    return "-".join(plain[start : start + _GROUP] for start in range(0, len(plain), _GROUP))


def new_device_token() -> str:
    """A fresh bearer token of one enrolment."""
    return secrets.token_urlsafe(_TOKEN_BYTES)


def code_hash(code: str) -> bytes:
    """What is kept of an enrolment code; case, spaces and hyphens do not matter."""
    plain = "".join(code.split()).replace("-", "").upper()
    return hashlib.sha256(plain.encode()).digest()


def token_hash(token: str) -> bytes:
    """What is kept of a device token."""
    return hashlib.sha256(token.encode()).digest()
