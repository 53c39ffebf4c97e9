"""An identity provider's two public documents on a real port, as a test wants them."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any, Self

import orjson

from common.testing.tokens import TestIssuer


class Provider:
    """Serves discovery and a key set over HTTP, counts who asks, and can be slow, wrong or away.

    With a `gate` every answer waits for it; `held` says that one does.
    """

    def __init__(self, issuer: TestIssuer) -> None:
        self.keys: list[dict[str, Any]] = [issuer.public_jwk]
        self.asked: Counter[str] = Counter()
        self.answers: dict[str, bytes] = {}
        self.gate: asyncio.Event | None = None
        self.held = asyncio.Event()
        self.url = ""
        self._issuer = issuer
        self._server: asyncio.Server | None = None
        self._port = 0

    async def __aenter__(self) -> Self:
        await self.come_back()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.go_away()

    async def come_back(self) -> None:
        """Listen; after the first time on the same port."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self._port)
        self._port = self._server.sockets[0].getsockname()[1]
        self.url = self._issuer.url = f"http://127.0.0.1:{self._port}"

    async def go_away(self) -> None:
        """Nobody listens any more."""
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()
            self._server = None

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            path = head.split(b" ", 2)[1].decode()
            self.asked[path] += 1
            if self.gate is not None:
                self.held.set()
                await self.gate.wait()
            writer.write(self.answers.get(path) or self._usual(path))
            await writer.drain()
        finally:
            writer.close()

    def _usual(self, path: str) -> bytes:
        match path:
            case "/.well-known/openid-configuration":
                return answer({"issuer": self.url, "jwks_uri": f"{self.url}/jwks"})
            case "/jwks":
                return answer({"keys": self.keys})
            case _:
                return answer({}, status="404 Not Found")


def answer(body: Any, *, status: str = "200 OK", headers: str = "") -> bytes:
    """An HTTP answer with a JSON body (bytes as they are)."""
    content = body if isinstance(body, bytes) else orjson.dumps(body)
    head = f"HTTP/1.1 {status}\r\nContent-Length: {len(content)}\r\nConnection: close\r\n{headers}\r\n"
    return head.encode() + content
