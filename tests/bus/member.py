"""A consumer in a process of its own: joins a group, says how much it got, commits nothing and waits for its end."""

from __future__ import annotations

import asyncio
import sys
from datetime import timedelta

from common.bus.embedded import EmbeddedBus
from common.bus.kafka import KafkaBus
from common.bus.protocol import Bus
from tests.bus.probe import SERVICE


async def main(kind: str, address: str, group: str, topic: str, wanted: str) -> None:
    """Hold `wanted` messages of `topic` for `group`."""
    bus: Bus
    if kind == "embedded":
        bus = EmbeddedBus(lambda _: address, lease=timedelta(seconds=1))
    else:
        bus = KafkaBus(address, topics={topic: SERVICE}, session_seconds=6)
    subscription = bus.subscription(SERVICE, group, [topic])
    got = 0
    while got < int(wanted):
        got += len(await subscription.fetch(most=100, wait=1.0))
    sys.stdout.write(f"{got}\n")
    sys.stdout.flush()
    while True:
        await subscription.lag()
        await asyncio.sleep(1)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
