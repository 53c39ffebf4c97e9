"""Everything at the same time: the depot, the phone and the bus get in each other's way, and all stays straight."""

from __future__ import annotations

import asyncio
from collections import Counter

import httpx
import pytest

from loaner.testing import House, fault_isolated
from loaner.testing.house import API, PARCEL, contract_id, inquiry_id

CONTRACTS = 12
UNITS = 4
ROUNDS = 4


async def phone(client: httpx.AsyncClient, number: int) -> list[int]:
    """Somebody wishes for a router and takes it back again, over and over."""
    seen = []
    for _ in range(ROUNDS):
        body = {"inquiry_id": inquiry_id(number), "kind": "soho_router", "wished_by": "見本"}
        wished = await client.post(f"{API}/loans", json=body)
        seen.append(wished.status_code)
        if wished.status_code == 201 and number % 3:
            path = f"{API}/loans/{wished.json()['id']}/cancellation"
            seen.append((await client.post(path, json={"reason": "changed their mind"})).status_code)
    return seen


async def depot(client: httpx.AsyncClient) -> list[int]:
    """Ships whatever is reserved."""
    seen = []
    for _ in range(ROUNDS):
        reserved = (await client.get(f"{API}/loans?status=reserved&limit=100")).json()["items"]
        for loan in reserved[:2]:
            path = f"{API}/loans/{loan['id']}/shipment"
            seen.append((await client.post(path, json=PARCEL)).status_code)
    return seen


async def bus(house: House, number: int) -> None:
    """Verdicts fall and come back."""
    for turn in range(ROUNDS):
        cause = "device_fault" if turn % 2 else "line_fault"
        told = fault_isolated(inquiry_id(number), contract_id(number), verdict_id=f"vdt_{turn}", cause=cause)
        message = house.suite.message(told, subject=inquiry_id(number), sequence=10 + turn, key=inquiry_id(number))
        for consumer in house.suite.consumers():
            await consumer.apply([message])


@pytest.mark.rule("R-LOAN-KINDS", "R-ISOLATION-EVIDENCE")
async def test_parallel_wishes_cancellations_shipments_and_verdicts_leave_everything_straight(
    house: House,
) -> None:
    for _ in range(UNITS):
        await house.unit()
    for number in range(1, CONTRACTS + 1):
        await house.case(number)
    async with house.suite.client("operator") as operator, house.suite.client("depot") as shipper:
        calls = [phone(operator, number) for number in range(1, CONTRACTS + 1)]
        news = [bus(house, number) for number in range(1, CONTRACTS + 1, 3)]
        answers, _ = await asyncio.gather(asyncio.gather(*calls, depot(shipper)), asyncio.gather(*news))
    assert {status for each in answers for status in each} <= {200, 201, 409}
    loans = (await house.ok("operator", "GET", "/loans?limit=100"))["items"]
    units = (await house.ok("depot", "GET", "/units?limit=100"))["items"]
    holders = {loan["unit_id"]: loan["status"] for loan in loans if loan["status"] in {"reserved", "shipped"}}
    for unit in units:
        expected = {"reserved": "reserved", "shipped": "on_loan"}.get(holders.get(unit["id"], ""), "in_stock")
        assert unit["status"] == expected
    open_loans = Counter(
        loan["contract_id"] for loan in loans if loan["status"] in {"waitlisted", "reserved", "shipped"}
    )
    assert max(open_loans.values()) == 1
    waits = [loan for loan in loans if loan["status"] == "waitlisted" and loan["hold"] is None]
    assert not waits or all(unit["status"] != "in_stock" for unit in units)
    sequences: dict[str, list[int]] = {}
    for event in await house.suite.published():
        sequences.setdefault(event.subject, []).append(event.sequence)
    assert all(numbers == sorted(set(numbers)) for numbers in sequences.values())
