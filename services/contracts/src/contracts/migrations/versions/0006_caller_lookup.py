"""Callers are found by what they say: names in any spelling, parts of two characters, numbers, last digits."""

from __future__ import annotations

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_HIRAGANA = "".join(map(chr, range(ord("ぁ"), ord("ゖ") + 1)))
_KATAKANA = "".join(map(chr, range(ord("ァ"), ord("ヶ") + 1)))
# Small kana count as large ones (bank files know no others), kana that sound alike as one, old forms of characters as
# the new ones. NFKC, which comes first, has made half-width kana and full-width letters what they usually are.
_SAME = {
    "ァィゥェォッャュョヮヵヶ": "アイウエオツヤユヨワカケ",
    "ヂヅヰヱヲヴ": "ジズイエオブ",
    "髙﨑邉邊齋齊斉廣澤濱濵嶋嶌眞國惠": "高崎辺辺斎斎斎広沢浜浜島島真国恵",
    "櫻瀧龍禮曾檜德栁與學實萬榮藏圓假會壽靜": "桜滝竜礼曽桧徳柳与学実万栄蔵円仮会寿静",
}
_LARGE = str.maketrans({old: new for olds, news in _SAME.items() for old, new in zip(olds, news, strict=True)})
_OLD = _HIRAGANA + "".join(_SAME)
_NEW = (_KATAKANA + "".join(_SAME.values())).translate(_LARGE)
# What nearly every company is called, in its spellings: it tells nobody apart.
_LEGAL_FORMS = (
    "株式会社|有限会社|合同会社|合資会社|合名会社|[(][株有同資名][)]"
    "|カブシキ[カガ]イシヤ|ユウゲン[カガ]イシヤ|ゴウ(ドウ|シ|メイ)[カガ]イシヤ|[(][カユド][)]|[カユド][)]|[(][カユド]"
)
_DASHES = "-‐‑‒–—―−"
_FUNCTIONS = (
    f"""
    CREATE FUNCTION search_fold(text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN regexp_replace(regexp_replace(regexp_replace(
        translate(lower(normalize($1, NFKC)), '{_OLD}', '{_NEW}'),
        '(?<=[ァ-ヺー])[{_DASHES}]', 'ー', 'g'),
        '{_LEGAL_FORMS}', '', 'g'),
        '[{_DASHES}・、。「」[:space:][:punct:]]', '', 'g')
    """,
    """
    CREATE FUNCTION search_grams(text) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN (SELECT coalesce(array_agg(DISTINCT substr($1, n, 2)), '{}') FROM generate_series(1, length($1) - 1) n)
    """,
    """
    CREATE FUNCTION number_fold(text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN regexp_replace(upper(normalize($1, NFKC)), '[^0-9A-Z]', '', 'g')
    """,
    """
    CREATE FUNCTION contract_numbers(id text, line_number text, service_id text, legacy_number text, access_lines jsonb)
    RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (
        SELECT coalesce(array_agg(DISTINCT number_fold(n)) FILTER (WHERE number_fold(n) <> ''), '{}')
        FROM (
            SELECT unnest(ARRAY[id, line_number, service_id, legacy_number]) AS n
            UNION ALL SELECT line ->> 'number' FROM jsonb_array_elements(access_lines) line
        ) numbers
    )
    """,
)
_COLUMNS = (
    """
    ALTER TABLE subscriber ADD COLUMN search_text text NOT NULL
    GENERATED ALWAYS AS ('|' || search_fold(name) || '|' || search_fold(name_kana) || '|') STORED
    """,
    "CREATE INDEX ix_subscriber_search ON subscriber USING gin (search_grams(search_text)) WITH (fastupdate = off)",
    """
    CREATE INDEX ix_contract_numbers ON contract
    USING gin (contract_numbers(id, line_number, service_id, legacy_number, access_lines)) WITH (fastupdate = off)
    """,
    "CREATE INDEX ix_subscriber_phone_tail ON subscriber_phone (reverse(phone))",
)


def upgrade() -> None:
    for statement in (*_FUNCTIONS, *_COLUMNS):
        op.execute(statement)
