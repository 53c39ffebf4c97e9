"""What is said no to where invoices are concerned, by name."""

from __future__ import annotations

from common.errors import DomainError, Invalid, NotFound

_INVOICE = ("R-INVOICE",)
_CREDIT = ("R-CREDIT-NOTE", "R-INVOICE")


class InvoiceUnknown(NotFound):
    """No such invoice, or another tenant's."""

    code = "invoice_unknown"
    en = "This invoice is not known."
    ja = "該当する請求書がありません。"


class InvoiceNotIssued(NotFound):
    """The statement has no invoice yet."""

    code = "invoice_not_issued"
    rule_ids = _INVOICE
    en = "No invoice has been issued for this statement yet."
    ja = "この明細の請求書はまだ発行されていません。"
    retry_after = 1


class IssuerNotConfigured(DomainError):
    """The catalogue names nobody who issues qualified invoices."""

    code = "issuer_not_configured"
    rule_ids = _INVOICE
    en = "The catalogue names no issuer of invoices."
    ja = "請求書の発行者がカタログに登録されていません。"


class NothingToInvoice(DomainError):
    """All statements of the subscriber have their invoice."""

    code = "nothing_to_invoice"
    rule_ids = _INVOICE
    en = "Every statement of this subscriber has its invoice."
    ja = "請求書が未発行の明細がありません。"


class InvoiceCorrected(DomainError):
    """Another invoice stands in its place."""

    code = "invoice_corrected"
    rule_ids = _INVOICE
    en = "This invoice was replaced by a corrected one."
    ja = "この請求書は修正した適格請求書に差し替えられています。"


class InvoiceNotCorrectable(DomainError):
    """Part of it was given back, or it is being collected; it can no longer be replaced."""

    code = "invoice_not_correctable"
    rule_ids = _CREDIT
    en = "An invoice that was credited, paid or handed to the bank is not replaced; issue a credit note."
    ja = "返還・入金・口座振替依頼済みの請求書は修正できません。返還請求書をご利用ください。"


class CorrectionChangesNothing(DomainError):
    """A corrected invoice differs from the wrong one."""

    code = "correction_changes_nothing"
    rule_ids = _INVOICE
    en = "The correction changes nothing, or names a line that the invoice does not have."
    ja = "修正内容がないか、存在しない明細行が指定されています。"


class CreditExceedsInvoice(DomainError):
    """Not more is given back than was charged, per rate of tax."""

    code = "credit_exceeds_invoice"
    rule_ids = _CREDIT
    en = "Credit notes never exceed their invoice."
    ja = "返還額が請求額を超えています。"


class CreditOfNothing(DomainError):
    """A credit note gives something back."""

    code = "credit_of_nothing"
    rule_ids = _CREDIT
    en = "A credit note gives back at least one yen of a line that the invoice has."
    ja = "返還額は1円以上で、請求書にある税率を指定してください。"


class CreditNoteUnknown(NotFound):
    """No such credit note, or another tenant's."""

    code = "credit_note_unknown"
    en = "This credit note is not known."
    ja = "該当する返還請求書がありません。"


class PaymentNotPossible(DomainError):
    """The invoice owes nothing, or is with the bank."""

    code = "payment_not_possible"
    rule_ids = _INVOICE
    en = "This invoice is paid, replaced or being collected by direct debit."
    ja = "この請求書は入金済み、修正済み、または口座振替の処理中です。"


class ExportDaysNotPossible(Invalid):
    """From a day to a later one, at most a year."""

    code = "export_days_not_possible"
    rule_ids = _INVOICE
    en = "The days run from the first to the last, over a year at most."
    ja = "期間は開始日から終了日まで1年以内で指定してください。"
