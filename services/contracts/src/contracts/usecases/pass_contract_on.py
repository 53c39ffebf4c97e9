"""A contract passes to another holder; a subscriber passes to another partner."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from common.db import Tx
from common.errors import StaleVersion
from common.ids import new_id
from contracts.domain.change_refusals import PartnerUnchanged
from contracts.domain.contract import Consent, Contract
from contracts.domain.subscriber import Subscriber
from contracts.domain.succession import Successor, hand_over, succeed
from contracts.storage import catalogue, contacts, contracts, subscribers, tenancy
from contracts.usecases.directory import tell_subscriber_again
from contracts.usecases.file_consent import FileConsent
from contracts.usecases.read_contract import locked
from contracts.usecases.record_change import record
from contracts.usecases.tenancy import tenant_of_contract


@dataclass(frozen=True, kw_only=True)
class Succeed:
    """Who takes the contract over, and what was accepted for the new holder. `partner` None: the new holder's."""

    contract_id: str
    subscriber_id: str
    consents: tuple[FileConsent, ...]
    partner: str | None = None
    reason: str | None = None


async def pass_to_successor(cmd: Succeed, tx: Tx, now: datetime, *, expected: int | None) -> Contract:
    """The contract in its new holder's name.

    Raises `SubscriberUnknown`, `SubscriberOfAnotherPartner` and what `succeed` raises. Subscribers are locked before
    contracts, in the order of their ids, by everybody.
    """
    seen = await contracts.load(tx, cmd.contract_id)
    people = {
        id_: await subscribers.load(tx, id_, lock=True) for id_ in sorted({seen.subscriber_id, cmd.subscriber_id})
    }
    contract = await locked(cmd.contract_id, tx, expected=expected)
    if contract.subscriber_id != seen.subscriber_id:
        raise StaleVersion(expected=seen.version, version=contract.version)
    successor = Successor(
        subscriber_id=cmd.subscriber_id,
        partner=tenant_of_contract(tx, cmd.partner, people[cmd.subscriber_id]),
        consents=tuple(_consent(given) for given in cmd.consents),
    )
    book = await catalogue.current(tx, now)
    after = await record(contract, succeed(contract, successor, book, reason=cmd.reason, now=now, by=tx.actor), tx, now)
    await contacts.remove_all(tx, contract.id)
    for id_ in people:
        await tell_subscriber_again(id_, tx, now)
    return after


async def pass_to_partner(
    subscriber_id: str, partner: str | None, tx: Tx, now: datetime, *, reason: str, expected: int | None
) -> Subscriber:
    """The subscriber and all its contracts belong to `partner` (None: the house); raises `PartnerUnchanged`."""
    subscriber = await subscribers.load(tx, subscriber_id, lock=True)
    if expected is not None and subscriber.version != expected:
        raise StaleVersion(expected=expected, version=subscriber.version)
    if subscriber.partner == partner:
        raise PartnerUnchanged(partner=partner)
    await tenancy.hand_over_subscriber(tx, subscriber_id, partner)
    for contract_id in sorted(subscriber.contract_ids):
        contract = await locked(contract_id, tx)
        if contract.partner != partner:
            await record(contract, hand_over(contract, partner, reason=reason, by=tx.actor), tx, now)
    return await tell_subscriber_again(subscriber_id, tx, now)


def _consent(given: FileConsent) -> Consent:
    return Consent(
        id=new_id("cns"),
        document=given.document,
        version=given.version,
        accepted_by=given.accepted_by,
        accepted_at=given.accepted_at,
        channel=given.channel,
    )
