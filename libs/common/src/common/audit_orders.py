"""`python -m <service> audit verify | export | seals`, and the trace that every order from a shell leaves."""

from __future__ import annotations

import argparse
import getpass
import sys
from dataclasses import asdict, replace
from typing import Any

from common.assembly import Service
from common.audit import CHAIN, Entry, Filter, Outcome, named, number_of, write
from common.command_line import Order, say
from common.context import system_context
from common.sealing import Chain, lines, seals
from common.verifying import verify

_DIGEST_LENGTH = 64
_THINGS = ("id", "ids", "contract", "projection")


class Anchor(argparse.Action):
    """`--anchor 17:5f…`: the hash that seal 17 had when it was kept elsewhere."""

    def __call__(self, parser: argparse.ArgumentParser, namespace: Any, values: Any, option: str | None = None) -> None:
        sequence, _, digest = str(values).partition(":")
        if not sequence.isdigit() or len(digest) != _DIGEST_LENGTH:
            parser.error("an anchor is the number of a seal, a colon and 64 hex digits")
        try:
            namespace.anchors[int(sequence)] = bytes.fromhex(digest)
        except ValueError:
            parser.error("an anchor is the number of a seal, a colon and 64 hex digits")


def _arguments(parser: argparse.ArgumentParser) -> None:
    words = parser.add_subparsers(dest="word", required=True)
    verifying = words.add_parser("verify", help="hold every entry against its seal; exit 1 when something does not fit")
    verifying.add_argument("--anchor", action=Anchor, dest="anchors", default={}, metavar="SEAL:HASH")
    export = words.add_parser("export", help="entries as they were hashed, one a line, the oldest first")
    export.add_argument("--after", metavar="ID", help="begin behind this entry")
    sealing = words.add_parser("seals", help="the seals: numbers and hashes, to be kept elsewhere as anchors")
    sealing.add_argument("--after", type=int, default=0, metavar="SEAL", help="begin behind this seal")
    for word in (verifying, sealing):
        word.add_argument("--chain", default=CHAIN.name, help="another chain than the audit trail's")


def _chain(service: Service, name: str) -> Chain | None:
    known = {chain.name: chain for chain in service.chains}
    if name not in known:
        sys.stderr.write(f"There is no chain {name}; there are: {', '.join(sorted(known))}.\n")
    return known.get(name)


async def _verify(service: Service, options: argparse.Namespace) -> int:
    chain = _chain(service, options.chain)
    if chain is None:
        return 2
    async with service.database.transaction(system_context(service.parts.name), readonly=True) as tx:
        await tx.connection.execute("SET LOCAL statement_timeout = 0")
        found = await verify(tx, chain, anchors=options.anchors)
    say(asdict(found) | {"hash": found.hash.hex(), "sound": found.sound})
    return 0 if found.sound else 1


async def _export(service: Service, options: argparse.Namespace) -> int:
    condition, arguments = Filter(after=None if options.after is None else number_of(options.after)).sql()
    async with service.database.transaction(system_context(service.parts.name), readonly=True) as tx:
        async for _, line in lines(tx, CHAIN, where=condition, arguments=arguments):
            sys.stdout.write(f"{line}\n")
    return 0


async def _seals(service: Service, options: argparse.Namespace) -> int:
    chain, after = _chain(service, options.chain), options.after
    if chain is None:
        return 2
    async with service.database.transaction(system_context(service.parts.name), readonly=True) as tx:
        while found := await seals(tx, chain, after=after):
            for each in found:
                say(asdict(each) | {"previous": each.previous.hex(), "hash": each.hash.hex()})
            after = found[-1].sequence
    return 0


async def _audit(service: Service, options: argparse.Namespace) -> int:
    return await {"verify": _verify, "export": _export, "seals": _seals}[options.word](service, options)


AUDIT = Order(name="audit", meaning="the audit trail: verify, export, seals", arguments=_arguments, run=_audit)


async def recorded(order: Order, service: Service, options: argparse.Namespace) -> int:
    """Carry the order out, with an entry in the audit trail before it and one after it."""
    told = [getattr(options, name, None) or () for name in _THINGS]
    entry = Entry(
        business_at=service.clock.now(),
        subject=f"cli:{getpass.getuser()}",
        action=" ".join(["cli", order.name, *filter(None, [getattr(options, "word", None)])]),
        concerns=named(thing for each in told for thing in ([each] if isinstance(each, str) else each)),
        outcome=Outcome.BEGUN,
    )
    await _write(service, entry)
    code = "broken_off"
    try:
        status = await order.run(service, options)
        code = f"exit_{status}"
    finally:
        well = code == "exit_0"
        ended = replace(entry, outcome=Outcome.ALLOWED if well else Outcome.FAILED, code=None if well else code)
        await _write(service, ended)
    return status


async def _write(service: Service, entry: Entry) -> None:
    async with service.database.connection() as connection:
        await write(connection, entry)
