"""A11, the search part: cases found again, asked over HTTP of a help desk that has kept 200,000 inquiries.

Every inquiry has a caller, two of three a solution, every second a note; so there are half a million documents.
"""

from __future__ import annotations

from urllib.parse import quote

import asyncpg

from bench.asking import Asking, ask, half_width
from bench.grounds import Grounds
from bench.lookup import TRADES, WORDS
from bench.measuring import Figure

TITLE = "Search over inquiries at the API, 16 clients at once"
CLIENTS = 16
GOAL_MS = 50.0
PACE_SECONDS = 0.8
"""How often a client asks: 20 questions a second of all of them."""
_ASKED_EACH = 15

_DEVICES = [
    "プリンター", "複合機", "ルーター", "パソコン", "タブレット", "メールソフト", "無線LAN", "モニター", "ハブ",
    "ファクス", "キーボード", "スキャナー", "サーバー", "カメラ", "電話機", "ノートパソコン", "会計ソフト",
    "ブラウザー", "中継機", "レジ",
]  # fmt: skip
_FAULTS = [
    "電源が入らない", "接続できない", "動作が遅い", "画面が固まる", "印刷できない", "音が出ない", "認識されない",
    "エラーが表示される", "起動しない", "更新が終わらない", "設定が消えた", "文字化けする", "ランプが点滅する",
    "異音がする", "共有できない", "送信に失敗する", "ログインできない", "保存できない", "途中で切断される",
    "反応しない", "見つからない", "開かない", "充電できない",
]  # fmt: skip
_WHEN = [
    "今朝から", "昨日の停電のあと", "入れ替えたばかりの", "二階の", "受付の", "出張先で", "月末になると",
    "再起動しても", "工事のあと", "社長室の", "倉庫の", "ときどき", "更新してから",
]  # fmt: skip
_REMEDIES = [
    "ケーブルを挿し直して解決した", "ファームウェアを更新し再起動した", "ドライバーを入れ直した",
    "代替機を手配した", "アカウントを作り直した", "ポートの番号を変更して改善した", "常駐ソフトを停止した",
    "回線事業者へ申告した", "省電力の設定を外した", "アドレスの重複を解消した", "カートリッジの交換を案内した",
]  # fmt: skip
_FILL = (
    "SET session_replication_role = replica",
    "SET maintenance_work_mem = '512MB'",
    "DROP INDEX ix_search_document_tokens",
    """
    INSERT INTO inquiry (id, contract_id, subscriber_id, status, kind, channel, site, summary, caller_name,
                         caller_phone, received_at, fee_month, unit_source, version, outcome, solution, accepted_by,
                         decision)
    SELECT 'inq_' || lpad(to_hex(n), 32, '0'), 'ctr_' || lpad(to_hex(n % ($1::int / 20 + 1)), 32, '0'),
           'sub_' || lpad(to_hex(n % ($1::int / 20 + 1)), 32, '0'), (ARRAY['closed', 'closed', 'resolved', 'accepted'])
           [1 + n % 4], (ARRAY['trouble', 'trouble', 'how_to', 'setting'])[1 + n / 7 % 4], 'phone', 'contract_address',
           ($2::text[])[1 + n % 13] || ($3::text[])[1 + n % 20] || 'の' || ($4::text[])[1 + n / 3 % 23],
           ($6::text[])[1 + n % 25], '03-' || lpad((n * 37 % 100000000)::text, 8, '0'),
           timestamptz '2026-06-01' - ($1::int - n) * interval '1 minute', '2026-06', 'plan', 1, 'solved',
           CASE WHEN n % 3 > 0 THEN ($5::text[])[1 + n / 5 % 11] || '。管理番号は' || 'K' || n END, 'op', '{}'
    FROM generate_series(0, $1::int - 1) n
    """,
    """
    INSERT INTO note (id, inquiry_id, contract_id, visibility, body, actor, at)
    SELECT 'note_' || lpad(to_hex(n), 32, '0'), i.id, i.contract_id, 'internal',
           'お客様へ折り返し。' || ($4::text[])[1 + n / 11 % 23] || 'とのこと。' || ($5::text[])[1 + n / 13 % 11]
           || '。型番はMX' || n % 9973, 'op', i.received_at
    FROM generate_series(0, $1::int - 1, 2) n JOIN inquiry i ON i.id = 'inq_' || lpad(to_hex(n), 32, '0')
    """,
    """
    INSERT INTO search_document (what, id, shared, inquiry_id, contract_id, subscriber_id, kind, at, title, body)
    SELECT what, id, what = 'inquiry', inquiry_id, contract_id, subscriber_id, kind, at, title, body FROM (
        SELECT 0 AS place, 'inquiry' AS what, i.id, i.id AS inquiry_id, contract_id, subscriber_id, kind,
               received_at AS at, summary AS title, coalesce(solution, '') AS body FROM inquiry i
        UNION ALL SELECT 1, 'caller', i.id, i.id, contract_id, subscriber_id, kind, received_at, caller_name,
                         caller_phone FROM inquiry i
        UNION ALL SELECT 2, 'note', n.id, i.id, n.contract_id, subscriber_id, kind, n.at, '', n.body
                  FROM note n JOIN inquiry i ON i.id = n.inquiry_id
        UNION ALL SELECT 3, 'subscriber', 'sub_' || lpad(to_hex(n), 32, '0'), NULL, NULL,
                         'sub_' || lpad(to_hex(n), 32, '0'), NULL, '2026-05-01',
                         '株式会社' || ($6::text[])[1 + n % 25] || ($7::text[])[1 + n / 25 % 14] || n, ''
                  FROM generate_series(0, $1::int / 20) n
    ) every ORDER BY at, place
    """,
    """
    CREATE INDEX ix_search_document_tokens ON search_document
    USING gin (search_tokens(number, what, kind, contract_id, folded)) WITH (fastupdate = off)
    """,
)


