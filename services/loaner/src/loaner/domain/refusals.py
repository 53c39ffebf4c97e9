"""Every no of the loaner service by name: a code, the rules behind it, and words in English and Japanese."""

from __future__ import annotations

from collections.abc import Sequence

from common.errors import DomainError, Kind, NotFound, Refusals, Unavailable

EVIDENCE = "R-LOAN-EVIDENCE"
KINDS = "R-LOAN-KINDS"
TERM = "R-LOAN-TERM"
ERASE = "R-LOAN-ERASE"
ADDRESS = "R-ADDRESS"
ISOLATION = "R-ISOLATION-EVIDENCE"


def one_refusal(errors: Sequence[DomainError]) -> DomainError:
    """Several causes as one refusal that names them all; a single cause stays itself.

    `errors` is not empty.
    """
    return errors[0] if len(errors) == 1 else Refusals(errors)


class LoanEvidenceMissing(DomainError):
    """No verdict that a device is at fault which this kind may replace, or no wish of the customer.

    `why.missing` names what is not there; later knowledge may bring it.
    """

    code = "loan_evidence_missing"
    rule_ids = (EVIDENCE,)
    en = "A loaner needs a verdict that a device of this kind is at fault, and the customer's wish."
    ja = "代替機の貸出しには、該当機器の故障という切り分け結果とお客さまのご要望が必要です。"
    retry_after = 1


class LoanKindNotLent(DomainError):
    """Devices of this kind are not lent."""

    code = "loan_kind_not_lent"
    rule_ids = (KINDS,)
    en = "Devices of this kind are not lent."
    ja = "この種別の機器は貸出しの対象外です。"


class LoanKindAlreadyOpen(DomainError):
    """The contract has an open loan of this kind."""

    code = "loan_kind_already_open"
    rule_ids = (KINDS,)
    en = "One device of each kind at a time: a loan of this kind is already open."
    ja = "同一種別の貸出しは1台までです。すでに貸出し手続き中の機器があります。"


class LoanKindsExhausted(DomainError):
    """The contract has as many open loans as its plan allows kinds."""

    code = "loan_kinds_exhausted"
    rule_ids = (KINDS,)
    en = "The contract already borrows as many kinds as its plan allows."
    ja = "貸出し可能な機種数の上限に達しています。"
    retry_after = 1


class LoanTermExceeded(DomainError):
    """Longer than the longest term, counted from the first delivery."""

    code = "loan_term_exceeded"
    rule_ids = (TERM,)
    en = "A loan never lasts longer than its longest term, counted from the first delivery."
    ja = "貸出し期間の上限(初回お届けの翌日から起算)を超えています。"


class ExtensionNotLater(DomainError):
    """The new due day is not later than the present one, or is already over."""

    code = "extension_not_later"
    rule_ids = (TERM,)
    en = "The new due day must be later than the present one and not be over yet."
    ja = "新しい返却期限は、現在の期限より後で、かつ将来の日付にしてください。"


class ErasureMissing(DomainError):
    """A unit with storage came back and has no erasure record since."""

    code = "erasure_missing"
    rule_ids = (ERASE,)
    en = "This unit has storage and was not erased after its last return."
    ja = "この機器は返却後のデータ消去記録がないため、貸出しできません。"


class SerialMismatch(DomainError):
    """The serial on the erasure record is not the unit's."""

    code = "serial_mismatch"
    rule_ids = (ERASE,)
    en = "The serial number does not belong to this unit."
    ja = "製造番号がこの機器と一致しません。"


class FaultResponseContractAddressOnly(DomainError):
    """Loans go to the contract address only; the fault lies elsewhere, or no contract address is in force."""

    code = "fault_response_contract_address_only"
    rule_ids = (ADDRESS,)
    en = "Faults are answered with a loaner at the contract address only."
    ja = "代替機の貸出しは契約者住所のみが対象です。"
    retry_after = 1


class FeatureNotInPlan(DomainError):
    """The plan in force does not include loaners."""

    code = "feature_not_in_plan"
    rule_ids = (EVIDENCE,)
    en = "The plan does not include loaner devices."
    ja = "ご契約のプランでは代替機の貸出しをご利用いただけません。"
    retry_after = 1


