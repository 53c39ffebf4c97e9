"""How often a client may ask: a token bucket in the database, spent from small leases in each process.

The bucket is one row, refilled by the database's own clock, so all processes of a service share it whatever their
clocks say. A process takes several tokens at a time and spends them from memory: most requests touch no row. A lease
holds for a second; what is left of it goes back with the next visit. So in any span of `T` seconds a client is let
through at most `burst + rate × (T + 1)` times, by however many processes; and it is refused too early by no more than
the leases of the other processes.
"""

from __future__ import annotations

import asyncio
import math
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

import asyncpg

from common.db import Database
from common.errors import DomainError, Kind

LEASE_SECONDS = 1.0
MOST_LEASES = 10_000
PURGE = "DELETE FROM rate_bucket WHERE visited_at < now() - interval '1 hour'"

_LIMIT = re.compile(r"(\d+(?:\.\d+)?)/s burst (\d+)")
_VISIT = """
INSERT INTO rate_bucket AS b (client, level, granted, visited_at)
VALUES ($1, $2::float8 - least($4, $2)::int, least($4, $2)::int, clock_timestamp())
ON CONFLICT (client) DO UPDATE SET (level, granted, visited_at) = (
    SELECT full_to - taken, taken, present
    FROM (SELECT clock_timestamp() AS present) c,
         LATERAL (SELECT least($2, b.level + $5 + $3::float8
                               * greatest(0, extract(epoch FROM present - b.visited_at))::float8) AS full_to) f,
         LATERAL (SELECT least($4, floor(full_to))::int AS taken) t)
RETURNING level, granted
"""


@dataclass(frozen=True)
class Limit:
    """So many requests a second in the long run, and so many at once after a pause."""

    rate: float
    burst: int

    @classmethod
    def of(cls, text: str) -> Limit | None:
        """From `10/s burst 50`; None from `off`. Raises ValueError."""
        if text == "off":
            return None
        found = _LIMIT.fullmatch(text)
        if found is None or not float(found[1]) or not int(found[2]):
            raise ValueError("a limit reads like `10/s burst 50`, or `off`")
        return cls(float(found[1]), int(found[2]))

    @property
    def lease(self) -> int:
        """How many tokens a process takes at a time: half a second's, and at most a tenth of the bucket."""
        return max(1, min(self.burst // 10, math.ceil(self.rate / 2)))


@dataclass(frozen=True, kw_only=True)
class Standing:
    """How a client stands with its limit after a request; `wait` is the seconds until it may ask again."""

    policy: str
    limit: Limit
    remaining: int
    wait: float = 0.0

    def fields(self) -> tuple[tuple[bytes, bytes], ...]:
        """`RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers-11).

        The quota is the burst, over the seconds in which an empty bucket fills; `t` is when it will be full.
        """
        window = math.ceil(self.limit.burst / self.limit.rate)
        full = math.ceil((self.limit.burst - self.remaining) / self.limit.rate)
        return (
            (b"ratelimit-policy", f'"{self.policy}";q={self.limit.burst};w={window}'.encode()),
            (b"ratelimit", f'"{self.policy}";r={self.remaining};t={full}'.encode()),
        )


class RateLimited(DomainError):
    """The client has asked more often than its limit allows."""

    kind = Kind.TOO_MANY
    code = "rate_limited"
    en = "Too many requests; please wait a moment."
    ja = "リクエストが多すぎます。しばらく待ってから再度お試しください。"

    def __init__(self, standing: Standing) -> None:
        super().__init__(
            limit=standing.policy,
            requests_per_second=standing.limit.rate,
            burst=standing.limit.burst,
            retry_after_seconds=round(standing.wait, 3),
        )
        self.standing = standing
        self.retry_after = max(1, math.ceil(standing.wait))  # type: ignore[misc]


@dataclass
class _Lease:
    tokens: int = 0
    level: float = 0.0
    taken_at: float = 0.0
    closed_until: float = 0.0
    visiting: asyncio.Lock = field(default_factory=asyncio.Lock)


class Limiter:
    """Counts the requests of each client of one service against its limit."""

    def __init__(self, database: Database, limits: Mapping[str, Limit | None]) -> None:
        self._database = database
        self._limits = limits
        self._leases: dict[str, _Lease] = {}

    async def spend(self, policy: str, client: str) -> Standing | None:
        """One request of `client`; None where there is no limit. Raises `RateLimited`.

        While the database is away nobody is counted: whatever needs it fails by itself.
        """
        limit = self._limits[policy]
        if limit is None:
            return None
        lease = self._lease(f"{policy}:{client}")
        # Each answer counts: asked once more a moment later, a lease with tokens may have run out.
        holds = self._holds(lease)
        if not holds:
            async with lease.visiting:
                holds = self._holds(lease)
                if not holds and time.monotonic() >= lease.closed_until:
                    try:
                        await self._visit(f"{policy}:{client}", limit, lease)
                    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                        return None
                    holds = lease.tokens > 0
        if not holds:
            wait = max(0.0, lease.closed_until - time.monotonic())
            raise RateLimited(Standing(policy=policy, limit=limit, remaining=0, wait=wait))
        lease.tokens -= 1
        refilled = lease.level + (time.monotonic() - lease.taken_at) * limit.rate
        return Standing(policy=policy, limit=limit, remaining=min(limit.burst, lease.tokens + max(0, int(refilled))))

    def _lease(self, client: str) -> _Lease:
        found = self._leases.get(client)
        if found is None:
            if len(self._leases) >= MOST_LEASES:
                border = time.monotonic() - LEASE_SECONDS
                self._leases = {name: each for name, each in self._leases.items() if each.taken_at > border}
            found = self._leases[client] = _Lease()
        return found

    @staticmethod
    def _holds(lease: _Lease) -> bool:
        return lease.tokens > 0 and time.monotonic() - lease.taken_at < LEASE_SECONDS

    async def _visit(self, client: str, limit: Limit, lease: _Lease) -> None:
        left, lease.tokens = lease.tokens, 0
        async with self._database.connection() as connection:
            (row,) = await connection.fetch(_VISIT, client, float(limit.burst), limit.rate, limit.lease, left)
        lease.tokens, lease.level, lease.taken_at = row["granted"], row["level"], time.monotonic()
        if not lease.tokens:
            lease.closed_until = lease.taken_at + (1.0 - lease.level) / limit.rate
