"""The statements that a request really sends, taken down once, as a script that pgbench runs again and again.

Ids that the request made are made anew for each run of the script, and the contract is drawn anew; everything else
stays as it was, so that the limit does what ours does.
"""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import asyncpg

from common.db import Database

_MADE = re.compile(r"(?<=[a-z]_)[0-9a-f]{32}\b")
_PARAMETER = re.compile(r"\$(\d+)")
_BIGGEST = 2**62


@dataclass(frozen=True, kw_only=True)
class Sent:
    """One statement with its arguments."""

    text: str
    arguments: Sequence[Any]


async def sent_by(database: Database, act: Callable[[], Awaitable[Any]]) -> list[Sent]:
    """What `act` sends to the database on its only connection, but for what opens and closes transactions."""
    taken: list[Sent] = []

    def note(query: asyncpg.connection.LoggedQuery) -> None:
        taken.append(Sent(text=query.query, arguments=query.args or ()))

    async with database.connection() as connection:
        plain = connection._con  # type: ignore[attr-defined]  # noqa: SLF001 - loggers of a lent connection go when it is given back
    plain.add_query_logger(note)
    try:
        await act()
    finally:
        plain.remove_query_logger(note)
    return [each for each in taken if each.text.split(None, 1)[0].upper() in {"SELECT", "INSERT", "WITH", "UPDATE"}]


def script(statements: Sequence[Sent], *, contract_id: str, contracts: int) -> str:
    """The same in one transaction for pgbench; contracts are `ctr_` and a number in 32 hexadecimal digits."""
    fixed = contract_id.removeprefix("ctr_")
    written = "\n".join(json.dumps(_plain(each.arguments)) for each in statements)
    made = [each for each in dict.fromkeys(_MADE.findall(written)) if each != fixed and f"sub_{each}" not in written]
    names = {each: f"id{number}" for number, each in enumerate(made)} | {fixed: "contract"}
    lines = [f"\\set {names[each]} random(1, {_BIGGEST})" for each in made]
    lines += [f"\\set contract random(0, {contracts - 1})", "BEGIN;"]
    lines += [f"{_bound(each, names)};" for each in statements]
    return "\n".join([*lines, "COMMIT;"]) + "\n"


def _bound(sent: Sent, names: dict[str, str]) -> str:
    text = "\n".join(line for line in sent.text.splitlines() if line.strip())
    return _PARAMETER.sub(lambda found: _literal(sent.arguments[int(found[1]) - 1], names), text)


def _literal(value: Any, names: dict[str, str]) -> str:
    match value:
        case None:
            return "NULL"
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case datetime():
            return f"to_timestamp({value.timestamp()})"
        case bytes():
            return f"'\\x{value.hex()}'::bytea"
        case dict():
            return f"({_text(json.dumps(value, ensure_ascii=False, default=str), names)})::jsonb"
        case list() | tuple():
            return f"ARRAY[{', '.join(_literal(each, names) for each in value)}]::text[]" if value else "'{}'"
        case _:
            return _text(str(value), names)


def _text(text: str, names: dict[str, str]) -> str:
    """A text as SQL: made ids by variables of pgbench, and no colon that it would take for one of its own."""
    if text[:1] in "{[":
        text = json.dumps(json.loads(text), ensure_ascii=False)
        text = re.sub(r":(?=[0-9A-Za-z_])", r"\\u003a", text)
    quoted = text.replace("'", "''")
    quoted = re.sub(r":(?=[0-9A-Za-z_])", ";", quoted)
    parts = [quoted]
    for made, name in names.items():
        parts = [piece for part in parts for piece in _split(part, made, name)]
    joined = [part if part.startswith("lpad(to_hex(") else f"'{part}'" for part in parts if part]
    return f"({' || '.join(joined)})" if len(joined) > 1 else (joined or ["''"])[0]


def _split(part: str, made: str, name: str) -> list[str]:
    if part.startswith("lpad(to_hex(") or made not in part:
        return [part]
    hexadecimal = f"lpad(to_hex((:{name})::bigint), 32, '0')"
    pieces: list[str] = []
    for number, piece in enumerate(part.split(made)):
        pieces += [hexadecimal, piece] if number else [piece]
    return pieces


def _plain(arguments: Sequence[Any]) -> list[Any]:
    return [str(each) for each in arguments]
