"""What must be on the table before a visit is done."""

from __future__ import annotations

from base64 import b64encode
from datetime import date
from typing import Any

import pytest

from common.errors import Refusals, WrongState
from common.events.dispatch import ChargeRaised, SetupQuoteChanged
from dispatch.domain.completion import accept_quote, change_quote, charge_of, judge_papers, quote_accepted
from dispatch.domain.completion_refusals import (
    QuoteMismatch,
    QuoteNotAccepted,
    QuoteNotApplicable,
    SignatureMissing,
    SignatureUnreadable,
    VerdictInvalid,
    VerdictMissing,
)
from dispatch.domain.findings import FailedDevice, ReportedVerdict, judge_finding
from dispatch.domain.quotes import Ordered, price
from dispatch.domain.signatures import MAX_BYTES, Signature, read_signature
from dispatch.domain.visits import Visit, VisitStatus
from dispatch.testing import a_png, a_png_text, a_setup_visit, a_visit, at, menu

NOW = at("2026-06-02 11:00")
SIGNED = Signature("見本 花子", a_png())
KINDS = frozenset({"soho_router", "windows_pc"})


def verdict(**over: Any) -> ReportedVerdict:
    values: dict[str, Any] = {
        "result": "isolated",
        "cause": "device_fault",
        "failed_device": FailedDevice(kind="soho_router"),
        "evidence": "No power LED with a known good adapter.",
    }
    return ReportedVerdict(**values | over)


def accept_at_door(visit: Visit) -> Visit:
    return accept_quote(visit, total=18040, accepted_by="見本 花子", now=NOW, actor="t")[0]


def test_an_isolation_visit_brings_its_finding() -> None:
    arrived = a_visit(status=VisitStatus.ARRIVED)
    finding = judge_papers(arrived, reported=verdict(), signature=SIGNED, loan_kinds=KINDS)
    assert finding is not None
    assert (finding.result, finding.cause, finding.failed_device_kind) == ("isolated", "device_fault", "soho_router")


@pytest.mark.rule("R-SETUP-PRICE")
def test_a_setup_visit_is_not_done_before_its_quote_is_accepted() -> None:
    arrived = a_setup_visit(status=VisitStatus.ARRIVED)
    with pytest.raises(QuoteNotAccepted):
        judge_papers(arrived, reported=None, signature=SIGNED, loan_kinds=KINDS)
    accepted = accept_at_door(arrived)
    assert judge_papers(accepted, reported=None, signature=SIGNED, loan_kinds=KINDS) is None


def test_everything_that_is_missing_is_named_at_once() -> None:
    with pytest.raises(Refusals) as setup:
        judge_papers(a_setup_visit(status=VisitStatus.ARRIVED), reported=verdict(), signature=None, loan_kinds=KINDS)
    assert [reason.code for reason in setup.value.reasons] == [
        "quote_not_accepted",
        "verdict_invalid",
        "signature_missing",
    ]
    with pytest.raises(Refusals) as isolation:
        judge_papers(a_visit(status=VisitStatus.ARRIVED), reported=None, signature=None, loan_kinds=KINDS)
    assert [reason.code for reason in isolation.value.reasons] == ["verdict_missing", "signature_missing"]


def test_an_isolation_visit_needs_verdict_and_signature() -> None:
    arrived = a_visit(status=VisitStatus.ARRIVED)
    with pytest.raises(VerdictMissing):
        judge_papers(arrived, reported=None, signature=SIGNED, loan_kinds=KINDS)
    with pytest.raises(SignatureMissing):
        judge_papers(arrived, reported=verdict(), signature=None, loan_kinds=KINDS)


@pytest.mark.parametrize("status", [VisitStatus.BOOKED, VisitStatus.DEPARTED, VisitStatus.COMPLETED])
def test_nothing_is_completed_before_arrival(status: VisitStatus) -> None:
    with pytest.raises(WrongState):
        judge_papers(a_visit(status=status), reported=verdict(), signature=SIGNED, loan_kinds=KINDS)


