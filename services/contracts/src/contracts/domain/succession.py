"""A contract passes to another holder (承継), or to another partner; it stays the same contract."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from common.events.contracts import ConsentRecorded, ContractPartnerChanged, ContractSucceeded, LifecycleData
from contracts.domain.catalogue import Catalogue
from contracts.domain.change import Change
from contracts.domain.change_refusals import HolderUnchanged
from contracts.domain.contract import Consent, Contract, Status, cut
from contracts.domain.contract_file import judge_consent
from contracts.domain.entitlements import documents_missing
from contracts.domain.refusals import ConsentMissing, ContractEnding


@dataclass(frozen=True, kw_only=True)
class Successor:
    """Who takes the contract over, with which partner, and what was accepted for it."""

    subscriber_id: str
    partner: str | None
    consents: tuple[Consent, ...]


def succeed(
    contract: Contract, successor: Successor, catalogue: Catalogue, *, reason: str | None, now: datetime, by: str
) -> Change:
    """The contract in the new holder's name from now on, with its plan, options, line and address.

    The new holder's consents count, the former holder's no longer (R-CONSENT); telework sites were the former holder's
    and end. Raises `NotInThisState`, `ContractEnding`, `HolderUnchanged`, `ConsentNotPossible`, `ConsentMissing`.
    """
    contract.require(Status.ACTIVE, Status.SUSPENDED, now=now)
    if contract.ends_at is not None:
        raise ContractEnding(ends_at=contract.ends_at)
    if successor.subscriber_id == contract.subscriber_id:
        raise HolderUnchanged(subscriber_id=contract.subscriber_id)
    for consent in successor.consents:
        judge_consent(consent, catalogue, now=now)
    given = tuple(replace(consent, holds_from=now) for consent in successor.consents)
    handed = replace(
        contract,
        subscriber_id=successor.subscriber_id,
        partner=successor.partner,
        sites=cut(contract.sites, now),
        consents=(*(c if c.holds_until else replace(c, holds_until=now) for c in contract.consents), *given),
    )
    missing = documents_missing(handed, catalogue.required_consents, "activation", now)
    if missing:
        needed = {r.document: r.version for r in catalogue.required_consents if r.purpose == "activation"}
        raise ConsentMissing(purpose="succession", missing=missing, needed=needed)
    ids = {"actor": by, "contract_id": contract.id, "subscriber_id": successor.subscriber_id}
    facts: list[LifecycleData] = [ContractSucceeded(**ids, former_subscriber_id=contract.subscriber_id)]
    facts += [ConsentRecorded(**ids, document=c.document, version=c.version, accepted_at=c.accepted_at) for c in given]
    if successor.partner != contract.partner:
        facts.append(ContractPartnerChanged(**ids))
    details = {"from": contract.subscriber_id, "to": successor.subscriber_id, "reason": reason}
    return Change(contract=handed, act="succeeded", facts=tuple(facts), details=details)


def hand_over(contract: Contract, partner: str | None, *, reason: str, by: str) -> Change:
    """The contract belongs to another tenant from now on, whatever state it is in."""
    fact = ContractPartnerChanged(actor=by, contract_id=contract.id, subscriber_id=contract.subscriber_id)
    details = {"partner": partner, "reason": reason}
    return Change(contract=replace(contract, partner=partner), act="partner_changed", facts=(fact,), details=details)
