"""What calls and callbacks say no to, by name."""

from __future__ import annotations

from common.errors import DomainError, Invalid, NotFound, Unauthenticated


class CallUnknown(NotFound):
    """There is no such call."""

    code = "call_unknown"
    en = "There is no such call."
    ja = "該当する通話がありません。"


class CallbackUnknown(NotFound):
    """There is no such callback."""

    code = "callback_unknown"
    en = "There is no such callback."
    ja = "該当する折り返し予定がありません。"


class PbxConnectionUnknown(NotFound):
    """There is no such connection of a telephone system."""

    code = "pbx_connection_unknown"
    en = "There is no such connection of a telephone system."
    ja = "該当する電話システム接続がありません。"


class PbxSecretUnknown(Unauthenticated):
    """The telephone system showed no secret, or none that is in force."""

    code = "pbx_secret_unknown"
    en = "The secret of a telephone system's connection is needed."
    ja = "電話システム接続の認証情報が必要です。"


class CallbackTakenByAnother(DomainError):
    """Somebody else has taken this callback."""

    code = "callback_taken"
    en = "Somebody else will ring this customer."
    ja = "この折り返しは他の担当者が対応中です。"


class PromiseInThePast(DomainError):
    """A callback is promised for a time to come."""

    code = "promise_in_the_past"
    en = "A callback can only be promised for a time to come."
    ja = "折り返し予定時刻は現在より後に設定してください。"


class NumberUnreadable(Invalid):
    """What should be a telephone number is none."""

    code = "phone_unreadable"
    en = "This is not a telephone number."
    ja = "電話番号として読み取れません。"
