"""`python -m contracts catalogue check | diff | apply [--file …]`: the catalogue file, before and while it counts."""

from __future__ import annotations

import argparse
import getpass
import json
import sys
from pathlib import Path
from typing import Any

from common.assembly import Service
from common.command_line import Order
from common.context import Context
from common.errors import DomainError
from contracts.storage.catalogue_document import read_catalogue, shipped_document
from contracts.usecases.load_catalogue import apply_catalogue, catalogue_differences

DIFFERS = 2
_INVALID = 1


def _arguments(parser: argparse.ArgumentParser) -> None:
    words = parser.add_subparsers(dest="word", required=True)
    for word, meaning in (
        ("check", "name every fault of the file; needs no database"),
        ("diff", "what the file would change of the catalogue in force; exit status 2 when it would"),
        ("apply", "let the file count from now on"),
    ):
        order = words.add_parser(word, help=meaning)
        order.add_argument("--file", type=Path, help="the catalogue file; the one that ships with this version")
        if word == "apply":
            order.add_argument("--by", default=f"cli:{getpass.getuser()}", help="who stands in the events as actor")


def _document(options: argparse.Namespace) -> dict[str, Any]:
    if options.file is None:
        return shipped_document()
    document: dict[str, Any] = json.loads(options.file.read_text("utf-8"))
    return document


def _checked(options: argparse.Namespace) -> dict[str, Any] | None:
    """The file's content; None after its faults were told."""
    try:
        document = _document(options)
        read_catalogue(document)
    except (OSError, ValueError) as unreadable:
        sys.stderr.write(f"{unreadable}\n")
    except DomainError as refused:
        _tell(refused)
    else:
        return document
    return None


def _tell(refused: DomainError) -> None:
    for fault in refused.reasons:
        told = "; ".join(f"{name}: {value}" for name, value in fault.why.items())
        sys.stderr.write(f"{fault.code}: {told}\n")


def _check(options: argparse.Namespace) -> int | None:
    """Check without a database; None: the order goes on with one."""
    document = _checked(options)
    if document is None:
        return _INVALID
    if options.word != "check":
        return None
    sys.stdout.write(f"The catalogue is valid: {len(document)} parts.\n")
    return 0


async def _run(service: Service, options: argparse.Namespace) -> int:
    document, now = _document(options), service.clock.now()
    context = Context(actor=getattr(options, "by", "system:contracts"))
    async with service.database.transaction(context) as tx:
        if options.word == "diff":
            found = await catalogue_differences(document, tx, now)
            sys.stdout.write("".join(f"{each}\n" for each in found) or "Nothing differs.\n")
            return DIFFERS if found else 0
        try:
            applied = await apply_catalogue(document, tx, now)
        except DomainError as refused:
            _tell(refused)
            sys.stderr.write("Nothing was changed.\n")
            return _INVALID
    sys.stdout.write("".join(f"{each}\n" for each in applied.differences))
    parts = ", ".join(applied.kept) or "none"
    sys.stdout.write(f"Parts that count anew: {parts}. Told to others: {', '.join(applied.told) or 'nothing'}.\n")
    return 0


CATALOGUE = Order(
    name="catalogue",
    meaning="the catalogue file: check it, compare it with what is in force, let it count",
    arguments=_arguments,
    run=_run,
    offline=_check,
)
