"""The commands of a contract's life on the real rules, without a database; told as the service tells them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from common.entitlements import consent_missing, standing
from common.errors import DomainError
from common.events.contracts import EntitlementsChanged
from contracts.domain.application import activate
from contracts.domain.change import Change
from contracts.domain.contract import Contract
from contracts.domain.contract_file import add_site, record_consent, remove_site
from contracts.domain.entitlements import entitlements_of
from contracts.domain.lifecycle import resume, suspend, take_back_termination, terminate
from contracts.domain.line_changes import LineWish, cancel_line, change_line
from contracts.domain.moves import Move, cancel_address_change, change_address
from contracts.domain.options import OptionWish, add_option, end_option
from contracts.domain.plan_changes import PlanWish, cancel, schedule
from contracts.domain.plans import OptionKind
from contracts.domain.registration import registered
from contracts.domain.schedule import due_step
from contracts.domain.succession import Successor, succeed
from contracts.testing.builders import OPERATOR, a_consent, a_line, an_address, the_catalogue
from contracts.testing.slow_model import NEEDS, Seen

CATALOGUE = the_catalogue()


def seen_by_consumer(state: EntitlementsChanged, at: datetime) -> Seen:
    """What a consumer that has nothing but the event makes of it."""
    found = standing(state, at)
    plan = found.plan
    return Seen(
        status=found.status,
        plan=plan.code if plan else None,
        inquiries=found.inquiry_limit,
        seats=plan.seats if plan and plan.management_tool else None,
        always_open=found.hours_extension,
        fee_month=found.fee_month.name,
        address=found.address.address_id if found.address else None,
        sites=frozenset(site.site_id for site in found.sites),
        missing=tuple(
            (purpose, tuple(consent_missing(state, CATALOGUE.required_consents, purpose, at))) for purpose in NEEDS
        ),
    )


class PureLife:
    """One contract; `told` is the newest state that consumers have."""

    def __init__(self, contract: Contract, now: datetime) -> None:
        self.contract = registered(None, contract, now)
        self.told = entitlements_of(self.contract, actor=OPERATOR)
        self._names = 0

    def do(self, command: str, now: datetime, **words: Any) -> bool:
        """Give a command; whether it was accepted."""
        try:
            change = getattr(self, command)(now, **words)
        except DomainError:
            return False
        self._record(change, now)
        return True

    def pass_time(self, now: datetime) -> None:
        """All that has come by itself."""
        while (change := due_step(self.contract, now=now, by=OPERATOR)) is not None:
            self._record(change, now)

    def _record(self, change: Change, now: datetime) -> None:
        self.contract = registered(self.contract, change.contract, now)
        state = entitlements_of(replace(self.contract, entitlements_version=self.told.version), actor=OPERATOR)
        if state != self.told:
            self.told = state.model_copy(update={"version": self.told.version + 1})

    def _new(self, kind: str) -> str:
        self._names += 1
        return f"{kind}_{self._names}"

    def _simply(self, rule: Callable[..., Change], now: datetime, **words: Any) -> Change:
        return rule(self.contract, now=now, by=OPERATOR, **words)

    def activate(self, now: datetime) -> Change:
        """It comes into force."""
        return activate(self.contract, CATALOGUE, now=now, by=OPERATOR)

    def suspend(self, now: datetime) -> Change:
        """Its use stops."""
        return self._simply(suspend, now, reason="unpaid")

    def resume(self, now: datetime) -> Change:
        """Its use goes on."""
        return self._simply(resume, now)

    def terminate(self, now: datetime) -> Change:
        """It will end."""
        return self._simply(terminate, now, reason="moves")

    def take_back_termination(self, now: datetime) -> Change:
        """It will not end after all."""
        return self._simply(take_back_termination, now, reason="stays")

    def change_plan(self, now: datetime, plan: str) -> Change:
        """Another plan; from Standard to Light on a line of its own."""
        line = a_line(number=self._new("L")) if self.contract.line is None else None
        wish = PlanWish(change_id=self._new("pch"), to_plan=plan, service_id=self._new("svc"), line=line)
        return schedule(self.contract, wish, CATALOGUE, now=now, by=OPERATOR)

    def cancel_plan_change(self, now: datetime) -> Change:
        """The last change is taken back."""
        last = self.contract.plan_changes[-1].id if self.contract.plan_changes else "pch_0"
        return cancel(self.contract, last, now=now, by=OPERATOR)

    def take_hours(self, now: datetime, name: str, start_on: date, end_on: date | None) -> Change:
        """The hours extension."""
        wish = OptionWish(option_id=self._new("opt"), start_on=start_on, end_on=end_on)
        return add_option(self.contract, CATALOGUE.option(name), wish, now=now, by=OPERATOR)

    def end_hours(self, now: datetime, which: int, end_on: date | None) -> Change:
        """One of the hours extensions ends."""
        held = [o.id for o in self.contract.options if o.kind is OptionKind.HOURS_EXTENSION]
        option = held[which] if which < len(held) else "opt_0"
        return end_option(self.contract, option, end_on=end_on, now=now, by=OPERATOR)

    def take_extra(self, now: datetime, name: str, start_on: date) -> Change:
        """Extra inquiries."""
        wish = OptionWish(option_id=name, start_on=start_on)
        return add_option(self.contract, CATALOGUE.option("standard-extra-inquiries"), wish, now=now, by=OPERATOR)

    def move(self, now: datetime, name: str, day: date) -> Change:
        """Another address."""
        move = Move(address_id=name, address=an_address(street=name), effective_on=day)
        return change_address(self.contract, move, reason=None, now=now, by=OPERATOR)

    def cancel_move(self, now: datetime) -> Change:
        """The last address is called off."""
        return cancel_address_change(self.contract, self.contract.addresses[-1].id, now=now, by=OPERATOR)

    def add_site(self, now: datetime, name: str) -> Change:
        """A telework site."""
        return add_site(self.contract, site_id=name, label=name, now=now, by=OPERATOR)

    def remove_site(self, now: datetime, name: str) -> Change:
        """It is none any more."""
        return remove_site(self.contract, name, now=now, by=OPERATOR)

    def consent(self, now: datetime, document: str, version: str, accepted: datetime) -> Change:
        """A document is accepted."""
        given = a_consent(document, id=self._new("cns"), version=version, accepted_at=accepted)
        return record_consent(self.contract, given, CATALOGUE, now=now, by=OPERATOR)

    def succeed(self, now: datetime, holder: str, accepted: datetime) -> Change:
        """Another holder."""
        given = a_consent(id=self._new("cns"), accepted_at=accepted)
        successor = Successor(subscriber_id=holder, partner=None, consents=(given,))
        return succeed(self.contract, successor, CATALOGUE, reason=None, now=now, by=OPERATOR)

    def cancel_line(self, now: datetime) -> Change:
        """The line is gone."""
        return cancel_line(self.contract, CATALOGUE, reason="gone", now=now, by=OPERATOR)

    def change_line(self, now: datetime) -> Change:
        """Another line, or another access line."""
        line = a_line(number=self._new("L"))
        wish = LineWish(change="relocation", line=line, access_lines=(line,))
        return change_line(self.contract, wish, CATALOGUE, holder=None, reason=None, now=now, by=OPERATOR)
