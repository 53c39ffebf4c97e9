"""Supported products: kept, checked, and judged before anything is counted."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import httpx
import pytest

from common.testing import RunningService
from helpdesk.testing import API, CONTRACT, a_report, accepted, entitlements, get, jst, post, tell

SYSTEM = {"category": "os", "maker": "見本電機", "name": "見本OS 5", "support": "full", "maker_ends_on": "2026-06-01"}


@pytest.fixture
async def supervisor(suite: RunningService) -> AsyncIterator[httpx.AsyncClient]:
    """Who keeps the list."""
    async with suite.client("supervisor", subject="sv-mori") as client:
        yield client


async def added(client: httpx.AsyncClient, **over: Any) -> str:
    answer = await post(client, "/supported-products", {**SYSTEM, **over})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def put(client: httpx.AsyncClient, path: str, body: Any, version: int | None = None) -> httpx.Response:
    headers = {} if version is None else {"If-Match": f'"{version}"'}
    return await client.put(f"{API}/supported-products{path}", json=body, headers=headers)


async def names(client: httpx.AsyncClient, query: str = "") -> list[str]:
    return [each["name"] for each in (await get(client, f"/supported-products?{query}"))["items"]]


@pytest.mark.rule("R-PRODUCT-SCOPE")
async def test_a_product_out_of_scope_is_refused_with_every_reason_before_a_unit_is_taken(
    suite: RunningService, operator: httpx.AsyncClient, supervisor: httpx.AsyncClient
) -> None:
    product = await added(supervisor)
    last = await accepted(operator, product_id=product)
    scope = last["product"]
    assert (scope["in_scope"], scope["days_left"], scope["ends_soon"]) == (True, 0, True)
    why = (await get(operator, f"/inquiries/{last['id']}/why"))["acceptance"]["product"]
    assert (why["product_id"], why["last_day"], why["on"]) == (product, "2026-06-01", "2026-06-01")
    assert (await accepted(operator))["product"] is None
    suite.clock.move_to(jst(6, 2))
    refused = await operator.post(f"{API}/inquiries", json=a_report(product_id=product, site="telework"))
    codes = [each["code"] for each in refused.json()["reasons"]]
    assert (refused.status_code, codes) == (409, ["telework_requires_standard", "product_out_of_scope"])
    alone = (
        await operator.post(f"{API}/inquiries", json=a_report(product_id=product), headers={"Accept-Language": "ja"})
    ).json()
    assert (alone["code"], alone["rule_ids"]) == ("product_out_of_scope", ["R-PRODUCT-SCOPE"])
    assert (alone["title"], alone["why"]["because"]) == ("この製品はサポート対象外です。", "ended")
    assert [each["codes"] for each in (await get(operator, "/refusals"))["items"]] == [codes, ["product_out_of_scope"]]
    unknown = await operator.post(f"{API}/inquiries", json=a_report(product_id="prd_none"))
    assert (unknown.status_code, unknown.json()["code"]) == (404, "product_unknown")
    assert len((await get(operator, f"/contracts/{CONTRACT}/quota-ledger"))["items"]) == 2
    longer = {**SYSTEM, "until": "2027-03-31"}
    assert (await put(supervisor, f"/{product}", longer)).json()["last_day"] == "2027-03-31"
    assert (await accepted(operator, product_id=product))["product"]["ends_soon"] is False


async def test_who_names_no_product_has_the_list_asked_nothing(
    suite: RunningService, operator: httpx.AsyncClient, supervisor: httpx.AsyncClient, admin_url: str
) -> None:
    product = await added(supervisor)
    administrator = await asyncpg.connect(admin_url)
    await administrator.execute("REVOKE SELECT ON helpdesk.supported_product FROM helpdesk")
    await administrator.close()
    await accepted(operator)
    assert (await operator.post(f"{API}/inquiries", json=a_report(product_id=product))).status_code == 500


async def test_lines_are_kept_with_every_version_and_checked_by_any_spelling(
    suite: RunningService, operator: httpx.AsyncClient, supervisor: httpx.AsyncClient
) -> None:
    product = await added(supervisor)
    assert (await post(operator, "/supported-products", SYSTEM)).status_code == 403
    twice = await post(supervisor, "/supported-products", SYSTEM)
    assert (twice.status_code, twice.json()["code"]) == (422, "product_twice")
    crossed = await post(supervisor, "/supported-products", {**SYSTEM, "since": "2026-02-01", "until": "2026-01-01"})
    assert (crossed.status_code, crossed.json()["code"]) == (422, "product_dates_crossed")
    old = await added(supervisor, versions="5.0*", support="none")
    stale = await put(supervisor, f"/{product}", SYSTEM, 2)
    assert (stale.status_code, stale.json()["code"]) == (412, "stale_version")
    answers = await asyncio.gather(
        *[put(supervisor, f"/{product}", {**SYSTEM, "note_ja": str(n)}, 1) for n in range(4)]
    )
    assert sorted(each.status_code for each in answers) == [200, 412, 412, 412]
    kept = (await get(operator, f"/supported-products/{product}/versions"))["items"]
    assert [(each["version"], each["actor"]) for each in kept] == [(2, "sv-mori"), (1, "sv-mori")]
    for query, verdict, ids in (
        ("name=見本os５", "unsure", [old, product]),
        ("name=見本電機 見本OS 5&version=5.01", "out_of_scope", [old, product]),
        ("name=見本OS 5&version=5.2", "in_scope", [product]),
        ("name=見本OS 5&version=5.2&on=2026-06-02", "out_of_scope", [product]),
        ("name=見本OS 5&category=office", "unknown", []),
        ("name=見本OS", "unknown", []),
    ):
        found = await get(operator, f"/supported-products/check?{query}")
        assert (found["verdict"], [each["product"]["id"] for each in found["items"]]) == (verdict, ids), query
    assert await names(operator, "q=見本os") == [SYSTEM["name"]] * 2
    assert await names(operator, "q=見本os&support=none&ends_before=2026-06-02") == [SYSTEM["name"]]
    assert await names(operator, "q=見本os&ends_before=2026-06-01") == []
    assert "Windows 10" in await names(operator, "category=os&ends_before=2025-10-15")
    assert (await operator.get(f"{API}/supported-products/prd_none")).json()["code"] == "product_unknown"


async def test_a_whole_list_is_taken_over_or_not_at_all(
    suite: RunningService, operator: httpx.AsyncClient, supervisor: httpx.AsyncClient
) -> None:
    gone = await added(supervisor)
    other = {**SYSTEM, "name": "見本OS 6"}
    wrong = await put(supervisor, "", {"items": [other, SYSTEM, other]})
    assert (wrong.status_code, wrong.json()["code"], wrong.json()["why"]) == (422, "product_twice", {"lines": [1, 3]})
    assert (await put(supervisor, "", {"items": []})).status_code == 422
    shipped = len(await names(operator, "limit=100")) - 1
    many = [{**other, "versions": f"{n}.*"} for n in range(999)]
    answers = await asyncio.gather(*[put(supervisor, "", {"items": [other, *many]}) for _ in range(2)])
    counted = sorted((each.json() for each in answers), key=lambda each: each["added"])
    assert counted == [
        {"added": 0, "changed": 0, "delisted": 0, "unchanged": 1000},
        {"added": 1000, "changed": 0, "delisted": shipped + 1, "unchanged": 0},
    ]
    refused = await operator.post(f"{API}/inquiries", json=a_report(product_id=gone))
    assert (refused.json()["code"], refused.json()["why"]["because"]) == ("product_out_of_scope", "not_listed")
    assert (await get(operator, f"/supported-products/{gone}"))["listed"] is False
    back = await put(supervisor, "", {"items": [SYSTEM]})
    assert back.json() == {"added": 0, "changed": 1, "delisted": 1000, "unchanged": 0}
    assert await names(operator) == [SYSTEM["name"]]
    assert (await accepted(operator, product_id=gone))["product"]["in_scope"] is True


async def test_a_partner_reads_the_list_and_names_its_products(
    suite: RunningService, supervisor: httpx.AsyncClient
) -> None:
    product = await added(supervisor)
    await tell(suite, entitlements(contract_id="ctr_ours", partner="itpartner"))
    async with suite.client("partner", partner="itpartner") as partner:
        assert (await get(partner, "/supported-products/check?name=見本OS 5"))["verdict"] == "in_scope"
        assert "actor" not in await get(partner, f"/supported-products/{product}")
        assert (await partner.get(f"{API}/supported-products/{product}/versions")).status_code == 403
        made = await accepted(partner, contract_id="ctr_ours", channel="partner", product_id=product)
        assert made["product"]["in_scope"] is True
