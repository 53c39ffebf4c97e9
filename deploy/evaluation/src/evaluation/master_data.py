"""The master data evaluation needs: one branch with its technicians, one depot with its units.

Laid over the public API. Each request carries a fixed idempotency key, so that laying it again after a kill
completes it and doubles nothing. The visit menu, loan kinds and the calendar come from the catalogue of `contracts`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import httpx

_PREFECTURES = [f"{number:02d}" for number in range(1, 48)]
_VALID_FROM = "2026-01-01"
_WEEK = [1, 2, 3, 4, 5, 6]
_EVERY_DAY = [1, 2, 3, 4, 5, 6, 7]


@dataclass(frozen=True)
class _Technician:
    subject: str
    name: str
    crew: str
    shifts: Sequence[tuple[Sequence[int], str, str]]


_DAY = (_WEEK, "08:30", "18:00")
_SUNDAY = ([7], "08:30", "18:00")
_EVENING = (_EVERY_DAY, "17:00", "24:00")
_NIGHT = (_EVERY_DAY, "00:00", "09:00")
_TECHNICIANS = (
    _Technician("tc-aoki", "青木 修", "fault_repair", [_DAY]),
    _Technician("tc-baba", "馬場 直子", "fault_repair", [_DAY, _SUNDAY]),
    _Technician("tc-chiba", "千葉 健", "fault_repair", [_EVENING]),
    _Technician("tc-doi", "土井 薫", "fault_repair", [_NIGHT]),
    _Technician("tc-endo", "遠藤 明", "setup", [_DAY]),
    _Technician("tc-fujii", "藤井 恵", "setup", [_DAY]),
    _Technician("tc-goto", "後藤 翼", "setup", [_DAY]),
)
_UNITS: Mapping[str, tuple[str, str]] = {
    "windows_pc": ("見本電機", "PC-14"),
    "android_tablet": ("見本電機", "TAB-10"),
    "soho_router": ("例示通信", "RT-500"),
    "hub": ("例示通信", "HUB-8"),
    "fax_phone": ("見本電機", "FAX-2"),
}
_OF_EACH = 3


class MasterDataRefused(Exception):
    """The suite did not take its own master data."""


class _House:
    def __init__(self, client: httpx.AsyncClient, token: str) -> None:
        self._client = client
        self._headers = {"Authorization": f"Bearer {token}"}

    async def add(self, path: str, key: str, body: Mapping[str, Any]) -> str:
        answer = await self._client.post(
            path, json=body, headers={**self._headers, "Idempotency-Key": f"master-data-{key}"}
        )
        if not answer.is_success:
            raise MasterDataRefused(f"{path} {body}: {answer.status_code} {answer.text}")
        return str(answer.json()["id"])

    async def count(self, path: str) -> int:
        answer = await self._client.get(path, params={"limit": 100}, headers=self._headers)
        if not answer.is_success:
            raise MasterDataRefused(f"{path}: {answer.status_code} {answer.text}")
        return len(answer.json()["items"])


async def lay_master_data(address: str, token: str) -> bool:
    """Lay what is not there yet; whether the suite holds no subscriber (so that the demo may play).

    `token` is that of a supervisor of the house who also keeps the depot. Raises `MasterDataRefused`.
    """
    async with httpx.AsyncClient(base_url=address, timeout=30.0) as client:
        house = _House(client, token)
        missing = []
        if await house.count("/api/dispatch/v1/technicians") < len(_TECHNICIANS):
            missing.append(_branch(house))
        if await house.count("/api/loaner/v1/units") < len(_UNITS) * _OF_EACH:
            missing.append(_depot(house))
        await asyncio.gather(*missing)
        return await house.count("/api/contracts/v1/subscribers") == 0


async def _branch(house: _House) -> None:
    branch = {"name": "本店", "prefectures": _PREFECTURES}
    branch_id = await house.add("/api/dispatch/v1/branches", "branch", branch)
    await asyncio.gather(*(_technician(house, branch_id, who) for who in _TECHNICIANS))


async def _technician(house: _House, branch_id: str, who: _Technician) -> None:
    body = {"name": who.name, "crew": who.crew, "branch_id": branch_id, "subject": who.subject}
    technician_id = await house.add("/api/dispatch/v1/technicians", who.subject, body)
    for number, (weekdays, start, end) in enumerate(who.shifts):
        shift = {
            "technician_id": technician_id,
            "weekdays": weekdays,
            "from": start,
            "to": end,
            "valid_from": _VALID_FROM,
        }
        await house.add("/api/dispatch/v1/shifts", f"{who.subject}-{number}", shift)


async def _depot(house: _House) -> None:
    depot_id = await house.add("/api/loaner/v1/depots", "depot", {"name": "東京デポ"})
    await asyncio.gather(*(_kind(house, depot_id, kind) for kind in _UNITS))


async def _kind(house: _House, depot_id: str, kind: str) -> None:
    maker, model = _UNITS[kind]
    for number in range(1, _OF_EACH + 1):
        body = {
            "depot_id": depot_id,
            "kind": kind,
            "maker": maker,
            "model": model,
            "serial": f"{model}-{number:04d}",
            "asset_tag": f"{kind}-{number}",
        }
        await house.add("/api/loaner/v1/units", f"{kind}-{number}", body)
