"""Numbers that run through all tenants, as text that tells its reader nothing.

A position among all events, given out as it is, would tell a tenant by its gaps how much the others do. What is given
out instead is the number encrypted by the service's secret key: always the same text for the same number and reader,
without order, and nobody can make one up or use another's.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence

from common.keyring import Keyring

_BYTES = 8  # what a bigint column holds


class Opaque:
    """Gives out texts by the first of the service's secret keys and reads those of any."""

    def __init__(self, secrets: Sequence[str], *, service: str) -> None:
        self._keys = Keyring(secrets, purpose=f"opaque:{service}")

    def text(self, number: int, *of: str) -> str:
        """The number as text, 32 characters of a URL; `of` says what it numbers and who is told."""
        return base64.urlsafe_b64encode(self._keys.seal(number.to_bytes(_BYTES, "big"), *of)).decode()

    def number(self, text: str, *of: str) -> int | None:
        """The number of a text that was given out for the same `of`; None for every other text."""
        try:
            sealed = base64.b64decode(text.encode("ascii"), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            return None
        opened = self._keys.open(sealed, *of)
        return None if opened is None else int.from_bytes(opened, "big")
