"""Slots as signed offers: nothing is held, booking judges again; what was changed or is too old is refused by name."""

from __future__ import annotations

import hashlib
import hmac
from base64 import urlsafe_b64encode
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from dispatch.domain.refusals import SlotExpired, SlotInvalid
from dispatch.domain.windows import Window

_FORM = "slot1"
_PARTS = 7


@dataclass(frozen=True, kw_only=True)
class Offer:
    """One technician in one window for one request, good until `expires_at` (business time)."""

    visit_request_id: str
    technician_id: str
    window: Window
    expires_at: datetime


@dataclass(frozen=True, kw_only=True)
class OfferTerms:
    """How offers are made.

    The first of `secrets` signs, any is taken; durations are business time; `slots_per_day` bounds each day's list.
    """

    secrets: tuple[bytes, ...]
    valid_for: timedelta
    grid: timedelta
    slots_per_day: int
    days_max: int
    travel: timedelta
    isolation_work: timedelta

    def occupied(self, window: Window) -> Window:
        """The technician's time that a visit takes: the window and the way to the next customer."""
        return Window(window.start, window.end + self.travel)


def sign(offer: Offer, secret: bytes) -> str:
    """The offer as a `slot_id`. Whole seconds: windows lie on a grid."""
    body = ".".join(
        (
            _FORM,
            offer.visit_request_id,
            offer.technician_id,
            str(int(offer.window.start.timestamp())),
            str(int(offer.window.end.timestamp())),
            str(int(offer.expires_at.timestamp())),
        )
    )
    return f"{body}.{_mark(body, secret)}"


def read_offer(slot_id: str, secrets: Iterable[bytes], *, visit_request_id: str, now: datetime) -> Offer:
    """The offer behind a `slot_id`. Raises `SlotInvalid` (not ours, changed, another request's) or `SlotExpired`."""
    body, _, mark = slot_id.rpartition(".")
    if not any(hmac.compare_digest(mark.encode(), _mark(body, secret).encode()) for secret in secrets):
        raise SlotInvalid(slot_id=slot_id)
    parts = slot_id.split(".")
    if len(parts) != _PARTS or parts[0] != _FORM or parts[1] != visit_request_id:
        raise SlotInvalid(slot_id=slot_id, visit_request_id=visit_request_id)
    start, end, expires = (datetime.fromtimestamp(int(part), UTC) for part in parts[3:6])
    if expires <= now:
        raise SlotExpired(expired_at=expires, now=now)
    return Offer(visit_request_id=parts[1], technician_id=parts[2], window=Window(start, end), expires_at=expires)


def _mark(body: str, secret: bytes) -> str:
    return urlsafe_b64encode(hmac.digest(secret, body.encode(), hashlib.sha256)).decode().rstrip("=")
