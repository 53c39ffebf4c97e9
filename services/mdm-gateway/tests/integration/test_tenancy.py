"""Roles, tenants, and what a partner may see."""

from __future__ import annotations

from common.events.base import EventData
from common.events.contract_access import TokenRevocationLifted, TokenRevoked
from common.events.contracts import CatalogueChanged, EntitlementsChanged
from common.events.examples import examples_of
from mdm_gateway.consumers import PROJECTIONS, REACTIONS
from mdm_gateway.testing import CONTRACT, Office, refusal, some_entitlements, the_tool_matrix

OTHER = "ctr_0197f3c29a7b7cc8a1f2c3d4e5f60799"


async def two_tenants(office: Office) -> tuple[str, str]:
    await office.tell(version=2, partner="prt_a")
    await office.tell(OTHER, partner="prt_b")
    first, second = await office.enrol(), await office.enrol(contract_id=OTHER)
    return first.device_id, second.device_id


async def test_a_partner_sees_its_own_devices_and_nobody_elses(office: Office) -> None:
    own, foreign = await two_tenants(office)
    partner = office.suite.client("partner", subject="prt-a-1", partner="prt_a")
    listed = (await partner.get("/api/mdm/v1/devices")).json()["items"]
    assert [device["id"] for device in listed] == [own]
    for path in ("", "/security-status", "/capabilities", "/settings"):
        assert (await partner.get(f"/api/mdm/v1/devices/{own}{path}")).status_code == 200
        hidden = await partner.get(f"/api/mdm/v1/devices/{foreign}{path}")
        assert (hidden.status_code, refusal(hidden)["code"]) == (404, "device_unknown")
    assert (await partner.get(f"/api/mdm/v1/contracts/{CONTRACT}/seats")).json()["used"] == 1
    hidden = await partner.get(f"/api/mdm/v1/contracts/{OTHER}/seats")
    assert (hidden.status_code, refusal(hidden)["code"]) == (404, "contract_unknown")


async def test_a_partner_commands_nothing(office: Office) -> None:
    own, _ = await two_tenants(office)
    partner = office.suite.client("partner", subject="prt-a-1", partner="prt_a")
    answers = [
        await partner.post(f"/api/mdm/v1/devices/{own}/commands", json={"function": "remote_lock", "reason": "x"}),
        await partner.post(f"/api/mdm/v1/devices/{own}/release"),
        await partner.get("/api/mdm/v1/commands"),
        await partner.post("/api/mdm/v1/enrolment-invitations", json={"contract_id": CONTRACT, "os": "ios"}),
        await partner.get("/api/mdm/v1/lost-reports"),
    ]
    assert {(answer.status_code, refusal(answer)["code"]) for answer in answers} == {(403, "forbidden")}


async def test_other_people_have_no_business_here(office: Office) -> None:
    for role in ("technician", "depot", "analyst", None):
        answer = await office.suite.client(role).get("/api/mdm/v1/devices")
        assert answer.status_code == (401 if role is None else 403)


async def test_a_forgotten_filter_shows_a_partner_nothing_of_others(office: Office) -> None:
    await two_tenants(office)
    async with office.suite.transaction() as tx:
        await tx.connection.execute(
            "SELECT set_config('role', 'mdm_gateway_partner', true), set_config('app.partner', 'prt_a', true)"
        )
        for table in ("device", "contract_seat", "entitlement"):
            rows = await tx.connection.fetch(f"SELECT partner FROM {table}")
            assert {row["partner"] for row in rows} == {"prt_a"}


async def test_a_partner_has_no_way_to_what_is_the_houses(office: Office) -> None:
    async with office.suite.database.connection() as connection, connection.transaction():
        await connection.execute("SELECT set_config('role', 'mdm_gateway_partner', true)")
        for table in ("agent_credential", "enrolment_invitation", "lost_report", "device_command", "command_step"):
            allowed = await connection.fetchval("SELECT has_table_privilege($1, 'SELECT')", table)
            assert allowed is False, table


async def test_a_contract_that_changes_hands_takes_its_rows_along(office: Office) -> None:
    own, _ = await two_tenants(office)
    await office.operator.post(
        f"/api/mdm/v1/devices/{own}/commands", json={"function": "remote_lock", "reason": "lost"}
    )
    await office.tell(version=3, partner="prt_b")
    old = office.suite.client("partner", subject="prt-a-1", partner="prt_a")
    new = office.suite.client("partner", subject="prt-b-1", partner="prt_b")
    assert (await old.get("/api/mdm/v1/devices")).json()["items"] == []
    assert len((await new.get("/api/mdm/v1/devices")).json()["items"]) == 2
    async with office.suite.transaction() as tx:
        for table in ("device", "contract_seat", "enrolment_invitation", "device_command", "entitlement"):
            found = await tx.connection.fetch(f"SELECT DISTINCT partner FROM {table}")
            assert {row["partner"] for row in found} == {"prt_b"}, table


EXAMPLES: dict[type[EventData], EventData] = {
    EntitlementsChanged: some_entitlements(version=5),
    CatalogueChanged: the_tool_matrix(),
    **{kind: examples_of(kind)[0] for kind in (TokenRevoked, TokenRevocationLifted)},
}


def test_every_handler_has_an_example() -> None:
    assert set(EXAMPLES) == {*PROJECTIONS, *REACTIONS}


async def test_what_is_heard_twice_changes_nothing_the_second_time(office: Office) -> None:
    async def rows() -> list[list[str]]:
        async with office.suite.transaction() as tx:
            tables = ("entitlement", "catalogue_part", "contract_seat", "token_revocation", "outbox")
            return [[row["t"] for row in await tx.connection.fetch(f"SELECT t::text FROM {t} t")] for t in tables]

    for data in EXAMPLES.values():
        message = office.suite.message(data, subject=CONTRACT, sequence=9, key=CONTRACT)
        await office.suite.deliver_messages([message])
        once = await rows()
        await office.suite.deliver_messages([message])
        assert await rows() == once


async def test_an_older_state_of_a_contract_does_not_come_back(office: Office) -> None:
    await office.tell(version=4, partner="prt_a")
    stale = some_entitlements(version=3, partner="prt_b")
    await office.suite.deliver(stale, subject=CONTRACT, sequence=3, key=CONTRACT)
    async with office.suite.transaction() as tx:
        assert await tx.connection.fetchval("SELECT partner FROM entitlement") == "prt_a"
