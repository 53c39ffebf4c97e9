"""Seal a secret on an entry of a customer's record, put another in its place, destroy it, show it for a case."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from common.db import Tx
from common.events.helpdesk import CredentialRevealed
from common.ids import new_id
from common.keyring import Keyring
from helpdesk.domain.credentials import (
    WINDOW,
    Credential,
    CredentialUnknown,
    CredentialUnreadable,
    Reveal,
    may_reveal,
)
from helpdesk.domain.inquiry import Step
from helpdesk.domain.records import RecordEntry, require_active
from helpdesk.storage import credentials, records
from helpdesk.usecases.keep_record import found_entry, known_contract
from helpdesk.usecases.recording import record, taken_up


def keys_of(secrets: Sequence[str]) -> Keyring:
    """The keys of customers' secrets."""
    return Keyring(secrets, purpose="credential:helpdesk")


@dataclass(frozen=True, kw_only=True, repr=False)
class Secret:
    """What is to be sealed; never shown by accident."""

    label: str
    login: str | None
    secret: str


@dataclass(frozen=True, kw_only=True)
class RevealSecret:
    """Which secret, for which inquiry and why, and the person who asks."""

    entry_id: str
    credential_id: str
    inquiry_id: str
    reason: str
    person: str


@dataclass(frozen=True, kw_only=True, repr=False)
class Shown:
    """A secret for the eyes of whoever asked, once."""

    reveal: Reveal
    credential: Credential
    secret: str


async def seal_credential(entry_id: str, given: Secret, tx: Tx, now: datetime, *, keys: Keyring) -> Credential:
    """Keep a secret; raises `RecordEntryUnknown`, `WrongState` for a retired entry, `CredentialLabelTaken`."""
    entry = await _active(entry_id, tx)
    new = Credential(
        id=new_id("crd"),
        entry_id=entry.id,
        contract_id=entry.contract_id,
        subscriber_id=entry.subscriber_id,
        label=given.label,
        login=given.login,
        sealed=None,
        key_id=None,
        version=1,
        actor=tx.actor,
        at=now,
    )
    sealed = _sealed(new, given, keys)
    await credentials.add(tx, sealed)
    return sealed


async def replace_secret(
    entry_id: str, credential_id: str, given: Secret, tx: Tx, now: datetime, *, expected: int | None, keys: Keyring
) -> Credential:
    """Another secret in its place; the one before is kept nowhere.

    Raises `RecordEntryUnknown`, `CredentialUnknown`, `StaleVersion`, `CredentialDestroyed`, `CredentialLabelTaken`,
    `WrongState` for a retired entry.
    """
    entry = await _active(entry_id, tx)
    before = await _found(entry_id, credential_id, tx)
    before.alive(expected)
    after = replace(
        before,
        subscriber_id=entry.subscriber_id,
        label=given.label,
        login=given.login,
        version=before.version + 1,
        actor=tx.actor,
        at=now,
    )
    sealed = _sealed(after, given, keys)
    await credentials.save(tx, sealed)
    return sealed


async def destroy_secret(entry_id: str, credential_id: str, tx: Tx, now: datetime, *, expected: int | None) -> None:
    """Destroy a secret for good; that there was one stays. Raises `CredentialUnknown`, `StaleVersion`.

    Doing it again changes nothing.
    """
    before = await _found(entry_id, credential_id, tx)
    if before.destroyed:
        return
    before.alive(expected)
    after = replace(before, login=None, sealed=None, key_id=None, version=before.version + 1, actor=tx.actor, at=now)
    await credentials.save(tx, after)


async def reveal_secret(asked: RevealSecret, tx: Tx, now: datetime, *, keys: Keyring, most: int) -> Shown:
    """Show a secret to whoever is at work on an open case of the contract, and write that down.

    Raises `InquiryUnknown`, `CredentialUnknown`, `RevealForOtherContract`, `WrongState`, `RevealLimitReached`,
    `CredentialDestroyed`, `CredentialUnreadable`; nothing is written then.
    """
    inquiry = await taken_up(tx, asked.inquiry_id)
    credential = await _found(asked.entry_id, asked.credential_id, tx)
    revealed = await credentials.count_alone(tx, asked.person, since=now - WINDOW)
    secret = keys.open(may_reveal(credential, inquiry, revealed=revealed, most=most), *credential.bound)
    if secret is None:
        raise CredentialUnreadable(credential_id=credential.id, sealed_at=credential.at)
    reveal = Reveal(
        id=new_id("rvl"),
        credential_id=credential.id,
        credential_version=credential.version,
        entry_id=credential.entry_id,
        contract_id=credential.contract_id,
        inquiry_id=inquiry.id,
        reason=asked.reason,
        actor=tx.actor,
        person=asked.person,
        at=now,
    )
    await credentials.add_reveal(tx, reveal)
    fact = CredentialRevealed(
        actor=tx.actor,
        inquiry_id=inquiry.id,
        contract_id=inquiry.contract_id,
        reveal_id=reveal.id,
        credential_id=credential.id,
        entry_id=credential.entry_id,
    )
    await record(tx, inquiry, Step(inquiry=inquiry, events=(fact,)), now)
    return Shown(reveal=reveal, credential=credential, secret=secret.decode())


async def seal_anew(tx: Tx, keys: Keyring, *, limit: int) -> int:
    """Seal by the first key what older ones sealed, so that they may be taken away; how many it was.

    Bytes that its own key does not open were changed by somebody; they stay, and stay unreadable.
    """
    found = await credentials.sealed_by(tx, keys.ids[1:], limit=limit)
    for each in found:
        content = keys.open(each.sealed or b"", *each.bound)
        sealed = each.sealed if content is None else keys.seal(content, *each.bound)
        await credentials.save(tx, replace(each, sealed=sealed, key_id=keys.ids[0]))
    return len(found)


def _sealed(credential: Credential, given: Secret, keys: Keyring) -> Credential:
    return replace(credential, sealed=keys.seal(given.secret.encode(), *credential.bound), key_id=keys.ids[0])


async def _active(entry_id: str, tx: Tx) -> RecordEntry:
    """The entry, locked, as that of whom the contract belongs to now: what hangs on it is theirs."""
    entry = require_active(await found_entry(entry_id, tx, lock=True))
    known = await known_contract(entry.contract_id, tx)
    if known.subscriber_id != entry.subscriber_id:
        await records.keep_for(tx, entry.id, known.subscriber_id)
    return replace(entry, subscriber_id=known.subscriber_id)


async def _found(entry_id: str, credential_id: str, tx: Tx) -> Credential:
    found = await credentials.find(tx, entry_id, credential_id, lock=True)
    if found is None:
        raise CredentialUnknown(entry_id=entry_id, credential_id=credential_id)
    return found
