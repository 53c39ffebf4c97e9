"""Internet lines: may this one be contracted, and which one is it (R-ELIGIBLE-LINE)."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from common.errors import DomainError
from contracts.domain.catalogue import (
    Catalogue,
    Judgement,
    LineKind,
    Numbering,
)
from contracts.domain.plans import (
    Family,
    Plan,
)
from contracts.domain.refusals import LineNotEligible, LineNotIdentified

_NOT_PART_OF_A_NUMBER = re.compile(r"[\W_ー]+")


@dataclass(frozen=True, kw_only=True)
class Line:
    """An Internet line as the applicant names it."""

    kind: str
    carrier: str | None = None
    number: str | None = None


@dataclass(frozen=True, kw_only=True)
class LineJudgement:
    """What the rules say of an application's lines: a person must look (`review`), and why not at all."""

    review: bool
    refusals: tuple[DomainError, ...]


def line_key(line: Line, kind: LineKind) -> str | None:
    """What makes a line the same line, however it is written; None without a number.

    FLET'S numbers are unique whatever the kind of line they are given for; other numbers only with their carrier.
    """
    number = _plain(line.number)
    if not number:
        return None
    match kind.numbering:
        case Numbering.OWN:
            return number
        case Numbering.CARRIER:
            return f"{_plain(line.carrier)}/{number}"


def judge_lines(
    plan: Plan, line: Line | None, access_lines: tuple[Line, ...], *, catalogue: Catalogue
) -> LineJudgement:
    """Judge the contract's line (Light) and its access lines (Standard) by the same rules (R-ELIGIBLE-LINE)."""
    judged = (line, *access_lines) if line is not None else access_lines
    refusals: list[DomainError] = []
    review = False
    for each in judged:
        kind = kind_of(each, catalogue)
        judgement = kind.judge(plan.code) if kind is not None else Judgement.REFUSED
        if judgement is Judgement.REFUSED:
            refusals.append(LineNotEligible(**_why(each, plan, catalogue)))
        review = review or judgement is Judgement.REVIEW
    if plan.family is Family.LIGHT and key_of(line, catalogue) is None and not refusals:
        refusals.append(LineNotIdentified(plan_code=plan.code, line_kind=line.kind if line else None))
    return LineJudgement(review=review, refusals=tuple(refusals))


def kind_of(line: Line, catalogue: Catalogue) -> LineKind | None:
    """The catalogue's entry for the line's kind, if there is one."""
    return next((kind for kind in catalogue.line_kinds if kind.code == line.kind), None)


def key_of(line: Line | None, catalogue: Catalogue) -> str | None:
    """`line_key` by the catalogue; None for no line, an unknown kind or no number."""
    kind = kind_of(line, catalogue) if line is not None else None
    return line_key(line, kind) if line is not None and kind is not None else None


def _why(line: Line, plan: Plan, catalogue: Catalogue) -> dict[str, object]:
    eligible = [kind.code for kind in catalogue.line_kinds if kind.judge(plan.code) is not Judgement.REFUSED]
    return {"line_kind": line.kind, "plan_code": plan.code, "eligible_kinds": eligible}


def _plain(text: str | None) -> str:
    """One spelling: full-width as ASCII, upper case, no hyphens, spaces or dots."""
    return _NOT_PART_OF_A_NUMBER.sub("", unicodedata.normalize("NFKC", text or "").upper())
