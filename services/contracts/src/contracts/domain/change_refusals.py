"""What changes of an application, a line, an address or a holder are refused for, by name."""

from __future__ import annotations

from common.errors import DomainError, WrongState

_LINE_RULES = ("R-ELIGIBLE-LINE",)


class ApplicationIncomplete(WrongState):
    """The application was returned and waits for its applicant."""

    code = "application_incomplete"
    en = "The application was returned for correction and is not completed yet."
    ja = "申込内容に不備があり、補正が完了していません。"


class ApplicationComplete(WrongState):
    """Nothing is to be corrected."""

    code = "application_complete"
    en = "This application was not returned for correction."
    ja = "この申込に補正待ちの不備はありません。"


class CorrectionNotPossible(DomainError):
    """An application is returned for what it consists of."""

    code = "correction_not_possible"
    en = "Name what of the application is missing or wrong."
    ja = "申込のどの項目に不備があるかを指定してください。"


class LineMissing(DomainError):
    """The contract has no Internet line."""

    code = "line_missing"
    rule_ids = _LINE_RULES
    en = "The contract has no Internet line."
    ja = "契約に回線が登録されていません。"


class LineChangeUnknown(DomainError):
    """Lines change by relocation, diversion or a change of carrier."""

    code = "line_change_unknown"
    rule_ids = _LINE_RULES
    en = "A line changes by relocation, diversion or a change of carrier."
    ja = "回線の変更は移転、転用、事業者変更のいずれかです。"


class LineUnchanged(DomainError):
    """The contract is on this line already."""

    code = "line_unchanged"
    rule_ids = _LINE_RULES
    en = "The contract is on this line already."
    ja = "契約は既にこの回線です。"


class AddressDayNotPossible(DomainError):
    """A move is recorded for today or later."""

    code = "address_day_not_possible"
    rule_ids = ("R-ADDRESS",)
    en = "The contract address changes today or later."
    ja = "契約者住所の変更日は本日以降を指定してください。"


class AddressChangeAlreadyScheduled(DomainError):
    """One move at a time."""

    code = "address_change_already_scheduled"
    rule_ids = ("R-ADDRESS",)
    en = "A change of the contract address is already scheduled; cancel it first."
    ja = "契約者住所の変更が既に予約されています。先に取り消してください。"


class AddressChangeInForce(DomainError):
    """The contract moved; only another move leads back."""

    code = "address_change_in_force"
    rule_ids = ("R-ADDRESS",)
    en = "This change of the contract address can no longer be cancelled."
    ja = "この契約者住所の変更は取り消せません。"


class AddressUnchanged(DomainError):
    """It is the contract address already."""

    code = "address_unchanged"
    rule_ids = ("R-ADDRESS",)
    en = "This is the contract address already."
    ja = "既にこの契約者住所です。"


class HolderUnchanged(DomainError):
    """The subscriber holds the contract already."""

    code = "holder_unchanged"
    en = "This subscriber holds the contract already."
    ja = "この契約者は既に契約の名義人です。"


class PartnerUnchanged(DomainError):
    """The subscriber belongs to this partner already."""

    code = "partner_unchanged"
    en = "The subscriber belongs to this partner already."
    ja = "契約者は既にこのパートナーに属しています。"


class ContactRoleUnknown(DomainError):
    """A contact has at least one of the known roles."""

    code = "contact_role_unknown"
    rule_ids = ("R-MDM-WIPE-TWO",)
    en = "A contact has one or more of the known roles."
    ja = "連絡先の役割を指定してください。"


class ContractNotEnding(DomainError):
    """Only a contract whose end is fixed has an exit checklist."""

    code = "contract_not_ending"
    rule_ids = ("R-FEE-MONTH",)
    en = "The contract is not ending."
    ja = "この契約の解約は予定されていません。"


class SubscriberNotErasable(DomainError):
    """Contracts still run, or months are still to be billed."""

    code = "subscriber_not_erasable"
    rule_ids = ("R-INVOICE",)
    en = "The subscriber has contracts that run or are still to be billed."
    ja = "継続中または請求が完了していない契約があるため、契約者情報を消去できません。"


class SubscriberGone(DomainError):
    """The subscriber's personal data was erased."""

    code = "subscriber_erased"
    en = "This subscriber was erased."
    ja = "この契約者の情報は消去済みです。"
