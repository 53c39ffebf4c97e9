"""What the desk for outages says no to, by name."""

from __future__ import annotations

from common.errors import DomainError, NotFound


class OutageUnknown(NotFound):
    """There is no such outage."""

    code = "outage_unknown"
    en = "There is no such outage."
    ja = "該当する障害情報がありません。"


class OutageTimesImpossible(DomainError):
    """An outage began by now, and ends after it began."""

    code = "outage_times_impossible"
    en = "An outage begins in the past and ends after its beginning."
    ja = "障害の開始は現在以前、終了は開始より後の日時を指定してください。"


class InquiryOfAnotherOutage(DomainError):
    """An inquiry is one outage's at a time."""

    code = "inquiry_of_another_outage"
    en = "This inquiry is linked to another outage."
    ja = "この問い合わせは別の障害に紐付けられています。"


class UnitNotOfOutage(DomainError):
    """Only of inquiries that are linked to an outage the unit goes back because of it."""

    code = "unit_not_of_outage"
    rule_ids = ("R-QUOTA-COUNT",)
    en = "Only units of inquiries that are linked to the outage go back because of it."
    ja = "障害に紐付けられた問い合わせのみ、障害を理由に回数を戻せます。"


class UnitWentBack(DomainError):
    """A voided or merged inquiry gave its unit back then."""

    code = "unit_went_back"
    rule_ids = ("R-QUOTA-COUNT",)
    en = "This inquiry was voided or merged; its unit went back then."
    ja = "取消済みまたは統合済みの問い合わせで、回数は既に戻されています。"


class InquiryCounts(DomainError):
    """What counts cannot be counted again."""

    code = "inquiry_counts"
    rule_ids = ("R-QUOTA-COUNT",)
    en = "This inquiry counts; its unit did not go back."
    ja = "この問い合わせの回数は戻されていません。"


class OutageGoesOn(DomainError):
    """The inquiries of an outage are resolved when it is over."""

    code = "outage_goes_on"
    en = "This outage is not over; its inquiries cannot be resolved together."
    ja = "障害が継続中のため、問い合わせを一括で解決にできません。"


class InquiryNotLinked(DomainError):
    """What concerns the inquiries of an outage concerns those that are linked to it."""

    code = "inquiry_not_linked"
    en = "This inquiry is not linked to the outage."
    ja = "この問い合わせは障害に紐付けられていません。"
