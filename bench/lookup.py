"""A11, the look-up part: who is calling, asked over HTTP by 32 clients at once.

The same questions go to a service with all subscribers and to one with a tenth of them, each a process of its own, in
turn: what they cost may grow with the logarithm of their number, no faster.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from math import log
from statistics import median
from urllib.parse import quote

import asyncpg
import psutil  # type: ignore[import-untyped]

from bench.grounds import Grounds
from bench.measuring import Figure, at_most, own_seconds, quantile, tree_seconds
from evaluation.testing.databases import TemplateDatabases

TITLE = "Caller look-up at the API, 32 clients at once"
CLIENTS = 32
GOAL_MS = 20.0
PACE_SECONDS = 0.4
"""How often a client asks: 80 questions a second of all of them, a call centre of thousands."""
_ASKED_EACH = 15  # questions of a client in a round, fewer of a small crowd
_SMALLER = 10
_CLOCK_TICK = 0.01  # what CPU time is counted in

_WORDS = [
    ("東京", "トウキョウ"), ("大阪", "オオサカ"), ("横浜", "ヨコハマ"), ("京都", "キョウト"), ("札幌", "サッポロ"),
    ("中央", "チュウオウ"), ("北斗", "ホクト"), ("東洋", "トウヨウ"), ("三和", "サンワ"), ("富士", "フジ"),
    ("高橋", "タカハシ"), ("佐藤", "サトウ"), ("鈴木", "スズキ"), ("田中", "タナカ"), ("渡辺", "ワタナベ"),
    ("山本", "ヤマモト"), ("中村", "ナカムラ"), ("小林", "コバヤシ"), ("加藤", "カトウ"), ("吉田", "ヨシダ"),
    ("青葉", "アオバ"), ("若葉", "ワカバ"), ("桜井", "サクライ"), ("松島", "マツシマ"), ("白鳥", "ハクチョウ"),
]  # fmt: skip
_TRADES = [
    ("工務店", "コウムテン"), ("製作所", "セイサクショ"), ("設計", "セッケイ"), ("商事", "ショウジ"),
    ("印刷", "インサツ"), ("歯科医院", "シカイイン"), ("会計事務所", "カイケイジムショ"), ("自動車", "ジドウシャ"),
    ("酒店", "サケテン"), ("電機", "デンキ"), ("建材", "ケンザイ"), ("食品", "ショクヒン"), ("運輸", "ウンユ"),
    ("不動産", "フドウサン"),
]  # fmt: skip
_FILL = (
    """
    INSERT INTO subscriber (id, name, name_kana, postal_code, prefecture, prefecture_code, city, street, created_at,
                            version)
    SELECT 'sub_' || lpad(to_hex(n), 32, '0'),
           '株式会社' || ($2::text[])[one] || ($2::text[])[two] || ($4::text[])[trade] || n,
           'カブシキガイシャ' || ($3::text[])[one] || ($3::text[])[two] || ($5::text[])[trade],
           '1600023', '東京都', '13', '新宿区', '西新宿3-19-2', '2026-05-01', 1
    FROM (SELECT n, 1 + n % 25 AS one, 1 + n / 25 % 25 AS two, 1 + n / 625 % 14 AS trade
          FROM generate_series(0, $1::int - 1) n) numbers
    """,
    """
    INSERT INTO subscriber_phone (subscriber_id, phone, position)
    SELECT 'sub_' || lpad(to_hex(n), 32, '0'), '+813' || lpad((n * 37 % 100000000)::text, 8, '0'), 0
    FROM generate_series(0, $1::int - 1) n
    """,
    """
    INSERT INTO contract (id, subscriber_id, status, version, entitlements_version, fee_month_start_day, applied_at,
                          starts_at, active_from, line_kind, line_number, line_key, access_lines,
                          resumes_with_line)
    SELECT 'ctr_' || lpad(to_hex(n), 32, '0'), 'sub_' || lpad(to_hex(n), 32, '0'), 'active', 2, 1, 1, since, since,
           since, 'flets_hikari_next', 'CAF' || lpad(n::text, 10, '0'), 'CAF' || lpad(n::text, 10, '0'), '[]',
           false
    FROM generate_series(0, $1::int - 1) n, (SELECT timestamptz '2026-05-01') t (since)
    """,
    """
    INSERT INTO plan_period (contract_id, starts_at, plan_code, terms, price)
    SELECT 'ctr_' || lpad(to_hex(n), 32, '0'), '2026-05-01', 'light-anshin-1', '{}', 2200
    FROM generate_series(0, $1::int - 1) n
    """,
)


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


async def run(grounds: Grounds, *, rounds: int, operations: int) -> list[Figure]:
    """Ask at a call centre's pace, and as fast as answers come, of `operations` subscribers and of a tenth of them."""
    databases = TemplateDatabases(grounds.cluster)
    await asyncio.to_thread(databases.prepare)
    paced = {size: Taken() for size in (operations, operations // _SMALLER)}
    rushed = {size: Taken() for size in paced}
    try:
        async with AsyncExitStack() as stack:
            services = {}
            for size in paced:
                name = stack.enter_context(databases.database())
                await _fill(grounds, name, size)
                services[size] = await stack.enter_async_context(_served(grounds, name, size))
            turns = min(_ASKED_EACH, max(3, operations // 1000))
            for number in range(rounds + 1):
                for size in list(services)[:: 1 if number % 2 else -1]:
                    for taken, pace in ((paced[size], PACE_SECONDS), (rushed[size], 0.0)):
                        found = await _round(grounds, services[size], number, pace, turns)
                        if number:  # the first round fills caches
                            _add(taken, found)
    finally:
        databases.close()
    return _figures(paced, rushed, operations)


def _figures(paced: dict[int, Taken], rushed: dict[int, Taken], all_of_them: int) -> list[Figure]:
    calm, small, rush = paced[all_of_them], paced[all_of_them // _SMALLER], rushed[all_of_them]
    growth = log(all_of_them) / log(all_of_them // _SMALLER)
    questions = len(calm.answers)
    return [
        at_most("p95 at the API, ms", quantile(calm.answers, 0.95), GOAL_MS, gate=True),
        Figure(name="p50, ms", value=median(calm.answers)),
        Figure(name="p99, ms", value=quantile(calm.answers, 0.99)),
        at_most(
            "database CPU against a tenth of the subscribers, ratio",
            calm.database / max(small.database, _CLOCK_TICK),
            growth,
        ),
        Figure(name="p95 of a tenth of the subscribers, ms", value=quantile(small.answers, 0.95)),
        Figure(name="questions a second", value=questions / calm.seconds),
        Figure(name="CPU of the service, ms per question", value=calm.server / questions * 1e3),
        Figure(name="CPU of PostgreSQL, ms per question", value=calm.database / questions * 1e3),
        Figure(name="CPU of the 32 clients, ms per question", value=calm.clients / questions * 1e3),
        Figure(name="without a pause: questions a second", value=len(rush.answers) / rush.seconds),
        Figure(name="without a pause: p50, ms", value=median(rush.answers)),
        Figure(name="without a pause: p95, ms", value=quantile(rush.answers, 0.95)),
    ]


def _add(taken: Taken, found: Taken) -> None:
    taken.answers += found.answers
    for name in ("seconds", "server", "database", "clients"):
        setattr(taken, name, getattr(taken, name) + getattr(found, name))


async def _fill(grounds: Grounds, name: str, size: int) -> None:
    admin = await asyncpg.connect(
        grounds.cluster.admin_url(name), server_settings={"search_path": "contracts, extensions"}
    )
    words = [list(column) for column in (*zip(*_WORDS, strict=True), *zip(*_TRADES, strict=True))]
    for statement in _FILL:
        await admin.execute(statement, size, *(words if "$2" in statement else ()))
    await admin.execute("VACUUM ANALYZE")
    await admin.close()


@asynccontextmanager
async def _served(grounds: Grounds, name: str, size: int) -> AsyncIterator[Serving]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bench.serving", grounds.cluster.role_url("contracts", name)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdin is not None  # noqa: S101 - both are pipes
    assert process.stdout is not None  # noqa: S101
    try:
        told = json.loads(await process.stdout.readline())
        yield Serving(process=process.pid, questions=_questions(size), **told)
    finally:
        process.stdin.close()
        await process.wait()


def _questions(size: int) -> list[str]:
    """Every way of asking, about subscribers far apart: numbers in three spellings, words, half-width kana, nobody."""
    asked = []
    for step in range(97):
        n = step * size // 97
        digits = f"{n * 37 % 100_000_000:08d}"
        wide = digits.translate({ord("0") + d: ord("０") + d for d in range(10)})
        first, second = _WORDS[n % 25], _WORDS[n // 25 % 25]
        trade = _TRADES[n // 625 % 14]
        asked += [
            f"phone=03{digits}",
            f"phone=03-{digits[:4]}-{digits[4:]}",
            f"phone={quote('０３' + wide)}",
            f"phone=%2B813{digits}",
            f"phone=06{digits}",
            f"phone=0120{n % 1_000_000:06d}",
            f"q={quote(first[0])}",
            f"q={quote(second[0][-1] + trade[0][0])}",
            f"q={quote(first[0] + second[0] + trade[0] + str(n))}",
            f"q={quote(_half_width(first[1] + second[1]))}",
            f"q=caf-{n:010d}",
            f"q=ctr_{n:032x}",
        ]
    return asked


def _half_width(kana: str) -> str:
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


async def _round(grounds: Grounds, serving: Serving, number: int, pace: float, turns: int) -> Taken:
    """All clients ask, each its own questions one after the other."""
    server = psutil.Process(serving.process)
    before = (_cpu(server), tree_seconds(grounds.server), own_seconds(), time.perf_counter())
    answers = await asyncio.gather(
        *(_client(serving, CLIENTS * number + client, pace, client / CLIENTS, turns) for client in range(CLIENTS))
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
            f"GET /api/contracts/v1/caller-lookups?{question} HTTP/1.1\r\nHost: bench\r\n"
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
