"""What becomes of the rows of a file of old contracts, judged against what is known already."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from common.errors import DomainError
from common.ids import new_id
from contracts.domain.application import Application, Holder
from contracts.domain.catalogue import Catalogue
from contracts.domain.change import Change
from contracts.domain.contract_file import with_limits
from contracts.domain.legacy import Legacy, import_legacy
from contracts.domain.legacy_row import Finding, LegacyRow
from contracts.domain.lines import key_of
from contracts.domain.plans import Family, PlanTerms
from contracts.domain.subscriber import Subscriber

HOUSE = ""
"""The scope of what was really imported; a dry run remembers under its own id."""

_FIELD_OF = {
    "plan_not_closed": "plan",
    "plan_not_on_sale": "start_on",
    "line_not_identified": "line_number",
    "line_already_contracted": "line_number",
    "service_id_taken": "service_id",
    "legacy_number_taken": "legacy_number",
}


class ImportStatus(StrEnum):
    """Where an import stands."""

    RECEIVING = "receiving"
    READING = "reading"
    DONE = "done"
    FAILED = "failed"


class Outcome(StrEnum):
    """What became of a row."""

    IMPORTED = "imported"
    BILLING_ONLY = "billing_only"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


@dataclass(frozen=True, kw_only=True)
class LegacyImport:
    """A received file and how far it was read; `columns` are its fields once the first line was."""

    id: str
    file_name: str
    format: str | None
    encoding: str | None
    dry_run: bool
    status: str
    size_bytes: int
    digest: str | None
    columns: tuple[str, ...] | None
    next_offset: int
    next_line: int
    counts: Mapping[str, int]
    failure: Mapping[str, Any] | None
    received_at: datetime
    received_by: str
    finished_at: datetime | None
    version: int

    @property
    def scope(self) -> str:
        """Under which what its numbers were is remembered."""
        return self.id if self.dry_run else HOUSE


@dataclass(frozen=True, kw_only=True)
class RowReport:
    """What became of a row, by the line of the file on which it begins. It holds nobody's name."""

    line: int
    legacy_number: str | None
    outcome: Outcome
    findings: tuple[Finding, ...]
    contract_id: str | None = None
    holder_key: str | None = None


