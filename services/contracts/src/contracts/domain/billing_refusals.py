"""What is said no to where money is concerned, by name."""

from __future__ import annotations

from common.errors import DomainError, Invalid, NotFound

_INVOICE = ("R-INVOICE",)
_ADJUSTMENT = ("R-ADJUSTMENT", "R-INVOICE")
_CREDIT = ("R-CREDIT-NOTE", "R-INVOICE")
_DEBIT = ("R-DIRECT-DEBIT",)


class ClosingRunUnknown(NotFound):
    """No such closing run."""

    code = "closing_run_unknown"
    en = "This closing run is not known."
    ja = "該当する締め処理がありません。"


class ClosingRunGoesOn(DomainError):
    """One run at a time."""

    code = "closing_run_goes_on"
    rule_ids = _INVOICE
    en = "A closing run goes on; wait until it has finished."
    ja = "締め処理が実行中です。終了後に再度お試しください。"


class ClosingInTheFuture(DomainError):
    """Only months that are over are closed."""

    code = "fee_month_not_over"
    rule_ids = ("R-FEE-MONTH", "R-INVOICE")
    en = "Fee months that end later than now are not closed yet."
    ja = "まだ終了していない料金月は締められません。"


class RegistrationNumberWrong(Invalid):
    """The issuer's number is T and thirteen digits of which the first checks the others."""

    code = "registration_number_wrong"
    rule_ids = _INVOICE
    en = "This is not a registration number of a qualified-invoice issuer: T, a check digit and twelve digits."
    ja = "適格請求書発行事業者の登録番号(T+13桁)が正しくありません。"


class AdjustmentUnknown(NotFound):
    """No such adjustment, or another tenant's."""

    code = "adjustment_unknown"
    en = "This adjustment is not known."
    ja = "該当する調整がありません。"


class AdjustmentOfNothing(DomainError):
    """An adjustment adds or takes something."""

    code = "adjustment_of_nothing"
    rule_ids = _ADJUSTMENT
    en = "An adjustment of zero yen changes nothing."
    ja = "0円の調整はできません。"


class AdjustmentRateUnknown(DomainError):
    """Nothing is sold at this rate of tax."""

    code = "tax_rate_unknown"
    rule_ids = _ADJUSTMENT
    en = "Nothing is sold at this tax rate."
    ja = "この税率は使用できません。"


class NoOpenFeeMonth(DomainError):
    """The contract has no statement to come."""

    code = "no_open_fee_month"
    rule_ids = _ADJUSTMENT
    en = "No further statement of this contract will be closed; issue a credit note instead."
    ja = "この契約には今後の明細がありません。返還請求書をご利用ください。"


class AdjustmentDecided(DomainError):
    """It was decided before."""

    code = "adjustment_decided"
    rule_ids = _ADJUSTMENT
    en = "This adjustment has been decided already."
    ja = "この調整は既に承認または却下されています。"


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


class InvoiceCredited(DomainError):
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


class BankAccountUnknown(NotFound):
    """The subscriber has no account on file."""

    code = "bank_account_unknown"
    en = "The subscriber has no bank account on file."
    ja = "口座情報が登録されていません。"


class BankAccountUnreadable(Invalid):
    """Digits and single-byte kana as banks write them."""

    code = "bank_account_unreadable"
    rule_ids = _DEBIT
    en = "This is not a bank account as banks write it."
    ja = "口座情報の形式が正しくありません。"


class MandateMissing(DomainError):
    """Nothing is collected without the holder's signed mandate."""

    code = "mandate_missing"
    rule_ids = (*_DEBIT, "R-CONSENT")
    en = "Direct debit needs the account holder's mandate."
    ja = "口座振替依頼書が必要です。"


class CollectorNotConfigured(DomainError):
    """The catalogue names no account to collect to."""

    code = "collector_not_configured"
    rule_ids = _DEBIT
    en = "The catalogue names no collector for direct debit."
    ja = "口座振替の委託者がカタログに登録されていません。"


class NothingToCollect(DomainError):
    """No invoice waits for direct debit."""

    code = "nothing_to_collect"
    rule_ids = _DEBIT
    en = "No invoice waits for direct debit."
    ja = "口座振替の対象となる請求がありません。"


class CollectionDayNotPossible(DomainError):
    """Banks collect on a later day."""

    code = "collection_day_not_possible"
    rule_ids = _DEBIT
    en = "The day of collection lies in the future, at most a year ahead."
    ja = "振替日は翌日以降1年以内で指定してください。"


class DebitBatchUnknown(NotFound):
    """No such direct-debit file."""

    code = "debit_batch_unknown"
    en = "This direct-debit file is not known."
    ja = "該当する口座振替データがありません。"


class DebitFileUnreadable(Invalid):
    """Not a direct-debit result file: lengths, order of records, sums or text are wrong."""

    code = "debit_file_unreadable"
    rule_ids = _DEBIT
    en = "This is not a valid direct-debit result file."
    ja = "口座振替結果データの形式が正しくありません。"


class DebitResultContradicts(DomainError):
    """The file does not fit what was asked for, or what an earlier file said."""

    code = "debit_result_contradicts"
    rule_ids = _DEBIT
    en = "The result file contradicts the request or an earlier result."
    ja = "結果データが依頼内容または既に反映された結果と一致しません。"
