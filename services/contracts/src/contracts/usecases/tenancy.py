"""Whose subscribers and contracts are they."""

from __future__ import annotations

from common.db import Tx
from contracts.domain.change_refusals import SubscriberGone
from contracts.domain.refusals import SubscriberOfAnotherPartner
from contracts.domain.subscriber import Subscriber


def tenant_of(tx: Tx, named: str | None) -> str | None:
    """The tenant of something new: the caller's own; the house may name one. Raises `SubscriberOfAnotherPartner`."""
    if tx.partner is None:
        return named
    if named not in (None, tx.partner):
        raise SubscriberOfAnotherPartner(partner=named)
    return tx.partner


def tenant_of_contract(tx: Tx, named: str | None, subscriber: Subscriber) -> str | None:
    """The tenant of a new contract: as named, else the subscriber's. A subscriber with a partner stays with it.

    Raises `SubscriberOfAnotherPartner`, `SubscriberGone`.
    """
    if subscriber.erased_at is not None:
        raise SubscriberGone(subscriber_id=subscriber.id)
    tenant = tenant_of(tx, named) or subscriber.partner
    if subscriber.partner is not None and tenant != subscriber.partner:
        raise SubscriberOfAnotherPartner(partner=named, subscriber_id=subscriber.id)
    return tenant
