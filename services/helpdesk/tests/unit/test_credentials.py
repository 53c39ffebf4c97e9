"""Whom a sealed secret is shown."""

from __future__ import annotations

from typing import Any

import pytest

from common.errors import StaleVersion, WrongState
from common.keyring import Keyring
from helpdesk.domain.credentials import (
    Credential,
    CredentialDestroyed,
    RevealForOtherContract,
    RevealLimitReached,
    may_reveal,
)
from helpdesk.domain.inquiry import OPEN, InquiryStatus
from helpdesk.testing import CONTRACT, MONDAY_10, SUBSCRIBER, an_inquiry


def a_credential(**over: Any) -> Credential:
    fields: dict[str, Any] = {
        "id": "crd_a",
        "entry_id": "rec_a",
        "contract_id": CONTRACT,
        "subscriber_id": SUBSCRIBER,
        "label": "PPPoE",
        "login": "user@isp.example",
        "sealed": b"sealed",
        "key_id": "k",
        "version": 3,
        "actor": "op-sato",
        "at": MONDAY_10,
    }
    return Credential(**{**fields, **over})


@pytest.mark.rule("R-CREDENTIAL")
def test_a_secret_is_shown_for_an_open_case_of_its_contract_only() -> None:
    for status in InquiryStatus:
        if status in OPEN:
            assert may_reveal(a_credential(), an_inquiry(status=status), revealed=0, most=1) == b"sealed"
        else:
            with pytest.raises(WrongState):
                may_reveal(a_credential(), an_inquiry(status=status), revealed=0, most=1)
    with pytest.raises(RevealForOtherContract) as refused:
        may_reveal(a_credential(), an_inquiry(contract_id="ctr_b"), revealed=0, most=1)
    assert refused.value.rule_ids == ("R-CREDENTIAL",)


@pytest.mark.rule("R-CREDENTIAL")
def test_nobody_is_shown_more_than_so_many_within_an_hour() -> None:
    assert may_reveal(a_credential(), an_inquiry(), revealed=2, most=3)
    with pytest.raises(RevealLimitReached) as refused:
        may_reveal(a_credential(), an_inquiry(), revealed=3, most=3)
    assert refused.value.why == {"revealed": 3, "most": 3, "hours": 1}


def test_what_was_destroyed_or_changed_meanwhile_is_not_shown() -> None:
    with pytest.raises(CredentialDestroyed):
        may_reveal(a_credential(sealed=None), an_inquiry(), revealed=0, most=1)
    with pytest.raises(StaleVersion):
        a_credential().alive(2)


@pytest.mark.parametrize(
    "other", [{"id": "crd_b"}, {"entry_id": "rec_b"}, {"contract_id": "ctr_b"}, {"version": 2}, {"version": 4}]
)
def test_a_sealed_secret_opens_for_its_own_credential_and_version_only(other: dict[str, Any]) -> None:
    keys = Keyring(["a long random text"], purpose="credential:helpdesk")
    sealed = keys.seal(b"secret", *a_credential().bound)
    assert keys.open(sealed, *a_credential().bound) == b"secret"
    assert keys.open(sealed, *a_credential(**other).bound) is None
