"""Start notice, exit checklist, outstanding consents and erasures on the wire."""

from __future__ import annotations

from datetime import date

from common.http import Answer, Moment
from contracts.api.entitlement_schemas import WeeklyOut
from contracts.domain.subscriber import Subscriber
from contracts.storage.consents import Outstanding
from contracts.usecases.exit_checklist import ExitChecklist
from contracts.usecases.start_notice import StartNotice


class NoticeLineOut(Answer):
    """A plan or option; tax-included yen a month."""

    code: str
    name_ja: str
    name_en: str
    monthly_price: int


class AcceptedOut(Answer):
    """A document and the version that was accepted."""

    document: str
    version: str


class StartNoticeOut(Answer):
    """What a customer is told when its contract begins. `support_phone` is null unless the house has set it."""

    contract_id: str
    support_number: str | None
    support_phone: str | None
    service_id: str
    holder: str
    address: str
    service_ja: str
    service_en: str
    centre_ja: str
    centre_en: str
    starts_on: date
    fee_month_start_day: int
    lines: list[NoticeLineOut]
    inquiry_limit: int | None
    seats: int | None
    support_hours: list[WeeklyOut]
    accepted: list[AcceptedOut]
    noticed_on: date

    @classmethod
    def of(cls, notice: StartNotice, *, phone: str | None) -> StartNoticeOut:
        """As shown."""
        return cls(
            contract_id=notice.contract_id,
            support_number=notice.support_number,
            support_phone=phone,
            service_id=notice.service_id,
            holder=notice.holder,
            address=notice.address,
            service_ja=notice.service_ja,
            service_en=notice.service_en,
            centre_ja=notice.centre_ja,
            centre_en=notice.centre_en,
            starts_on=notice.starts_on,
            fee_month_start_day=notice.fee_month_start_day,
            lines=[NoticeLineOut.model_validate(line) for line in notice.lines],
            inquiry_limit=notice.inquiry_limit,
            seats=notice.seats,
            support_hours=[WeeklyOut.model_validate(hours) for hours in notice.support_hours],
            accepted=[AcceptedOut(document=document, version=version) for document, version in notice.documents],
            noticed_on=notice.noticed_on,
        )


class ExitItemOut(Answer):
    """One thing to be done; `open` is what keeps it from being done."""

    item: str
    done: bool
    open: list[dict[str, str]]
    rule_ids: list[str]


class ExitChecklistOut(Answer):
    """What is to be done before the contract is over, as far as events were heard by `known_up_to`."""

    contract_id: str
    ends_at: Moment
    complete: bool
    items: list[ExitItemOut]
    known_up_to: Moment | None

    @classmethod
    def of(cls, checklist: ExitChecklist) -> ExitChecklistOut:
        """As shown."""
        return cls.model_validate(checklist)


class OutstandingDocumentOut(Answer):
    """A document in the version that is wanted, and the newest that was accepted; null: none."""

    document: str
    version: str
    accepted_version: str | None


class OutstandingOut(Answer):
    """A contract in force whose holder has not accepted these documents."""

    contract_id: str
    subscriber_id: str
    documents: list[OutstandingDocumentOut]
    rule_ids: list[str]

    @classmethod
    def of(cls, found: Outstanding) -> OutstandingOut:
        """As shown."""
        return cls(
            contract_id=found.id,
            subscriber_id=found.subscriber_id,
            documents=[OutstandingDocumentOut.model_validate(each) for each in found.documents],
            rule_ids=["R-CONSENT"],
        )


class ErasedOut(Answer):
    """What is left of an erased subscriber."""

    id: str
    version: int
    erased_at: Moment | None
    contract_ids: list[str]

    @classmethod
    def of(cls, subscriber: Subscriber) -> ErasedOut:
        """As shown."""
        return cls.model_validate(subscriber)
