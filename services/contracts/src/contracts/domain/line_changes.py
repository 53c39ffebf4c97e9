"""The Internet line of a contract: changed for another (移転, 転用, 事業者変更), or cancelled (R-ELIGIBLE-LINE)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from common.civil import jst_day, jst_midnight
from common.errors import DomainError, refuse_if_any
from common.events.contracts import ContractResumed, ContractSuspended, LifecycleData, LineCancelled, LineChanged
from contracts.domain.application import Holder
from contracts.domain.catalogue import Catalogue
from contracts.domain.change import Change
from contracts.domain.change_refusals import LineChangeUnknown, LineMissing, LineUnchanged
from contracts.domain.contract import Contract, Status, with_status
from contracts.domain.lifecycle import terminate
from contracts.domain.lines import Line, judge_lines, key_of
from contracts.domain.plans import Family
from contracts.domain.refusals import LineAlreadyContracted, LineReviewNeeded


class LineChangeKind(StrEnum):
    """Why the line is another one: moved house, turned into a collaboration line, taken to another carrier."""

    RELOCATION = "relocation"
    DIVERSION = "diversion"
    CARRIER_CHANGE = "carrier_change"


@dataclass(frozen=True, kw_only=True)
class LineWish:
    """The new line of a Light contract, or the access lines of a Standard one."""

    change: str
    line: Line | None = None
    access_lines: tuple[Line, ...] | None = None
    reviewed: bool = False


def change_line(
    contract: Contract,
    wish: LineWish,
    catalogue: Catalogue,
    *,
    holder: Holder | None,
    reason: str | None,
    now: datetime,
    by: str,
) -> Change:
    """The contract on its new line at once; one that was active when it was parked goes on.

    Raises `NotInThisState` and, all at once, `LineChangeUnknown`, `LineUnchanged`, `LineNotEligible`,
    `LineNotIdentified`, `LineReviewNeeded`, `LineAlreadyContracted` (R-ELIGIBLE-LINE).
    """
    contract.require(Status.ACTIVE, Status.SUSPENDED, now=now)
    light = contract.family_at(now) is Family.LIGHT
    line = wish.line if light else None
    access = contract.access_lines if wish.access_lines is None else wish.access_lines
    refuse_if_any(
        (
            _kind_unknown(wish),
            _unchanged(contract, wish, catalogue, light=light),
            *_judged(contract, wish, line, access, catalogue, now),
            LineAlreadyContracted(contract_id=holder.contract_id) if holder else None,
        )
    )
    ids = {"actor": by, "contract_id": contract.id, "subscriber_id": contract.subscriber_id}
    shown = line or next(iter(access), None)
    facts: list[LifecycleData] = [LineChanged(**ids, change=wish.change, line_kind=shown.kind if shown else None)]
    after = replace(
        contract,
        line=line if light else contract.line,
        line_key=key_of(line, catalogue) if light else contract.line_key,
        access_lines=access,
        reviewed_plan=contract.plan_at(now).terms.code if wish.reviewed else contract.reviewed_plan,
    )
    if contract.parked_until is not None and light:
        after = replace(after, parked_until=None, resumes_with_line=False)
        if contract.resumes_with_line:
            at = max(now, contract.active_from or now)
            after = replace(after, status=Status.ACTIVE, statuses=with_status(contract.statuses, Status.ACTIVE, at))
            facts.append(ContractResumed(**ids))
    details = {"change": wish.change, "reason": reason}
    return Change(contract=after, act="line_changed", facts=tuple(facts), details=details)


def cancel_line(contract: Contract, catalogue: Catalogue, *, reason: str, now: datetime, by: str) -> Change:
    """The line of a Light contract is gone.

    The contract is parked (suspended, its line free for others) for as many days as the catalogue says, and ends when
    no other line came; with 0 days it ends with its fee month. Raises `NotInThisState`, `LineMissing`.
    """
    contract.require(Status.ACTIVE, Status.SUSPENDED, now=now)
    if contract.family_at(now) is not Family.LIGHT or contract.line is None:
        raise LineMissing(family=contract.family_at(now), parked_until=contract.parked_until)
    days = catalogue.settings["line_cancellation_park_days"]
    ids: dict[str, Any] = {"actor": by, "contract_id": contract.id, "subscriber_id": contract.subscriber_id}
    free = replace(contract, line=None, line_key=None)
    if contract.ends_at is not None or days == 0:
        gone = LineCancelled(**ids, outcome="ended")
        ending = terminate(free, reason="line_cancelled", now=now, by=by) if contract.ends_at is None else None
        return Change(
            contract=ending.contract if ending else free,
            act="line_cancelled",
            facts=(gone, *(ending.facts if ending else ())),
            details={"outcome": "ended", "reason": reason},
        )
    until = jst_midnight(jst_day(now) + timedelta(days=days))
    facts: list[LifecycleData] = [LineCancelled(**ids, outcome="parked", parked_until=until)]
    statuses = contract.statuses
    if contract.status is Status.ACTIVE:
        facts.append(ContractSuspended(**ids, reason="line_cancelled"))
        statuses = with_status(statuses, Status.SUSPENDED, max(now, contract.active_from or now))
    return Change(
        contract=replace(
            free,
            parked_until=until,
            resumes_with_line=contract.status is Status.ACTIVE,
            status=Status.SUSPENDED,
            statuses=statuses,
        ),
        act="line_cancelled",
        facts=tuple(facts),
        details={"outcome": "parked", "parked_until": until.isoformat(), "reason": reason},
    )


def give_up_parked(contract: Contract, *, by: str) -> Change:
    """No other line came in time: the contract ends with the fee month in which its time was over."""
    if contract.parked_until is None:
        raise LineMissing(parked_until=None)
    return terminate(contract, reason="line_not_replaced", now=contract.parked_until, by=by)


def _kind_unknown(wish: LineWish) -> DomainError | None:
    if wish.change in set(LineChangeKind):
        return None
    return LineChangeUnknown(change=wish.change, changes=[kind.value for kind in LineChangeKind])


def _unchanged(contract: Contract, wish: LineWish, catalogue: Catalogue, *, light: bool) -> DomainError | None:
    if light:
        key = key_of(wish.line, catalogue)
        same = key is not None and key == contract.line_key and wish.line == contract.line
    else:
        same = wish.access_lines is None or wish.access_lines == contract.access_lines
    return LineUnchanged(light=light) if same else None


def _judged(
    contract: Contract,
    wish: LineWish,
    line: Line | None,
    access: tuple[Line, ...],
    catalogue: Catalogue,
    now: datetime,
) -> list[DomainError]:
    """The line carries the plan in force and, when the same family goes on, the one that is scheduled."""
    family = contract.family_at(now)
    codes = {p.terms.code for p in contract.plans if p.meets(now, None) and p.terms.family is family}
    refusals: dict[str, DomainError] = {}
    for code in sorted(codes):
        judgement = judge_lines(catalogue.plan(code), line, access, catalogue=catalogue)
        refusals |= {str(refusal): refusal for refusal in judgement.refusals}
        if judgement.review and not wish.reviewed:
            refusals["review"] = LineReviewNeeded(plan_code=code, reviewed_plan=contract.reviewed_plan)
    return list(refusals.values())
