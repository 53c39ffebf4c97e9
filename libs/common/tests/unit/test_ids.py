"""Identifiers explain themselves and sort by creation."""

import pytest

from common.ids import ID_PATTERN, new_id


@pytest.mark.parametrize("prefix", ["ctr", "sub", "inq", "vis", "loan", "dev", "ref", "site"])
def test_an_id_names_its_kind_and_fits_the_pattern(prefix: str) -> None:
    made = new_id(prefix)
    assert made.startswith(f"{prefix}_")
    assert ID_PATTERN.fullmatch(made)


def test_an_id_is_a_version_seven_uuid() -> None:
    digits = new_id("ctr").removeprefix("ctr_")
    assert digits[12] == "7"
    assert digits[16] in "89ab"


def test_ids_never_repeat_and_sort_by_creation() -> None:
    made = [new_id("ctr") for _ in range(5000)]
    assert len(set(made)) == len(made)
    assert sorted(made) == made


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ctr",
        "ctr_",
        "c_0197f3c29a7b7cc8a1f2c3d4e5f60708",
        "contract_0197f3c29a7b7cc8a1f2c3d4e5f60708",
        "CTR_0197f3c29a7b7cc8a1f2c3d4e5f60708",
        "ctr_0197F3C29A7B7CC8A1F2C3D4E5F60708",
        "ctr_0197f3c2-9a7b-7cc8-a1f2-c3d4e5f60708",
        "ctr_0197f3c29a7b7cc8a1f2c3d4e5f6070",
        "ctr_0197f3c29a7b7cc8a1f2c3d4e5f607080",
        "ctr_0197f3c29a7b7cc8a1f2c3d4e5f60708\n",
        "ctr_0197f3c29a7b7cc8a1f2c3d4e5f6070\u0000",
    ],
)
def test_the_pattern_refuses_what_is_no_id(text: str) -> None:
    assert ID_PATTERN.fullmatch(text) is None
