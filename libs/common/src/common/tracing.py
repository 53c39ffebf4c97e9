"""W3C Trace Context: one trace id from a request through its events to the last effect, a new span id at each hop.

Only `traceparent` travels; vendors' `tracestate` is not carried.
"""

from __future__ import annotations

import re
from random import getrandbits

_VALID = re.compile(r"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?", re.ASCII)
_SAMPLED = 0x01
_NO_VERSION = "ff"


def begun() -> str:
    """The `traceparent` of a trace that begins here."""
    return f"00-{getrandbits(128):032x}-{getrandbits(64):016x}-01"


def continued(traceparent: str | None) -> str:
    """The `traceparent` of the next hop: same trace and sampling, a span id of its own.

    One that is absent or breaks the specification begins a new trace. Of a later version only what version 00 knows
    is read and passed on.
    """
    trace_id = trace_of(traceparent)
    if traceparent is None or trace_id is None:
        return begun()
    sampled = int(traceparent[53:55], 16) & _SAMPLED
    return f"00-{trace_id}-{getrandbits(64):016x}-{sampled:02x}"


def trace_of(traceparent: str | None) -> str | None:
    """The trace id in a valid `traceparent`, else None."""
    found = _VALID.fullmatch(traceparent or "")
    if found is None:
        return None
    version, trace_id, span_id, _, more = found.groups()
    if version == _NO_VERSION or (version == "00" and more) or not (trace_id.strip("0") and span_id.strip("0")):
        return None
    return trace_id
