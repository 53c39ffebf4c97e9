"""What the person on duty does from a shell: `python -m <service> dead-letters …`, `python -m <service> rebuild`.

Answers are JSON, one object a line, on standard output.
"""

from __future__ import annotations

import argparse
import base64
import getpass
import os
import sys
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from typing import Any

import asyncpg
import orjson

from common.assembly import Service
from common.bus.protocol import BusUnavailable
from common.context import system_context
from common.dead_letters import Attempt, Choice, DeadLetterUnknown, Letter, Outcome, find, letters
from common.events import RESTRICTED_TOPICS
from common.rebuilding import RebuildRefused, rebuild

WITHHELD = "withheld: personal data, shown to supervisors over REST"
_PAGE = 100
_STATES = {"open": False, "redriven": True, "all": None}
_FILTERS = ("group", "subject", "reason", "topic")

Run = Callable[[Service, argparse.Namespace], Awaitable[int]]


@dataclass(frozen=True, kw_only=True)
class Order:
    """One word behind `python -m <service>`: how its arguments are read, and what it does with an open database.

    `run` answers the exit status. `offline` goes before it, without settings or database, and answers the exit status
    when that was all.
    """

    name: str
    meaning: str
    arguments: Callable[[argparse.ArgumentParser], None]
    run: Run
    offline: Callable[[argparse.Namespace], int | None] | None = None


def say(thing: Any) -> None:
    """One line of JSON."""
    sys.stdout.write(orjson.dumps(thing, default=str).decode() + "\n")


def _filters(parser: argparse.ArgumentParser) -> None:
    for name in _FILTERS:
        parser.add_argument(f"--{name}")


def _arguments(parser: argparse.ArgumentParser) -> None:
    words = parser.add_subparsers(dest="word", required=True)
    listing = words.add_parser("list", help="those that stand open, oldest first")
    _filters(listing)
    listing.add_argument("--state", choices=list(_STATES), default="open")
    words.add_parser("show", help="one with headers and content").add_argument("id")
    redrive = words.add_parser("redrive", help="try again, subject by subject, with what is parked behind")
    redrive.add_argument("ids", nargs="*", metavar="id")
    _filters(redrive)
    redrive.add_argument("--all", action="store_true", help="all that stand open")
    redrive.add_argument("--by", default=f"cli:{getpass.getuser()}", help="who is kept in the history")


def _choice(options: argparse.Namespace, **more: Any) -> Choice:
    return Choice(**{name: getattr(options, name) for name in _FILTERS}, **more)


def _shown(letter: Letter) -> dict[str, Any]:
    told = {name: value for name, value in asdict(letter).items() if name not in {"headers", "value"}}
    return told | {"error": WITHHELD} if letter.topic in RESTRICTED_TOPICS else told


def _in_full(letter: Letter) -> dict[str, Any]:
    told = _shown(letter) | {"headers": dict(letter.headers)}
    if letter.topic in RESTRICTED_TOPICS:
        return told | {"value": WITHHELD}
    try:
        return told | {"value": letter.value.decode()}
    except UnicodeDecodeError:
        return told | {"value_base64": base64.b64encode(letter.value).decode()}


async def _list(service: Service, options: argparse.Namespace) -> int:
    after = None
    async with service.database.transaction(system_context(service.parts.name), readonly=True) as tx:
        while True:
            state = _STATES[options.state]
            found = await letters(tx, _choice(options), redriven=state, after=after, most=_PAGE)
            for letter in found:
                say(_shown(letter))
            if len(found) < _PAGE:
                return 0
            after = found[-1].id


async def _show(service: Service, options: argparse.Namespace) -> int:
    async with service.database.transaction(system_context(service.parts.name), readonly=True) as tx:
        try:
            say(_in_full(await find(tx, options.id)))
        except DeadLetterUnknown as error:
            sys.stderr.write(f"{error.en} {options.id}\n")
            return 1
    return 0


async def _redrive(service: Service, options: argparse.Namespace) -> int:
    choice = _choice(options, ids=options.ids or None)
    if not options.all and choice == Choice():
        sys.stderr.write("Name dead letters by id or by a filter, or say --all.\n")
        return 2
    attempts = await service.redriver().redrive(choice, by=options.by)
    restricted = await _restricted(service, attempts)
    for attempt in attempts:
        say(asdict(attempt) | ({"error": WITHHELD} if attempt.id in restricted and attempt.error else {}))
    through = {Outcome.REDRIVEN, Outcome.ALREADY}
    return 0 if all(attempt.outcome in through for attempt in attempts) else 1


async def _restricted(service: Service, attempts: list[Attempt]) -> set[str]:
    failed = [attempt.id for attempt in attempts if attempt.error]
    async with service.database.transaction(system_context(service.parts.name), readonly=True) as tx:
        found = await letters(tx, Choice(ids=failed), redriven=None, most=len(failed))
    return {letter.id for letter in found if letter.topic in RESTRICTED_TOPICS}


async def _dead_letters(service: Service, options: argparse.Namespace) -> int:
    words: dict[str, Run] = {"list": _list, "show": _show, "redrive": _redrive}
    return await words[options.word](service, options)


DEAD_LETTERS = Order(
    name="dead-letters",
    meaning="what consumers could not apply: list, show, redrive",
    arguments=_arguments,
    run=_dead_letters,
)


def _rebuild_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--projection", action="append", metavar="table", help="only this table; may be repeated")
    parser.add_argument("--allow-removal", action="store_true", help="rows that no event on the bus accounts for go")


async def _rebuild(service: Service, options: argparse.Namespace) -> int:
    admin_url = os.environ[f"{service.parts.package.upper()}_MIGRATE_URL"]
    try:
        done = await rebuild(service, admin_url, tables=options.projection or (), may_remove=options.allow_removal)
    except (RebuildRefused, BusUnavailable, asyncpg.PostgresError, OSError) as error:
        sys.stderr.write(f"Nothing was changed. {error}\n")
        return 1
    for table in done:
        say(asdict(table))
    return 0


REBUILD = Order(
    name="rebuild",
    meaning="throw projections away and build them again from the bus, beside the running ones",
    arguments=_rebuild_arguments,
    run=_rebuild,
)
