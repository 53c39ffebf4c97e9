"""No list may be asked for without end."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
MOST = 500
EXPORT = 5000  # lines of an export, not entries of a page
WITHOUT_PAGES = {
    "/api/contracts/v1/plans": "the catalogue, as long as the price list",
    "/api/contracts/v1/closed-days": "days of one year",
    "/api/dispatch/v1/menu": "the catalogue of setup work",
    "/api/dispatch/v1/skills": "as many as the house names",
    "/api/helpdesk/v1/pbx-connections": "as many as the house has telephone systems",
    "/api/helpdesk/v1/record-kinds": "as many as the house names",
    "/api/helpdesk/v1/remote-session-slots": "slots of at most 31 days",
    "/api/helpdesk/v1/service-goals/report": "as many as there are plans and kinds of promises",
    "/api/helpdesk/v1/supported-products/check": "the lines of one product, at most 200",
    "/api/helpdesk/v1/triage-trees": "as many as the house keeps",
}
"""Lists whose length the house decides; lists below one thing (`…/{id}/…`) are as long as that thing's life."""


def lists(document: dict[str, Any]) -> Iterator[tuple[str, int | None]]:
    """Paths that answer a list, and the most entries of one answer."""
    for path, operations in document["paths"].items():
        told = operations.get("get", {})
        content = told.get("responses", {}).get("200", {}).get("content", {}).get("application/json", {})
        name = content.get("schema", {}).get("$ref", "").rsplit("/", 1)[-1]
        properties = document["components"]["schemas"].get(name, {}).get("properties", {})
        limits = [each["schema"] for each in told.get("parameters", []) if each["name"] == "limit"]
        if properties.get("items", {}).get("type") == "array" or limits:
            yield path, limits[0].get("maximum") if limits else None


@pytest.mark.parametrize("document", sorted((ROOT / "docs/api").glob("*.json")), ids=lambda path: path.stem)
def test_every_list_has_a_largest_page(document: Path) -> None:
    found = dict(lists(json.loads(document.read_text())))
    assert found
    for path, most in found.items():
        allowed = EXPORT if path.endswith("/audit/export") else MOST
        bounded = path in WITHOUT_PAGES or "{" in path or path.startswith("/mdm/")
        assert bounded if most is None else most <= allowed, f"{path} needs a `limit`, or a reason in WITHOUT_PAGES"
