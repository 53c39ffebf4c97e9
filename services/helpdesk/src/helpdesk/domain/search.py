"""What is looked for, in the forms in which it may stand in a text: as said, its words, one slip of the pen."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations

from common.folding import fold
from helpdesk.domain.refusals import QueryTooShort

FEWEST_CHARACTERS = 2
_MOST_TERMS = 8
_MOST_FORMS = 120
_SHORTEST_WITH_SLIP = 4
_LONGEST_WITH_SLIP = 16
_WORDS_FOR_ONE_LESS = 3
_DIGITS = 6  # the last of a number lead to few enough; each pair of digits is in every tenth number
_TELLING_WORDS = 5
_FEWEST_GRAMS = 2  # a single pair of characters would lead to half of all texts
# What carries the meaning: runs of characters, of katakana, of letters and digits. Hiragana between them bends them.
_WORD = re.compile("[ァ-ヺー]+|[一-鿿々〆]+|[a-z0-9]+")
_PHONE = re.compile(r"[+]?[0-9()\s-]{4,}")


class What(StrEnum):
    """The kinds of things that can be found."""

    INQUIRY = "inquiry"
    NOTE = "note"
    VERDICT = "verdict"
    CALLER = "caller"
    SUBSCRIBER = "subscriber"
    ARTICLE = "article"
    RECORD = "record"


class Match(StrEnum):
    """How well a hit fits: all terms as given, their words, or but for one slip of the pen."""

    EXACT = "exact"
    WORDS = "words"
    SIMILAR = "similar"


Form = tuple[str, ...]
"""Patterns (of LIKE, over folded text) that must all fit."""


@dataclass(frozen=True, kw_only=True)
class Probe:
    """One way to look: any of these forms."""

    match: Match
    forms: Sequence[Form]

    @property
    def grams(self) -> list[list[str]]:
        """Pairs of characters of which one set at least must occur whole: no form fits a text that has none of them."""
        if len(self.forms) == 1:
            return [sorted(_grams(self.forms[0], every=2))]
        kept: list[frozenset[str]] = []
        for grams in sorted({_grams(form) for form in self.forms}, key=lambda each: (len(each), sorted(each))):
            if not any(smaller <= grams for smaller in kept):
                kept.append(grams)
        return [sorted(grams) for grams in kept]


@dataclass(frozen=True, kw_only=True)
class Question:
    """What was asked: as typed, folded, and the ways to look for it, the strictest first."""

    typed: str
    whole: str
    probes: Sequence[Probe]


def question(q: str) -> Question:
    """Read what was asked; raises `QueryTooShort` unless some term has two characters."""
    typed = unicodedata.normalize("NFKC", q).strip()
    phone = _PHONE.fullmatch(typed) is not None
    terms = [_national(typed)] if phone else [fold(term) for term in typed.split()[:_MOST_TERMS]]
    terms = list(dict.fromkeys(term for term in terms if term))
    if not any(len(term) >= FEWEST_CHARACTERS for term in terms):
        raise QueryTooShort(q=q, fewest_characters=FEWEST_CHARACTERS)
    exact = Probe(match=Match.EXACT, forms=[_all_of(terms)])
    others = [] if phone else _other_probes(terms, _words(typed))
    return Question(typed=typed, whole="".join(terms), probes=[exact, *others])


def _other_probes(terms: list[str], words: list[str]) -> list[Probe]:
    probes = []
    if words and set(words) != set(terms):
        probes.append(Probe(match=Match.WORDS, forms=[_all_of(words)]))
    if len(words) >= _WORDS_FOR_ONE_LESS:
        less = [_all_of(each for each in words if each != word) for word in reversed(words)]
        probes.append(Probe(match=Match.WORDS, forms=[form for form in less if _grams(form)]))
    slips = [form for some in (terms, words) for form in _one_slip(some)]
    if usable := [form for form in dict.fromkeys(slips) if len(_grams(form)) >= _FEWEST_GRAMS]:
        probes.append(Probe(match=Match.SIMILAR, forms=usable[:_MOST_FORMS]))
    return probes


@dataclass(frozen=True, kw_only=True)
class Likeness:
    """What other cases are compared by: the words of this one, and how to find those that share two of them."""

    words: Sequence[str]
    probe: Probe


def likeness(summary: str) -> Likeness | None:
    """The longest words of a case in pairs, a single one by itself; None when it has no words to speak of."""
    words = [word for word in _words(unicodedata.normalize("NFKC", summary)) if len(word) >= FEWEST_CHARACTERS]
    telling = sorted(words, key=len, reverse=True)[:_TELLING_WORDS]
    forms = [_all_of(pair) for pair in combinations(telling, 2)] or [_all_of([word]) for word in telling]
    return Likeness(words=words, probe=Probe(match=Match.WORDS, forms=forms)) if forms else None


def _national(phone: str) -> str:
    digits = re.sub("[^0-9]", "", phone)
    return "0" + digits[2:].removeprefix("0") if phone.startswith("+81") else digits


def _words(typed: str) -> list[str]:
    found = (fold(word) for word in _WORD.findall(typed.lower()))
    words = list(dict.fromkeys(word for word in found if word))[:_MOST_TERMS]
    return words if any(len(word) >= FEWEST_CHARACTERS for word in words) else []


def _all_of(terms: Iterable[str]) -> Form:
    return tuple(f"%{term}%" for term in terms)


def _one_slip(terms: Sequence[str]) -> Iterator[Form]:
    for at, term in enumerate(terms):
        if _SHORTEST_WITH_SLIP <= len(term) <= _LONGEST_WITH_SLIP and not term.isdigit():
            others = _all_of([*terms[:at], *terms[at + 1 :]])
            yield from (((f"%{slipped}%", *others)) for slipped in _slips(term))


def _slips(term: str) -> Iterator[str]:
    """A character that is another, one too many, one missing, two the wrong way round."""
    for at in range(len(term)):
        before, here, after = term[:at], term[at], term[at + 1 :]
        yield f"{before}_{after}"
        yield before + after
        if at:
            yield f"{before}_{here}{after}"
        if after:
            yield f"{before}{after[0]}{here}{after[1:]}"


def _grams(form: Form, *, every: int = 1) -> frozenset[str]:
    """The pairs of characters in a form; with `every` 2 as few as still cover each character."""
    pieces = [piece for pattern in form for piece in re.split("[%_]", pattern) if len(piece) > 1]
    return frozenset(
        piece[at : at + 2]
        for piece in (piece[-_DIGITS:] if piece.isdigit() and every > 1 else piece for piece in pieces)
        for at in {*range(0, len(piece) - 1, every), len(piece) - 2}
    )
