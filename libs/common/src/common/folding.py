"""Japanese text as it is compared: any width, either kana, small kana as large ones, old characters as new.

The database folds what it keeps, in generated columns; Python folds what is asked and shows where a hit lies. Both are
made from the same tables here, and a test holds them against each other. Columns are made of what these functions say:
another fold is another function, never a change of one of these.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

HIRAGANA = "".join(map(chr, range(ord("ぁ"), ord("ゖ") + 1)))
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
OLD = HIRAGANA + "".join(_SAME)
NEW = (_KATAKANA + "".join(_SAME.values())).translate(_LARGE)
_TABLE = str.maketrans(OLD, NEW)
DASHES = "-‐‑‒–—―−"
PROLONGED = "ー"
_MARKS = "・、。「」"
_HALF_WIDTH_MARKS = "ﾞﾟ"
WRITTEN_FORMS = "株式会社|有限会社|合同会社|合資会社|合名会社|[(][株有同資名][)]"
# What nearly every company is called, in its spellings: it tells nobody apart.
LEGAL_FORMS = (
    WRITTEN_FORMS + "|カブシキ[カガ]イシヤ|ユウゲン[カガ]イシヤ|ゴウ(ドウ|シ|メイ)[カガ]イシヤ"
    "|[(][カユド][)]|[カユド][)]|[(][カユド]"
)
NAMES = (
    f"""
    CREATE FUNCTION search_fold(text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN regexp_replace(regexp_replace(regexp_replace(
        translate(lower(normalize($1, NFKC)), '{OLD}', '{NEW}'),
        '(?<=[ァ-ヺー])[{DASHES}]', 'ー', 'g'),
        '{LEGAL_FORMS}', '', 'g'),
        '[{DASHES}{_MARKS}[:space:][:punct:]]', '', 'g')
    """,
    """
    CREATE FUNCTION search_grams(text) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN (SELECT coalesce(array_agg(DISTINCT substr($1, n, 2)), '{}') FROM generate_series(1, length($1) - 1) n)
    """,
    """
    CREATE FUNCTION number_fold(text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN regexp_replace(upper(normalize($1, NFKC)), '[^0-9A-Z]', '', 'g')
    """,
)
"""Functions of the database that fold names and numbers; names lose their legal form, in characters and in kana."""
TEXTS = (
    f"""
    CREATE FUNCTION text_fold(text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN regexp_replace(regexp_replace(
        translate(lower(normalize($1, NFKC)), '{OLD}{PROLONGED}', '{NEW}'),
        '{WRITTEN_FORMS}', '', 'g'),
        '[{DASHES}{_MARKS}[:space:][:punct:]]', '', 'g')
    """,
    """
    CREATE FUNCTION text_grams(text) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN (
        SELECT coalesce(array_agg(DISTINCT gram), '{}')
        FROM (SELECT c || lead(c) OVER (ORDER BY n) AS gram
              FROM unnest(string_to_array($1, NULL)) WITH ORDINALITY letters (c, n)) pairs
        WHERE gram IS NOT NULL
    )
    """,
)
"""The same for texts: prolonged sounds are one with short ones; legal forms go only as they are written in characters.

`text_grams` are the pairs of neighbouring characters, which find fragments of two where trigrams cannot.
"""

_WRITTEN = re.compile(WRITTEN_FORMS)


def fold(text: str) -> str:
    """What `text_fold` of the database makes of a text."""
    return folded(text)[0]


def folded(text: str) -> tuple[str, list[tuple[int, int]]]:
    """The same, and for each of its characters from where to where it stands in `text`."""
    pieces = [(letter, place) for place in _clusters(text) for letter in _large(text[slice(*place)])]
    whole = "".join(letter for letter, _ in pieces)
    gone = {at for form in _WRITTEN.finditer(whole) for at in range(*form.span())}
    kept = [piece for at, piece in enumerate(pieces) if at not in gone and not _is_mark(piece[0])]
    return "".join(letter for letter, _ in kept), [place for _, place in kept]


def _clusters(text: str) -> Iterator[tuple[int, int]]:
    """Where characters stand with the marks of voicing and the accents behind them, which fold together."""
    begun = 0
    for at in range(1, len(text) + 1):
        if at == len(text) or not (text[at] in _HALF_WIDTH_MARKS or unicodedata.combining(text[at])):
            yield begun, at
            begun = at


@lru_cache(maxsize=8192)
def _large(cluster: str) -> str:
    return unicodedata.normalize("NFKC", cluster).lower().translate(_TABLE).replace(PROLONGED, "")


@lru_cache(maxsize=8192)
def _is_mark(letter: str) -> bool:
    """Whether the database calls it punctuation (symbols are) or space."""
    return letter.isspace() or unicodedata.category(letter)[0] in "PS"