class ContractNotActive(DomainError):
    """The contract is not active now."""

    code = "contract_not_active"
    rule_ids = (EVIDENCE,)
    en = "The contract is not active."
    ja = "契約が有効ではありません。"
    retry_after = 1


class LoanOnHold(DomainError):
    """What the loan rested on fell away; it does not leave the depot until that is settled."""

    code = "loan_on_hold"
    rule_ids = (ISOLATION,)
    en = "The loan is on hold: what it rested on no longer stands."
    ja = "貸出しの根拠が変わったため、発送を保留しています。"


class UnitNotAvailable(DomainError):
    """The unit is not free to be lent."""

    code = "unit_not_available"
    rule_ids = (KINDS,)
    en = "This unit is not free to be lent."
    ja = "この機器は貸出しできる状態ではありません。"


class UnitOfAnotherKind(DomainError):
    """The scanned unit is of another kind, or stands in another depot, than the loan."""

    code = "unit_of_another_kind"
    rule_ids = (KINDS,)
    en = "The unit is of another kind or from another depot than the loan."
    ja = "機器の種別または保管拠点が貸出し内容と一致しません。"


class AssetTagTaken(DomainError):
    """Another unit carries this asset tag."""

    code = "asset_tag_taken"
    en = "Another unit carries this asset tag."
    ja = "この資産番号はすでに使用されています。"


class SerialTaken(DomainError):
    """A unit of this maker with this serial is registered."""

    code = "serial_taken"
    en = "A unit of this maker with this serial number is already registered."
    ja = "この製造番号の機器はすでに登録されています。"


class DepotNameTaken(DomainError):
    """Another depot has this name."""

    code = "depot_name_taken"
    en = "Another depot has this name."
    ja = "この名称の拠点はすでに登録されています。"


class NoDepot(DomainError):
    """No depot is registered from which anything could be lent."""

    code = "no_depot"
    en = "No depot is registered."
    ja = "貸出し拠点が登録されていません。"


class TimesOutOfOrder(DomainError):
    """Times that cannot be: a return before the delivery, a delivery before the shipment."""

    kind = Kind.INVALID
    code = "times_out_of_order"
    rule_ids = (TERM,)
    en = "These times cannot follow one another."
    ja = "日時の前後関係が正しくありません。"


class TimeInFuture(DomainError):
    """Something is reported that has not happened yet."""

    kind = Kind.INVALID
    code = "time_in_future"
    rule_ids = (TERM,)
    en = "This time has not come yet."
    ja = "未来の日時は登録できません。"


class CatalogueUnknown(Unavailable):
    """The loan kinds or the longest term have not been heard of yet."""

    code = "catalogue_unknown"
    rule_ids = (KINDS, TERM)
    en = "The catalogue of loan kinds is not known yet; please try again."
    ja = "貸出し機種の情報をまだ受信していません。しばらくして再度お試しください。"


class InquiryUnknown(NotFound):
    """No such inquiry is known here (yet)."""

    code = "inquiry_unknown"
    en = "This inquiry is not known here (yet)."
    ja = "この問い合わせはまだ確認できません。"
    retry_after = 1


class ContractUnknown(NotFound):
    """No such contract is known here (yet)."""

    code = "contract_unknown"
    en = "This contract is not known here (yet)."
    ja = "この契約はまだ確認できません。"
    retry_after = 1


class LoanUnknown(NotFound):
    """No such loan, or none the caller may know of."""

    code = "loan_unknown"
    en = "There is no such loan."
    ja = "該当する貸出しがありません。"


class RefusalUnknown(NotFound):
    """No such refusal, or none the caller may know of."""

    code = "refusal_unknown"
    en = "There is no such refusal."
    ja = "該当する記録がありません。"


class UnitUnknown(NotFound):
    """No such unit."""

    code = "unit_unknown"
    en = "There is no such unit."
    ja = "該当する機器がありません。"


class DepotUnknown(NotFound):
    """No such depot."""

    code = "depot_unknown"
    en = "There is no such depot."
    ja = "該当する拠点がありません。"


class AddressUnknown(NotFound):
    """The address to ship to has not been heard of (yet)."""

    code = "address_unknown"
    rule_ids = (ADDRESS,)
    en = "The contract address is not known here (yet)."
    ja = "契約者住所の情報をまだ受信していません。"
    retry_after = 1
