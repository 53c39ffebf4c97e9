"""A token that was verified is known again, and not a moment longer than it holds."""

from __future__ import annotations

import time

import pytest
from jwt import PyJWK

from common.errors import Unauthenticated
from common.http.auth import Authenticator
from common.http.claims import Principal, Role
from common.http.issuer_keys import StaticKeys
from common.http.known_tokens import MOST, KnownTokens, Verified
from common.testing.tokens import AUDIENCE, ISSUER, TestIssuer

ISSUED = TestIssuer("ES256", kid="one")


class Keys:
    """Keys that can be taken away, and that count how often they were asked for."""

    def __init__(self, issuer: TestIssuer) -> None:
        self.now = issuer
        self._made: dict[int, StaticKeys] = {}

    async def key(self, kid: str, algorithm: str) -> PyJWK | None:
        """The key of the issuer of the moment."""
        source = self._made.setdefault(id(self.now), self.now.keys())
        return await source.key(kid, algorithm)


def bearer() -> str:
    return f"Bearer {ISSUED.token('op-sato', ['operator'])}"


async def verified(keys: Keys, *, until: float) -> Verified:
    key = await keys.key("one", "ES256")
    assert key is not None
    principal = Principal(
        subject="op-sato", roles=frozenset({Role.OPERATOR}), partner=None, scopes=frozenset(), issuer=ISSUER
    )
    return Verified(principal=principal, kid="one", algorithm="ES256", key=key, until=until)


async def test_a_token_is_the_same_bearers_each_time() -> None:
    authenticator = Authenticator(Keys(ISSUED), issuer=ISSUER, audience=AUDIENCE)
    header = bearer()
    first = await authenticator.principal(header)
    assert await authenticator.principal(header) is first
    with pytest.raises(Unauthenticated):
        await authenticator.principal(f"{header[:-4]}AAAA")


@pytest.mark.parametrize("kid", ["one", "two"])
async def test_a_key_that_is_withdrawn_or_changed_takes_its_tokens_with_it(kid: str) -> None:
    keys = Keys(ISSUED)
    authenticator = Authenticator(keys, issuer=ISSUER, audience=AUDIENCE)
    header = bearer()
    await authenticator.principal(header)
    keys.now = TestIssuer("ES256", kid=kid)
    with pytest.raises(Unauthenticated):
        await authenticator.principal(header)


async def test_a_token_is_not_known_beyond_its_end() -> None:
    keys = Keys(ISSUED)
    known = KnownTokens(keys)
    known.keep("good", await verified(keys, until=time.time() + 60))
    known.keep("over", await verified(keys, until=time.time()))
    assert await known.principal("good") is not None
    assert await known.principal("over") is None
    assert await known.principal("never seen") is None


async def test_what_came_first_goes_when_there_are_too_many() -> None:
    keys = Keys(ISSUED)
    known = KnownTokens(keys)
    holds = await verified(keys, until=time.time() + 60)
    for number in range(MOST + 1):
        known.keep(str(number), holds)
    assert await known.principal("0") is None
    assert await known.principal(str(MOST)) is holds.principal
