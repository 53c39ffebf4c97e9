"""Every route of the five OpenAPI documents, and requests for them that name a tenant's things."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from tests.authorisation.two_partners import Tenant
from tests.e2e.hostile import NOBODY, Document

# What two services call alike, and names that mean another name's thing.
_OTHERWISE = {
    "/api/loaner/v1/loan-refusals/{refusal_id}": {"refusal_id": "loan_refusal_id"},
    "/api/contracts/v1/contracts/{contract_id}/sites/{site_id}": {"contract_id": "standard_id"},
    "/api/helpdesk/v1/reports/{report_id}": {"report_id": "taken_report_id"},
    "/api/helpdesk/v1/reports/{report_id}/withdrawal": {"report_id": "taken_report_id"},
}
_SAME = {"source_id": "inquiry_id", "target_id": "inquiry_id", "lost_report_id": "report_id"}
# Filters of which one is needed although none is required.
_ONE_OF = {"/api/contracts/v1/caller-lookups": "phone"}
_FIXED = {
    "fee_month": "2026-06",
    "day": "2026-06-01",
    "month": "2026-06",
    "from": "2026-06-01T00:00:00+09:00",
    "to": "2026-07-01T00:00:00+09:00",
}


@dataclass(frozen=True)
class Route:
    """One operation of one API."""

    api: str
    method: str
    path: str
    operation: Mapping[str, Any]
    document: Document

    @property
    def reads(self) -> bool:
        """Whether it changes nothing."""
        return self.method in {"GET", "HEAD"}

    @property
    def places(self) -> list[str]:
        """The names of the ids in its path."""
        return [each["name"] for each in self.operation.get("parameters", ()) if each["in"] == "path"]

    def names_a_thing_of(self, tenant: Tenant) -> bool:
        """Whether its path leads to something that is this tenant's."""
        return any(self._key(place) in tenant.ids for place in self.places)

    def knows_all_places(self, tenant: Tenant) -> bool:
        """Whether each id of its path is one that the tenant has."""
        return all(self._key(place) in tenant.ids or place in _FIXED for place in self.places)

    def of(self, tenant: Tenant) -> str:
        """Its path with the tenant's ids, and what it needs in the query."""
        path = self.path
        for place in self.places:
            path = path.replace(f"{{{place}}}", self.value_of(place, tenant))
        needed = [each for each in self.operation.get("parameters", ()) if each["in"] == "query" and each["required"]]
        names = [*(each["name"] for each in needed), *filter(None, [_ONE_OF.get(self.path)])]
        query = {name: self.value_of(name, tenant) for name in names}
        return f"{path}?{urlencode(query)}" if query else path

    def body_of(self, tenant: Tenant) -> Any:
        """A plausible body that names the tenant's things; None when it takes none."""
        body = self.operation.get("requestBody")
        if body is None or "application/json" not in body["content"]:
            return None
        plausible = self.document.plausible(body["content"]["application/json"]["schema"])
        return self._filled(plausible, tenant) if isinstance(plausible, dict) else plausible

    def names_in_body(self, tenant: Tenant) -> bool:
        """Whether its body names something that is this tenant's."""
        body = self.body_of(tenant)
        return isinstance(body, dict) and any(self._key(name) in tenant.ids for name in body)

    def _filled(self, body: dict[str, Any], tenant: Tenant) -> dict[str, Any]:
        return {name: tenant.ids.get(self._key(name), value) for name, value in body.items()}

    def _key(self, name: str) -> str:
        return _OTHERWISE.get(self.path, {}).get(name) or _SAME.get(name, name)

    def value_of(self, name: str, tenant: Tenant) -> str:
        """What a place of the path or a filter of this name would hold: the tenant's thing, or a thing of nobody's."""
        if name == "phone":
            return tenant.phone
        if name == "q":
            return tenant.mark
        return tenant.ids.get(self._key(name)) or _FIXED.get(name) or f"xxx_{NOBODY}"


def routes_of(documents: Mapping[str, Any]) -> Iterator[Route]:
    """All of them."""
    for name, document in documents.items():
        api = {"mdm-gateway": "mdm"}.get(name, name)
        whole = Document(document)
        for method, path, operation in whole.operations():
            yield Route(api, method, path, operation, whole)
