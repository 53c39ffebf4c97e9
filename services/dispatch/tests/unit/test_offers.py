"""Slots are signed offers."""

from __future__ import annotations

from datetime import timedelta

import pytest

from dispatch.domain.offers import Offer, read_offer, sign
from dispatch.domain.refusals import SlotExpired, SlotInvalid
from dispatch.testing import REQUEST, TECHNICIAN, at, window

SECRET = b"secret"
NOW = at("2026-06-01 10:00")
OFFER = Offer(
    visit_request_id=REQUEST,
    technician_id=TECHNICIAN,
    window=window("2026-06-02 10:00"),
    expires_at=NOW + timedelta(minutes=30),
)


def test_an_offer_reads_back_as_it_was_signed() -> None:
    assert read_offer(sign(OFFER, SECRET), [SECRET], visit_request_id=REQUEST, now=NOW) == OFFER


@pytest.mark.parametrize("position", [0, 10, 45, 80, 85, 95, -1])
def test_a_changed_offer_is_refused(position: int) -> None:
    signed = sign(OFFER, SECRET)
    other = "1" if signed[position] != "1" else "2"
    changed = signed[:position] + other + (signed[position + 1 :] if position != -1 else "")
    with pytest.raises(SlotInvalid):
        read_offer(changed, [SECRET], visit_request_id=REQUEST, now=NOW)


@pytest.mark.parametrize("text", ["", ".", "....", "slot1.a.b.c", "枠", "\N{SNOWMAN}.x"])
def test_what_never_was_an_offer_is_refused(text: str) -> None:
    with pytest.raises(SlotInvalid):
        read_offer(text, [SECRET], visit_request_id=REQUEST, now=NOW)


def test_another_requests_offer_is_refused() -> None:
    with pytest.raises(SlotInvalid):
        read_offer(sign(OFFER, SECRET), [SECRET], visit_request_id="vrq_other", now=NOW)


def test_an_offer_of_another_secret_is_refused() -> None:
    with pytest.raises(SlotInvalid):
        read_offer(sign(OFFER, b"other"), [SECRET], visit_request_id=REQUEST, now=NOW)


def test_an_offer_is_good_until_it_expires() -> None:
    signed = sign(OFFER, SECRET)
    last = OFFER.expires_at - timedelta(microseconds=1)
    assert read_offer(signed, [SECRET], visit_request_id=REQUEST, now=last) == OFFER
    with pytest.raises(SlotExpired):
        read_offer(signed, [SECRET], visit_request_id=REQUEST, now=OFFER.expires_at)


def test_an_offer_signed_by_the_key_before_is_still_taken() -> None:
    old, new = b"old", b"new"
    assert read_offer(sign(OFFER, old), [new, old], visit_request_id=REQUEST, now=NOW) == OFFER
    assert read_offer(sign(OFFER, new), [new, old], visit_request_id=REQUEST, now=NOW) == OFFER
    with pytest.raises(SlotInvalid):
        read_offer(sign(OFFER, old), [new], visit_request_id=REQUEST, now=NOW)
