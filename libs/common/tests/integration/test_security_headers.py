"""What every answer says to browsers, and which pages may read it."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from common.testing import RunningService, running
from evaluation.postgres import EmbeddedPostgres
from libs.common.tests.integration import probe

API = "/api/loaner"
THINGS = f"{API}/v1/things"
CONSOLE = "https://console.example"


@pytest.fixture
async def outside(
    postgres_cluster: EmbeddedPostgres, probe_database: str, suite: RunningService
) -> AsyncIterator[RunningService]:
    """The probe as it stands behind https, with one page that may read it."""
    url = postgres_cluster.role_url("loaner", probe_database)
    settings: dict[str, Any] = {"https": True, "cors_origins": f"{CONSOLE}, http://localhost:5173"}
    async with running(probe.create_app, probe.ProbeSettings, url=url, at=suite.clock.now(), **settings) as started:
        yield started


async def all_kinds_of_answers(suite: RunningService) -> list[httpx.Response]:
    async with suite.client() as operator, suite.client(None) as nobody:
        return [
            await operator.post(THINGS, json={"name": "a"}),
            await operator.post(THINGS, json={"name": "a"}),
            await operator.post(THINGS, json={"name": "boom"}),
            await operator.post(THINGS, content=b"x" * 3_000_000),
            await operator.get(f"{API}/v1/nowhere"),
            await operator.delete(THINGS),
            await nobody.get(THINGS),
            await nobody.get("/healthz"),
            await nobody.get("/metrics"),
            await nobody.get(f"{API}/openapi.json"),
        ]


async def test_every_answer_forbids_what_data_needs_not(suite: RunningService) -> None:
    for answer in await all_kinds_of_answers(suite):
        headers = answer.headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["content-security-policy"].startswith("default-src 'none';")
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert headers["x-frame-options"] == "DENY"
        assert headers["referrer-policy"] == "no-referrer"
        assert "camera=()" in headers["permissions-policy"]
        assert headers["cross-origin-opener-policy"] == "same-origin"
        assert headers["cross-origin-resource-policy"] == "same-origin"
        assert headers["cache-control"] == "no-store"
        assert "strict-transport-security" not in headers
        assert [name for name in headers if name.startswith("access-control")] == []
        assert len(headers.get_list("content-security-policy")) == 1


async def test_https_is_insisted_on_where_it_is_spoken(outside: RunningService) -> None:
    for answer in await all_kinds_of_answers(outside):
        assert answer.headers["strict-transport-security"] == "max-age=63072000; includeSubDomains"


async def test_the_documentation_may_run_its_own_script_and_no_other(suite: RunningService) -> None:
    async with suite.client(None) as nobody:
        page = await nobody.get(f"{API}/docs")
    policy = page.headers["content-security-policy"]
    inline = re.findall(r"<script>(.*?)</script>", page.text, re.DOTALL)
    assert len(inline) == 1
    assert f"'sha256-{base64.b64encode(hashlib.sha256(inline[0].encode()).digest()).decode()}'" in policy
    scripts = policy.split("script-src ")[1].split(";")[0]
    assert "unsafe" not in scripts
    for address in re.findall(r'(?:src|href)="(https://[^/]+)', page.text):
        assert address in policy


async def test_without_a_setting_no_page_of_another_origin_reads_anything(suite: RunningService) -> None:
    async with suite.client() as operator:
        asked = {"Origin": CONSOLE, "Access-Control-Request-Method": "POST"}
        preflight = await operator.options(THINGS, headers=asked)
        answer = await operator.get(THINGS, headers={"Origin": CONSOLE})
    assert (preflight.status_code, preflight.json()["code"]) == (405, "method_not_allowed")
    for each in (preflight, answer):
        assert [name for name in each.headers if name.startswith("access-control")] == []


async def test_a_listed_origin_may_ask_and_read_without_cookies(outside: RunningService) -> None:
    asked = {
        "Origin": CONSOLE,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization, content-type, idempotency-key",
    }
    async with outside.client(None) as nobody, outside.client() as operator:
        preflight = await nobody.options(THINGS, headers=asked)
        other = await nobody.options(THINGS, headers=asked | {"Origin": "https://console.example.evil"})
        refused = await nobody.get(THINGS, headers={"Origin": CONSOLE})
        answer = await operator.get(THINGS, headers={"Origin": CONSOLE})
        of_other = await operator.get(THINGS, headers={"Origin": "null"})
    assert preflight.status_code == 200
    assert preflight.headers["access-control-allow-origin"] == CONSOLE
    assert {"authorization", "idempotency-key"} <= set(
        preflight.headers["access-control-allow-headers"].lower().split(", ")
    )
    for each in (refused, answer):
        assert each.headers["access-control-allow-origin"] == CONSOLE
        assert "Retry-After" in each.headers["access-control-expose-headers"]
    for each in (preflight, answer, refused):
        assert "access-control-allow-credentials" not in each.headers
    assert other.status_code == 400
    assert "access-control-allow-origin" not in other.headers
    assert "access-control-allow-origin" not in of_other.headers


@pytest.mark.parametrize("origin", ["*", "https://*.example", "console.example", "https://console.example/", "null"])
def test_what_is_no_single_origin_is_refused_at_start(origin: str) -> None:
    with pytest.raises(ValueError, match="is no origin"):
        probe.ProbeSettings.model_validate(
            {
                "database_url": "postgresql://",
                "issuer": "https://issuer.test",
                "secret_key": "x",
                "cors_origins": origin,
            }
        )
