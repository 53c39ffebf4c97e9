"""A real Keycloak gives the tokens: the main job, its keys changed in the middle; every role; programs; outages."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator

import httpx
import jwt
import pytest
import pytest_asyncio

from common.http import Role
from common.testing.tokens import TestIssuer
from evaluation.testing.keycloak_logins import LoginRefused, with_secret, with_signature
from evaluation.testing.keycloak_sources import FoundKeycloak, KeycloakSource
from evaluation.walk.desk import MORI, ONE, SATO, SERVICES, TWO, Desk, Person
from evaluation.walk.main_job import play
from tests.e2e.expected import EVENTS, REFUSALS
from tests.e2e.keycloak_house import REFRESH_SECONDS, Logins, a_realm, a_suite, with_master_data

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(300)]

PLANS = "/api/contracts/v1/plans"
TENANT = "partner-one"
EVERYBODY = {
    role: Person(f"x-{role}", role, TENANT if role in {Role.PARTNER, Role.PARTNER_ADMIN} else None) for role in Role
}
EVERYBODY[Role.PARTNER] = ONE


@pytest.fixture(scope="module")
def logins(keycloak: FoundKeycloak) -> Iterator[Logins]:
    """A realm of its own."""
    with a_realm(keycloak) as made:
        yield made


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(
    logins: Logins, tmp_path_factory: pytest.TempPathFactory, module_service_url: Callable[[str], str]
) -> AsyncIterator[httpx.AsyncClient]:
    """The suite that trusts the realm, with its master data."""
    async with a_suite(logins.realm, tmp_path_factory.mktemp("data"), module_service_url) as client:
        await with_master_data(client, logins)
        yield client


async def status(house: httpx.AsyncClient, token: str, path: str = PLANS) -> int:
    return (await house.get(path, headers={"Authorization": f"Bearer {token}"})).status_code


class Turning(Logins):
    """Tokens for the walk; in its middle the realm gets a new key, and later the old one is withdrawn."""

    def __init__(self, logins: Logins) -> None:
        super().__init__(logins.realm, logins.published, logins.key_of_two)
        self.passwords = logins.passwords
        self.asked = 0
        self.signed_by: dict[str, int] = {}
        self.old, self.new = str(logins.realm.signing_keys()[0]["kid"]), ""
        self.kept = ""

    async def token(self, who: Person) -> str:
        self.asked += 1
        if self.asked == 100:
            self.kept = self.given[SATO]
            self.new = await asyncio.to_thread(self.realm.add_signing_key)
            for one in (SATO, ONE):  # the others go on with what the old key signed
                self.given.pop(one, None)
        if self.asked == 180:
            await asyncio.to_thread(self.realm.disable_key, self.old)
            self.given.clear()
        token = await super().token(who)
        kid = jwt.get_unverified_header(token)["kid"]
        self.signed_by[kid] = self.signed_by.get(kid, 0) + 1
        return token


async def test_the_main_job_passes_while_the_provider_changes_its_keys(
    house: httpx.AsyncClient, logins: Logins
) -> None:
    turning = await asyncio.to_thread(Turning, logins)
    desk = Desk(house, tokens=turning)
    await play(desk)
    shown = {code: answered for code, answered, _ in desk.seen.refusals}
    assert {code: shown.get(code) for code in REFUSALS} == REFUSALS
    assert set(desk.seen.events) >= EVENTS
    assert (desk.seen.facts["statement"]["total"], desk.seen.facts["statement"]["tax"]) == (21_340, 1_940)
    assert turning.signed_by[turning.old] > 80, "the old key's tokens went on after the change"
    assert turning.signed_by[turning.new] > 50
    assert turning.asked > 200, "and the walk went on when the old key was withdrawn"
    assert len(turning.signed_by) == 3, "and the second partner's are signed with ES256"
    await asyncio.sleep(REFRESH_SECONDS)
    assert await status(house, turning.kept) == 401
    assert await status(house, await turning.token(MORI)) == 200


async def test_every_role_reaches_what_it_may_and_nothing_else(house: httpx.AsyncClient, logins: Logins) -> None:
    tried = 0
    tokens = {role: await logins.token(who) for role, who in EVERYBODY.items()}
    for prefix in SERVICES.values():
        api = prefix.rsplit("/", 1)[0]
        document = (await house.get(f"{api}/openapi.json")).json()
        for path, operations in document["paths"].items():
            reads = operations.get("get", {})
            if "{" in path or not reads.get("security") or path.endswith("/stream"):
                continue
            for role, token in tokens.items():
                got = await status(house, token, path)
                assert (got != 403) == (role in reads["x-roles"]), (path, role, got)
                assert got != 401, (path, role)
                tried += 1
    assert tried > 150


async def test_a_login_says_who_it_is_and_what_for(logins: Logins) -> None:
    tokens = await asyncio.to_thread(logins.tokens, EVERYBODY[Role.PARTNER_ADMIN])
    claims = jwt.decode(tokens["access_token"], options={"verify_signature": False})
    assert claims["aud"] == "anshin"
    assert (claims["partner"], claims["employee_number"], claims["azp"]) == (TENANT, "E-x-partner-admin", "console")
    assert Role.PARTNER_ADMIN in claims["roles"]
    assert claims["exp"] - claims["iat"] == 300


async def test_identity_and_refresh_tokens_are_no_access_tokens(house: httpx.AsyncClient, logins: Logins) -> None:
    tokens = await asyncio.to_thread(logins.tokens, MORI)
    assert await status(house, tokens["access_token"]) == 200
    for kind in ("id_token", "refresh_token"):
        assert await status(house, tokens[kind]) == 401, kind


async def test_a_program_signs_with_its_next_key_while_the_old_one_still_holds(
    house: httpx.AsyncClient, logins: Logins
) -> None:
    realm, old, new = logins.realm, logins.key_of_two, TestIssuer(kid="two-2")
    with pytest.raises(LoginRefused):
        await asyncio.to_thread(with_signature, realm, "partner-two-api", new)
    logins.published.keys.append(new.public_jwk)
    await asyncio.to_thread(realm.call, "POST", "/clear-keys-cache")
    for key in (old, new):
        token = await asyncio.to_thread(with_signature, realm, "partner-two-api", key)
        assert jwt.get_unverified_header(token)["alg"] == "ES256"
        assert await status(house, token) == 200
    logins.published.keys.remove(old.public_jwk)
    await asyncio.to_thread(realm.call, "POST", "/clear-keys-cache")
    with pytest.raises(LoginRefused):
        await asyncio.to_thread(with_signature, realm, "partner-two-api", old)
    logins.key_of_two = new
    assert await status(house, await asyncio.to_thread(logins.fresh, TWO)) == 200


async def test_a_secret_is_changed_through_a_second_client_of_the_same_tenant(
    house: httpx.AsyncClient, logins: Logins
) -> None:
    realm = logins.realm
    first = await asyncio.to_thread(with_secret, realm, "partner-one-api", realm.settings.partner_one_secret)
    secret = await asyncio.to_thread(realm.add_twin, "partner-one-api", "partner-one-api-next")
    second = await asyncio.to_thread(with_secret, realm, "partner-one-api-next", secret)
    for token in (first, second):
        assert jwt.decode(token, options={"verify_signature": False})["partner"] == TENANT
        assert await status(house, token) == 200
    await asyncio.to_thread(realm.change_client, "partner-one-api", enabled=False)
    with pytest.raises(LoginRefused):
        await asyncio.to_thread(with_secret, realm, "partner-one-api", realm.settings.partner_one_secret)
    assert await status(house, await asyncio.to_thread(with_secret, realm, "partner-one-api-next", secret)) == 200
    await asyncio.to_thread(realm.change_client, "partner-one-api", enabled=True)


async def test_nobody_but_an_administrator_says_which_tenant_a_person_is_of(logins: Logins) -> None:
    tokens = await asyncio.to_thread(logins.tokens, EVERYBODY[Role.PARTNER_ADMIN])
    account = f"{logins.realm.issuer}/account"
    headers = {"Authorization": f"Bearer {tokens['access_token']}", "Accept": "application/json"}
    async with httpx.AsyncClient(timeout=60) as client:
        await client.post(account, json={"attributes": {"partner": ["partner-two"]}}, headers=headers)
    users = await asyncio.to_thread(logins.realm.call, "GET", "/users?username=x-partner-admin&exact=true")
    assert users.json()[0]["attributes"]["partner"] == [TENANT]


async def test_when_the_provider_is_gone_known_keys_go_on_and_unknown_ones_are_not_decided(
    house: httpx.AsyncClient, logins: Logins, keycloak: FoundKeycloak
) -> None:
    known = await logins.token(MORI)
    assert await status(house, known) == 200
    if keycloak.source is KeycloakSource.GIVEN:  # somebody else's: the realm alone goes
        await asyncio.to_thread(logins.realm.remove)
    else:
        await asyncio.to_thread(keycloak.close)
    stranger = TestIssuer("RS256", kid="unheard-of", url=logins.realm.issuer)
    answer = await house.get(PLANS, headers={"Authorization": f"Bearer {stranger.token('x', ['supervisor'])}"})
    assert (answer.status_code, answer.json()["code"]) == (503, "issuer_unavailable")
    assert answer.headers["Retry-After"] == "1"
    until = time.monotonic() + 2 * REFRESH_SECONDS
    while time.monotonic() < until:
        assert await status(house, known) == 200
        await asyncio.sleep(0.2)
