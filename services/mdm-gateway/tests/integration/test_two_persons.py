"""R-MDM-WIPE-TWO by person: two logins are one person, and rights that were withdrawn meanwhile are noticed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest

from common.events.contract_access import TokenRevocationLifted, TokenRevoked
from common.revocation import FRESH_SECONDS
from common.testing import running
from mdm_gateway.app import create_app
from mdm_gateway.settings import MdmGatewaySettings
from mdm_gateway.testing import NOW, Agent, Office, refusal

RULE = "R-MDM-WIPE-TWO"
pytestmark = pytest.mark.rule("R-MDM-WIPE-TWO")


@pytest.fixture
async def office(service_url: Callable[[str], str]) -> AsyncIterator[Office]:
    """The service, told that a claim of its own names the person."""
    url = service_url("mdm_gateway")
    async with running(create_app, MdmGatewaySettings, url=url, at=NOW, person_claim="employee_number") as suite:
        office = Office(suite)
        await office.tell_catalogue()
        await office.tell()
        yield office


def login(office: Office, subject: str, person: str | None, **claims: Any) -> httpx.AsyncClient:
    """A supervisor's login; `person` is the human being behind it."""
    token = office.suite.issuer.token(subject, ["supervisor"], employee_number=person, **claims)
    client = office.suite.client(None)
    client.headers["Authorization"] = f"Bearer {token}"
    return client


async def a_wipe(office: Office, by: httpx.AsyncClient, **over: Any) -> httpx.Response:
    tablet: Agent = await office.enrol()
    report = (await office.report_lost(tablet)).json()["id"]
    body = {"function": "remote_wipe", "reason": "lost", "lost_report_id": report, **over}
    return await by.post(f"/api/mdm/v1/devices/{tablet.device_id}/commands", json=body)


async def revoke(office: Office, kind: str, value: str) -> None:
    """Contracts tells that tokens were revoked."""
    fact: dict[str, Any] = {"actor": "sv-mori", "revocation_id": "rvk_1", "kind": kind, "value": value}
    if kind != "token":
        fact["issued_before"] = "2099-01-01T00:00:00Z"
    await office.suite.deliver(TokenRevoked(**fact), subject="rvk_1", sequence=1, key="rvk_1")


async def test_two_logins_of_one_person_are_one_person(office: Office) -> None:
    mori, mobile = login(office, "sv-mori", "E-1"), login(office, "sv-mori-mobile", "E-1")
    hara = login(office, "sv-hara", "E-2")
    wipe = (await a_wipe(office, mori)).json()["id"]
    for client in (mori, mobile):
        for decision in ("approval", "rejection"):
            answer = await office.decide(wipe, decision, client)
            body = refusal(answer)
            assert (answer.status_code, body["code"], body["rule_ids"]) == (403, "self_approval", [RULE])
    assert (await office.decide(wipe, "approval", hara)).status_code == 200


async def test_whoever_is_not_named_neither_asks_for_a_wipe_nor_approves_one(office: Office) -> None:
    program, mori = login(office, "service-account-api", None), login(office, "sv-mori", "E-1")
    asked = refusal(await a_wipe(office, program))
    assert (asked["status"], asked["code"], asked["rule_ids"]) == (403, "person_unknown", [RULE])
    wipe = (await a_wipe(office, mori)).json()["id"]
    answer = refusal(await office.decide(wipe, "approval", program))
    assert (answer["status"], answer["code"], answer["why"]["subject"]) == (
        *(403, "person_unknown"),
        "service-account-api",
    )
    assert (await mori.get(f"/api/mdm/v1/commands/{wipe}")).json()["status"] == "awaiting_approval"


@pytest.mark.parametrize(
    ("kind", "value"),
    [("token", "tok_leaked"), ("subject", "sv-mori"), ("client", "console"), ("person", "E-1")],
)
async def test_a_wipe_asked_for_with_rights_that_are_gone_is_not_approved(
    office: Office, kind: str, value: str
) -> None:
    mori = login(office, "sv-mori", "E-1", jti="tok_leaked", azp="console")
    hara = login(office, "sv-hara", "E-2", azp="other")
    wipe = (await a_wipe(office, mori)).json()["id"]
    await revoke(office, kind, value)
    body = refusal(await office.decide(wipe, "approval", hara))
    assert (body["status"], body["code"], body["rule_ids"]) == (409, "requester_rights_withdrawn", [RULE])
    assert body["why"] == {"requested_by": "sv-mori", "revoked": kind, "command_id": wipe}
    lifted = TokenRevocationLifted(actor="sv-mori", revocation_id="rvk_1")
    await office.suite.deliver(lifted, subject="rvk_1", sequence=2, key="rvk_1")
    assert (await office.decide(wipe, "approval", hara)).status_code == 200


async def test_an_approver_whose_token_was_revoked_this_very_moment_approves_nothing(office: Office) -> None:
    mori, hara = login(office, "sv-mori", "E-1"), login(office, "sv-hara", "E-2", jti="tok_hara")
    wipe = (await a_wipe(office, mori)).json()["id"]
    assert (await hara.get(f"/api/mdm/v1/commands/{wipe}")).status_code == 200
    await revoke(office, "token", "tok_hara")  # memory may not know for half a second; the decision asks the table
    answer = await office.decide(wipe, "approval", hara)
    assert (answer.status_code, refusal(answer)["code"]) == (401, "token_revoked")
    assert FRESH_SECONDS < 1
    assert (await mori.get(f"/api/mdm/v1/commands/{wipe}")).json()["status"] == "awaiting_approval"


async def test_a_tenants_revocation_says_nothing_about_people_of_the_house(office: Office) -> None:
    mori, hara = login(office, "sv-mori", "E-1"), login(office, "sv-hara", "E-2")
    wipe = (await a_wipe(office, mori)).json()["id"]
    fact = TokenRevoked(
        actor="admin", revocation_id="rvk_2", partner="partner-one", kind="subject", value="sv-mori",
        issued_before="2099-01-01T00:00:00Z",  # type: ignore[arg-type]
    )  # fmt: skip
    await office.suite.deliver(fact, subject="rvk_2", sequence=1, key="rvk_2", partner="partner-one")
    assert (await office.decide(wipe, "approval", hara)).status_code == 200
