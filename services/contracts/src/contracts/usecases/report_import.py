"""The report of an import as a table."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager

from common.db import Tx
from contracts.domain.legacy_file import HEADERS
from contracts.domain.legacy_import import RowReport
from contracts.domain.sheet_layout import Language
from contracts.storage import legacy_imports

PAGE = 1000
TITLES = {
    Language.JA: ("行", "旧契約番号", "結果", "項目", "コード", "契約ID"),
    Language.EN: ("line", "legacy_number", "outcome", "field", "code", "contract_id"),
}


async def report_lines(
    import_id: str, transactions: Callable[[], AbstractAsyncContextManager[Tx]], language: Language
) -> AsyncIterator[list[tuple[str, ...]]]:
    """The titles, then some lines at a time: one for each finding of a row, or one for a row without any."""
    yield [TITLES[language]]
    after = 0
    while True:
        async with transactions() as tx:
            found = await legacy_imports.reports(tx, import_id, after=after, limit=PAGE)
        if not found:
            return
        yield [line for report in found for line in _lines(report, language)]
        after = found[-1].line


def _lines(report: RowReport, language: Language) -> list[tuple[str, ...]]:
    row = (str(report.line), report.legacy_number or "", report.outcome.value)
    findings = [(_titled(finding.field, language), finding.code) for finding in report.findings] or [("", "")]
    return [(*row, *finding, report.contract_id or "") for finding in findings]


def _titled(field: str, language: Language) -> str:
    return HEADERS[field][0] if field in HEADERS and language is Language.JA else field
