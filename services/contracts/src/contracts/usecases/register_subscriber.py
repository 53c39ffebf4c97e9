"""Register a subscriber."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from common.db import Tx
from common.ids import new_id
from contracts.domain.contract import Address
from contracts.domain.phones import e164
from contracts.domain.subscriber import Subscriber
from contracts.storage import subscribers
from contracts.usecases.directory import tell_subscriber
from contracts.usecases.tenancy import tenant_of


@dataclass(frozen=True, kw_only=True)
class RegisterSubscriber:
    """Who pays. `partner` may be named by the house; a partner's own subscribers are its own."""

    name: str
    name_kana: str
    address: Address
    phones: tuple[str, ...]
    partner: str | None = None


async def register_subscriber(cmd: RegisterSubscriber, tx: Tx, now: datetime) -> Subscriber:
    """A new subscriber with its phones in E.164; raises `PhoneUnreadable`."""
    subscriber = Subscriber(
        id=new_id("sub"),
        partner=tenant_of(tx, cmd.partner),
        name=cmd.name,
        name_kana=cmd.name_kana,
        address=cmd.address,
        phones=tuple(dict.fromkeys(e164(phone) for phone in cmd.phones)),
        version=1,
        created_at=now,
    )
    await subscribers.insert(tx, subscriber)
    await tell_subscriber(subscriber, tx, now)
    return subscriber
