"""Record a consent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from common.db import Tx
from common.ids import new_id
from contracts.domain.contract import Consent
from contracts.domain.contract_file import record_consent
from contracts.storage import catalogue
from contracts.usecases.read_contract import locked
from contracts.usecases.record_change import record


@dataclass(frozen=True, kw_only=True)
class FileConsent:
    """Who accepted which document in which version, when, and how."""

    contract_id: str
    document: str
    version: str
    accepted_by: str
    accepted_at: datetime
    channel: str | None = None


async def file_consent(cmd: FileConsent, tx: Tx, now: datetime, *, expected: int | None = None) -> Consent:
    """The consent as filed; raises `ConsentNotPossible`, `NotInThisState` (R-CONSENT)."""
    contract = await locked(cmd.contract_id, tx, expected=expected)
    consent = Consent(
        id=new_id("cns"),
        document=cmd.document,
        version=cmd.version,
        accepted_by=cmd.accepted_by,
        accepted_at=cmd.accepted_at,
        channel=cmd.channel,
    )
    book = await catalogue.current(tx, now)
    after = await record(contract, record_consent(contract, consent, book, now=now, by=tx.actor), tx, now)
    return next(filed for filed in after.consents if filed.id == consent.id)
