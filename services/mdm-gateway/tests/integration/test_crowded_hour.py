"""Everything at once on one contract: nobody waits for nobody for ever, and the counts are right afterwards."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any

import httpx

from mdm_gateway.testing import Office, bearer, some_entitlements


async def test_a_crowded_hour_leaves_no_knot_and_no_wrong_count(office: Office) -> None:
    tablets = [await office.enrol(serial=f"SN-{number}") for number in range(3)]
    wipes = [await office.wipe(tablet) for tablet in tablets]
    codes = [await office.code(device_id=tablet.device_id) for tablet in tablets]
    supervisors = [office.suite.client("supervisor", subject=f"sv-{number}") for number in range(2)]
    work: list[Awaitable[httpx.Response | None]] = []
    for number, (tablet, wipe) in enumerate(zip(tablets, wipes, strict=True)):
        channel = "/mdm/agent/v1"
        work += [office.decide(wipe["id"], "approval", supervisor) for supervisor in supervisors]
        work += [
            office.decide(wipe["id"], "cancellation", office.operator),
            office.report_lost(tablet),
            office.ask(tablet, "camera", setting="disabled"),
            office.show(codes[number], serial=tablet.serial),
            office.devices.get(f"{channel}/commands", headers=bearer(tablet.token)),
            office.devices.post(f"{channel}/status", json={"encryption": "on"}, headers=bearer(tablet.token)),
            office.reply(tablet, wipe["id"], "succeeded"),
            office.operator.post(f"/api/mdm/v1/devices/{tablets[0].device_id}/release"),
        ]
    hears = office.suite.deliver(
        some_entitlements(version=2, partner="prt_a"), subject="ctr", sequence=2, key="ctr", partner="prt_a"
    )
    answers: list[Any] = await asyncio.gather(*work, hears, office.suite.sweep())
    statuses = [answer.status_code for answer in answers if isinstance(answer, httpx.Response)]
    assert [status for status in statuses if status >= 500] == []
    async with office.suite.transaction() as tx:
        used, enrolled = await tx.connection.fetchrow(
            "SELECT used, (SELECT count(*) FROM device WHERE status = 'enrolled') FROM contract_seat"
        )
        assert used == enrolled
        partners = await tx.connection.fetch("SELECT partner FROM device UNION ALL SELECT partner FROM device_command")
        assert {row["partner"] for row in partners} == {"prt_a"}
        live = await tx.connection.fetch(
            "SELECT c.generation, d.generation AS present, d.status FROM device_command c JOIN device d "
            "ON d.id = c.device_id WHERE c.status IN ('awaiting_approval', 'queued', 'sent')"
        )
        assert [row for row in live if row["generation"] != row["present"] or row["status"] != "enrolled"] == []
        gaps = await tx.connection.fetch(
            "SELECT aggregateid FROM outbox GROUP BY aggregatetype, aggregateid "
            "HAVING max(aggregate_version) <> count(*) AND aggregatetype <> 'seats'"
        )
        assert [row["aggregateid"] for row in gaps] == []
