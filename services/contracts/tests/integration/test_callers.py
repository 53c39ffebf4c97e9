"""Who is calling."""

from __future__ import annotations

import pytest

from contracts.testing import Desk


@pytest.mark.parametrize(
    "phone", ["0312345678", "03-1234-5678", "０３－１２３４－５６７８", "%2B81312345678", "+81312345678"]
)
async def test_a_number_finds_its_subscriber_however_it_is_written(desk: Desk, phone: str) -> None:
    contract = await desk.active()
    found = await desk.get(f"/caller-lookups?phone={phone}")
    assert (found["phone"], found["match"]) == ("+81312345678", "exact")
    assert found["subscriber"]["id"] == contract["subscriber_id"]
    assert found["contracts"] == [{"id": contract["id"], "status": "active", "plan_code": "light-anshin-1"}]


async def test_an_unknown_number_finds_nobody(desk: Desk) -> None:
    found = await desk.get("/caller-lookups?phone=0120-111-222")
    assert (found["match"], found["subscriber"], found["candidates"]) == ("none", None, [])


async def test_a_number_of_several_names_them_all(desk: Desk) -> None:
    ids = [(await desk.subscriber())["id"] for _ in range(2)]
    found = await desk.get("/caller-lookups?phone=0312345678")
    assert (found["match"], found["subscriber"]) == ("several", None)
    assert [each["subscriber"]["id"] for each in found["candidates"]] == ids


async def test_what_is_no_number_is_refused(desk: Desk) -> None:
    problem = await desk.refused("/caller-lookups?phone=abc", method="GET", status=422)
    assert problem["code"] == "phone_unreadable"
    registered = await desk.call("POST", "/subscribers", {"phones": ["abc"]})
    assert registered.status_code == 422


async def test_phones_are_kept_in_one_spelling_once_each(desk: Desk) -> None:
    subscriber = await desk.subscriber(phones=["03-1234-5678", "+81312345678", "050-1234-5678"])
    assert subscriber["phones"] == ["+81312345678", "+815012345678"]
    assert await desk.get(f"/subscribers/{subscriber['id']}") == subscriber
    unknown = await desk.refused("/subscribers/sub_0", method="GET", status=404)
    assert unknown["code"] == "subscriber_unknown"


async def test_a_number_is_found_by_its_index(desk: Desk) -> None:
    async with desk.suite.transaction() as tx:
        await tx.connection.execute("SET LOCAL enable_seqscan = off")
        plan = await tx.connection.fetch("EXPLAIN SELECT 1 FROM subscriber_phone WHERE phone = '+81312345678'")
    assert "ix_subscriber_phone_phone" in str(plan)
