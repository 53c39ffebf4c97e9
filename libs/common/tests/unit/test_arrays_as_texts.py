"""Texts of any kind reach PostgreSQL as the array they are."""

from __future__ import annotations

import pytest

from common.effects import _array


@pytest.mark.parametrize(
    ("texts", "told"),
    [
        (["a"], '{"a"}'),
        (["a", "b c"], '{"a","b c"}'),
        (["", "NULL"], '{"","NULL"}'),
        (["{a,b}", "日本"], '{"{a,b}","日本"}'),
        (['a"b'], '{"a\\"b"}'),
        (["a\\b", "c"], '{"a\\\\b","c"}'),
        (['a","b'], '{"a\\",\\"b"}'),
        (["a\nb"], '{"a\nb"}'),
    ],
)
def test_nothing_in_a_text_is_taken_for_the_array_itself(texts: list[str], told: str) -> None:
    assert _array(texts) == told
