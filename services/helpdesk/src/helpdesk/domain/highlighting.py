"""Where the hits lie in a text: as pieces of it that are a hit or not, so that nobody has to trust markup."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from common.folding import PROLONGED, folded
from helpdesk.domain.search import Probe

_BEFORE, _LONGEST = 40, 200
_CUT = "…"


@dataclass(frozen=True)
class Segment:
    """A piece of a text as it stands there; never markup."""

    text: str
    hit: bool


def highlighted(text: str, probe: Probe) -> list[Segment]:
    """The whole text in segments."""
    return _segments(text, _hits(text, probe), 0, len(text))


def excerpt(text: str, probe: Probe) -> list[Segment]:
    """The text around its first hit, in segments; all of a short text."""
    hits = _hits(text, probe)
    begin = max(0, min(hits[0][0] - _BEFORE if hits else 0, len(text) - _LONGEST))
    end = min(len(text), begin + _LONGEST)
    cut = _segments(text, hits, begin, end)
    head, tail = [Segment(_CUT, hit=False)] if begin else [], [Segment(_CUT, hit=False)] if end < len(text) else []
    return [*head, *cut, *tail]


def _hits(text: str, probe: Probe) -> list[tuple[int, int]]:
    letters, places = folded(text)
    spans = [span for form in probe.forms for pattern in form for span in _found(pattern, letters)]
    placed = [(places[begin][0], _prolonged(text, places[end - 1][1])) for begin, end in sorted(set(spans))]
    return _joined(placed)


def _found(pattern: str, letters: str) -> Iterable[tuple[int, int]]:
    expression = "".join("." if sign == "_" else re.escape(sign) for sign in pattern.strip("%"))
    return (hit.span() for hit in re.finditer(expression, letters) if hit.group())


def _prolonged(text: str, end: int) -> int:
    return end + 1 if text[end : end + 1] in {PROLONGED, "ｰ"} else end


def _joined(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for begin, end in spans:
        if joined and begin <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((begin, end))
    return joined


def _segments(text: str, hits: list[tuple[int, int]], begin: int, end: int) -> list[Segment]:
    segments, at = [], begin
    for first, last in ((max(begin, first), min(end, last)) for first, last in hits):
        if first < last:
            segments += [Segment(text[at:first], hit=False), Segment(text[first:last], hit=True)]
            at = last
    return [each for each in [*segments, Segment(text[at:end], hit=False)] if each.text]
