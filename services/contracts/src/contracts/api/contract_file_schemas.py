"""Consents, options, changes of plan and telework sites on the wire."""

from __future__ import annotations

from datetime import date, timedelta

from common.civil import jst_day
from common.http import Answer, Code, Command, IdText, Moment, MomentIn
from common.http import Line as OneLine
from contracts.api.contract_schemas import LineIn
from contracts.domain.contract import Consent, OptionTime, SiteTime
from contracts.domain.plan_changes import DevicesToUnenrol
from contracts.usecases.change_plan import ChangePlan, ScheduledChange
from contracts.usecases.file_consent import FileConsent
from contracts.usecases.take_option import TakeOption


class ConsentIn(Command):
    """A document accepted in a version; `channel`: how (paper, web, phone)."""

    document: Code
    version: IdText
    accepted_by: OneLine
    accepted_at: MomentIn
    channel: OneLine | None = None

    def command(self, contract_id: str) -> FileConsent:
        """The command."""
        return FileConsent(
            contract_id=contract_id,
            document=self.document,
            version=self.version,
            accepted_by=self.accepted_by,
            accepted_at=self.accepted_at,
            channel=self.channel,
        )


class ConsentOut(Answer):
    """A consent; `version` is the document's that was accepted. `holds_until`: it was a former holder's."""

    id: str
    document: str
    version: str
    accepted_by: str
    accepted_at: Moment
    channel: str | None
    holds_from: Moment | None
    holds_until: Moment | None

    @classmethod
    def of(cls, consent: Consent) -> ConsentOut:
        """As shown."""
        return cls(
            id=consent.id,
            document=consent.document,
            version=consent.version,
            accepted_by=consent.accepted_by,
            accepted_at=consent.accepted_at,
            channel=consent.channel,
            holds_from=consent.holds_from,
            holds_until=consent.holds_until,
        )


class OptionIn(Command):
    """An option from a day (JST) on. Only the hours extension may name its last day."""

    option_code: Code
    start_on: date
    end_on: date | None = None

    def command(self, contract_id: str) -> TakeOption:
        """The command."""
        return TakeOption(
            contract_id=contract_id,
            option_code=self.option_code,
            start_on=self.start_on,
            end_on=self.end_on,
        )


class OptionEndIn(Command):
    """The last day; left out: the last day of the current fee month."""

    end_on: date | None = None


class OptionOut(Answer):
    """An option that was taken; `price` is tax-included yen, a month or (extra inquiries) once."""

    id: str
    option_code: str
    kind: str
    price: int
    start_on: date
    end_on: date | None
    starts_at: Moment
    ends_at: Moment | None
    fee_month: str | None
    units: int
    rule_ids: list[str]

    @classmethod
    def of(cls, option: OptionTime) -> OptionOut:
        """As shown."""
        last = jst_day(option.ends) - timedelta(days=1) if option.ends else None
        return cls(
            id=option.id,
            option_code=option.code,
            kind=option.kind.value,
            price=option.price,
            start_on=jst_day(option.starts),
            end_on=last,
            starts_at=option.starts,
            ends_at=option.ends,
            fee_month=option.fee_month,
            units=option.units,
            rule_ids=["R-EXTRA-INQUIRIES"] if option.units else ["R-HOURS-EXT"],
        )


class PlanChangeIn(Command):
    """The plan wanted from the next fee month on. From Standard to Light a `line` is named."""

    plan_code: Code
    line: LineIn | None = None
    line_reviewed: bool = False

    def command(self, contract_id: str) -> ChangePlan:
        """The command."""
        return ChangePlan(
            contract_id=contract_id,
            plan_code=self.plan_code,
            line=self.line.line() if self.line else None,
            line_reviewed=self.line_reviewed,
        )


class DevicesToUnenrolOut(Answer):
    """How many of the enrolled devices have to leave, by when (R-MDM-PLAN), as far as known."""

    count: int
    enrolled: list[str]
    seats: int
    by: Moment
    known_up_to: Moment | None
    rule_ids: list[str]

    @classmethod
    def of(cls, named: DevicesToUnenrol) -> DevicesToUnenrolOut:
        """As shown."""
        return cls(
            count=named.count,
            enrolled=list(named.enrolled),
            seats=named.seats,
            by=named.by,
            known_up_to=named.known_up_to,
            rule_ids=["R-MDM-PLAN"],
        )


class PlanChangeOut(Answer):
    """A change of plan."""

    id: str
    from_plan: str
    to_plan: str
    effective_from: Moment
    status: str
    rule_ids: list[str]
    devices_to_unenrol: DevicesToUnenrolOut | None

    @classmethod
    def of(cls, scheduled: ScheduledChange) -> PlanChangeOut:
        """As shown."""
        change, devices = scheduled.change, scheduled.devices
        return cls(
            id=change.id,
            from_plan=change.from_plan,
            to_plan=change.to_plan,
            effective_from=change.effective_from,
            status=change.status.value,
            rule_ids=["R-PLAN-CHANGE"],
            devices_to_unenrol=DevicesToUnenrolOut.of(devices) if devices else None,
        )


class SiteIn(Command):
    """A telework site; `label` is what the customer calls it."""

    label: OneLine


class SiteOut(Answer):
    """A telework site."""

    id: str
    label: str
    starts_at: Moment
    ends_at: Moment | None

    @classmethod
    def of(cls, site: SiteTime) -> SiteOut:
        """As shown."""
        return cls(id=site.id, label=site.label, starts_at=site.starts, ends_at=site.ends)
