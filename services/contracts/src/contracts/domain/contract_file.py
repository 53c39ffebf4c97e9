"""What is filed with a contract: consents, telework sites, limits recorded for a closed plan."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from enum import StrEnum

from common.civil import jst_day
from common.events.contracts import ConsentRecorded, TeleworkSiteAdded, TeleworkSiteRemoved
from contracts.domain.catalogue import (
    Catalogue,
)
from contracts.domain.change import Change
from contracts.domain.contract import Consent, Contract, SiteTime, Status
from contracts.domain.plans import (
    Hours,
    PlanTerms,
)
from contracts.domain.refusals import (
    ConsentNotPossible,
    ContractNotActive,
    LimitsFromCatalogue,
    TeleworkRequiresStandard,
)
from contracts.domain.registration import taken_over_at
from contracts.domain.unknown import (
    SiteUnknown,
)


class ConsentChannel(StrEnum):
    """How a document was accepted."""

    PAPER = "paper"
    WEB = "web"
    PHONE = "phone"


def record_consent(contract: Contract, consent: Consent, catalogue: Catalogue, *, now: datetime, by: str) -> Change:
    """A document was accepted; raises `NotInThisState` once the contract is over, `ConsentNotPossible`."""
    contract.require(Status.APPLIED, Status.IN_REVIEW, Status.ACTIVE, Status.SUSPENDED, now=now)
    judge_consent(consent, catalogue, now=now)
    consent = replace(consent, holds_from=taken_over_at(contract))
    fact = ConsentRecorded(
        actor=by,
        contract_id=contract.id,
        subscriber_id=contract.subscriber_id,
        document=consent.document,
        version=consent.version,
        accepted_at=consent.accepted_at,
    )
    details = {"document": consent.document, "version": consent.version}
    consents = (*contract.consents, consent)
    return Change(contract=replace(contract, consents=consents), act="consent_recorded", facts=(fact,), details=details)


def judge_consent(consent: Consent, catalogue: Catalogue, *, now: datetime) -> None:
    """A document accepted in the past, in a version published by then, in a known way; raises `ConsentNotPossible`."""
    newest = {document.code: document.newest(jst_day(now)) for document in catalogue.documents}
    published = newest.get(consent.document)
    channels = [channel.value for channel in ConsentChannel]
    possible = consent.document in newest and (published is None or consent.version <= published)
    if not possible or consent.accepted_at > now or consent.channel not in (None, *channels):
        raise ConsentNotPossible(
            document=consent.document,
            documents=list(newest),
            newest_version=published,
            accepted_at=consent.accepted_at,
            now=now,
            channels=channels,
        )


def add_site(contract: Contract, *, site_id: str, label: str, now: datetime, by: str) -> Change:
    """A telework site is supported from now on; raises `ContractNotActive`, `TeleworkRequiresStandard` (R-TELEWORK)."""
    if contract.state(now) is not Status.ACTIVE:
        raise ContractNotActive(status=contract.state(now))
    terms = contract.plan_at(now).terms
    if not terms.telework:
        raise TeleworkRequiresStandard(plan_code=terms.code, family=terms.family)
    site = SiteTime(id=site_id, label=label, starts=now, ends=contract.ends_at)
    return Change(
        contract=replace(contract, sites=(*contract.sites, site)),
        act="site_added",
        facts=(
            TeleworkSiteAdded(actor=by, contract_id=contract.id, subscriber_id=contract.subscriber_id, site_id=site_id),
        ),
        details={"site_id": site_id},
    )


def rename_site(contract: Contract, site_id: str, *, label: str, now: datetime) -> Change:
    """The customer calls a telework site something else; raises `SiteUnknown`."""
    _site(contract, site_id, now)
    sites = tuple(replace(s, label=label) if s.id == site_id else s for s in contract.sites)
    return Change(contract=replace(contract, sites=sites), act="site_renamed", details={"site_id": site_id})


def remove_site(contract: Contract, site_id: str, *, now: datetime, by: str) -> Change:
    """A telework site is no longer supported; raises `SiteUnknown`."""
    site = _site(contract, site_id, now)
    sites = tuple(s for s in contract.sites if s is not site)
    if site.starts < now:
        sites = tuple(replace(s, ends=now) if s is site else s for s in contract.sites)
    fact = TeleworkSiteRemoved(actor=by, contract_id=contract.id, subscriber_id=contract.subscriber_id, site_id=site_id)
    removed = replace(contract, sites=sites)
    return Change(contract=removed, act="site_removed", facts=(fact,), details={"site_id": site_id})


def _site(contract: Contract, site_id: str, now: datetime) -> SiteTime:
    site = next((s for s in contract.sites if s.id == site_id and s.holds_at(now)), None)
    if site is None:
        raise SiteUnknown(site_id=site_id)
    return site


def with_limits(
    terms: PlanTerms,
    *,
    inquiry_limit: int,
    support_hours: tuple[Hours, ...],
    seats: int | None,
    setup_visit: bool,
    visit_hours: tuple[Hours, ...],
) -> PlanTerms:
    """A closed plan's terms as they were found in the old contract."""
    return replace(
        terms,
        inquiry_limit=inquiry_limit,
        support_hours=support_hours,
        seats=seats,
        setup_visit=setup_visit,
        visit_hours=visit_hours if setup_visit else (),
    )


def record_limits(contract: Contract, terms: PlanTerms) -> Change:
    """State what a closed plan's contract may use; raises `LimitsFromCatalogue` for any other plan."""
    held = [p for p in contract.plans if p.terms.code == terms.code]
    if not terms.closed_plan or not held:
        raise LimitsFromCatalogue(plan_code=terms.code)
    plans = tuple(replace(p, terms=terms) if p in held else p for p in contract.plans)
    details = {"inquiry_limit": terms.inquiry_limit, "seats": terms.seats}
    return Change(contract=replace(contract, plans=plans), act="limits_recorded", details=details)
