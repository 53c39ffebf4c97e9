"""Secrets on entries of a customer's record: sealed, and shown only to who says for which case and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from common.errors import DomainError, NotFound, StaleVersion
from helpdesk.domain.inquiry import OPEN, Inquiry, require

_RULE = ("R-CREDENTIAL",)
WINDOW = timedelta(hours=1)
"""The span in which one person's reveals are counted."""


class CredentialUnknown(NotFound):
    """There is no such credential on this entry."""

    code = "credential_unknown"
    en = "There is no such credential on this entry."
    ja = "この項目に該当する認証情報はありません。"


class CredentialLabelTaken(DomainError):
    """Another credential of the entry is called like this."""

    code = "credential_label_taken"
    en = "This entry has a credential of this name."
    ja = "この項目には同じ名称の認証情報が登録済みです。"


class CredentialDestroyed(DomainError):
    """Its secret was destroyed; nothing brings it back."""

    code = "credential_destroyed"
    en = "The secret of this credential was destroyed."
    ja = "この認証情報は破棄済みです。"


class CredentialUnreadable(DomainError):
    """The key that it was sealed with is no longer among this service's keys, or the stored bytes were changed."""

    code = "credential_unreadable"
    en = "This credential cannot be opened with the keys this service has; enter it anew."
    ja = "現在の鍵ではこの認証情報を開けません。登録し直してください。"


class RevealForOtherContract(DomainError):
    """The inquiry is about another contract."""

    code = "reveal_for_other_contract"
    rule_ids = _RULE
    en = "The inquiry is about another contract than the credential."
    ja = "問い合わせの契約が、認証情報の契約と異なります。"


class RevealLimitReached(DomainError):
    """So many secrets within an hour are not needed for the work of one person."""

    code = "reveal_limit_reached"
    rule_ids = _RULE
    en = "You have been shown as many secrets as one person may be shown within an hour."
    ja = "1時間に表示できる認証情報の件数に達しました。"


@dataclass(frozen=True, kw_only=True)
class Credential:
    """A secret under a name, sealed by the key `key_id`; without `sealed` it was destroyed."""

    id: str
    entry_id: str
    contract_id: str
    subscriber_id: str
    label: str
    login: str | None
    sealed: bytes | None
    key_id: str | None
    version: int
    actor: str
    at: datetime

    @property
    def destroyed(self) -> bool:
        """Whether the secret is gone for good."""
        return self.sealed is None

    @property
    def bound(self) -> tuple[str, ...]:
        """What its secret is bound to: sealed for one credential and version, it opens for no other."""
        return (self.contract_id, self.entry_id, self.id, str(self.version))

    def alive(self, expected: int | None = None) -> bytes:
        """Its sealed secret; raises `StaleVersion`, `CredentialDestroyed`."""
        if expected is not None and expected != self.version:
            raise StaleVersion(version=self.version, expected=expected)
        if self.sealed is None:
            raise CredentialDestroyed(credential_id=self.id)
        return self.sealed


@dataclass(frozen=True, kw_only=True)
class Reveal:
    """Somebody was shown a secret, for a case, and said why; `person` is who is behind the login `actor`."""

    id: str
    credential_id: str
    credential_version: int
    entry_id: str
    contract_id: str
    inquiry_id: str
    reason: str
    actor: str
    person: str
    at: datetime


def may_reveal(credential: Credential, inquiry: Inquiry, *, revealed: int, most: int) -> bytes:
    """The sealed secret for somebody at work on this open case who was shown `revealed` within the hour (R-CREDENTIAL).

    Raises `RevealForOtherContract`, `WrongState`, `RevealLimitReached`, `CredentialDestroyed`.
    """
    if inquiry.contract_id != credential.contract_id:
        raise RevealForOtherContract(inquiry_id=inquiry.id, contract_id=credential.contract_id)
    require(inquiry, OPEN)
    if revealed >= most:
        raise RevealLimitReached(revealed=revealed, most=most, hours=WINDOW // timedelta(hours=1))
    return credential.alive()
