"""Questions over HTTP to a service that is a process of its own: at a pace, and as fast as answers come.

The same questions go to a service with all rows and to one with a tenth of them, in turn: what they cost may grow with
the logarithm of their number, no faster.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from math import log
from statistics import median

import psutil  # type: ignore[import-untyped]

from bench.grounds import Grounds
from bench.measuring import Figure, at_most, own_seconds, quantile, tree_seconds
from evaluation.testing.databases import TemplateDatabases

_SMALLER = 10
_CLOCK_TICK = 0.01  # what CPU time is counted in


@dataclass(frozen=True, kw_only=True)
class Asking:
    """Who is asked what: `clients` at once, each every `pace` seconds, `turns` questions in a round."""

    package: str
    path: str
    fill: Callable[[Grounds, str, int], Awaitable[None]]
    questions: Callable[[int], Sequence[str]]
    goal_ms: float
    clients: int
    pace: float
    turns: int
    things: str


@dataclass
class Taken:
    """What one kind of round took: milliseconds of each answer, and CPU seconds of the three programs."""

    answers: list[float] = field(default_factory=list)
    seconds: float = 0.0
    server: float = 0.0
    database: float = 0.0
    clients: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Serving:
    """A service in a process of its own, and its questions."""

    port: int
    token: str
    process: int
    questions: Sequence[str]
    path: str


async def ask(grounds: Grounds, asking: Asking, *, rounds: int, operations: int) -> list[Figure]:
    """Ask at the pace and without one, of `operations` rows and of a tenth of them."""
    databases = TemplateDatabases(grounds.cluster)
    await asyncio.to_thread(databases.prepare)
    paced = {size: Taken() for size in (operations, operations // _SMALLER)}
    rushed = {size: Taken() for size in paced}
    try:
        async with AsyncExitStack() as stack:
            services = {}
            for size in paced:
                name = stack.enter_context(databases.database())
                await asking.fill(grounds, name, size)
                services[size] = await stack.enter_async_context(_served(grounds, name, size, asking))
            turns = min(asking.turns, max(1, operations // 1000))
            for number in range(rounds + 1):
                for size in list(services)[:: 1 if number % 2 else -1]:
                    for taken, pace in ((paced[size], asking.pace), (rushed[size], 0.0)):
                        found = await _round(grounds, services[size], number, asking, pace=pace, turns=turns)
                        if number:  # the first round fills caches
                            _add(taken, found)
    finally:
        databases.close()
    return _figures(asking, paced, rushed, operations)


def _figures(asking: Asking, paced: dict[int, Taken], rushed: dict[int, Taken], all_of_them: int) -> list[Figure]:
    calm, small, rush = paced[all_of_them], paced[all_of_them // _SMALLER], rushed[all_of_them]
    growth = log(all_of_them) / log(all_of_them // _SMALLER)
    questions = len(calm.answers)
    return [
        at_most("p95 at the API, ms", quantile(calm.answers, 0.95), asking.goal_ms, gate=True),
        Figure(name="p50, ms", value=median(calm.answers)),
        Figure(name="p99, ms", value=quantile(calm.answers, 0.99)),
        at_most(
            f"database CPU against a tenth of the {asking.things}, ratio",
            calm.database / max(small.database, _CLOCK_TICK),
            growth,
        ),
        Figure(name=f"p95 of a tenth of the {asking.things}, ms", value=quantile(small.answers, 0.95)),
        Figure(name="questions a second", value=questions / calm.seconds),
        Figure(name="CPU of the service, ms per question", value=calm.server / questions * 1e3),
        Figure(name="CPU of PostgreSQL, ms per question", value=calm.database / questions * 1e3),
        Figure(name=f"CPU of the {asking.clients} clients, ms per question", value=calm.clients / questions * 1e3),
        Figure(name="without a pause: questions a second", value=len(rush.answers) / rush.seconds),
        Figure(name="without a pause: p50, ms", value=median(rush.answers)),
        Figure(name="without a pause: p95, ms", value=quantile(rush.answers, 0.95)),
    ]


def _add(taken: Taken, found: Taken) -> None:
    taken.answers += found.answers
    for name in ("seconds", "server", "database", "clients"):
        setattr(taken, name, getattr(taken, name) + getattr(found, name))


@asynccontextmanager
async def _served(grounds: Grounds, name: str, size: int, asking: Asking) -> AsyncIterator[Serving]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bench.serving", asking.package, grounds.cluster.role_url(asking.package, name)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdin is not None  # noqa: S101 - both are pipes
    assert process.stdout is not None  # noqa: S101
    try:
        told = json.loads(await process.stdout.readline())
        yield Serving(process=process.pid, questions=asking.questions(size), path=asking.path, **told)
    finally:
        process.stdin.close()
        await process.wait()


async def _round(grounds: Grounds, serving: Serving, number: int, asking: Asking, *, pace: float, turns: int) -> Taken:
    """All clients ask, each its own questions one after the other."""
    server = psutil.Process(serving.process)
    before = (_cpu(server), tree_seconds(grounds.server), own_seconds(), time.perf_counter())
    answers = await asyncio.gather(
        *(
            _client(serving, asking.clients * number + client, pace, client / asking.clients, turns)
            for client in range(asking.clients)
        )
    )
    after = (_cpu(server), tree_seconds(grounds.server), own_seconds(), time.perf_counter())
    used = [late - early for early, late in zip(before, after, strict=True)]
    return Taken(
        answers=[ms for some in answers for ms in some],
        server=used[0],
        database=used[1],
        clients=used[2],
        seconds=used[3],
    )


def _cpu(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


async def _client(serving: Serving, number: int, pace: float, phase: float, turns: int) -> list[float]:
    """One connection that stays open; milliseconds from each question to the last byte of its answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", serving.port)
    taken = []
    begun = time.perf_counter() + phase * pace
    for turn in range(turns):
        if pace:
            await asyncio.sleep(max(0.0, begun + turn * pace - time.perf_counter()))
        question = serving.questions[(number * turns + turn) * 7 % len(serving.questions)]
        asked = time.perf_counter()
        writer.write(
            f"GET {serving.path}?{question} HTTP/1.1\r\nHost: bench\r\n"
            f"Authorization: Bearer {serving.token}\r\n\r\n".encode()
        )
        head = await reader.readuntil(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200 "):
            raise RuntimeError(f"{question}: {head.decode()}")
        length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
        await reader.readexactly(int(length.partition(b":")[2]))
        taken.append((time.perf_counter() - asked) * 1e3)
    writer.close()
    await writer.wait_closed()
    return taken


def half_width(kana: str) -> str:
    """Kana as old systems write them: half-width, marks of voicing apart."""
    full = (
        "アイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホ"
        "マミムメモヤユヨラリルレロワヲンァィゥェォッャュョー"
    )
    half = "ｱｲｳｴｵｶｷｸｹｺｻｼｽｾｿﾀﾁﾂﾃﾄﾅﾆﾇﾈﾉﾊﾋﾌﾍﾎﾏﾐﾑﾒﾓﾔﾕﾖﾗﾘﾙﾚﾛﾜｦﾝｧｨｩｪｫｯｬｭｮｰ"
    marked = {
        **{v: p + "ﾞ" for v, p in zip("ガギグゲゴザジズゼゾダヂヅデドバビブベボ", "ｶｷｸｹｺｻｼｽｾｿﾀﾁﾂﾃﾄﾊﾋﾌﾍﾎ", strict=True)},
        **{v: p + "ﾟ" for v, p in zip("パピプペポ", "ﾊﾋﾌﾍﾎ", strict=True)},
    }
    plain = dict(zip(full, half, strict=True))
    return "".join(marked.get(sign) or plain.get(sign, sign) for sign in kana)
