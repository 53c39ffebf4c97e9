"""The schema: as the code says, and closed where nothing may change."""

from __future__ import annotations

import asyncpg
import pytest

from common.migrations import check
from mdm_gateway.storage.tables import metadata
from mdm_gateway.testing import Office


def test_the_migrated_schema_is_what_the_code_says(admin_url: str) -> None:
    assert check(admin_url, "mdm_gateway", metadata) == []


@pytest.mark.parametrize("statement", ["UPDATE command_step SET actor = 'x'", "DELETE FROM command_step"])
async def test_the_steps_of_a_command_are_never_changed(office: Office, statement: str) -> None:
    await office.asked(await office.enrol(), "remote_lock")
    with pytest.raises((asyncpg.InsufficientPrivilegeError, asyncpg.RestrictViolationError)):
        async with office.suite.transaction() as tx:
            await tx.connection.execute(statement)


async def test_not_even_the_owner_changes_the_steps_of_a_command(office: Office, admin_url: str) -> None:
    await office.asked(await office.enrol(), "remote_lock")
    owner = await asyncpg.connect(admin_url, server_settings={"search_path": "mdm_gateway"})
    try:
        with pytest.raises(asyncpg.RestrictViolationError):
            await owner.execute("DELETE FROM command_step")
    finally:
        await owner.close()


@pytest.mark.rule("R-MDM-PLAN")
@pytest.mark.parametrize("used", ["used + 3", "-1"])
async def test_the_database_counts_no_seat_beyond_the_limit(office: Office, used: str) -> None:
    await office.enrol()
    with pytest.raises(asyncpg.CheckViolationError, match="ck_contract_seat_used"):
        async with office.suite.transaction() as tx:
            await tx.connection.execute(f"UPDATE contract_seat SET used = {used}")


async def test_seats_used_are_the_devices_enrolled(office: Office) -> None:
    tablets = [await office.enrol(serial=f"SN-{number}") for number in range(3)]
    await office.operator.post(f"/api/mdm/v1/devices/{tablets[1].device_id}/release")
    await office.enrol(serial="SN-0")
    async with office.suite.transaction() as tx:
        rows = await tx.connection.fetch(
            "SELECT s.used, (SELECT count(*) FROM device d WHERE d.contract_id = s.contract_id "
            "AND d.status = 'enrolled') AS enrolled FROM contract_seat s"
        )
    assert [tuple(row) for row in rows] == [(2, 2)]
