"""Where a request comes from: its connection, or what proxies that are trusted say about theirs."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Annotated

from pydantic import BeforeValidator
from pydantic_settings import NoDecode
from starlette.datastructures import Headers
from starlette.types import Scope

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network


def _listed(value: object) -> object:
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


Networks = Annotated[tuple[Network, ...], NoDecode, BeforeValidator(_listed)]
"""Addresses and networks in one text, such as `10.0.0.7, 192.168.4.0/24`."""
Listed = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_listed)]
"""Several words in one text, separated by commas."""


class Peers:
    """Tells the address of whoever asks.

    `X-Forwarded-For` counts only when the connection comes from a trusted proxy, and in it only what trusted proxies
    added: it is read from its end, and the first address that is no trusted proxy's is the peer. The rest is hearsay.
    """

    def __init__(self, trusted: Sequence[Network]) -> None:
        self._trusted = trusted

    def of(self, scope: Scope) -> Address | None:
        """The peer's address; None where there is none (a socket file)."""
        client = scope.get("client")
        peer = _address(client[0]) if client else None
        if peer is None or not self._trusts(peer):
            return peer
        told = ",".join(Headers(scope=scope).getlist("x-forwarded-for"))
        for part in reversed(told.split(",")):
            nearer = _address(part.strip())
            if nearer is None:
                break
            peer = nearer
            if not self._trusts(peer):
                break
        return peer

    def _trusts(self, address: Address) -> bool:
        return any(address in network for network in self._trusted)


@lru_cache(maxsize=4096)
def _address(text: str) -> Address | None:
    try:
        found = ip_address(text)
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return mapped or found
