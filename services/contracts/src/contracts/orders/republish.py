"""`python -m contracts republish [--contract ctr_…]`: the compacted topics again, as new versions."""

from __future__ import annotations

import argparse
import getpass
import sys

from common.assembly import Service
from common.command_line import Order, say
from common.context import Context
from contracts.domain.unknown import ContractUnknown
from contracts.storage import contracts, subscribers, token_revocations
from contracts.usecases.republish import republish_catalogue, republish_contract, republish_subscriber
from contracts.usecases.revoke_tokens import republish_revocation

_PAGE = 100


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--contract", action="append", metavar="ctr_…", help="only this contract; may be repeated")
    parser.add_argument("--by", default=f"cli:{getpass.getuser()}", help="who stands in the events as their actor")


async def _republish(service: Service, options: argparse.Namespace) -> int:
    context, now = Context(actor=options.by), service.clock.now()
    holders: set[str] = set()
    told = 0
    try:
        for contract_id in options.contract or await _all_contracts(service):
            async with service.database.transaction(context) as tx:
                holders.add(await republish_contract(contract_id, tx, now))
            told += 1
    except ContractUnknown as error:
        sys.stderr.write(f"{error.en} {error.why}\n")
        return 1
    people = sorted(holders) if options.contract else await _all_subscribers(service)
    for subscriber_id in people:
        async with service.database.transaction(context) as tx:
            await republish_subscriber(subscriber_id, tx, now)
    parts = 0
    if not options.contract:
        async with service.database.transaction(context) as tx:
            parts = await republish_catalogue(tx, now)
    revoked = [] if options.contract else await _all_revocations(service)
    for revocation_id in revoked:
        async with service.database.transaction(context) as tx:
            await republish_revocation(revocation_id, tx, now)
    say({"contracts": told, "subscribers": len(people), "catalogue_parts": parts, "revocations": len(revoked)})
    return 0


async def _all_contracts(service: Service) -> list[str]:
    found: list[str] = []
    async with service.database.transaction(Context(actor="system:contracts"), readonly=True) as tx:
        while batch := await contracts.listed(tx, after=found[-1] if found else None, limit=_PAGE):
            found += [contract.id for contract in batch]
    return found


async def _all_subscribers(service: Service) -> list[str]:
    found: list[str] = []
    async with service.database.transaction(Context(actor="system:contracts"), readonly=True) as tx:
        while batch := await subscribers.listed(tx, after=found[-1] if found else None, limit=_PAGE):
            found += [subscriber.id for subscriber in batch]
    return found


async def _all_revocations(service: Service) -> list[str]:
    found: list[str] = []
    async with service.database.transaction(Context(actor="system:contracts"), readonly=True) as tx:
        while batch := await token_revocations.listed(tx, after=found[-1] if found else None, limit=_PAGE):
            found += [revocation.id for revocation in batch]
    return found


REPUBLISH = Order(
    name="republish",
    meaning="tell again what stands in the compacted topics: entitlements, directory, catalogue, revoked tokens",
    arguments=_arguments,
    run=_republish,
)
