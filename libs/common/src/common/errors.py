"""Refusals and failures by name.

A rule of the business that says no raises a subclass of `DomainError`: it has a stable `code`, the ids of the rules
that caused it and `why`, the inputs the decision used. One table in `common.http.problems` maps `Kind` to HTTP; one
in `common.consuming` maps it to a consumer's outcome. No status number stands below the edge.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar


class Kind(StrEnum):
    """What sort of no it is; the edge decides what that means on its wire."""

    INVALID = "invalid"
    REFUSED = "refused"
    NOT_FOUND = "not_found"
    FORBIDDEN = "forbidden"
    UNAUTHENTICATED = "unauthenticated"
    STALE = "stale"
    IN_FLIGHT = "in_flight"
    TOO_LARGE = "too_large"
    TOO_MANY = "too_many"
    TOO_SLOW = "too_slow"
    UNAVAILABLE = "unavailable"
    INTERNAL = "internal"


@dataclass(frozen=True)
class Reason:
    """One cause of a refusal, as it is shown to a caller and kept with the refusal."""

    code: str
    rule_ids: tuple[str, ...]
    title: str
    why: Mapping[str, Any]


class DomainError(Exception):
    """A named refusal.

    Subclasses set `code`, `rule_ids`, `en`, `ja` and, where it is not a plain refusal, `kind`. Keyword arguments of
    the constructor become `why`: limits, counters, times, evidence. `retry_after` (seconds) says that asking again
    may help.
    """

    kind: ClassVar[Kind] = Kind.REFUSED
    code: ClassVar[str]
    rule_ids: ClassVar[tuple[str, ...]] = ()
    en: ClassVar[str]
    ja: ClassVar[str]
    retry_after: ClassVar[int | None] = None

    def __init__(self, **why: Any) -> None:
        super().__init__(self.code)
        self.why: dict[str, Any] = why

    @property
    def reasons(self) -> tuple[DomainError, ...]:
        """Every single cause: this error, or the several that `Refusals` gathered."""
        return (self,)

    def reason(self, language: str = "en") -> Reason:
        """This cause in words of `language` (`en` or `ja`)."""
        return Reason(self.code, self.rule_ids, self.ja if language == "ja" else self.en, self.why)

    def __str__(self) -> str:
        return f"{self.code} {self.why}" if self.why else self.code


class Refusals(DomainError):
    """Several rules said no at once; all are named, the first leads."""

    def __init__(self, errors: Iterable[DomainError]) -> None:
        self.errors = tuple(cause for error in errors for cause in error.reasons)
        lead = self.errors[0]
        self.kind = lead.kind  # type: ignore[misc]
        self.code = lead.code  # type: ignore[misc]
        self.rule_ids = tuple(dict.fromkeys(rule for error in self.errors for rule in error.rule_ids))  # type: ignore[misc]
        self.en, self.ja = lead.en, lead.ja  # type: ignore[misc]
        self.retry_after = lead.retry_after  # type: ignore[misc]
        super().__init__(**lead.why)

    @property
    def reasons(self) -> tuple[DomainError, ...]:
        return self.errors


def refuse_if_any(errors: Iterable[DomainError | None]) -> None:
    """Raise when at least one rule refused: the error itself when it is alone, else all of them in one `Refusals`."""
    found = [error for error in errors if error is not None]
    if len(found) == 1:
        raise found[0]
    if found:
        raise Refusals(found)


@dataclass(frozen=True)
class Refused:
    """The outcome of a use case whose refusal is itself a fact others read (`InquiryRefused`, `LoanRefused`).

    The use case has recorded its event in the transaction and *returns* this; the edge commits, then answers with the
    refusal. `reference` is the id under which the refusal is kept (`ref_…`).
    """

    error: DomainError
    reference: str | None = None


class NotFound(DomainError):
    """No such thing, or none that the caller may know of."""

    kind = Kind.NOT_FOUND
    code = "not_found"
    en = "There is no such thing."
    ja = "該当するものがありません。"


class StaleVersion(DomainError):
    """`If-Match` named a version that is no longer the current one."""

    kind = Kind.STALE
    code = "stale_version"
    en = "This was changed meanwhile; read it again."
    ja = "他の操作で変更されています。再読込してください。"


class WrongState(DomainError):
    """The thing is in a state from which this step does not lead anywhere."""

    code = "wrong_state"
    en = "This is not possible in the present state."
    ja = "現在の状態ではこの操作はできません。"


class Unavailable(DomainError):
    """Something this depends on does not answer now; nothing was done."""

    kind = Kind.UNAVAILABLE
    code = "unavailable"
    en = "Not available at the moment; please try again."
    ja = "一時的に利用できません。しばらくして再度お試しください。"
    retry_after = 1


class Forbidden(DomainError):
    """The caller is known but may not do this."""

    kind = Kind.FORBIDDEN
    code = "forbidden"
    en = "You have no right to do this."
    ja = "この操作を行う権限がありません。"


class Unauthenticated(DomainError):
    """No token, or one that does not hold."""

    kind = Kind.UNAUTHENTICATED
    code = "unauthenticated"
    en = "A valid access token is needed."
    ja = "有効なアクセストークンが必要です。"


class Invalid(DomainError):
    """The request itself is malformed."""

    kind = Kind.INVALID
    code = "invalid"
    en = "The request is not valid."
    ja = "リクエストの形式が正しくありません。"
