"""A service under test: telling it things, and calling it."""

from __future__ import annotations

from typing import Any, cast

import httpx

from common.events.base import EventData
from common.events.contracts import EntitlementsChanged
from common.testing import RunningService
from helpdesk.testing.contracts_told import CONTRACT, calendar, catalogue_parts

API = "/api/helpdesk/v1"


async def tell(suite: RunningService, state: EntitlementsChanged) -> None:
    """Deliver a contract's entitlements as `contracts` would."""
    await suite.deliver(
        state, subject=state.contract_id, sequence=state.version, key=state.contract_id, partner=state.partner
    )


async def tell_catalogue(suite: RunningService) -> None:
    """Deliver calendar and catalogue."""
    await suite.deliver(calendar(), subject="calendar", sequence=1, key="calendar")
    for part in catalogue_parts():
        await suite.deliver(part, subject=part.part, sequence=1, key=part.part)


def a_report(**over: Any) -> dict[str, Any]:
    """The body of an inquiry: a trouble reported by phone."""
    body = {
        "contract_id": CONTRACT,
        "kind": "trouble",
        "channel": "phone",
        "site": "contract_address",
        "summary": "No Internet since this morning",
        "caller": {"name": "見本 花子", "phone": "03-1234-5678"},
        "device": {"kind": "soho_router", "os": None},
    }
    return {**body, **over}


async def accepted(client: httpx.AsyncClient, **over: Any) -> dict[str, Any]:
    """An inquiry that was accepted; its answer."""
    response = await client.post(f"{API}/inquiries", json=a_report(**over))
    assert response.is_success, response.text
    return cast("dict[str, Any]", response.json())


async def post(
    client: httpx.AsyncClient, path: str, body: dict[str, Any] | None = None, **headers: str
) -> httpx.Response:
    """POST below the API's root."""
    return await client.post(f"{API}{path}", json=body if body is not None else {}, headers=headers)


async def get(client: httpx.AsyncClient, path: str) -> dict[str, Any]:
    """GET below the API's root; it must succeed."""
    response = await client.get(f"{API}{path}")
    assert response.is_success, response.text
    return cast("dict[str, Any]", response.json())


async def told(suite: RunningService, data: EventData, subject: str, sequence: int) -> None:
    """Deliver one fact of another service."""
    await suite.deliver(data, subject=subject, sequence=sequence, key=subject)


async def not_isolated(client: httpx.AsyncClient) -> str:
    """The id of a case whose fault could not be located remotely, and for which a visit was asked."""
    found = str((await accepted(client))["id"])
    steps: dict[str, dict[str, Any]] = {
        "triage": {"answers": [{"question": "Lamps?", "answer": "Dark"}], "suspected": "soho_router"},
        "verdict": {"result": "not_isolated_remotely", "evidence": "Still dark."},
        "onsite-requests": {},
    }
    for path, body in steps.items():
        response = await post(client, f"/inquiries/{found}/{path}", body)
        assert response.is_success, response.text
    return found
