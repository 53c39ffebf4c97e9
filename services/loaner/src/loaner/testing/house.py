"""A running loaner service with what other services would have told it, and the people who call it."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import count
from typing import Any

import httpx

from common.events.base import EventData, Received
from common.events.contracts import AddressChanged, CatalogueChanged, EntitlementsChanged, SubscriberErased
from common.events.helpdesk import CaseData
from common.testing import RunningService
from loaner.testing.builders import (
    an_address,
    entitlements,
    fault_isolated,
    inquiry_accepted,
    loan_kinds,
    loan_settings,
)

API = "/api/loaner/v1"
PARCEL = {"carrier": "yamato", "tracking_number": "1234-5678-9012"}


def contract_id(number: int) -> str:
    """Contract number `number`."""
    return f"ctr_{number:032x}"


def inquiry_id(number: int) -> str:
    """Inquiry number `number`."""
    return f"inq_{number:032x}"


class House:
    """The service under test, spoken to as the walk of the main job does."""

    def __init__(self, suite: RunningService) -> None:
        self.suite = suite
        self.depot_id = ""
        self._sequences: dict[str, int] = {}
        self._tags = count(1)

    async def open(self) -> None:
        """The catalogue is known and there is one depot."""
        await self.tell(loan_kinds())
        await self.tell(loan_settings())
        self.depot_id = (await self.ok("depot", "POST", "/depots", {"name": "東京デポ"}))["id"]

    @property
    def now(self) -> datetime:
        """Business time."""
        return self.suite.clock.now()

    def pass_time(self, **by: float) -> None:
        """Let business time pass, as `timedelta` counts it."""
        self.suite.clock.advance(timedelta(**by))

    async def tell(self, data: EventData, *, partner: str | None = None, sequence: int | None = None) -> None:
        """Hand an event to the service's consumers, with the next sequence of its subject unless one is given."""
        subject = _subject(data)
        number = self._sequences.get(subject, 0) + 1 if sequence is None else sequence
        self._sequences[subject] = max(number, self._sequences.get(subject, 0))
        key = data.contract_id if isinstance(data, EntitlementsChanged) else subject
        await self.suite.deliver(data, subject=subject, sequence=number, key=key, partner=partner)

    async def call(
        self, role: str, method: str, path: str, body: Any = None, *, partner: str | None = None, **headers: str
    ) -> httpx.Response:
        """One request of somebody with this role."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        async with self.suite.client(role, partner=partner) as client:
            return await client.request(method, f"{API}{path}", json=body, headers=named)

    async def ok(self, role: str, method: str, path: str, body: Any = None, **more: Any) -> dict[str, Any]:
        """The body of a request that must succeed."""
        response = await self.call(role, method, path, body, **more)
        assert response.is_success, response.text
        found: dict[str, Any] = response.json()
        return found

    async def refused(self, role: str, path: str, body: Any = None, *, status: int = 409) -> dict[str, Any]:
        """The problem of a command that must be refused."""
        response = await self.call(role, "POST", path, body)
        assert response.status_code == status, response.text
        assert response.headers["content-type"] == "application/problem+json"
        found: dict[str, Any] = response.json()
        return found

    async def unit(self, kind: str = "soho_router", **over: Any) -> dict[str, Any]:
        """A new unit in the depot."""
        number = next(self._tags)
        body = {
            "depot_id": self.depot_id,
            "kind": kind,
            "maker": "見本電機",
            "model": "M-1",
            "serial": f"SN-{number:04}",
            "asset_tag": f"T-{number:04}",
            **over,
        }
        return await self.ok("depot", "POST", "/units", body)

    async def case(
        self,
        number: int = 1,
        *,
        contract: int | None = None,
        partner: str | None = None,
        failed: str = "soho_router",
        site: str = "contract_address",
        isolated: bool = True,
    ) -> str:
        """A contract with an inquiry whose device is at fault."""
        of_contract = contract_id(number if contract is None else contract)
        if of_contract not in self._sequences:
            await self.tell(entitlements(of_contract, partner=partner))
            await self.tell(an_address(of_contract, partner=partner))
        inquiry = inquiry_id(number)
        await self.tell(inquiry_accepted(inquiry, of_contract, site=site), partner=partner)
        if isolated:
            told = fault_isolated(
                inquiry, of_contract, failed_device_kind=failed, verdict_id=f"vdt_{number:032x}", site=site
            )
            await self.tell(told, partner=partner)
        return inquiry

    async def wish(self, inquiry: str, kind: str = "soho_router", **over: Any) -> httpx.Response:
        """A request for a loan."""
        body = {"inquiry_id": inquiry, "kind": kind, "wished_by": "見本 花子", **over}
        return await self.call("operator", "POST", "/loans", body)

    async def lend(self, inquiry: str, kind: str = "soho_router", **over: Any) -> dict[str, Any]:
        """A loan that is granted."""
        response = await self.wish(inquiry, kind, **over)
        assert response.is_success, response.text
        found: dict[str, Any] = response.json()
        return found

    async def ship(self, loan: str, **over: Any) -> dict[str, Any]:
        """The loan's unit leaves."""
        return await self.ok("depot", "POST", f"/loans/{loan}/shipment", {**PARCEL, **over})

    async def deliver(self, loan: str) -> dict[str, Any]:
        """It arrives now."""
        body = {"delivered_at": self.now.isoformat()}
        return await self.ok("depot", "POST", f"/loans/{loan}/delivery", body)

    async def out(self, inquiry: str, kind: str = "soho_router", **over: Any) -> dict[str, Any]:
        """A loan that is with the customer."""
        loan = await self.lend(inquiry, kind, **over)
        await self.ship(loan["id"])
        return await self.deliver(loan["id"])

    async def take_back(self, loan: str, *, handed_over_at: datetime | None = None) -> dict[str, Any]:
        """The unit is at the depot again now."""
        body = {
            "handed_over_at": (handed_over_at or self.now).isoformat(),
            "received_at": self.now.isoformat(),
        }
        return await self.ok("depot", "POST", f"/loans/{loan}/return", body)

    async def inspect(self, loan: str, condition: str = "good", **over: Any) -> dict[str, Any]:
        """Inspected with its whole kit."""
        body = {"condition": condition, "accessories": ["ac_adapter", "handset"], **over}
        return await self.ok("depot", "POST", f"/loans/{loan}/inspection", body)

    async def erase(self, unit: dict[str, Any], method: str = "purge") -> dict[str, Any]:
        """The unit's storage is erased."""
        body = {"method": method, "verified_by": "伊藤", "serial": unit["serial"]}
        return await self.ok("depot", "POST", f"/units/{unit['id']}/erasures", body)

    async def loan(self, loan: str) -> dict[str, Any]:
        """A loan as an operator sees it."""
        return await self.ok("operator", "GET", f"/loans/{loan}")

    async def unit_status(self, unit: str) -> str:
        """Where a unit is."""
        return str((await self.ok("depot", "GET", f"/units/{unit}"))["status"])

    async def told(self, kind: type[EventData]) -> list[Received[Any]]:
        """Events of one type that the service recorded."""
        return await self.suite.published(kind)


def _subject(data: EventData) -> str:
    match data:
        case CaseData():
            return data.inquiry_id
        case EntitlementsChanged():
            return data.contract_id
        case CatalogueChanged():
            return data.part
        case AddressChanged():
            return f"{data.address_id}/{data.contract_id}"
        case SubscriberErased():
            return data.subscriber_id
        case _:
            raise TypeError(type(data))
