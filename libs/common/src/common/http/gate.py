"""Who is let in, and how often: the first thing that happens to a request."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from ipaddress import IPv6Address, ip_network

from common.errors import Unauthenticated
from common.http.auditing import Visit
from common.http.auth import Authenticator
from common.http.middleware import FIELDS
from common.http.peer import Address
from common.limits import Limiter, RateLimited
from common.revocation import Revocations

HOUSE, PARTNER, ANONYMOUS = "house", "partner", "anonymous"
_SITE = 64  # bits of an IPv6 address that belong to one customer of a carrier


class Gate:
    """Authenticates, asks the list of revoked tokens, counts against the limit of whoever asks, asks the access table.

    Whoever shows no token that holds is counted by address; a token that holds is counted by itself, so nobody suffers
    from a neighbour behind the same address.
    """

    def __init__(self, authenticator: Authenticator, revocations: Revocations, limiter: Limiter) -> None:
        self._authenticator = authenticator
        self.revocations = revocations
        self._limiter = limiter

    async def admit(self, visit: Visit) -> None:
        """Let the request in, its principal known; raises `Unauthenticated`, `RateLimited`, `Forbidden`."""
        if visit.rule.open:
            await self._count(visit, ANONYMOUS, _site(visit.peer))
            return
        try:
            visit.principal = await self._authenticator.principal(visit.request.headers.get("authorization"))
            await self.revocations.require_live(visit.principal.signatory, visit.principal.partner)
        except Unauthenticated:
            await self._count(visit, ANONYMOUS, _site(visit.peer))
            raise
        who = visit.principal
        policy = HOUSE if who.partner is None else PARTNER
        await self._count(visit, policy, _client(who.issuer, who.client_id or "", who.subject))
        visit.request.state.reaches = visit.rule.check(visit.principal)

    async def _count(self, visit: Visit, policy: str, client: str) -> None:
        try:
            standing = await self._limiter.spend(policy, client)
        except RateLimited as refusal:
            visit.request.scope[FIELDS] = refusal.standing.fields()
            raise
        if standing is not None:
            visit.request.scope[FIELDS] = standing.fields()


@lru_cache(maxsize=4096)
def _client(*told: str) -> str:
    return hashlib.sha256("\x1f".join(told).encode()).hexdigest()[:32]


def _site(peer: Address | None) -> str:
    if isinstance(peer, IPv6Address):
        return str(ip_network((peer, _SITE), strict=False))
    return str(peer)
