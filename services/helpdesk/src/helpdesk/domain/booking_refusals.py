"""What booking a remote session says no to, by name."""

from __future__ import annotations

from common.errors import DomainError, Invalid, NotFound


class CapacityUnreadable(Invalid):
    """On one day two stretches overlap, so nobody could say how many seats there are."""

    code = "remote_capacity_overlaps"
    en = "Stretches of one day must not overlap."
    ja = "同じ日の時間帯が重複しています。"


class SlotsRangeRefused(Invalid):
    """Slots are offered for a time that has not passed, and for so many days at once."""

    code = "slots_range_refused"
    en = "Ask for slots from one instant to a later one, of at most a month."
    ja = "予約枠の期間は開始より後の終了を指定し、1か月(31日)以内としてください。"


class SlotUnknown(DomainError):
    """No slot begins at this time."""

    code = "remote_slot_unknown"
    en = "No slot for remote sessions begins at this time."
    ja = "指定の時刻に始まる予約枠はありません。"


class SlotNotAhead(DomainError):
    """What is promised lies ahead."""

    code = "remote_slot_not_ahead"
    en = "This slot has begun already."
    ja = "この予約枠は既に開始しています。"


class SlotFull(DomainError):
    """As many are booked as there are seats."""

    code = "remote_slot_full"
    en = "All seats of this slot are taken."
    ja = "この予約枠は満席です。"


class SlotOutsideSupportHours(DomainError):
    """The whole slot lies inside the support hours of the contract, as they will be then."""

    code = "remote_slot_outside_support_hours"
    rule_ids = ("R-HOURS-SUPPORT", "R-HOURS-EXT", "R-CLOSED-DAYS")
    en = "This slot is not within the support hours of the contract."
    ja = "この予約枠はご契約のサポート受付時間内ではありません。"


class BookedAlready(DomainError):
    """An inquiry has one booking that still stands."""

    code = "remote_session_booked_already"
    en = "A remote session of this inquiry is booked already."
    ja = "この問い合わせには既に予約があります。"


class BookingUnknown(NotFound):
    """The inquiry has no such booking."""

    code = "remote_booking_unknown"
    en = "There is no such booking."
    ja = "該当する予約がありません。"


class BookingNotDue(DomainError):
    """What has not begun can be cancelled; nobody has missed it."""

    code = "remote_booking_not_due"
    en = "The booked time has not come yet."
    ja = "予約時刻になっていません。"


class SessionStillBooked(DomainError):
    """A promise is never cancelled silently: somebody cancels it with a reason before the case ends."""

    code = "remote_session_still_booked"
    en = "A remote session of this inquiry is still booked; cancel it with a reason first."
    ja = "リモートサポートの予約が残っています。理由を添えて取り消してください。"


class OverCapacity(DomainError):
    """There are fewer seats by now than were booked; who was first keeps them."""

    code = "remote_booking_over_capacity"
    en = "There are fewer seats now than are booked."
    ja = "席数が予約数を下回っています。"
