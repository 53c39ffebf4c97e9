"""Moves, successions, corrections, and the contract as of another instant."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pytest

from common.entitlements import consent_missing, standing
from common.errors import DomainError
from common.events.contracts import (
    AddressChangeScheduled,
    ApplicationCompleted,
    ApplicationReturned,
    ConsentRecorded,
    ContractMoved,
    ContractPartnerChanged,
    ContractSucceeded,
)
from contracts.domain.application import activate, review
from contracts.domain.change import Change
from contracts.domain.change_refusals import (
    AddressChangeAlreadyScheduled,
    AddressChangeInForce,
    AddressDayNotPossible,
    AddressUnchanged,
    ApplicationComplete,
    ApplicationIncomplete,
    CorrectionNotPossible,
    HolderUnchanged,
)
from contracts.domain.contract import Contract, Fault, Status
from contracts.domain.contract_file import add_site
from contracts.domain.corrections import Completion, complete, return_application
from contracts.domain.entitlements import entitlements_of
from contracts.domain.lifecycle import terminate
from contracts.domain.moves import Move, cancel_address_change, change_address, told_moved
from contracts.domain.plan_changes import PlanWish, schedule
from contracts.domain.refusals import (
    ConsentMissing,
    ConsentNotPossible,
    ContractEnding,
    LineNotEligible,
    NotInThisState,
    PlanNotOnSale,
)
from contracts.domain.registration import as_of, registered
from contracts.domain.succession import Successor, hand_over, succeed
from contracts.domain.support_number import support_number
from contracts.domain.unknown import AddressChangeUnknown, ContractUnknown
from contracts.testing import (
    MONDAY_MORNING,
    OPERATOR,
    a_consent,
    a_line,
    a_standard_application,
    an_active_contract,
    an_address,
    an_application,
    applied,
    consented,
    jst,
    the_catalogue,
)

CATALOGUE = the_catalogue()
HANDED = jst(2026, 6, 10, 12)
NEXT_DAY = jst(2026, 6, 2)
NAGOYA = an_address(postal_code="4600001", prefecture="愛知県", prefecture_code="23", city="名古屋市", street="1-1")


def moved(contract: Contract, day: date = date(2026, 6, 20), **over: Any) -> Change:
    now = over.pop("now", MONDAY_MORNING)
    move = Move(**{"address_id": "adr_2", "address": NAGOYA, "effective_on": day, **over})
    return change_address(contract, move, reason=None, now=now, by=OPERATOR)


def succeeded(contract: Contract, *, now: datetime = HANDED, **over: Any) -> Change:
    given = a_consent(id="cns_2", accepted_at=jst(2026, 6, 9), accepted_by="後任花子")
    successor = Successor(**{"subscriber_id": "sub_2", "partner": None, "consents": (given,), **over})
    return succeed(contract, successor, CATALOGUE, reason="merger", now=now, by=OPERATOR)


@pytest.mark.rule("R-ADDRESS")
def test_the_contract_address_changes_on_its_day() -> None:
    change = moved(an_active_contract())
    state = entitlements_of(change.contract, actor="")
    places = [standing(state, at).address for at in (jst(2026, 6, 19, 23, 59), jst(2026, 6, 20))]
    assert [place.prefecture_code if place else None for place in places] == ["13", "23"]
    assert [type(fact) for fact in change.facts] == [AddressChangeScheduled]
    assert told_moved(change.contract, now=jst(2026, 6, 19), by="").facts == ()
    told = told_moved(change.contract, now=jst(2026, 6, 20), by="")
    assert [type(fact) for fact in told.facts] == [ContractMoved]
    assert told_moved(told.contract, now=jst(2026, 6, 21), by="").facts == ()


@pytest.mark.rule("R-ADDRESS")
def test_a_move_of_today_holds_at_once() -> None:
    change = moved(an_active_contract(), date(2026, 6, 1), now=jst(2026, 6, 1, 15))
    assert [type(fact) for fact in change.facts] == [ContractMoved]
    assert [(a.id, a.starts) for a in change.contract.addresses][-1] == ("adr_2", jst(2026, 6, 1, 15))


@pytest.mark.rule("R-ADDRESS")
def test_refuses_moves_that_cannot_be() -> None:
    contract = an_active_contract()
    waiting = moved(contract).contract
    ending = terminate(contract, reason="closes", now=MONDAY_MORNING, by=OPERATOR).contract
    cases: list[tuple[Contract, Any, type[DomainError]]] = [
        (contract, {"day": date(2026, 5, 31)}, AddressDayNotPossible),
        (contract, {"address": an_address()}, AddressUnchanged),
        (waiting, {"day": date(2026, 6, 25)}, AddressChangeAlreadyScheduled),
        (ending, {"day": date(2026, 7, 1)}, ContractEnding),
        (applied(), {}, NotInThisState),
    ]
    for given, over, refusal in cases:
        with pytest.raises(refusal):
            moved(given, **over)


@pytest.mark.rule("R-ADDRESS")
def test_a_scheduled_move_is_taken_back_until_its_day() -> None:
    waiting = moved(an_active_contract()).contract
    back = cancel_address_change(waiting, "adr_2", now=jst(2026, 6, 19), by=OPERATOR).contract
    assert [(a.id, a.ends) for a in back.addresses] == [("adr_1", None)]
    with pytest.raises(AddressChangeInForce):
        cancel_address_change(waiting, "adr_2", now=jst(2026, 6, 20), by=OPERATOR)
    with pytest.raises(AddressChangeUnknown):
        cancel_address_change(waiting, "adr_9", now=MONDAY_MORNING, by=OPERATOR)


@pytest.mark.rule("R-CONSENT")
def test_the_new_holders_consents_count_from_the_succession_on_and_the_former_ones_until_then() -> None:
    contract = consented(an_active_contract())
    licence = a_consent("remote_support_licence")
    contract = replace(contract, consents=(*contract.consents, licence))
    change = succeeded(contract)
    state = entitlements_of(change.contract, actor="")
    at = (jst(2026, 6, 10, 11), jst(2026, 6, 10, 12))
    missing = [consent_missing(state, CATALOGUE.required_consents, "remote_session", when) for when in at]
    assert missing == [[], ["remote_support_licence"]]
    assert [type(fact) for fact in change.facts] == [ContractSucceeded, ConsentRecorded]
    assert change.contract.subscriber_id == state.subscriber_id == "sub_2"


@pytest.mark.rule("R-CONSENT")
def test_refuses_a_succession_without_the_new_holders_consent() -> None:
    contract = an_active_contract()
    for consents in ((), (a_consent("remote_support_licence"),), (a_consent(version="2019-01"),)):
        with pytest.raises(ConsentMissing) as refused:
            succeeded(contract, consents=consents)
        assert refused.value.why["missing"] == ["service_terms"]
    with pytest.raises(ConsentNotPossible):
        succeeded(contract, consents=(a_consent(accepted_at=jst(2026, 6, 11)),))


def test_refuses_a_succession_to_the_holder_of_an_ending_or_of_an_applied_contract() -> None:
    contract = an_active_contract()
    with pytest.raises(HolderUnchanged):
        succeeded(contract, subscriber_id="sub_1")
    with pytest.raises(ContractEnding):
        succeeded(terminate(contract, reason="closes", now=MONDAY_MORNING, by=OPERATOR).contract)
    with pytest.raises(NotInThisState):
        succeeded(applied())


def test_telework_sites_of_the_former_holder_end_with_a_succession() -> None:
    contract = an_active_contract(a_standard_application())
    contract = add_site(contract, site_id="site_1", label="home", now=MONDAY_MORNING, by=OPERATOR).contract
    change = succeeded(contract, partner="mihon")
    assert change.contract.sites[0].ends == jst(2026, 6, 10, 12)
    assert [type(fact) for fact in change.facts] == [ContractSucceeded, ConsentRecorded, ContractPartnerChanged]


def test_a_contract_is_read_as_of_any_instant() -> None:
    contract = registered(None, an_active_contract(), MONDAY_MORNING)
    after = registered(contract, succeeded(contract, partner="mihon").contract, jst(2026, 6, 10, 12))
    wish = PlanWish(change_id="pch_1", to_plan="standard-anshin-1", service_id="AN-0002")
    after = registered(
        after, schedule(after, wish, CATALOGUE, now=jst(2026, 6, 11), by=OPERATOR).contract, jst(2026, 6, 11)
    )
    then, now, later = (as_of(after, at) for at in (jst(2026, 6, 5), jst(2026, 6, 11), jst(2026, 7, 1)))
    assert [(c.subscriber_id, c.partner) for c in (then, now, later)] == [
        ("sub_1", None), ("sub_2", "mihon"), ("sub_2", "mihon"),
    ]  # fmt: skip
    assert [c.line is None for c in (then, now, later)] == [False, False, True]
    assert later.service_id == "AN-0002"
    with pytest.raises(ContractUnknown):
        as_of(after, jst(2026, 5, 31))


def test_a_contract_whose_register_was_never_written_is_read_by_its_head() -> None:
    contract = an_active_contract()
    assert as_of(contract, jst(2026, 6, 5)) == contract
    change = registered(contract, hand_over(contract, "mihon", reason="x", by=OPERATOR).contract, jst(2026, 6, 5))
    assert [(r.partner, r.ends) for r in change.registrations] == [(None, jst(2026, 6, 5)), ("mihon", None)]


def returned(contract: Contract, *fields: str) -> Contract:
    faults = [Fault(field=field, note="unreadable") for field in fields]
    return return_application(contract, faults, now=MONDAY_MORNING, by=OPERATOR).contract


def completed(contract: Contract, *, now: datetime = NEXT_DAY, **over: Any) -> Change:
    done = Completion(**{"address_id": "adr_2", "new_service_id": "AN-0002", **over})
    return complete(contract, done, CATALOGUE, holder=None, now=now, by=OPERATOR)


def test_a_returned_application_is_neither_reviewed_nor_activated() -> None:
    waiting = returned(consented(applied()), "line")
    with pytest.raises(ApplicationIncomplete) as refused:
        activate(waiting, CATALOGUE, now=MONDAY_MORNING, by=OPERATOR)
    assert refused.value.why == {"fields": ["line"]}
    in_review = returned(applied(an_application(line=a_line(kind="b_flets"))), "line")
    with pytest.raises(ApplicationIncomplete):
        review(in_review, now=MONDAY_MORNING, by=OPERATOR)


@pytest.mark.rule("R-ELIGIBLE-LINE")
def test_a_completed_application_is_judged_anew() -> None:
    waiting = returned(applied(), "line", "contract_address")
    change = completed(waiting, line=a_line(kind="b_flets", number="B1"), address=NAGOYA, start_on=date(2026, 7, 1))
    done = change.contract
    assert (done.status, done.correction, done.start) == (Status.IN_REVIEW, None, jst(2026, 7, 1))
    assert [(a.id, a.starts) for a in done.addresses] == [("adr_2", MONDAY_MORNING)]
    assert [type(fact) for fact in change.facts] == [ApplicationCompleted]
    with pytest.raises(LineNotEligible):
        completed(waiting, line=a_line(kind="flets_hikari_light"))
    with pytest.raises(PlanNotOnSale):
        completed(waiting, plan_code="light-1")


def test_a_review_holds_for_what_was_reviewed() -> None:
    fit = review(applied(an_application(line=a_line(kind="b_flets"))), now=MONDAY_MORNING, by=OPERATOR).contract
    waiting = returned(fit, "contract_address")
    assert completed(waiting, address=NAGOYA).contract.status is Status.APPLIED
    other = completed(waiting, line=a_line(kind="b_flets", number="B2")).contract
    assert (other.status, other.reviewed_plan) == (Status.IN_REVIEW, None)


def test_an_application_turns_from_light_to_standard_when_it_is_completed() -> None:
    done = completed(returned(applied(), "plan_code"), plan_code="standard-anshin-2").contract
    assert (done.line, done.service_id, done.plans[0].terms.inquiry_limit) == (None, "AN-0002", 50)


def test_refuses_corrections_that_name_nothing_or_come_too_late() -> None:
    fact = return_application(applied(), [Fault(field="line")], now=MONDAY_MORNING, by=OPERATOR).facts[0]
    assert isinstance(fact, ApplicationReturned)
    assert fact.fields == ("line",)
    for fields in ((), ("colour",)):
        with pytest.raises(CorrectionNotPossible):
            returned(applied(), *fields)
    with pytest.raises(NotInThisState):
        returned(an_active_contract(), "line")
    with pytest.raises(ApplicationComplete):
        completed(applied())


def test_a_wrong_digit_never_makes_another_support_number() -> None:
    assert support_number(1) == "0000-00001-8"
    for place in (1, 99, 123_456_789):
        number = support_number(place).replace("-", "")
        for digit in range(9):
            wrong = number[:digit] + str((int(number[digit]) + 1) % 10) + number[digit + 1 :]
            assert support_number(int(wrong[:-1])).replace("-", "") != wrong
