"""Numbers that run through all tenants, told so that nobody can count by them."""

from __future__ import annotations

from itertools import pairwise

import pytest

from common.http.opaque import Opaque

NEW, OLD = "the secret of today, long enough", "the secret of yesterday, long enough"


def opaque(*secrets: str, service: str = "helpdesk") -> Opaque:
    return Opaque(secrets or (NEW,), service=service)


@pytest.mark.parametrize("number", [0, 1, 4711, 2**63 - 1])
def test_a_number_comes_back_and_always_looks_the_same(number: int) -> None:
    text = opaque().text(number, "events", "north")
    assert opaque().number(text, "events", "north") == number
    assert opaque().text(number, "events", "north") == text
    assert len(text) == 32


def test_nothing_can_be_counted_by_what_is_told() -> None:
    texts = [opaque().text(number, "events", "north") for number in range(1000)]
    assert len(set(texts)) == 1000
    rising = sum(one < other for one, other in pairwise(texts))
    assert 400 < rising < 600
    shared = [sum(a == b for a, b in zip(one, other, strict=True)) for one, other in pairwise(texts)]
    assert max(shared) < 8


def test_only_what_was_given_out_to_the_same_reader_is_read() -> None:
    text = opaque().text(7, "events", "north")
    assert opaque().number(text, "events", "south") is None
    assert opaque().number(text, "events", "") is None
    assert opaque().number(text, "audit", "north") is None
    assert opaque(service="loaner").number(text, "events", "north") is None
    assert opaque(OLD).number(text, "events", "north") is None


@pytest.mark.parametrize("text", ["", "7", "abc", "%%%", "A" * 31, "A" * 32, "A" * 64, "１" * 32, "=" * 32])
def test_what_was_made_up_is_none(text: str) -> None:
    assert opaque().number(text, "events", "north") is None


def test_every_changed_character_is_noticed() -> None:
    text = opaque().text(7, "events", "north")
    for place, was in enumerate(text):
        changed = text[:place] + ("A" if was != "A" else "B") + text[place + 1 :]
        assert opaque().number(changed, "events", "north") is None


def test_texts_of_the_secret_before_are_still_read() -> None:
    before = opaque(OLD).text(7, "events", "north")
    assert opaque(NEW, OLD).number(before, "events", "north") == 7
    assert opaque(NEW, OLD).text(7, "events", "north") != before
