"""Japanese text as it is compared."""

from __future__ import annotations

import pytest

from common.folding import fold, folded


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("プリンター", "ﾌﾟﾘﾝﾀ"),
        ("ぷりんたー", "プリンタ"),
        ("ルーダー", "ルダー"),
        ("セキュリティー", "セキユリテイ"),
        ("Ｗｉ－Ｆｉ", "wifi"),
        ("カ-トリッジ", "カートリッジ"),
        ("髙﨑ヴィラ", "高崎ブイラ"),
        ("㈱見本、「商店」", "株式会社 見本 商店"),
        ("０３－１２３４", "031234"),
        ("か\u3099す", "がす"),
    ],
)
def test_spellings_of_one_word_are_one(one: str, other: str) -> None:
    assert fold(one) == fold(other) != ""


@pytest.mark.parametrize(("one", "other"), [("ハブ", "パブ"), ("受信", "送信"), ("ルータ", "ルート")])
def test_different_words_stay_different(one: str, other: str) -> None:
    assert fold(one) != fold(other)


def test_each_folded_character_knows_where_it_came_from() -> None:
    text = "<b> ﾌﾟﾘﾝﾀｰ、㈱が ｶﾞ"
    letters, places = folded(text)
    assert (letters, [text[slice(*place)] for place in places]) == (
        "bプリンタガガ",
        ["b", "ﾌﾟ", "ﾘ", "ﾝ", "ﾀ", "が", "ｶﾞ"],
    )
    assert folded("") == ("", [])
