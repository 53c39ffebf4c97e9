"""Revoking tokens, and taking it back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from common.events.contract_access import TokenRevocationLifted, TokenRevoked
from contracts.domain.token_revocation import (
    IssuedBeforeMisplaced,
    RevocationAlreadyLifted,
    Target,
    TokenRevocation,
    lift,
    revoke,
    told,
)

NOW = datetime(2026, 6, 1, 1, tzinfo=UTC)
EARLIER = NOW - timedelta(hours=1)


def made(target: Target, **over: Any) -> TokenRevocation:
    usual: dict[str, Any] = {"revocation_id": "rvk_1", "partner": None, "reason": "leaked", "by": "sv-mori", "at": NOW}
    return revoke(target, **{**usual, **over})


def test_all_tokens_issued_until_now_unless_an_earlier_instant_is_named() -> None:
    assert made(Target(kind="subject", value="op-sato")).issued_before == NOW
    assert made(Target(kind="person", value="E-1", issued_before=EARLIER)).issued_before == EARLIER
    assert made(Target(kind="client", value="api", issued_before=NOW)).issued_before == NOW


def test_a_single_token_has_no_such_instant() -> None:
    assert made(Target(kind="token", value="tok_1")).issued_before is None
    with pytest.raises(IssuedBeforeMisplaced):
        made(Target(kind="token", value="tok_1", issued_before=EARLIER))


def test_refuses_to_revoke_what_will_be_issued() -> None:
    with pytest.raises(IssuedBeforeMisplaced) as refused:
        made(Target(kind="subject", value="op-sato", issued_before=NOW + timedelta(seconds=1)))
    assert refused.value.why["now"] == NOW


def test_is_lifted_once() -> None:
    lifted = lift(made(Target(kind="subject", value="op-sato")), by="sv-hara", at=NOW)
    assert (lifted.lifted_at, lifted.lifted_by, lifted.version) == (NOW, "sv-hara", 2)
    with pytest.raises(RevocationAlreadyLifted):
        lift(lifted, by="sv-mori", at=NOW)


def test_others_are_told_whose_tokens_and_never_why() -> None:
    revocation = made(Target(kind="subject", value="op-sato"), partner="partner-one", reason="Lost by 見本 花子")
    fact = told(revocation, actor="sv-mori")
    assert isinstance(fact, TokenRevoked)
    assert (fact.kind, fact.value, fact.partner, fact.issued_before) == ("subject", "op-sato", "partner-one", NOW)
    assert "見本" not in fact.model_dump_json()
    undone = told(lift(revocation, by="sv-hara", at=NOW), actor="sv-hara")
    assert isinstance(undone, TokenRevocationLifted)
    assert (undone.revocation_id, undone.actor, undone.partner) == ("rvk_1", "sv-hara", "partner-one")
