"""Who is calling: what was asked, and whom it fits how well."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from contracts.domain.subscriber import Subscriber


class Match(StrEnum):
    """What a look-up found: one that fits in full, several, some that may be meant, nobody."""

    EXACT = "exact"
    SEVERAL = "several"
    MAYBE = "maybe"
    NONE = "none"


@dataclass(frozen=True, kw_only=True)
class HeldContract:
    """A contract of a candidate in one line: its state and plan now."""

    id: str
    status: str
    plan_code: str


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A subscriber and its contracts, newest first. `in_full`: the whole of what was asked is its number or name."""

    subscriber: Subscriber
    contracts: tuple[HeldContract, ...]
    in_full: bool


@dataclass(frozen=True, kw_only=True)
class CallerLookup:
    """Everybody who fits, best first; `more` when there are others, which a longer question would tell apart."""

    candidates: tuple[Candidate, ...]
    more: bool
    phone: str | None = None
    q: str | None = None

    @property
    def match(self) -> Match:
        """How well they fit."""
        in_full = sum(candidate.in_full for candidate in self.candidates)
        if in_full == 1:
            return Match.EXACT
        if in_full:
            return Match.SEVERAL
        return Match.MAYBE if self.candidates else Match.NONE

    @property
    def caller(self) -> Candidate | None:
        """The one who fits in full, when there is exactly one."""
        return self.candidates[0] if self.match is Match.EXACT else None
