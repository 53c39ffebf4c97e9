"""The keys of a provider that listens on a real port: found, kept, changed, withdrawn, away."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from common.errors import Unauthenticated
from common.http.auth import Authenticator
from common.http.claims import Principal
from common.http.issuer_keys import PAUSE_AFTER_FAILURE_SECONDS, REFRESH_SECONDS, KeysUnavailable, RemoteKeys
from common.testing.provider import Provider, answer
from common.testing.tokens import AUDIENCE, TestIssuer

DISCOVERY, JWKS = "/.well-known/openid-configuration", "/jwks"


class House:
    """Our side: one authenticator, whose time the test moves."""

    def __init__(self, provider: Provider, *, jwks_url: str | None = None, pause: float = 0.0) -> None:
        self.seconds = 1000.0
        keys = RemoteKeys(provider.url, jwks_url=jwks_url, clock=lambda: self.seconds, shortest_pause_seconds=pause)
        self._authenticator = Authenticator(keys, issuer=provider.url, audience=AUDIENCE)

    async def read(self, issuer: TestIssuer) -> Principal:
        self.seconds += 0.001
        token = issuer.token("sv-mori", ["supervisor"])
        return await self._authenticator.principal(f"Bearer {token}")


@pytest.fixture
def old() -> TestIssuer:
    return TestIssuer(kid="old")


@pytest.fixture
async def provider(old: TestIssuer) -> AsyncIterator[Provider]:
    async with Provider(old) as running:
        yield running


def new_key(provider: Provider) -> TestIssuer:
    return TestIssuer("RS256", kid="new", url=provider.url)


async def test_finds_the_keys_by_discovery_and_keeps_them(provider: Provider, old: TestIssuer) -> None:
    house = House(provider)
    for _ in range(50):
        assert (await house.read(old)).subject == "sv-mori"
    assert provider.asked == {DISCOVERY: 1, JWKS: 1}


async def test_needs_no_discovery_when_a_setting_says_where_the_keys_are(provider: Provider, old: TestIssuer) -> None:
    house = House(provider, jwks_url=f"{provider.url}/jwks")
    assert (await house.read(old)).subject == "sv-mori"
    assert provider.asked == {JWKS: 1}


async def test_a_new_key_works_at_once_and_the_old_one_until_it_is_withdrawn(
    provider: Provider, old: TestIssuer
) -> None:
    house, new = House(provider), new_key(provider)
    await house.read(old)
    provider.keys.append(new.public_jwk)
    for issuer in (new, old, new):
        assert (await house.read(issuer)).subject == "sv-mori"
    provider.keys.remove(old.public_jwk)
    assert (await house.read(old)).subject == "sv-mori"
    house.seconds += REFRESH_SECONDS
    with pytest.raises(Unauthenticated):
        await house.read(old)
    assert (await house.read(new)).subject == "sv-mori"
    assert provider.asked[JWKS] == 3


async def test_all_who_wait_for_a_new_key_share_one_reading(provider: Provider, old: TestIssuer) -> None:
    house, new = House(provider), new_key(provider)
    await house.read(old)
    provider.keys.append(new.public_jwk)
    provider.gate = asyncio.Event()
    waiting = [asyncio.create_task(house.read(new)) for _ in range(100)]
    await provider.held.wait()
    waiting[0].cancel()
    provider.gate.set()
    found = await asyncio.gather(*waiting, return_exceptions=True)
    assert [type(each) for each in found[1:]] == [Principal] * 99
    assert isinstance(found[0], asyncio.CancelledError)
    assert provider.asked[JWKS] <= 3


async def test_strangers_with_invented_keys_cannot_make_us_hammer_the_provider(
    provider: Provider, old: TestIssuer
) -> None:
    house = House(provider, pause=0.2)
    await house.read(old)
    strangers = [TestIssuer(kid=f"invented-{n}", url=provider.url) for n in range(60)]
    found = await asyncio.gather(*(house.read(stranger) for stranger in strangers), return_exceptions=True)
    assert {type(each) for each in found} == {Unauthenticated}
    assert provider.asked[JWKS] == 2, "one reading for all of them, however long each of them slept"
    assert (await house.read(old)).subject == "sv-mori"


async def test_while_the_provider_is_away_known_keys_go_on_and_unknown_ones_are_not_decided(
    provider: Provider, old: TestIssuer
) -> None:
    house, new = House(provider), new_key(provider)
    await house.read(old)
    await provider.go_away()
    with pytest.raises(KeysUnavailable):
        await house.read(new)
    house.seconds += 100 * REFRESH_SECONDS
    for _ in range(3):
        assert (await house.read(old)).subject == "sv-mori"
    await provider.come_back()
    provider.keys[:] = [new.public_jwk]
    assert (await house.read(new)).subject == "sv-mori"
    with pytest.raises(Unauthenticated):
        await house.read(old)


async def test_a_provider_that_never_answered_opens_nothing(provider: Provider, old: TestIssuer) -> None:
    house = House(provider)
    await provider.go_away()
    with pytest.raises(KeysUnavailable) as refused:
        await house.read(old)
    assert refused.value.retry_after == 1
    await provider.come_back()
    assert (await house.read(old)).subject == "sv-mori"


async def test_a_provider_that_hangs_delays_known_keys_once_and_not_each_time(
    provider: Provider, old: TestIssuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = House(provider)
    await house.read(old)
    monkeypatch.setattr("common.http.issuer_keys.TIMEOUT_SECONDS", 0.2)
    provider.gate = asyncio.Event()
    house.seconds += REFRESH_SECONDS
    for _ in range(20):
        assert (await house.read(old)).subject == "sv-mori"
    assert provider.asked[DISCOVERY] == 2, "one of twenty waited for it"
    house.seconds += PAUSE_AFTER_FAILURE_SECONDS
    await house.read(old)
    assert provider.asked[DISCOVERY] == 3
    provider.gate.set()


def _metadata(provider: Provider, **over: Any) -> bytes:
    return answer({"issuer": provider.url, "jwks_uri": f"{provider.url}/jwks", **over})


@pytest.mark.parametrize(
    "over",
    [
        {"issuer": "https://evil.test"},
        {"issuer": None},
        {"jwks_uri": None},
        {"jwks_uri": "file:///etc/passwd"},
        {"jwks_uri": "ftp://127.0.0.1/jwks"},
        {"jwks_uri": "//127.0.0.1/jwks"},
        {"jwks_uri": "http://["},
    ],
)
async def test_metadata_that_is_not_of_this_issuer_is_not_believed(
    provider: Provider, old: TestIssuer, over: dict[str, Any]
) -> None:
    provider.answers[DISCOVERY] = _metadata(provider, **over)
    with pytest.raises(KeysUnavailable):
        await House(provider).read(old)
    assert provider.asked[JWKS] == 0


@pytest.mark.parametrize(
    "broken",
    [
        answer(b"<html>"),
        answer([]),
        answer({"keys": "none"}),
        answer({}, status="500 Internal Server Error"),
        answer({}, status="302 Found", headers="Location: http://127.0.0.1:9/jwks\r\n"),
        answer(b" " * (512 * 1024 + 1)),
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{",
        b"nonsense\r\n\r\n",
    ],
    ids=["html", "list", "no keys", "500", "redirect", "too large", "cut off", "no http"],
)
async def test_a_broken_answer_changes_nothing_that_is_known(
    provider: Provider, old: TestIssuer, broken: bytes
) -> None:
    provider.answers[JWKS] = broken
    house, new = House(provider), new_key(provider)
    with pytest.raises(KeysUnavailable):
        await house.read(old)
    del provider.answers[JWKS]
    assert (await house.read(old)).subject == "sv-mori"
    provider.answers[JWKS] = broken
    house.seconds += REFRESH_SECONDS
    assert (await house.read(old)).subject == "sv-mori"
    with pytest.raises(KeysUnavailable):
        await house.read(new)
