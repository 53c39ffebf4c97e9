"""Weekly blocks: their written form, and what is no block."""

from datetime import UTC, time

import pytest

from common.opening_hours import END_OF_DAY, Block, OpeningHoursUnreadable


def test_reads_a_block_from_its_written_form() -> None:
    assert Block.parse([1, 2], "09:00", "18:00") == Block(frozenset({1, 2}), time(9), time(18))
    assert Block.parse([7], "00:00", "24:00") == Block(frozenset({7}), time(0), END_OF_DAY)


@pytest.mark.parametrize(
    ("weekdays", "opens", "closes"),
    [
        ([], "09:00", "18:00"),
        ([0], "09:00", "18:00"),
        ([8], "09:00", "18:00"),
        ([1], "18:00", "09:00"),
        ([1], "09:00", "09:00"),
        ([1], "09:00", "00:00"),
        ([1], "00:00", "00:00"),
        ([1], "24:00", "24:00"),
        ([1], "9:00", "18:00"),
        ([1], "09:00", "24:01"),
        ([1], "09:60", "18:00"),
        ([1], "09:00", "18:00\n"),
        ([1], "09:00:00", "18:00"),
        ([1], "０９:00", "18:00"),
        ([1], "", "18:00"),
    ],
)
def test_refuses_a_block_that_is_never_open(weekdays: list[int], opens: str, closes: str) -> None:
    with pytest.raises(OpeningHoursUnreadable):
        Block.parse(weekdays, opens, closes)


def test_refuses_block_times_with_a_zone_of_their_own() -> None:
    with pytest.raises(OpeningHoursUnreadable):
        Block(frozenset({1}), time(9, tzinfo=UTC), time(18, tzinfo=UTC))
