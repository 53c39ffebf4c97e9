"""Imports of old contracts on the wire."""

from __future__ import annotations

from typing import Any

from common.http import Answer, Moment
from contracts.domain.legacy_import import LegacyImport, RowReport


class LegacyImportOut(Answer):
    """An import: `status` is receiving, reading, done or failed; `counts` go by outcome, `codes` by finding."""

    id: str
    version: int
    file_name: str
    format: str | None
    encoding: str | None
    dry_run: bool
    status: str
    size_bytes: int
    read_bytes: int
    counts: dict[str, int]
    codes: dict[str, int]
    failure: dict[str, Any] | None
    received_at: Moment
    received_by: str
    finished_at: Moment | None

    @classmethod
    def of(cls, imported: LegacyImport) -> LegacyImportOut:
        """As shown."""
        counts = {name: n for name, n in imported.counts.items() if not name.startswith("code ")}
        codes = {
            name.removeprefix("code "): n for name, n in sorted(imported.counts.items()) if name.startswith("code ")
        }
        same = [name for name in cls.model_fields if name not in {"read_bytes", "counts", "codes"}]
        return cls(
            **{name: getattr(imported, name) for name in same},
            read_bytes=imported.next_offset,
            counts=counts,
            codes=codes,
        )


class FindingOut(Answer):
    """Something about a row: which field (empty: the row as a whole), and a code."""

    field: str
    code: str


class ImportRowOut(Answer):
    """What became of a row; `id` is the line of the file on which it begins."""

    id: str
    line: int
    legacy_number: str | None
    outcome: str
    findings: list[FindingOut]
    contract_id: str | None

    @classmethod
    def of(cls, report: RowReport) -> ImportRowOut:
        """As shown."""
        return cls(
            id=str(report.line),
            line=report.line,
            legacy_number=report.legacy_number,
            outcome=report.outcome.value,
            findings=[FindingOut.model_validate(finding) for finding in report.findings],
            contract_id=report.contract_id,
        )
