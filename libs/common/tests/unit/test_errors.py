"""Refusals carry their code, rules, words and evidence; several are named together."""

import pytest

from common.errors import (
    DomainError,
    Forbidden,
    Invalid,
    Kind,
    NotFound,
    Reason,
    Refusals,
    StaleVersion,
    Unauthenticated,
    Unavailable,
    WrongState,
    refuse_if_any,
)


class UmbrellaTaken(DomainError):
    code = "umbrella_taken"
    rule_ids = ("R-UMBRELLA", "R-RAIN")
    en = "The umbrella is taken."
    ja = "傘は貸出中です。"


class ShopFlooded(DomainError):
    kind = Kind.UNAVAILABLE
    code = "shop_flooded"
    rule_ids = ("R-RAIN", "R-FLOOD")
    en = "The shop is under water."
    ja = "店舗は浸水しています。"
    retry_after = 60


def test_a_refusal_carries_what_the_decision_used() -> None:
    refused = UmbrellaTaken(limit=1, taken=1)
    assert refused.kind is Kind.REFUSED
    assert refused.why == {"limit": 1, "taken": 1}
    assert refused.retry_after is None
    assert refused.reasons == (refused,)
    assert str(refused) == "umbrella_taken {'limit': 1, 'taken': 1}"


def test_a_refusal_without_evidence_is_its_code() -> None:
    assert str(UmbrellaTaken()) == "umbrella_taken"


def test_a_reason_speaks_english_or_japanese() -> None:
    refused = UmbrellaTaken(taken=1)
    rules = ("R-UMBRELLA", "R-RAIN")
    assert refused.reason() == Reason("umbrella_taken", rules, "The umbrella is taken.", {"taken": 1})
    assert refused.reason("ja").title == "傘は貸出中です。"
    assert refused.reason("fr").title == "The umbrella is taken."


def test_several_refusals_are_all_named_and_the_first_leads() -> None:
    first, second = ShopFlooded(depth=2), UmbrellaTaken(taken=1)
    both = Refusals([first, second])
    assert both.reasons == (first, second)
    assert (both.kind, both.code, both.retry_after) == (Kind.UNAVAILABLE, "shop_flooded", 60)
    assert both.why == {"depth": 2}
    assert both.reason("ja").title == "店舗は浸水しています。"


def test_rules_of_several_refusals_are_named_once_in_order() -> None:
    assert Refusals([UmbrellaTaken(), ShopFlooded()]).rule_ids == ("R-UMBRELLA", "R-RAIN", "R-FLOOD")


def test_gathered_refusals_leave_their_classes_as_they_were() -> None:
    Refusals([ShopFlooded()])
    assert Refusals([UmbrellaTaken()]).kind is Kind.REFUSED
    assert UmbrellaTaken.rule_ids == ("R-UMBRELLA", "R-RAIN")


def test_gathering_what_was_gathered_flattens_it() -> None:
    inner = (UmbrellaTaken(), ShopFlooded())
    last = UmbrellaTaken(taken=2)
    assert Refusals([Refusals(inner), last]).reasons == (*inner, last)


def test_nothing_is_refused_when_no_rule_says_no() -> None:
    refuse_if_any([])
    refuse_if_any([None, None])


def test_a_lone_refusal_is_raised_as_itself() -> None:
    alone = UmbrellaTaken(taken=1)
    with pytest.raises(UmbrellaTaken) as raised:
        refuse_if_any([None, alone, None])
    assert raised.value is alone


def test_two_refusals_are_raised_together() -> None:
    causes = [UmbrellaTaken(), ShopFlooded()]
    with pytest.raises(Refusals) as raised:
        refuse_if_any(iter([causes[0], None, causes[1]]))
    assert raised.value.reasons == tuple(causes)


@pytest.mark.parametrize(
    ("refusal", "kind"),
    [
        (NotFound, Kind.NOT_FOUND),
        (StaleVersion, Kind.STALE),
        (WrongState, Kind.REFUSED),
        (Unavailable, Kind.UNAVAILABLE),
        (Forbidden, Kind.FORBIDDEN),
        (Unauthenticated, Kind.UNAUTHENTICATED),
        (Invalid, Kind.INVALID),
    ],
)
def test_common_refusals_have_their_kind_and_words_in_both_languages(refusal: type[DomainError], kind: Kind) -> None:
    assert refusal.kind is kind
    assert refusal.en.isascii()
    assert not refusal.ja.isascii()