async def run(grounds: Grounds, *, rounds: int, operations: int) -> list[Figure]:
    """Ask at a help desk's pace, and as fast as answers come, of `operations` inquiries and of a tenth of them."""
    asking = Asking(
        package="helpdesk",
        path="/api/helpdesk/v1/search",
        fill=_fill,
        questions=_questions,
        goal_ms=GOAL_MS,
        clients=CLIENTS,
        pace=PACE_SECONDS,
        turns=_ASKED_EACH,
        things="inquiries",
    )
    return await ask(grounds, asking, rounds=rounds, operations=operations)


async def _fill(grounds: Grounds, name: str, size: int) -> None:
    admin = await asyncpg.connect(
        grounds.cluster.admin_url(name), server_settings={"search_path": "helpdesk, extensions"}
    )
    people, trades = [word for word, _ in WORDS], [trade for trade, _ in TRADES]
    words = {2: _WHEN, 3: _DEVICES, 4: _FAULTS, 5: _REMEDIES, 6: people, 7: trades}
    for statement in _FILL:
        numbered, given = _numbered(statement, size, words)
        await admin.execute(numbered, *given)
    await admin.execute("VACUUM ANALYZE")
    await admin.close()


def _numbered(statement: str, size: int, words: dict[int, list[str]]) -> tuple[str, list[object]]:
    """The statement, and the arguments it names, numbered without gaps."""
    used = [number for number in words if f"${number}::" in statement]
    for at, number in enumerate(used):
        statement = statement.replace(f"${number}::", f"${at + 2}::")
    return statement, [size, *[words[number] for number in used]] if "$1" in statement else []


def _questions(size: int) -> list[str]:
    """Every way of asking: words that are everywhere and nowhere, fragments, other spellings, slips, filters."""
    asked = []
    for step in range(97):
        n = step * size // 97
        device, fault, remedy = _DEVICES[n % 20], _FAULTS[n // 3 % 23], _REMEDIES[n // 5 % 11]
        asked += [
            f"q={quote(fault[:2])}",
            f"q={quote(device)}",
            f"q={quote(f'{device} {fault}')}",
            f"q={quote(half_width('プリンタ'))}%20{quote('電源')}",
            f"q={quote(_WHEN[n % 13] + device)}",
            f"q={quote(remedy[:6])}&status=accepted",
            f"q={quote(fault)}&contract_id=ctr_{n % (size // 20 + 1):032x}",
            f"q=K{n}",
            f"q={quote(WORDS[n % 25][0] + TRADES[n // 25 % 14][0])}",
            f"q=03-{n * 37 % 100_000_000:08d}",
            f"q={quote('フアームウエエア')}",
            f"q={quote('冷蔵庫の扉')}",
            f"q={quote(device + 'が' + fault + 'ので見てほしい')}",
        ]
    return asked
