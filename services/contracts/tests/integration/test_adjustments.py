"""Adjustments come onto the next statement, with two people where the rule wants them."""

from __future__ import annotations

import asyncio
from typing import Any

import asyncpg
import pytest

from common.events.contracts import AdjustmentApproved, AdjustmentRejected, AdjustmentRequested
from contracts.testing import Desk, jst

JULY = jst(2026, 7, 1)


def body(amount: int = -1100, **over: Any) -> dict[str, Any]:
    return {"amount": amount, "text": "お詫び", "reason": "The visit of 12 June was late", **over}


@pytest.mark.rule("R-ADJUSTMENT", "R-INVOICE")
async def test_a_small_adjustment_stands_on_the_next_statement_and_names_its_event(desk: Desk) -> None:
    contract = await desk.active()
    done = await desk.post(f"/contracts/{contract['id']}/adjustments", body())
    assert (done["status"], done["alone"], done["fee_month"]) == ("approved", True, "2026-06")
    desk.at(JULY)
    closed = (await desk.close(contract["id"], "2026-06")).json()
    statement = await desk.get(f"/statements/{closed['statement_id']}")
    line = statement["lines"][1]
    (told,) = await desk.told(AdjustmentApproved)
    assert (statement["total"], line["amount"], line["name_ja"], line["event_id"]) == (1100, -1100, "お詫び", told.id)
    assert line["rule_ids"] == ["R-INVOICE", "R-ADJUSTMENT"]
    assert (await desk.get(f"/adjustments/{done['id']}"))["statement_id"] == statement["id"]
    assert "late" not in told.data.model_dump_json()


@pytest.mark.rule("R-ADJUSTMENT")
async def test_a_large_one_waits_for_another_person_and_is_left_out_until_then(desk: Desk) -> None:
    contract = await desk.active()
    asked = await desk.post(f"/contracts/{contract['id']}/adjustments", body(5000))
    assert asked["status"] == "requested"
    path = f"/adjustments/{asked['id']}/approval"
    own = await desk.refused(path, status=403, role="supervisor", subject="operator-1")
    assert (own["code"], own["rule_ids"]) == ("self_approval", ["R-ADJUSTMENT"])
    assert (await desk.call("POST", path)).status_code == 403
    desk.at(JULY)
    assert (await desk.close(contract["id"], "2026-06")).json()["total"] == 2200
    stale = await desk.refused(path, status=412, role="supervisor", headers={"If-Match": '"7"'})
    assert stale["code"] == "stale_version"
    assert (await desk.post(path, role="supervisor"))["status"] == "approved"
    assert (await desk.refused(path, role="supervisor"))["code"] == "adjustment_decided"
    desk.at(jst(2026, 8, 1))
    assert (await desk.close(contract["id"], "2026-07")).json()["total"] == 7200
    assert [len(await desk.told(kind)) for kind in (AdjustmentRequested, AdjustmentApproved)] == [1, 1]


@pytest.mark.rule("R-ADJUSTMENT")
@pytest.mark.parametrize(
    ("kind", "value"),
    [("token", "tok_leaked"), ("subject", "op-sato"), ("client", "console"), ("person", "op-sato")],
)
async def test_one_asked_for_with_rights_that_are_gone_is_not_approved(desk: Desk, kind: str, value: str) -> None:
    contract = await desk.active()
    leaked = desk.suite.issuer.token("op-sato", ["operator"], jti="tok_leaked", azp="console")
    headers = {"Authorization": f"Bearer {leaked}"}
    asked = await desk.post(f"/contracts/{contract['id']}/adjustments", body(5000), headers=headers)
    path = f"/adjustments/{asked['id']}/approval"
    revoked = await desk.post(
        "/token-revocations", {"kind": kind, "value": value, "reason": "leaked"}, role="supervisor"
    )
    refused = await desk.refused(path, status=409, role="supervisor")
    assert (refused["code"], refused["rule_ids"]) == ("requester_rights_withdrawn", ["R-ADJUSTMENT"])
    assert refused["why"] == {"requested_by": "op-sato", "revoked": kind, "adjustment_id": asked["id"]}
    lifted = await desk.call("DELETE", f"/token-revocations/{revoked['id']}", role="supervisor")
    assert lifted.is_success
    assert (await desk.post(path, role="supervisor"))["status"] == "approved"


@pytest.mark.rule("R-ADJUSTMENT")
async def test_of_ten_at_once_one_person_makes_one_and_the_others_wait(desk: Desk) -> None:
    contract = await desk.active()
    path = f"/contracts/{contract['id']}/adjustments"
    done = await asyncio.gather(*(desk.post(path, body(-100)) for _ in range(10)))
    assert sorted(each["status"] for each in done) == ["approved"] + ["requested"] * 9
    waiting = next(each for each in done if each["status"] == "requested")
    rejected = await desk.post(f"/adjustments/{waiting['id']}/rejection")
    assert rejected["status"] == "rejected"
    assert len(await desk.told(AdjustmentRejected)) == 1
    listed = await desk.get(f"/adjustments?contract_id={contract['id']}&status=requested")
    assert len(listed["items"]) == 8


@pytest.mark.rule("R-ADJUSTMENT")
async def test_bad_adjustments_are_refused_by_name_and_nothing_is_kept(desk: Desk) -> None:
    contract = await desk.active()
    path = f"/contracts/{contract['id']}/adjustments"
    for wrong, code in ((body(0), "adjustment_of_nothing"), (body(-100, tax_rate=5), "tax_rate_unknown")):
        problem = await desk.refused(path, wrong)
        assert (problem["code"], problem["rule_ids"]) == (code, ["R-ADJUSTMENT", "R-INVOICE"])
    unreadable: list[dict[str, Any]] = [
        {"amount": 1.5}, {"amount": "100"}, {"text": ""}, {"reason": ""}, {"amount": 10**9},
    ]  # fmt: skip
    for over in unreadable:
        await desk.refused(path, {**body(), **over}, status=422)
    assert (await desk.refused("/contracts/ctr_0/adjustments", body(), status=404))["code"] == "contract_unknown"
    unknown = await desk.refused("/adjustments/adj_0/approval", status=404, role="supervisor")
    assert unknown["code"] == "adjustment_unknown"
    assert (await desk.get("/adjustments"))["items"] == []


@pytest.mark.rule("R-ADJUSTMENT")
async def test_a_contract_without_a_statement_to_come_is_not_adjusted(desk: Desk) -> None:
    applied = await desk.applied()
    problem = await desk.refused(f"/contracts/{applied['id']}/adjustments", body())
    assert problem["code"] == "no_open_fee_month"


@pytest.mark.rule("R-ADJUSTMENT")
async def test_the_database_knows_that_it_takes_two(desk: Desk) -> None:
    contract = await desk.active()
    asked = await desk.post(f"/contracts/{contract['id']}/adjustments", body(5000))
    forged = "UPDATE adjustment SET status = 'approved', decided_by = 'sv-2', decided_by_person = asked_by_person"
    with pytest.raises(asyncpg.CheckViolationError, match="adjustment_two_people"):
        async with desk.suite.transaction() as tx:
            await tx.connection.execute(forged)
    assert (await desk.get(f"/adjustments/{asked['id']}"))["status"] == "requested"
