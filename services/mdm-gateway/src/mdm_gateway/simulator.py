"""A simulated device that speaks the companion agent's channel: for demonstrations and for tests.

    python -m mdm_gateway.simulator --server http://127.0.0.1:8000 --code XXXX-XXXX-XXXX-XXXX --os android

It is a client like any other and knows nothing of the service but its public channel. Needs httpx.
"""

from __future__ import annotations

import argparse
import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import httpx

Json = dict[str, Any]
ANSWERS = ("succeeded", "failed", "not_now")
MODELS: Mapping[str, tuple[str, str]] = {
    "android": ("Tab A9", "16"),
    "ios": ("iPhone 16e", "19.0"),
    "ipados": ("iPad (A16)", "19.0"),
    "windows": ("ThinkPad L14", "10.0.26200"),
}
STATE: Json = {"patch_level": "2026-05-05", "encryption": "on", "passcode": "set", "tampering": "none"}
_CHANNEL = "/mdm/agent/v1"


class SimulatedDevice:
    """One device. `answer` is what it says of every command; a wipe it carries out makes it forget its enrolment."""

    def __init__(
        self,
        client: httpx.AsyncClient,
        *,
        os: str = "android",
        serial: str = "SIM-0001",
        answer: str = "succeeded",
        tell: Callable[[str], None] | None = None,
    ) -> None:
        self._client = client
        self._tell = tell or (lambda _: None)
        self._token: str | None = None
        self.os, self.serial, self.answer = os, serial, answer
        self.device_id: str | None = None
        self.locked = False
        self.wiped = False
        self.settings: dict[str, str] = {}
        self.done: list[Json] = []

    async def enrol(self, code: str) -> str:
        """Show the code and keep the token; the device's id. Raises `httpx.HTTPStatusError` when refused."""
        model, version = MODELS.get(self.os, ("unknown model", "1"))
        body = {
            "enrolment_code": code,
            "os": self.os,
            "os_version": version,
            "model": model,
            "serial": self.serial,
            "facts": {"simulated": True},
        }
        told = await self._post("/enrolments", body)
        self._token = str(told["device_token"])
        self.device_id = str(told["device_id"])
        self.wiped = False
        self._tell(f"enrolled as {self.device_id}, generation {told['enrolment_generation']}")
        return self.device_id

    async def report(self, **state: Any) -> None:
        """Tell the security state; without arguments one in which all is well."""
        own: Json = {"os_version": MODELS.get(self.os, ("", "1"))[1]} | STATE
        if self.os == "windows":
            own |= {"antivirus": "on", "firewall": "on"}
        await self._post("/status", state or own)
        self._tell("reported its security state")

    async def poll(self, *, wait: float = 0) -> list[Json]:
        """Fetch what is to be done, waiting up to `wait` seconds of real time for it."""
        answer = await self._client.get(
            f"{_CHANNEL}/commands", params={"wait": wait}, headers=self._headers(), timeout=wait + 10
        )
        answer.raise_for_status()
        return list(answer.json()["items"])

    async def work(self, *, wait: float = 0) -> list[Json]:
        """Fetch, carry out, answer; what was done. A wipe ends the work of its round."""
        orders = await self.poll(wait=wait)
        for order in orders:
            await self._post(f"/commands/{order['id']}/result", {"status": self.answer})
            self._tell(f"{order['function']} {order['setting'] or ''}: {self.answer}".replace(" :", ":"))
            if self.answer == "succeeded":
                self._carry_out(order)
            if self.wiped:
                break
        return orders

    async def run(self, *, seconds: float | None = None, wait: float = 5.0) -> None:
        """Work until wiped, or for `seconds` of real time."""
        ends = None if seconds is None else time.monotonic() + seconds
        while not self.wiped:
            left = wait if ends is None else max(0.0, min(wait, ends - time.monotonic()))
            await self.work(wait=left)
            if ends is not None and time.monotonic() >= ends:
                return

    def _carry_out(self, order: Json) -> None:
        self.done.append(order)
        match order["function"]:
            case "remote_lock":
                self.locked = True
            case "remote_wipe":
                self.wiped = True
                self._token = None
            case function:
                for medium in order["media"] or [""]:
                    self.settings[f"{function}:{medium}" if medium else function] = order["setting"]

    async def _post(self, path: str, body: Json) -> Json:
        answer = await self._client.post(_CHANNEL + path, json=body, headers=self._headers())
        answer.raise_for_status()
        return dict(answer.json())

    def _headers(self) -> dict[str, str]:
        return {} if self._token is None else {"Authorization": f"Bearer {self._token}"}


def _arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m mdm_gateway.simulator", description="A simulated managed device.")
    parser.add_argument("--server", default="http://127.0.0.1:8000", help="where the suite listens")
    parser.add_argument("--code", required=True, help="the enrolment code of an invitation")
    parser.add_argument("--os", default="android", help="android, ios, ipados, windows (or another, to be refused)")
    parser.add_argument("--serial", default="SIM-0001")
    parser.add_argument("--answer", choices=ANSWERS, default="succeeded", help="what it says of every command")
    parser.add_argument("--once", action="store_true", help="fetch once, answer, and end")
    parser.add_argument("--for", type=float, dest="seconds", metavar="SECONDS", help="end after so many seconds")
    parser.add_argument("--wait", type=float, default=5.0, help="how long one fetch waits for commands")
    return parser.parse_args(arguments)


async def _play(options: argparse.Namespace) -> int:
    async with httpx.AsyncClient(base_url=options.server, timeout=30) as client:
        device = SimulatedDevice(
            client,
            os=options.os,
            serial=options.serial,
            answer=options.answer,
            tell=lambda text: print(text, flush=True),
        )
        try:
            await device.enrol(options.code)
            await device.report()
            if options.once:
                await device.work(wait=options.wait)
            else:
                await device.run(seconds=options.seconds, wait=options.wait)
        except httpx.HTTPStatusError as refused:
            print(f"refused: {refused.response.status_code} {refused.response.text}", flush=True)
            return 1
        except httpx.TransportError as error:
            print(f"the server does not answer: {type(error).__name__}", flush=True)
            return 1
    return 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Enrol, report, and do what is asked; 0 when it ended well, 1 when it was refused."""
    try:
        return asyncio.run(_play(_arguments(arguments)))
    except KeyboardInterrupt:
        return 0


if __name__ == "__main__":
    raise SystemExit(main())
