"""Business time as an argument.

Timestamps of infrastructure (leases, token expiry, outbox age) use real time instead.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Protocol

from common.errors import DomainError


class ClockGoesForwardOnly(DomainError):
    """Business time was asked to go back."""

    code = "clock_forward_only"
    en = "The sandbox clock goes forward only."
    ja = "サンドボックスの時計は先にしか進められません。"


class Clock(Protocol):
    """What tells business time."""

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""
        ...


class SystemClock:
    """The wall clock: production."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class FrozenClock:
    """A clock that stands still until it is told otherwise: tests."""

    def __init__(self, at: datetime) -> None:
        self._at = at.astimezone(UTC)

    def now(self) -> datetime:
        return self._at

    def move_to(self, at: datetime) -> None:
        """Set the instant."""
        self._at = at.astimezone(UTC)

    def advance(self, by: timedelta) -> None:
        """Go forward by a duration."""
        self._at += by


class SandboxClock:
    """Business time that runs with the wall clock from an offset and can be moved forward: evaluation only."""

    def __init__(self, offset: timedelta = timedelta(0)) -> None:
        self._offset = offset

    @classmethod
    def starting_at(cls, start: datetime) -> SandboxClock:
        """A clock that shows `start` at this moment."""
        return cls(start - datetime.now(UTC))

    @property
    def offset(self) -> timedelta:
        """Business time minus real time; kept by the evaluation runner across restarts."""
        return self._offset

    def now(self) -> datetime:
        return datetime.now(UTC) + self._offset

    def move_to(self, at: datetime) -> None:
        """Jump to `at`, from where time runs on.

        Raises `ClockGoesForwardOnly` when `at` lies in the past of this clock.
        """
        now = self.now()
        if at < now:
            raise ClockGoesForwardOnly(now=now, asked=at)
        self._offset += at - now
