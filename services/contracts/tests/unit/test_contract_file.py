"""Consents, telework sites, recorded limits, imports."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from common.entitlements import standing
from common.events.contracts import ConsentRecorded
from contracts.domain.application import Holder, withdraw
from contracts.domain.contract import Status
from contracts.domain.contract_file import add_site, record_consent, record_limits, remove_site, with_limits
from contracts.domain.entitlements import documents_missing, entitlements_of
from contracts.domain.legacy import Legacy, import_legacy
from contracts.domain.plans import (
    Hours,
)
from contracts.domain.refusals import (
    ConsentNotPossible,
    ContractNotActive,
    LimitsFromCatalogue,
    LineAlreadyContracted,
    LineNotIdentified,
    NotInThisState,
    PlanNotClosed,
    PlanNotOnSale,
    TeleworkRequiresStandard,
)
from contracts.domain.unknown import (
    SiteUnknown,
)
from contracts.testing import (
    MONDAY_MORNING,
    OPERATOR,
    a_consent,
    a_line,
    a_standard_application,
    an_active_contract,
    an_application,
    applied,
    jst,
    the_catalogue,
)

CATALOGUE = the_catalogue()
WEEKDAYS = (Hours(weekdays=(1, 2, 3, 4, 5), opens="10:00", closes="17:00"),)


@pytest.mark.rule("R-CONSENT")
def test_a_consent_names_document_version_and_who() -> None:
    consent = a_consent("remote_support_licence")
    change = record_consent(applied(), consent, CATALOGUE, now=MONDAY_MORNING, by=OPERATOR)
    (fact,) = change.facts
    assert isinstance(fact, ConsentRecorded)
    assert (fact.document, fact.version) == ("remote_support_licence", "2024-04")
    assert "見本太郎" not in fact.model_dump_json()
    assert change.contract.consents == (consent,)


@pytest.mark.rule("R-CONSENT")
@pytest.mark.parametrize(
    ("purpose", "needed"),
    [
        ("activation", {"service_terms"}),
        ("remote_session", {"service_terms", "remote_support_licence"}),
        ("management_tool", {"management_tool_licence"}),
        ("visit", {"service_terms"}),
    ],
)
def test_each_purpose_needs_its_documents(purpose: str, needed: set[str]) -> None:
    contract = applied()
    assert set(documents_missing(contract, CATALOGUE.required_consents, purpose, MONDAY_MORNING)) == needed
    for document in needed:
        consent = a_consent(document)
        contract = record_consent(contract, consent, CATALOGUE, now=MONDAY_MORNING, by=OPERATOR).contract
    assert documents_missing(contract, CATALOGUE.required_consents, purpose, MONDAY_MORNING) == []


@pytest.mark.rule("R-CONSENT")
def test_refuses_a_consent_to_no_document_or_from_the_future() -> None:
    for consent in (a_consent("house_rules"), a_consent(accepted_at=MONDAY_MORNING + timedelta(seconds=1))):
        with pytest.raises(ConsentNotPossible):
            record_consent(applied(), consent, CATALOGUE, now=MONDAY_MORNING, by=OPERATOR)


def test_refuses_a_consent_to_a_contract_that_is_over() -> None:
    withdrawn = withdraw(applied(), now=MONDAY_MORNING, by=OPERATOR).contract
    with pytest.raises(NotInThisState):
        record_consent(withdrawn, a_consent(), CATALOGUE, now=MONDAY_MORNING, by=OPERATOR)


@pytest.mark.rule("R-TELEWORK")
def test_a_telework_site_needs_a_standard_anshin_plan() -> None:
    with pytest.raises(TeleworkRequiresStandard):
        add_site(an_active_contract(), site_id="site_1", label="home", now=MONDAY_MORNING, by=OPERATOR)
    contract = an_active_contract(a_standard_application())
    contract = add_site(contract, site_id="site_1", label="home", now=MONDAY_MORNING, by=OPERATOR).contract
    assert [s.site_id for s in standing(entitlements_of(contract, actor=""), MONDAY_MORNING).sites] == ["site_1"]


def test_a_site_is_removed_from_now_on() -> None:
    contract = an_active_contract(a_standard_application())
    contract = add_site(contract, site_id="site_1", label="home", now=MONDAY_MORNING, by=OPERATOR).contract
    assert remove_site(contract, "site_1", now=MONDAY_MORNING, by=OPERATOR).contract.sites == ()
    removed = remove_site(contract, "site_1", now=jst(2026, 6, 5), by=OPERATOR).contract
    assert removed.sites[0].ends == jst(2026, 6, 5)
    with pytest.raises(SiteUnknown):
        remove_site(removed, "site_1", now=jst(2026, 6, 6), by=OPERATOR)


def test_refuses_a_site_on_a_contract_that_is_not_active() -> None:
    with pytest.raises(ContractNotActive):
        add_site(applied(a_standard_application()), site_id="site_1", label="home", now=MONDAY_MORNING, by=OPERATOR)


def old(terms: Any = None, **over: Any) -> Legacy:
    asked = an_application(**{"plan_code": "light-1", "start_on": date(2015, 4, 1), **over})
    return Legacy(
        application=asked,
        legacy_number="L-1",
        terms=terms or CATALOGUE.terms_of(CATALOGUE.plan(asked.plan_code)),
    )


@pytest.mark.rule("R-SALE-WINDOW")
def test_a_closed_plan_enters_by_import_and_is_billed_from_the_month_of_the_import() -> None:
    change, warnings = import_legacy(old(), CATALOGUE, holder=None, now=MONDAY_MORNING, by=OPERATOR)
    contract = change.contract
    assert (contract.status, contract.active_from) == (Status.ACTIVE, jst(2015, 4, 1))
    assert contract.open_month_ends_at == jst(2026, 7, 1)
    assert standing(entitlements_of(contract, actor=""), MONDAY_MORNING).inquiry_limit is None
    assert warnings == ()


@pytest.mark.rule("R-SALE-WINDOW")
def test_refuses_to_import_what_is_on_sale_or_was_never_sold_then() -> None:
    with pytest.raises(PlanNotClosed):
        import_legacy(old(plan_code="light-anshin-1"), CATALOGUE, holder=None, now=MONDAY_MORNING, by=OPERATOR)
    for start in (date(2019, 4, 20), date(2010, 6, 29)):
        with pytest.raises(PlanNotOnSale):
            import_legacy(old(start_on=start), CATALOGUE, holder=None, now=MONDAY_MORNING, by=OPERATOR)


def test_a_start_after_an_inferred_end_of_sale_is_a_warning() -> None:
    late = old(plan_code="standard-mini", line=None, start_on=date(2019, 12, 1))
    _, warnings = import_legacy(late, CATALOGUE, holder=None, now=MONDAY_MORNING, by=OPERATOR)
    assert [warning.code for warning in warnings] == ["start_after_inferred_end_of_sale"]


@pytest.mark.rule("R-ELIGIBLE-LINE")
def test_an_import_holds_its_line_like_any_contract() -> None:
    with pytest.raises(LineNotIdentified):
        import_legacy(old(line=a_line(number=None)), CATALOGUE, holder=None, now=MONDAY_MORNING, by=OPERATOR)
    with pytest.raises(LineAlreadyContracted):
        import_legacy(old(), CATALOGUE, holder=Holder(contract_id="ctr_0"), now=MONDAY_MORNING, by=OPERATOR)


def test_limits_are_recorded_for_closed_plans_only() -> None:
    contract = import_legacy(old(), CATALOGUE, holder=None, now=MONDAY_MORNING, by=OPERATOR)[0].contract
    terms = with_limits(
        contract.plans[0].terms,
        inquiry_limit=3,
        support_hours=WEEKDAYS,
        seats=None,
        setup_visit=False,
        visit_hours=WEEKDAYS,
    )
    recorded = record_limits(contract, terms).contract
    found = standing(entitlements_of(recorded, actor=""), MONDAY_MORNING)
    assert found.inquiry_limit == 3
    assert found.plan is not None
    assert found.plan.visit_hours == ()
    assert recorded.plans[0].terms.limits_recorded
    with pytest.raises(LimitsFromCatalogue):
        record_limits(an_active_contract(), an_active_contract().plans[0].terms)
