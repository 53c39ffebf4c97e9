"""What is looked for, and how hits are shown."""

from __future__ import annotations

import pytest

from helpdesk.domain.highlighting import excerpt, highlighted
from helpdesk.domain.refusals import QueryTooShort
from helpdesk.domain.search import Match, Probe, question


@pytest.mark.parametrize("q", ["あ", "ー", "株式会社", "「」、。", "a b c", "%", "  "])
def test_less_than_two_characters_would_find_everything(q: str) -> None:
    with pytest.raises(QueryTooShort):
        question(q)


def test_a_query_is_looked_for_as_said_then_by_its_words_then_with_a_slip() -> None:
    asked = question("メールが送信できません")
    assert [probe.match for probe in asked.probes] == [Match.EXACT, Match.WORDS, Match.SIMILAR]
    assert asked.probes[0].forms == [("%メルガ送信デキマセン%",)]
    assert asked.probes[1].forms == [("%メル%", "%送信%")]


@pytest.mark.parametrize(
    ("slipped", "meant"),
    [("outlok", "outlook"), ("outloook", "outlook"), ("outlokk", "outlook"), ("outolok", "outlook")],
)
def test_one_slip_of_each_kind_is_forgiven(slipped: str, meant: str) -> None:
    (similar,) = [probe for probe in question(slipped).probes if probe.match is Match.SIMILAR]
    assert any(segment.hit and segment.text == meant for segment in highlighted(f"the {meant} program", similar))
    grams = {meant[at : at + 2] for at in range(len(meant) - 1)}
    assert any(set(some) <= grams for some in similar.grams), "the index leads to it"


@pytest.mark.parametrize("q", ["03-1234-5678", "+81 3 1234 5678", "０３（１２３４）５６７８", "0312345678"])
def test_a_telephone_number_is_one_however_it_is_written(q: str) -> None:
    assert question(q).whole == "0312345678"


def test_a_hit_is_shown_as_a_piece_of_the_text_and_never_as_markup() -> None:
    text = "<script>alert(1)</script> の ﾌﾟﾘﾝﾀｰが動かない"
    shown = highlighted(text, question("プリンタ").probes[0])
    assert "".join(segment.text for segment in shown) == text
    assert [segment.text for segment in shown if segment.hit] == ["ﾌﾟﾘﾝﾀｰ"]
    assert [segment.hit for segment in highlighted(text, question("script").probes[0])] == [False, True] * 2 + [False]


def test_a_long_text_is_shown_around_its_first_hit() -> None:
    text = "前" * 500 + "断線" + "後" * 500
    shown = excerpt(text, question("断線").probes[0])
    assert [segment.text[:1] for segment in shown] == ["…", "前", "断", "後", "…"]
    assert sum(len(segment.text) for segment in shown) == 202
    assert excerpt("短い文", Probe(match=Match.EXACT, forms=[("%断線%",)]))[0].text == "短い文"
