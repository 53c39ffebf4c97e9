"""A11, the look-up part: who is calling, asked over HTTP by 32 clients at once.

The same questions go to a service with all subscribers and to one with a tenth of them, each a process of its own, in
turn: what they cost may grow with the logarithm of their number, no faster.
"""

from __future__ import annotations

from urllib.parse import quote

import asyncpg

from bench.asking import Asking, ask, half_width
from bench.grounds import Grounds
from bench.measuring import Figure

TITLE = "Caller look-up at the API, 32 clients at once"
CLIENTS = 32
GOAL_MS = 20.0
PACE_SECONDS = 0.4
"""How often a client asks: 80 questions a second of all of them, a call centre of thousands."""
_ASKED_EACH = 15  # questions of a client in a round, fewer of a small crowd

WORDS = [
    ("東京", "トウキョウ"), ("大阪", "オオサカ"), ("横浜", "ヨコハマ"), ("京都", "キョウト"), ("札幌", "サッポロ"),
    ("中央", "チュウオウ"), ("北斗", "ホクト"), ("東洋", "トウヨウ"), ("三和", "サンワ"), ("富士", "フジ"),
    ("高橋", "タカハシ"), ("佐藤", "サトウ"), ("鈴木", "スズキ"), ("田中", "タナカ"), ("渡辺", "ワタナベ"),
    ("山本", "ヤマモト"), ("中村", "ナカムラ"), ("小林", "コバヤシ"), ("加藤", "カトウ"), ("吉田", "ヨシダ"),
    ("青葉", "アオバ"), ("若葉", "ワカバ"), ("桜井", "サクライ"), ("松島", "マツシマ"), ("白鳥", "ハクチョウ"),
]  # fmt: skip
TRADES = [
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


async def run(grounds: Grounds, *, rounds: int, operations: int) -> list[Figure]:
    """Ask at a call centre's pace, and as fast as answers come, of `operations` subscribers and of a tenth of them."""
    asking = Asking(
        package="contracts",
        path="/api/contracts/v1/caller-lookups",
        fill=_fill,
        questions=_questions,
        goal_ms=GOAL_MS,
        clients=CLIENTS,
        pace=PACE_SECONDS,
        turns=_ASKED_EACH,
        things="subscribers",
    )
    return await ask(grounds, asking, rounds=rounds, operations=operations)


async def _fill(grounds: Grounds, name: str, size: int) -> None:
    admin = await asyncpg.connect(
        grounds.cluster.admin_url(name), server_settings={"search_path": "contracts, extensions"}
    )
    words = [list(column) for column in (*zip(*WORDS, strict=True), *zip(*TRADES, strict=True))]
    for statement in _FILL:
        await admin.execute(statement, size, *(words if "$2" in statement else ()))
    await admin.execute("VACUUM ANALYZE")
    await admin.close()


def _questions(size: int) -> list[str]:
    """Every way of asking, about subscribers far apart: numbers in three spellings, words, half-width kana, nobody."""
    asked = []
    for step in range(97):
        n = step * size // 97
        digits = f"{n * 37 % 100_000_000:08d}"
        wide = digits.translate({ord("0") + d: ord("０") + d for d in range(10)})
        first, second = WORDS[n % 25], WORDS[n // 25 % 25]
        trade = TRADES[n // 625 % 14]
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
            f"q={quote(half_width(first[1] + second[1]))}",
            f"q=caf-{n:010d}",
            f"q=ctr_{n:032x}",
        ]
    return asked
