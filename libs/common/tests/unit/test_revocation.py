"""Which tokens a revocation means."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from common.revocation import Revocation, RevocationList
from common.two_people import Signatory

THEN = datetime(2026, 6, 1, 1, tzinfo=UTC)
LOGIN = Signatory(subject="op-sato", person="E-1", client_id="console", token_id="tok_1", token_issued_at=THEN)
OF_EACH = {"token": "tok_1", "subject": "op-sato", "client": "console", "person": "E-1"}


def entry(kind: str, value: str, **over: Any) -> Revocation:
    usual: dict[str, Any] = {"id": "rvk_1", "partner": None, "issued_before": None}
    if kind != "token":
        usual["issued_before"] = THEN + timedelta(seconds=1)
    return Revocation(kind=kind, value=value, **{**usual, **over})


def struck(revocation: Revocation, who: Signatory = LOGIN, partner: str | None = None) -> bool:
    found = RevocationList([entry("token", "tok_other"), revocation]).striking(who, partner)
    assert (found is not None) == revocation.strikes(who, partner)
    return found is not None


@pytest.mark.parametrize(("kind", "value"), OF_EACH.items())
def test_means_a_token_by_its_id_its_login_its_program_or_its_person(kind: str, value: str) -> None:
    assert struck(entry(kind, value))
    assert not struck(entry(kind, f"{value}-other"))
    others = set(OF_EACH) - {kind}
    assert not any(struck(entry(other, value)) for other in others), "the same word means another thing"


@pytest.mark.parametrize("kind", ["subject", "client", "person"])
def test_what_was_issued_from_that_instant_on_holds(kind: str) -> None:
    assert struck(entry(kind, OF_EACH[kind], issued_before=THEN + timedelta(microseconds=1)))
    assert not struck(entry(kind, OF_EACH[kind], issued_before=THEN))


def test_a_token_that_does_not_say_when_it_was_issued_is_meant() -> None:
    assert struck(entry("subject", "op-sato"), Signatory(subject="op-sato", person=None))


def test_a_tenants_revocation_means_tokens_of_that_tenant_only() -> None:
    own = entry("subject", "op-sato", partner="partner-one")
    assert struck(own, partner="partner-one")
    assert not struck(own, partner="partner-two")
    assert not struck(own, partner=None)
    assert struck(entry("subject", "op-sato"), partner="partner-two"), "the house's means whosever"


def test_what_a_token_does_not_name_means_nothing() -> None:
    bare = Signatory(subject="api", person=None)
    for kind in ("token", "client", "person"):
        assert not struck(entry(kind, "None"), bare)
        assert not struck(entry(kind, ""), bare)


def test_an_empty_list_means_nobody() -> None:
    assert RevocationList().striking(LOGIN, None) is None
