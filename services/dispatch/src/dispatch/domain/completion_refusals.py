"""Why a setup visit cannot be quoted, or a visit not be completed."""

from __future__ import annotations

from common.errors import DomainError, Invalid


class MenuItemUnknown(DomainError):
    """The setup menu has no such item that can be ordered (R-SETUP-PRICE)."""

    code = "menu_item_unknown"
    rule_ids = ("R-SETUP-PRICE",)
    en = "The setup menu has no such item to order."
    ja = "該当する設定メニューがありません。"


class QuoteNotAccepted(DomainError):
    """The price was not accepted before the work (R-SETUP-PRICE)."""

    code = "quote_not_accepted"
    rule_ids = ("R-SETUP-PRICE",)
    en = "The quote must be accepted before the work is completed."
    ja = "作業完了の前に見積りへの同意が必要です。"


class QuoteMismatch(DomainError):
    """The accepted total is not the quoted one (R-SETUP-PRICE)."""

    code = "quote_mismatch"
    rule_ids = ("R-SETUP-PRICE",)
    en = "The accepted total is not the quoted total."
    ja = "同意した金額が見積り金額と一致しません。"


class QuoteNotApplicable(DomainError):
    """Isolation visits are free: there is no quote."""

    code = "quote_not_applicable"
    rule_ids = ("R-SETUP-PRICE",)
    en = "Only setup visits have a quote."
    ja = "見積りがあるのは訪問サポート(有償)のみです。"


class VerdictMissing(DomainError):
    """An isolation visit ends with its finding."""

    code = "verdict_missing"
    rule_ids = ("R-ISOLATION-EVIDENCE",)
    en = "An isolation visit is completed with its verdict."
    ja = "故障切り分け訪問の完了には判定結果が必要です。"


class VerdictInvalid(DomainError):
    """The finding does not say what a verdict has to say."""

    code = "verdict_invalid"
    rule_ids = ("R-ISOLATION-EVIDENCE",)
    en = "The verdict is not complete or not one of a visit."
    ja = "判定結果の内容が正しくありません。"


class SignatureMissing(DomainError):
    """The customer signs what was done."""

    code = "signature_missing"
    en = "The customer's signature is missing."
    ja = "お客さまの署名がありません。"


class SignatureUnreadable(Invalid):
    """The signature is not a PNG picture of a reasonable size."""

    code = "signature_unreadable"
    en = "The signature must be a PNG picture, base64 encoded, of a reasonable size."
    ja = "署名は適切なサイズの PNG 画像(base64)で送信してください。"
