"""What the desk says no to, by name."""

from __future__ import annotations

from common.errors import DomainError, NotFound


class DeskGroupUnknown(NotFound):
    """There is no such group."""

    code = "desk_group_unknown"
    en = "There is no such group of operators."
    ja = "該当する担当グループがありません。"


class OperatorUnknown(DomainError):
    """Nobody of that name has ever been at the desk, so a case given to them would lie in nobody's queue."""

    code = "operator_unknown"
    en = "Nobody of that name works at the desk."
    ja = "該当する担当者がいません。"


class OperatorNotAvailable(DomainError):
    """Whoever is away or on a call is given no next case."""

    code = "operator_not_available"
    en = "Say that you are available before you take the next inquiry."
    ja = "次の問い合わせを受け持つには、受付可能の状態にしてください。"


class AssignedToAnother(DomainError):
    """Somebody works on it; who takes it from them says why."""

    code = "assigned_to_another"
    en = "Somebody else has this inquiry; take it over with a reason."
    ja = "他の担当者が受け持っています。理由を添えて引き継いでください。"


class NotAssigned(DomainError):
    """What nobody has cannot be taken over."""

    code = "not_assigned"
    en = "Nobody has this inquiry; it can simply be taken."
    ja = "担当者が決まっていません。引き継ぎではなく受け持ってください。"


class EscalationUnknown(NotFound):
    """There is no such escalation of this inquiry."""

    code = "escalation_unknown"
    en = "There is no such escalation of this inquiry."
    ja = "この問い合わせに該当するエスカレーションがありません。"


class EscalationOpen(DomainError):
    """One escalation at a time waits for its answer."""

    code = "escalation_already_open"
    en = "An escalation of this inquiry already waits for its answer."
    ja = "この問い合わせは既にエスカレーション中です。"


class EscalationNotAhead(DomainError):
    """An answer is due later, not earlier."""

    code = "escalation_due_not_ahead"
    en = "The answer must be due in the future."
    ja = "回答期限には未来の日時を指定してください。"


class EscalationLevelUnknown(DomainError):
    """Cases are escalated to the second line or to a maker."""

    code = "escalation_level_unknown"
    en = "An inquiry is escalated to the second line or to a maker."
    ja = "エスカレーション先は二次窓口またはメーカーです。"


class ReportUnknown(NotFound):
    """There is no such report."""

    code = "report_unknown"
    en = "There is no such report."
    ja = "該当する申告がありません。"


class ReportChannelUnknown(DomainError):
    """Reports that wait for somebody come by web or partner; who calls is told at once when nobody is there."""

    code = "report_channel_unknown"
    rule_ids = ("R-HOURS-SUPPORT",)
    en = "Only reports by web or partner are taken at any time; calls are taken during support hours."
    ja = "時間外に受け付けるのはウェブまたはパートナー経由の申告のみです。お電話は受付時間内にお願いします。"
