"""R-ELIGIBLE-LINE."""

from __future__ import annotations

import pytest

from contracts.domain.lines import Line, judge_lines, key_of
from contracts.domain.refusals import LineNotEligible, LineNotIdentified
from contracts.storage.catalogue_document import shipped_document
from contracts.testing import a_line, the_catalogue

pytestmark = pytest.mark.rule("R-ELIGIBLE-LINE")
CATALOGUE = the_catalogue()
LIGHT = CATALOGUE.plan("light-anshin-1")
STANDARD = CATALOGUE.plan("standard-anshin-1")


@pytest.mark.parametrize("kind", ["flets_hikari_next", "flets_hikari_cross", "hikari_collaboration", "other_internet"])
def test_any_line_that_reaches_the_internet_is_fine(kind: str) -> None:
    judgement = judge_lines(LIGHT, a_line(kind=kind, carrier="Mihon"), (), catalogue=CATALOGUE)
    assert (judgement.review, judgement.refusals) == (False, ())


@pytest.mark.parametrize("kind", ["flets_hikari_light", "carrier_pigeon"])
def test_flets_hikari_light_and_what_is_no_line_kind_are_refused(kind: str) -> None:
    (refusal,) = judge_lines(LIGHT, a_line(kind=kind), (), catalogue=CATALOGUE).refusals
    assert isinstance(refusal, LineNotEligible)
    assert refusal.why["line_kind"] == kind


def test_b_flets_goes_to_review() -> None:
    assert judge_lines(LIGHT, a_line(kind="b_flets"), (), catalogue=CATALOGUE).review


def test_what_a_plan_does_on_a_line_kind_is_data() -> None:
    kinds = shipped_document()["line_kinds"]
    b_flets = next(kind for kind in kinds if kind["code"] == "b_flets")
    b_flets["plans"] = {"light-anshin-1": "accepted", "light-anshin-2": "refused"}
    catalogue = the_catalogue(line_kinds=kinds)
    line = a_line(kind="b_flets")
    first = judge_lines(catalogue.plan("light-anshin-1"), line, (), catalogue=catalogue)
    second = judge_lines(catalogue.plan("light-anshin-2"), line, (), catalogue=catalogue)
    assert (first.review, first.refusals) == (False, ())
    assert len(second.refusals) == 1


def test_access_lines_of_a_standard_contract_are_judged_by_the_same_rules() -> None:
    lines = (a_line(kind="flets_hikari_light"), a_line(kind="b_flets"))
    judgement = judge_lines(STANDARD, None, lines, catalogue=CATALOGUE)
    assert judgement.review
    assert len(judgement.refusals) == 1


@pytest.mark.parametrize("line", [None, Line(kind="other_internet", carrier="Mihon"), a_line(number=" - ")])
def test_a_light_contract_needs_a_line_with_a_number(line: Line | None) -> None:
    (refusal,) = judge_lines(LIGHT, line, (), catalogue=CATALOGUE).refusals
    assert isinstance(refusal, LineNotIdentified)


def test_a_standard_contract_needs_no_line() -> None:
    assert judge_lines(STANDARD, None, (), catalogue=CATALOGUE).refusals == ()


@pytest.mark.parametrize(
    "number", ["CAF1234567890", "caf-1234-567-890", "ＣＡＦ１２３４５６７８９０", " CAF 1234567890"]
)
@pytest.mark.parametrize("kind", ["flets_hikari_next", "flets_hikari_cross", "b_flets"])
def test_a_flets_number_is_one_line_however_written_and_whatever_its_kind(kind: str, number: str) -> None:
    assert key_of(a_line(kind=kind, number=number), CATALOGUE) == "CAF1234567890"


def test_other_numbers_are_unique_only_with_their_carrier() -> None:
    here = Line(kind="other_internet", carrier="Mihon Net", number="0001")
    same = Line(kind="hikari_collaboration", carrier="ＭＩＨＯＮ-net", number="00-01")
    elsewhere = Line(kind="other_internet", carrier="Other", number="0001")
    assert key_of(here, CATALOGUE) == key_of(same, CATALOGUE) != key_of(elsewhere, CATALOGUE)
