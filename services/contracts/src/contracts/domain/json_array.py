"""The objects of a JSON array that is read in portions, found on its bytes (UTF-8, whose parts are never a brace)."""

from __future__ import annotations

import re

_BETWEEN = re.compile(rb"[\s,\[\]]*")
_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*+(?P<closed>"?)|[{}]', re.DOTALL)
_QUOTE = b'"'[0]


def object_start(data: bytes, start: int) -> int:
    """Where the next object (or whatever stands in its place) begins, behind brackets, commas and white space."""
    found = _BETWEEN.match(data, start)
    return found.end() if found else start


def object_end(data: bytes, start: int) -> int | None:
    """Behind the object that begins at `start`; None: its end is not in `data`.

    What is no object ends where the next one begins.
    """
    if data[start : start + 1] != b"{":
        following = data.find(b"{", start)
        return following if following >= 0 else None
    depth = 0
    for token in _TOKEN.finditer(data, start):
        if data[token.start()] == _QUOTE:
            if not token["closed"]:
                return None
            continue
        depth += 1 if token[0] == b"{" else -1
        if depth == 0:
            return token.end()
    return None
