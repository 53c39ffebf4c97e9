"""How often a client may ask: exact within what is promised, fair, and by nobody's clock but the database's."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from types import SimpleNamespace

import asyncpg
import pytest

from common.audit import Filter, entries
from common.limits import LEASE_SECONDS, Limit, Limiter, RateLimited
from common.testing import RunningService, running
from evaluation.postgres import EmbeddedPostgres
from libs.common.tests.integration import probe

THINGS = "/api/loaner/v1/things"
Suite = Callable[..., AbstractAsyncContextManager[RunningService]]


@pytest.fixture
def limited(postgres_cluster: EmbeddedPostgres, probe_database: str, suite: RunningService) -> Suite:
    """Starts the probe with limits."""
    url = postgres_cluster.role_url("loaner", probe_database)
    return lambda **more: running(probe.create_app, probe.ProbeSettings, url=url, at=suite.clock.now(), **more)


@pytest.fixture
async def admin(postgres_cluster: EmbeddedPostgres, probe_database: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(
        postgres_cluster.admin_url(probe_database), server_settings={"search_path": "loaner"}
    )
    yield connection
    await connection.close()


async def let_through(limiters: list[Limiter], asked: int, *, client: str = "a") -> int:
    """How many of so many requests, spread over the limiters, all at once."""

    async def ask(limiter: Limiter) -> int:
        try:
            await limiter.spend("house", client)
        except RateLimited:
            return 0
        return 1

    return sum(await asyncio.gather(*(ask(limiters[number % len(limiters)]) for number in range(asked))))


async def test_a_burst_goes_through_and_not_one_more(suite: RunningService) -> None:
    limiter = Limiter(suite.database, {"house": Limit(0.001, 37)})
    assert await let_through([limiter], 100) == 37
    assert await let_through([limiter], 100) == 0
    assert await let_through([limiter], 100, client="b") == 37


async def test_several_processes_share_one_bucket_to_the_last_token(suite: RunningService) -> None:
    limiters = [Limiter(suite.database, {"house": Limit(0.001, 200)}) for _ in range(4)]
    assert await let_through(limiters, 1000) == 200


async def test_what_one_process_holds_is_not_the_others_and_comes_back_after_a_second(
    suite: RunningService, admin: asyncpg.Connection
) -> None:
    limit = Limit(20, 100)
    one, other = (Limiter(suite.database, {"house": limit}) for _ in range(2))
    begun = time.monotonic()
    await one.spend("house", "a")  # takes ten and uses one
    through = await let_through([other], 200)
    assert 90 <= through <= 90 + limit.rate * (time.monotonic() - begun)
    (lease,) = one._leases.values()
    assert lease.tokens == 9
    lease.taken_at -= 2
    await admin.execute("UPDATE rate_bucket SET level = 50, visited_at = clock_timestamp()")
    await one.spend("house", "a")
    assert 49 <= await admin.fetchval("SELECT level FROM rate_bucket") < 55  # nine came back, ten were taken


async def test_the_rate_holds_over_time(suite: RunningService) -> None:
    limit = Limit(40, 20)
    limiters = [Limiter(suite.database, {"house": limit}) for _ in range(2)]
    begun, through = time.monotonic(), 0
    while (passed := time.monotonic() - begun) < 1.5:
        through += await let_through(limiters, 10)
        await asyncio.sleep(0.01)
    assert limit.burst + limit.rate * 1.0 - 2 * limit.lease <= through <= limit.burst + limit.rate * (passed + 1)


async def test_a_pause_fills_the_bucket_again_and_no_further(suite: RunningService, admin: asyncpg.Connection) -> None:
    limiter = Limiter(suite.database, {"house": Limit(10, 30)})
    assert await let_through([limiter], 100) >= 30
    for seconds, least, most in ((1, 10, 16), (3600, 30, 36)):
        await admin.execute(
            "UPDATE rate_bucket SET level = 0, visited_at = clock_timestamp() - make_interval(secs => $1)", seconds
        )
        assert least <= await let_through([Limiter(suite.database, {"house": Limit(10, 30)})], 100) <= most


async def test_a_lease_that_runs_out_while_it_is_looked_at_refuses_nobody(
    suite: RunningService, monkeypatch: pytest.MonkeyPatch
) -> None:
    limiter = Limiter(suite.database, {"house": Limit(1000, 1000)})
    assert await let_through([limiter], 1) == 1
    begun = time.monotonic()
    looks = iter([begun - LEASE_SECONDS / 2])
    clock = SimpleNamespace(monotonic=lambda: next(looks, begun + 2 * LEASE_SECONDS))
    monkeypatch.setattr("common.limits.time", clock)
    assert await let_through([limiter], 1) == 1


async def test_a_clock_that_jumps_back_neither_gives_nor_starves(
    suite: RunningService, admin: asyncpg.Connection
) -> None:
    limiter = Limiter(suite.database, {"house": Limit(50, 20)})
    assert await let_through([limiter], 40) >= 20
    await admin.execute("UPDATE rate_bucket SET level = 0, visited_at = visited_at + interval '1 day'")
    fresh = Limiter(suite.database, {"house": Limit(50, 20)})
    assert await let_through([fresh], 1) == 0
    await asyncio.sleep(0.2)
    assert await let_through([fresh], 1) == 1


async def test_business_time_has_no_say(limited: Suite) -> None:
    async with limited(rate_limit_house=Limit(0.001, 10)) as suite, suite.client() as operator:
        for _ in range(10):
            assert (await operator.get(THINGS)).status_code == 200
        suite.clock.advance(timedelta(days=30))
        assert (await operator.get(THINGS)).status_code == 429


async def test_every_answer_says_how_its_client_stands(limited: Suite) -> None:
    async with limited(rate_limit_partner=Limit(0.02, 10)) as suite:
        async with suite.client("partner", partner="p-north") as partner:
            answers = [await partner.get(THINGS) for _ in range(10)]
            refused = await partner.post(THINGS, json={"name": "a"})
            assert refused.status_code == 429, refused.text
        async with suite.client() as operator:
            assert "ratelimit" not in (await operator.get(THINGS)).headers
    assert {answer.headers["ratelimit-policy"] for answer in answers} == {'"partner";q=10;w=500'}
    left = [int(answer.headers["ratelimit"].split(";r=")[1].split(";")[0]) for answer in answers]
    assert left[0] == 9
    assert left == sorted(left, reverse=True)
    assert answers[0].headers["ratelimit"] == '"partner";r=9;t=50'
    assert refused.headers["ratelimit"] == '"partner";r=0;t=500'
    assert refused.headers["retry-after"] == "50"
    problem = refused.json()
    assert (problem["code"], problem["status"]) == ("rate_limited", 429)
    assert problem["why"]["requests_per_second"] == 0.02
    assert 0 < problem["why"]["retry_after_seconds"] <= 50
    assert refused.headers["content-type"] == "application/problem+json"


async def test_whoever_was_refused_is_served_after_the_time_that_was_named(limited: Suite) -> None:
    async with limited(rate_limit_house=Limit(5, 5)) as suite, suite.client() as operator:
        while (refused := await operator.get(THINGS)).status_code == 200:
            pass
        await asyncio.sleep(refused.json()["why"]["retry_after_seconds"] + 0.05)
        assert (await operator.get(THINGS)).status_code == 200


async def test_one_clients_flood_is_no_other_clients_trouble(limited: Suite) -> None:
    tight = Limit(0.001, 20)
    async with limited(rate_limit_house=tight, rate_limit_partner=tight, rate_limit_anonymous=tight) as suite:
        async with suite.client(subject="op-flood") as flood, suite.client(None) as nobody:
            flooded = [(await flood.get(THINGS)).status_code for _ in range(60)]
            guessed = [(await nobody.get(THINGS)).status_code for _ in range(60)]
        async with suite.client(subject="op-calm") as calm, suite.client("partner", partner="p-1") as partner:
            assert [(await calm.get(THINGS)).status_code for _ in range(20)] == [200] * 20
            assert [(await partner.get(THINGS)).status_code for _ in range(20)] == [200] * 20
    assert (flooded.count(200), flooded.count(429)) == (20, 40)
    assert (guessed.count(401), guessed.count(429)) == (20, 40)


async def test_tokens_that_do_not_hold_are_counted_by_address_and_a_network_of_six_is_one(limited: Suite) -> None:
    async with limited(rate_limit_anonymous=Limit(0.001, 10), trusted_proxies="127.0.0.1") as suite:
        nobody, codes = suite.client(None), []
        for number in range(15):
            headers = {"X-Forwarded-For": f"2001:db8:0:7::{number:x}", "Authorization": f"Bearer guess{number}"}
            codes.append((await nobody.get(THINGS, headers=headers)).status_code)
        other = await nobody.get(THINGS, headers={"X-Forwarded-For": "2001:db8:0:8::1"})
        await nobody.aclose()
    assert (codes.count(401), codes.count(429)) == (10, 5)
    assert other.status_code == 401


async def test_what_has_no_right_counts_too_and_too_many_is_one_line_in_the_trail(limited: Suite) -> None:
    async with limited(rate_limit_house=Limit(0.001, 3)) as suite:
        async with suite.client("depot") as depot:
            codes = [(await depot.get(THINGS)).status_code for _ in range(10)]
        await suite.service.auditor.flush()
        async with suite.transaction() as tx:
            found = (await entries(tx, Filter()))[::-1]
    assert codes == [403] * 3 + [429] * 7
    assert [(entry.status, entry.code, entry.times) for entry in found] == [(403, "forbidden", 1)] * 3 + [
        (429, "rate_limited", 7)
    ]


async def test_nothing_is_limited_while_the_buckets_are_out_of_reach(limited: Suite, admin: asyncpg.Connection) -> None:
    async with limited(rate_limit_house=Limit(0.001, 1)) as suite, suite.client() as operator:
        await admin.execute("ALTER TABLE rate_bucket RENAME TO elsewhere")
        answers = [(await operator.get(THINGS)).status_code for _ in range(5)]
    assert answers == [200] * 5


def test_a_limit_is_read_from_words_and_nonsense_is_refused() -> None:
    assert Limit.of("10/s burst 50") == Limit(10, 50)
    assert Limit.of("0.5/s burst 5") == Limit(0.5, 5)
    assert Limit.of("off") is None
    for nonsense in ("", "10", "10/s", "0/s burst 5", "10/s burst 0", "-1/s burst 5", "10/m burst 5"):
        with pytest.raises(ValueError, match="a limit reads like"):
            Limit.of(nonsense)
