"""What stood in a contract's register when: holder, partner, line or ID. And the contract as of another instant."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from contracts.domain.contract import Contract, Registration, cut, in_force
from contracts.domain.plan_changes import take_effect
from contracts.domain.unknown import ContractUnknown


def registered(before: Contract | None, after: Contract, now: datetime) -> Contract:
    """The contract with its register brought up to what a command made of it."""
    present = _registration(after, now)
    if before is None:
        return replace(after, registrations=(replace(present, starts=after.statuses[0].starts),))
    if _registration(before, now) == present:
        return after
    return replace(after, registrations=(*cut(_known(before), now), present))


def holder_since(contract: Contract) -> datetime | None:
    """Since when the present holder has the contract, as far as the reader may see it."""
    own = [r.starts for r in contract.registrations if r.subscriber_id == contract.subscriber_id]
    return min(own, default=None)


def taken_over_at(contract: Contract) -> datetime | None:
    """When the present holder took the contract over; None for its first holder."""
    since = holder_since(contract)
    taken = [since] if since is not None and since > contract.statuses[0].starts else []
    return max((*taken, *(c.holds_until for c in contract.consents if c.holds_until is not None)), default=None)


def as_of(contract: Contract, at: datetime) -> Contract:
    """The contract as it stood, or by what is scheduled will stand, at `at`; raises `ContractUnknown` before it was."""
    change = contract.scheduled_change
    if change is not None and change.effective_from <= at:
        contract = take_effect(contract, now=at, by="").contract
        contract = replace(contract, registrations=(*cut(_known(contract), at), _registration(contract, at)))
    status, held = in_force(contract.statuses, at), in_force(_known(contract), at)
    if status is None or held is None:
        raise ContractUnknown(contract_id=contract.id, as_of=at)
    return replace(
        contract,
        status=status.status,
        subscriber_id=held.subscriber_id,
        partner=held.partner,
        line=held.line,
        service_id=held.service_id,
        access_lines=held.access_lines,
    )


def _known(contract: Contract) -> tuple[Registration, ...]:
    return contract.registrations or (_registration(contract, contract.statuses[0].starts),)


def _registration(contract: Contract, at: datetime) -> Registration:
    return Registration(
        starts=at,
        subscriber_id=contract.subscriber_id,
        partner=contract.partner,
        line=contract.line,
        service_id=contract.service_id,
        access_lines=contract.access_lines,
    )
