"""Why a loan is as it is: rules, inputs, and the facts that were told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from common.db import Record, Tx
from loaner.domain.loan import Loan
from loaner.storage import loans


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """A loan, the rules that were applied to it, and its steps in order."""

    loan: Loan
    rule_ids: Sequence[str]
    steps: Sequence[Record]


async def explain_loan(loan_id: str, tx: Tx) -> Explanation:
    """Raises `LoanUnknown`."""
    loan = await loans.find(tx, loan_id)
    steps = await loans.steps(tx, loan_id)
    rules = dict.fromkeys(rule for step in steps for rule in step["body"]["rule_ids"])
    return Explanation(loan=loan, rule_ids=list(rules), steps=steps)
