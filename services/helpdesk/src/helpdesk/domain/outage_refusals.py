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


class InquiryNotLinked(DomainError):
    """What concerns the inquiries of an outage concerns those that are linked to it."""

    code = "inquiry_not_linked"
    en = "This inquiry is not linked to the outage."
    ja = "この問い合わせは障害に紐付けられていません。"
