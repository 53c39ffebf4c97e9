"""The customer's signature: a PNG picture and a name."""

from __future__ import annotations

import binascii
from base64 import b64decode
from dataclasses import dataclass

from dispatch.domain.completion_refusals import SignatureUnreadable

MAX_BYTES = 256 * 1024
MAX_SIDE = 4096
_MAGIC = b"\x89PNG\r\n\x1a\n"
_HEADER = slice(12, 16)
_END = b"IEND\xaeB`\x82"
_SHORTEST = 45


@dataclass(frozen=True)
class Signature:
    """Who signed and the picture of it."""

    name: str
    image_png: bytes


def read_signature(name: str, image_png_base64: str) -> Signature:
    """A signature from its wire form. Raises `SignatureUnreadable`: no base64, no whole PNG, empty or too large."""
    try:
        image = b64decode(image_png_base64, validate=True)
    except (binascii.Error, ValueError) as broken:
        raise SignatureUnreadable(problem="not_base64") from broken
    if len(image) > MAX_BYTES:
        raise SignatureUnreadable(problem="too_large", size=len(image), allowed=MAX_BYTES)
    whole = len(image) >= _SHORTEST and image.startswith(_MAGIC) and image.endswith(_END)
    if not whole or image[_HEADER] != b"IHDR":
        raise SignatureUnreadable(problem="not_png", size=len(image))
    width, height = (int.from_bytes(image[n : n + 4]) for n in (16, 20))
    if not (1 <= width <= MAX_SIDE and 1 <= height <= MAX_SIDE):
        raise SignatureUnreadable(problem="dimensions", width=width, height=height, allowed=MAX_SIDE)
    return Signature(name, image)
