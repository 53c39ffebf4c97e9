"""Outages under test."""

from __future__ import annotations

from typing import Any, cast

import httpx

from helpdesk.testing.contracts_told import jst
from helpdesk.testing.service import post


def an_outage(**over: Any) -> dict[str, Any]:
    """The body of a carrier's outage in two prefectures' parts: all of Tokyo, and Yokohama-Kohoku."""
    body: dict[str, Any] = {
        "title_ja": "光回線が不通",
        "title_en": "Fibre lines are down",
        "origin": "carrier",
        "party": "Mihon Telecom",
        "areas": ["13", "14109"],
        "started_at": jst(6, 1, 9).isoformat(),
        "expected_end_at": jst(6, 1, 18).isoformat(),
        "ticket_number": "MT-4711",
    }
    return {**body, **over}


async def opened(client: httpx.AsyncClient, **over: Any) -> str:
    """The id of an outage that goes on."""
    answer = await post(client, "/outages", an_outage(**over))
    assert answer.is_success, answer.text
    return str(answer.json()["id"])


async def rows(client: httpx.AsyncClient, path: str, **body: Any) -> list[dict[str, Any]]:
    """What became of each inquiry of a step on many."""
    answer = await post(client, f"/outages/{path}", body)
    assert answer.is_success, answer.text
    return cast("list[dict[str, Any]]", answer.json()["items"])


def results(found: list[dict[str, Any]]) -> dict[str, str]:
    """By inquiry what became of it: the code of the refusal where there was one."""
    return {row["inquiry_id"]: (row["reasons"] or [{"code": row["result"]}])[0]["code"] for row in found}