@pytest.mark.parametrize(
    ("over", "problem"),
    [
        ({"result": "not_isolated_remotely"}, "result"),
        ({"cause": None}, "cause_missing"),
        ({"cause": "gremlins"}, "cause"),
        ({"failed_device": None}, "failed_device_missing"),
        ({"failed_device": FailedDevice(kind=None, maker="NEC")}, "failed_device_missing"),
        ({"failed_device": FailedDevice(kind="toaster")}, "failed_device_kind"),
    ],
)
def test_a_finding_says_what_a_verdict_has_to_say(over: dict[str, Any], problem: str) -> None:
    with pytest.raises(VerdictInvalid) as refused:
        judge_finding(verdict(**over), KINDS)
    assert refused.value.why["problem"] == problem


@pytest.mark.parametrize("kind", ["printer", "mac", "other", "windows_pc"])
def test_failed_devices_are_lent_kinds_or_known_others(kind: str) -> None:
    assert judge_finding(verdict(failed_device=FailedDevice(kind=kind)), KINDS).failed_device_kind == kind


def test_a_visit_may_find_nothing() -> None:
    nothing = verdict(result="not_isolated_on_site", cause=None, failed_device=None)
    assert judge_finding(nothing, KINDS).result == "not_isolated_on_site"


@pytest.mark.rule("R-SETUP-PRICE")
def test_the_price_is_accepted_to_the_yen() -> None:
    visit = a_setup_visit()
    with pytest.raises(QuoteMismatch) as refused:
        accept_quote(visit, total=18000, accepted_by="見本 花子", now=NOW, actor="t")
    assert refused.value.why == {"quoted": 18040, "accepted": 18000}
    assert quote_accepted(accept_at_door(visit))


@pytest.mark.rule("R-SETUP-PRICE")
def test_a_change_on_site_needs_a_new_acceptance() -> None:
    accepted = accept_at_door(a_setup_visit(status=VisitStatus.ARRIVED))
    more = price(menu(), [Ordered("pc-internet-connection", 3)])
    changed, event = change_quote(accepted, more, actor="t")
    assert isinstance(event, SetupQuoteChanged)
    assert (event.total, quote_accepted(changed)) == (16500, False)
    same_price = change_quote(accepted, a_setup_visit().quote or more, actor="t")[0]
    assert not quote_accepted(same_price)


def test_isolation_visits_have_no_quote() -> None:
    with pytest.raises(QuoteNotApplicable):
        accept_quote(a_visit(), total=0, accepted_by="見本 花子", now=NOW, actor="t")
    with pytest.raises(QuoteNotApplicable):
        change_quote(a_visit(), price(menu(), [Ordered("printer-setup", 1)]), actor="t")


@pytest.mark.rule("R-SETUP-PRICE")
def test_a_finished_setup_visit_becomes_a_charge() -> None:
    charge = charge_of(a_setup_visit(partner="acme"), charge_id="chg_1", day=date(2026, 6, 2))
    assert charge is not None
    fact = charge.fact(NOW, actor="t")
    assert isinstance(fact.data, ChargeRaised)
    assert (fact.data.total, fact.data.day, fact.data.rule_ids) == (18040, date(2026, 6, 2), ("R-SETUP-PRICE",))
    assert [line.amount for line in fact.data.lines] == [4950, 1650, 6600, 4840]
    assert (fact.subject, fact.sequence, fact.partner) == ("chg_1", 1, "acme")
    assert charge_of(a_visit(), charge_id="chg_2", day=date(2026, 6, 2)) is None


def test_reads_a_signature() -> None:
    assert read_signature("見本 花子", a_png_text()) == SIGNED


@pytest.mark.parametrize(
    ("image", "problem"),
    [
        ("not base64!", "not_base64"),
        (b64encode(b"GIF89a" + bytes(60)).decode(), "not_png"),
        (b64encode(a_png()[:-4]).decode(), "not_png"),
        (b64encode(a_png()[:8]).decode(), "not_png"),
        (b64encode(a_png(0, 1)).decode(), "dimensions"),
        (b64encode(a_png(1, 5000)).decode(), "dimensions"),
        (b64encode(a_png() + bytes(MAX_BYTES)).decode(), "too_large"),
    ],
)
def test_refuses_what_is_no_picture_of_a_signature(image: str, problem: str) -> None:
    with pytest.raises(SignatureUnreadable) as refused:
        read_signature("見本 花子", image)
    assert refused.value.why["problem"] == problem
