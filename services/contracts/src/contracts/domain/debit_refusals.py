"""What is said no to where money is collected from accounts, by name."""

from __future__ import annotations

from common.errors import DomainError, Invalid, NotFound

_DEBIT = ("R-DIRECT-DEBIT",)


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


class BankSealUnreadable(DomainError):
    """The key by which it was sealed was taken away."""

    code = "bank_seal_unreadable"
    rule_ids = _DEBIT
    en = "None of the service's keys opens this account or file; give the old key back, or enter the account again."
    ja = "口座情報またはファイルを復号できません。以前の鍵を戻すか、口座を登録し直してください。"