@dataclass(frozen=True, kw_only=True)
class Source:
    """What a number of an imported file was: the contract or subscriber, and a digest of what was said of it."""

    digest: str
    refers_to: str
    import_id: str


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A contract to enter, for a subscriber that is entered with it (`new`) or was before."""

    change: Change
    subscriber_id: str
    new: bool


@dataclass(frozen=True, kw_only=True)
class Known:
    """What rows are judged against: numbers that were imported, who holds lines and service IDs, and the subscribers.

    `taken` are old numbers of contracts that came by no file. What is `new` is to be remembered.
    """

    contracts: dict[str, Source]
    subscribers: dict[str, Source]
    holders: dict[str, str]
    taken: set[str]
    people: dict[str, Subscriber]
    new_contracts: dict[str, Source] = field(default_factory=dict)
    new_subscribers: dict[str, Source] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Judge:
    """Judges rows one after the other; each row that is entered is known to those behind it."""

    import_id: str
    known: Known
    book: Catalogue
    now: datetime
    by: str

    def judge(self, line: int, row: LegacyRow, findings: list[Finding]) -> tuple[RowReport, Entry | None]:
        """What becomes of a row, and what is to be entered if anything is."""
        seen = self.known.contracts.get(row.legacy_number)
        if seen is not None and seen.digest == row.digest:
            twice = [Finding(field="legacy_number", code="duplicate_row")] if seen.import_id == self.import_id else []
            return _report(line, row, Outcome.UNCHANGED, twice, contract_id=seen.refers_to), None
        if seen is not None or row.legacy_number in self.known.taken:
            return _report(
                line, row, Outcome.REFUSED, [Finding(field="legacy_number", code="legacy_number_taken")]
            ), None
        subscriber = self._subscriber(row)
        if isinstance(subscriber, Finding):
            return _report(line, row, Outcome.REFUSED, [subscriber]), None
        key = holder_key(row, self.book)
        holder = self.known.holders.get(key) if key else None
        old = Legacy(application=_application(row, subscriber), legacy_number=row.legacy_number, terms=self._terms(row))
        try:
            change, warned = import_legacy(
                old, self.book, holder=Holder(contract_id=holder) if holder else None, now=self.now, by=self.by
            )
        except DomainError as refused:
            return _report(line, row, Outcome.REFUSED, [finding_of(each) for each in refused.reasons]), None
        contract = change.contract
        entry = Entry(change=change, subscriber_id=subscriber.id, new=subscriber.version == 0)
        self._remember(row, contract.id, subscriber)
        if key:
            self.known.holders[key] = contract.id
        findings = [*findings, *(Finding(field="start_on", code=each.code) for each in warned)]
        outcome = Outcome.IMPORTED if row.limits else Outcome.BILLING_ONLY
        return _report(line, row, outcome, findings, contract_id=contract.id, holder_key=key), entry

    def _subscriber(self, row: LegacyRow) -> Subscriber | Finding:
        """The subscriber of an earlier row with this number, or a new one (version 0: not kept yet)."""
        seen = self.known.subscribers.get(row.subscriber_number or "")
        if seen is not None and seen.digest != row.subscriber_digest:
            return Finding(field="subscriber_number", code="subscriber_differs")
        if seen is not None and seen.refers_to in self.known.people:
            return self.known.people[seen.refers_to]
        return Subscriber(
            id=seen.refers_to if seen is not None else new_id("sub"),
            partner=row.partner,
            name=row.name,
            name_kana=row.name_kana,
            address=row.address,
            phones=row.phones,
            version=0,
            created_at=self.now,
        )

    def _terms(self, row: LegacyRow) -> PlanTerms:
        terms = self.book.terms_of(self.book.plan(row.plan_code))
        if row.limits is None:
            return terms
        return with_limits(
            terms,
            inquiry_limit=row.limits.inquiry_limit,
            support_hours=row.limits.support_hours,
            seats=row.limits.seats,
            setup_visit=row.limits.setup_visit,
            visit_hours=self.book.hours.visit_basic,
        )

    def _remember(self, row: LegacyRow, contract_id: str, subscriber: Subscriber) -> None:
        known = self.known
        source = Source(digest=row.digest, refers_to=contract_id, import_id=self.import_id)
        known.contracts[row.legacy_number] = known.new_contracts[row.legacy_number] = source
        known.people[subscriber.id] = replace(subscriber, contract_ids=(*subscriber.contract_ids, contract_id))
        number = row.subscriber_number
        if number and number not in known.subscribers:
            person = Source(digest=row.subscriber_digest, refers_to=subscriber.id, import_id=self.import_id)
            known.subscribers[number] = known.new_subscribers[number] = person


def _application(row: LegacyRow, subscriber: Subscriber) -> Application:
    light = row.family is Family.LIGHT
    return Application(
        contract_id=new_id("ctr"),
        address_id=new_id("adr"),
        subscriber_id=subscriber.id,
        partner=row.partner,
        plan_code=row.plan_code,
        line=row.line if light else None,
        access_lines=(row.line,) if row.line and not light else (),
        service_id=row.service_id or new_id("svc"),
        address=row.address,
        start_on=row.start_on,
        fee_month_start_day=row.fee_month_start_day,
    )


def _report(
    line: int,
    row: LegacyRow,
    outcome: Outcome,
    findings: Sequence[Finding],
    *,
    contract_id: str | None = None,
    holder_key: str | None = None,
) -> RowReport:
    return RowReport(
        line=line,
        legacy_number=row.legacy_number,
        outcome=outcome,
        findings=tuple(findings),
        contract_id=contract_id,
        holder_key=holder_key,
    )


def finding_of(refused: DomainError) -> Finding:
    """The field that a refusal of the whole row is about."""
    return Finding(field=_FIELD_OF.get(refused.code, "plan"), code=refused.code)


def holder_key(row: LegacyRow, book: Catalogue) -> str | None:
    """What only one live contract may have: the line of a Light contract, the service ID of a Standard one."""
    if row.family is Family.LIGHT:
        key = key_of(row.line, book)
        return f"line {key}" if key else None
    return f"service {row.service_id}" if row.service_id else None


def counted(counts: Mapping[str, int], reports: list[RowReport]) -> dict[str, int]:
    """How many rows came to what so far: by outcome, and under their codes how often each was found."""
    more = Counter(report.outcome.value for report in reports)
    more.update(f"code {finding.code}" for report in reports for finding in report.findings)
    more["rows"] = len(reports)
    return dict(Counter(counts) + more)
