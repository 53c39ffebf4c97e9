"""What may be lent in place of what, and for how long: catalogue data (R-LOAN-KINDS, R-LOAN-EVIDENCE)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from loaner.domain.terms import Reminders


@dataclass(frozen=True, kw_only=True)
class LentKind:
    """A kind that is lent: its kit, whether it stores data, and the failed kinds it may stand in for."""

    code: str
    accessories: tuple[str, ...]
    has_storage: bool
    replaces: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class LoanCatalogue:
    """The kinds by code, the longest term in days, and when customers are reminded."""

    kinds: Mapping[str, LentKind]
    days_max: int
    reminders: Reminders

    def may_replace(self, kind: str, failed: str | None) -> bool:
        """Whether a device of `kind` may stand in for a failed one (R-LOAN-EVIDENCE)."""
        lent = self.kinds.get(kind)
        return lent is not None and failed in lent.replaces
