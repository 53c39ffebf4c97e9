"""Numbers that run through all tenants, as text that tells its reader nothing.

A position among all events, given out as it is, would tell a tenant by its gaps how much the others do. What is given
out instead is the number encrypted by the service's secret key (AES-SIV, RFC 5297): always the same text for the same
number and reader, without order, and nobody can make one up or use another's.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

_BYTES = 8  # what a bigint column holds


class Opaque:
    """Gives out texts by the first of the service's secret keys and reads those of any."""

    def __init__(self, secrets: Sequence[str], *, service: str) -> None:
        self._ciphers = [AESSIV(hashlib.sha512(f"opaque:{service}:{secret}".encode()).digest()) for secret in secrets]

    def text(self, number: int, *of: str) -> str:
        """The number as text, 32 characters of a URL; `of` says what it numbers and who is told."""
        sealed = self._ciphers[0].encrypt(number.to_bytes(_BYTES, "big"), _bound(of))
        return base64.urlsafe_b64encode(sealed).decode()

    def number(self, text: str, *of: str) -> int | None:
        """The number of a text that was given out for the same `of`; None for every other text."""
        try:
            sealed = base64.b64decode(text.encode("ascii"), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            return None
        for cipher in self._ciphers:
            try:
                return int.from_bytes(cipher.decrypt(sealed, _bound(of)), "big")
            except (InvalidTag, ValueError):
                continue
        return None


def _bound(of: Sequence[str]) -> list[bytes]:
    return [part.encode() for part in of]
