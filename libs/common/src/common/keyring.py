"""What a service encrypts by its secret keys, bound to what it belongs to.

AES-SIV (RFC 5297): nothing but the key has to be kept, no nonce can be used twice by mistake, and what was encrypted
for one thing is not decrypted for another. The same content for the same thing gives the same bytes: whoever does not
want that names something in `of` that is new each time, such as a version.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV


class Keyring:
    """Encrypts by the first of the service's secret keys and decrypts by any of them; each purpose has keys of its own.

    `ids` name the keys in the same order and tell nothing else of them.
    Raises TypeError for a single text, whose letters would each be taken for a key.
    """

    def __init__(self, secrets: Sequence[str], *, purpose: str) -> None:
        if isinstance(secrets, str):
            raise TypeError("a sequence of keys is wanted, not one text")
        keys = [hashlib.sha512(f"{purpose}:{secret}".encode()).digest() for secret in secrets]
        self._ciphers = [AESSIV(key) for key in keys]
        self.ids = [hashlib.sha256(b"id:" + key).hexdigest()[:16] for key in keys]

    def seal(self, content: bytes, *of: str) -> bytes:
        """The content (at least one byte) encrypted; `of` says what it is and to what it belongs."""
        return self._ciphers[0].encrypt(content, _bound(of))

    def open(self, sealed: bytes, *of: str) -> bytes | None:
        """What was sealed for the same `of`; None for everything else, also when its key is gone."""
        for cipher in self._ciphers:
            try:
                return cipher.decrypt(sealed, _bound(of))
            except (InvalidTag, ValueError):
                continue
        return None


def _bound(of: Sequence[str]) -> list[bytes]:
    return [part.encode() for part in of]
