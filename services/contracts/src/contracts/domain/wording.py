"""Numbers, days and hours of the catalogue as they are printed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from contracts.domain.plans import Hours
from contracts.domain.sheet_layout import Language, Words

YES = "○"
_WEEKDAYS = (
    Words(ja="月曜", en="Mondays"),
    Words(ja="火曜", en="Tuesdays"),
    Words(ja="水曜", en="Wednesdays"),
    Words(ja="木曜", en="Thursdays"),
    Words(ja="金曜", en="Fridays"),
    Words(ja="土曜", en="Saturdays"),
    Words(ja="日曜", en="Sundays"),
)
_DAYS_OF_A_WEEK = 7
_HOLIDAYS = (Words(ja="祝日", en="national holidays"), Words(ja="年末年始", en="the turn of the year"))
ALWAYS = Words(ja="24時間365日 (閏年は366日)", en="24 hours, 365 days (366 in leap years)")
NOT_NEEDED = Words(ja="不要", en="none")


def joined(words: Iterable[str], language: Language) -> str:
    """An enumeration."""
    return ("、" if language is Language.JA else ", ").join(words)


def yen(amount: int, language: Language) -> str:
    """An amount of money."""
    return f"{amount:,}円" if language is Language.JA else f"{amount:,} yen"


def day(when: date, language: Language) -> str:
    """A day."""
    return f"{when.year}年{when.month}月{when.day}日" if language is Language.JA else when.isoformat()


def days(number: int, language: Language) -> str:
    """A number of days, in weeks when it is one."""
    weeks, rest = divmod(number, _DAYS_OF_A_WEEK)
    if rest:
        return f"{number}日間" if language is Language.JA else f"{number} days"
    return f"{weeks}週間" if language is Language.JA else f"{weeks} week{'s' if weeks > 1 else ''}"


def hours(blocks: tuple[Hours, ...], language: Language) -> str:
    """Opening hours with the days that are closed; blocks of different hours one after the other."""
    return joined((_block(block, language) for block in blocks), language)


def _block(block: Hours, language: Language) -> str:
    closed = [word for number, word in enumerate(_WEEKDAYS, start=1) if number not in block.weekdays]
    without = [word.of(language) for word in (*closed, *_HOLIDAYS)]
    opens, closes = (time.removeprefix("0") for time in (block.opens, block.closes))
    if language is Language.JA:
        return f"{opens}～{closes} {'、'.join(without)}除く"
    return f"{opens}–{closes} except {', '.join(without)}"


def monthly(number: int, language: Language) -> str:
    """At most so many a month."""
    return f"{number}回/月まで" if language is Language.JA else f"up to {number} a month"


def added(number: int, language: Language) -> str:
    """So many more in a month."""
    return f"{number}回追加/月" if language is Language.JA else f"{number} more in the month"


def devices(number: int, language: Language) -> str:
    """Up to so many devices."""
    return f"～{number}台" if language is Language.JA else f"up to {number}"
