"""Every route of the five OpenAPI documents, every role, every way of showing a token: the status that was decided."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.authorisation.conftest import World, told
from tests.authorisation.credentials import BROKEN, Shown
from tests.authorisation.expectation import ROLES, Expectation, expectations
from tests.authorisation.ground import Answered
from tests.authorisation.routes import Route, routes_of
from tests.authorisation.two_partners import Tenant

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(300)]

TENANTS = ("partner", "partner-admin")
NOBODY = "no role"
UNREADABLE_KEY = "x" * 256
TOO_MANY = 429  # not this test's affair: it asks more than any client may
_TOGETHER = 8
# These open transactions of their own and know no idempotency keys; nothing of what is asked for is there.
_WITHOUT_KEYS = (
    "/dead-letters/redrive",
    "/dead-letters/{letter_id}/redrive",
    "/legacy-imports",
    "/outages/{outage_id}/links",
    "/outages/{outage_id}/unlinking",
    "/outages/{outage_id}/unit-returns",
    "/outages/{outage_id}/notices",
    "/outages/{outage_id}/inquiry-resolutions",
)
# What is read at its time only: of a contract that ends.
_AT_ITS_TIME = ("/exit-checklist",)


@dataclass(frozen=True)
class Case:
    """One request, and the statuses one of which it must get."""

    route: Route
    who: str
    shows: str
    token: Shown
    expected: frozenset[int]
    whole: bool = False  # sent with a body and without the unreadable key: it must not come to anything by itself

    @property
    def stopped_by_the_key(self) -> bool:
        """Whether it was let in and got no further than its idempotency key."""
        return self.expected == {422} and not self.whole

    def __str__(self) -> str:
        return f"{self.route.method} {self.route.path} as {self.who} with {self.shows}"


def _cases(world: World) -> Iterator[Case]:
    expected = expectations()
    tokens = {
        (role, name): make(world.ground, role) for role in (*ROLES, NOBODY) for name, make in BROKEN.items()
    }  # fmt: skip
    for route in routes_of(world.ground.documents):
        decided = expected[route.method, route.path]
        for role in (*ROLES, NOBODY):
            for name in BROKEN:
                yield Case(route, role, name, tokens[role, name], _unknown(decided))
            yield from _with_a_good_token(world, route, decided, role)


def _unknown(decided: Expectation) -> frozenset[int]:
    """Nobody is let in without a token; an open route never looks at one, and is not impressed by it."""
    return frozenset({401, 422}) if decided.open else frozenset({401})


def _with_a_good_token(world: World, route: Route, decided: Expectation, role: str) -> Iterator[Case]:
    house, a, b = role not in TENANTS, world.a, world.b
    subject = f"tc-{a.partner}" if role == "technician" else f"{role}-1"
    roles = [] if role == NOBODY else [role]
    own = world.ground.token(subject, *roles, partner=None if house else a.partner)
    foreign = world.ground.token(subject, *roles, partner=b.partner)
    scopeless = world.ground.token(subject, *roles, partner=None if house else a.partner, scope="elsewhere:read")
    if decided.open:
        for name, token in {"its own tenant": own, "a foreign tenant": foreign, "no scope": scopeless}.items():
            yield Case(route, role, name, token, _unknown(decided))
        return
    may = role in decided.may
    yield Case(route, role, "its own tenant", own, _let_in(route, a) if may else frozenset({403}))
    yield Case(route, role, "no scope", scopeless, frozenset({403}))
    if house:
        # Whoever bears a tenant is nobody of the house, whatever the token says besides.
        yield Case(route, role, "a foreign tenant", foreign, frozenset({403}))
        return
    yield Case(route, role, "no tenant", world.ground.token(subject, *roles), frozenset({403}))
    if not may:
        yield Case(route, role, "a foreign tenant", foreign, frozenset({403}))
    elif route.names_a_thing_of(a) or (not route.reads and route.names_in_body(a)):
        yield Case(route, role, "a foreign tenant", foreign, frozenset({404}), whole=True)
    else:
        yield Case(route, role, "a foreign tenant", foreign, _let_in(route, a))


def _let_in(route: Route, tenant: Tenant) -> frozenset[int]:
    """Reading succeeds where the thing is there. Writing is stopped behind authorisation, by a key nobody can read."""
    if route.reads and route.path.endswith(_AT_ITS_TIME):
        return frozenset({200, 409})
    if route.reads:
        return frozenset({200}) if route.knows_all_places(tenant) else frozenset({200, 404})
    return frozenset({404, 422}) if route.path.endswith(_WITHOUT_KEYS) else frozenset({422})


async def _ask(world: World, case: Case) -> Answered:
    route = case.route
    body = None if route.reads or not case.whole else route.body_of(world.a)
    headers = {} if route.reads or case.whole else {"idempotency-key": UNREADABLE_KEY}
    while True:
        answer = await world.ground.call(route.method, route.of(world.a), token=case.token, body=body, **headers)
        if answer.status != TOO_MANY:
            return answer
        await asyncio.sleep(int(dict(answer.headers)[b"retry-after"]))


async def _wrong(world: World, case: Case) -> str | None:
    answer = await _ask(world, case)
    if answer.status not in case.expected:
        return f"{case}: {answer.status} {answer.code}, not {sorted(case.expected)}"
    if answer.status == 401 and b"www-authenticate" not in dict(answer.headers):
        return f"{case}: 401 without a challenge"
    if case.stopped_by_the_key and answer.code != "idempotency_key_unreadable":
        return f"{case}: {answer.code}"
    return None


async def test_every_route_answers_every_caller_as_was_decided(world: World, request: pytest.FixtureRequest) -> None:
    cases = list(_cases(world))
    gate = asyncio.Semaphore(_TOGETHER)

    async def judge(case: Case) -> str | None:
        async with gate:
            return await _wrong(world, case)

    wrong = [each for each in await asyncio.gather(*map(judge, cases)) if each is not None]
    assert not wrong, "\n".join(wrong)
    kinds = Counter(case.shows for case in cases)
    routes = len({(case.route.method, case.route.path) for case in cases})
    told(request, f"authorisation matrix: {len(cases):,} cases on {routes} routes: {dict(kinds)}")
    assert len(cases) >= routes * (len(ROLES) + 1) * 9
