"""What this service says no to, by name."""

from __future__ import annotations

from common.errors import DomainError, Invalid, NotFound, Unavailable


class ContractUnknown(NotFound):
    """This service has not (yet) heard of the contract, or the caller may not know of it."""

    code = "contract_unknown"
    en = "This contract is not known here (yet)."
    ja = "この契約は確認できません(反映待ちの可能性があります)。"
    retry_after = 1


class InquiryUnknown(NotFound):
    """There is no such inquiry, or the caller may not know of it."""

    code = "inquiry_unknown"
    en = "There is no such inquiry."
    ja = "該当する問い合わせがありません。"


class RemoteSessionUnknown(NotFound):
    """There is no such remote session on this inquiry."""

    code = "remote_session_unknown"
    en = "There is no such remote session on this inquiry."
    ja = "この問い合わせに該当するリモートサポートはありません。"


class ReferralUnknown(NotFound):
    """There is no such referral on this inquiry."""

    code = "referral_unknown"
    en = "There is no such referral on this inquiry."
    ja = "この問い合わせに該当する回線事業者への申告はありません。"


class RefusalUnknown(NotFound):
    """There is no refusal with this reference, or the caller may not know of it."""

    code = "refusal_unknown"
    en = "There is no such refusal."
    ja = "該当する受付不可の記録がありません。"


class QueryTooShort(Invalid):
    """One character, or nothing but a legal form, would find everything."""

    code = "query_too_short"
    en = "Give at least two characters of what is looked for, beside legal forms and punctuation."
    ja = "検索する語を2文字以上指定してください(法人格と記号を除く)。"


class CatalogueUnknown(Unavailable):
    """A part of the catalogue that the decision needs has not arrived yet; `part` names it."""

    code = "catalogue_unknown"
    en = "Reference data for this decision has not arrived yet; please try again."
    ja = "判定に必要な基準データがまだ届いていません。しばらくして再度お試しください。"


class QuotaContended(Unavailable):
    """Others kept changing the month's counter while this was decided; nothing was taken."""

    code = "quota_contended"
    en = "The month's counter is in heavy use; please try again."
    ja = "受付が集中しています。しばらくして再度お試しください。"


class ContractNotActive(DomainError):
    """Support is for contracts in force."""

    code = "contract_not_active"
    rule_ids = ("R-QUOTA-INQUIRY",)
    en = "The contract is not in force at this time."
    ja = "ご契約が有効ではありません。"
    retry_after = 1


class LimitsNotRecorded(DomainError):
    """A closed plan's limits or hours were never recorded; they are never guessed."""

    code = "limits_not_recorded"
    rule_ids = ("R-QUOTA-INQUIRY", "R-HOURS-SUPPORT")
    en = "The limits of this plan have not been recorded; a supervisor has to record them first."
    ja = "このプランの上限が未登録です。管理者による登録が必要です。"
    retry_after = 1


class OutsideSupportHours(DomainError):
    """Nobody is there; `next_open_at` says when somebody will be."""

    code = "outside_support_hours"
    rule_ids = ("R-HOURS-SUPPORT", "R-CLOSED-DAYS")
    en = "This is outside the support hours of the contract."
    ja = "サポート受付時間外です。"


class InquiryQuotaExhausted(DomainError):
    """Every unit of the fee month is used."""

    code = "inquiry_quota_exhausted"
    rule_ids = ("R-QUOTA-INQUIRY", "R-EXTRA-INQUIRIES")
    en = "All inquiries of this fee month are used."
    ja = "当料金月の問い合わせ回数の上限に達しています。"


class TeleworkRequiresStandard(DomainError):
    """Telework sites are supported on Standard anshin plans only."""

    code = "telework_requires_standard"
    rule_ids = ("R-TELEWORK",)
    en = "Inquiries from a telework site need a Standard anshin plan."
    ja = "テレワーク拠点からの問い合わせにはスタンダードあんしんプランが必要です。"


class InquiryKindUnknown(DomainError):
    """An inquiry is a trouble, a how-to or a setting."""

    code = "inquiry_kind_unknown"
    rule_ids = ("R-QUOTA-COUNT",)
    en = "This kind of inquiry is not known."
    ja = "問い合わせ種別が正しくありません。"


class ChannelUnknown(DomainError):
    """Support is given by phone or remotely; reports come by phone, remote, web or partner."""

    code = "channel_unknown"
    rule_ids = ("R-QUOTA-COUNT",)
    en = "This channel is not known."
    ja = "受付チャネルが正しくありません。"


class SiteUnknown(DomainError):
    """A fault is at the contract address or at a telework site."""

    code = "site_unknown"
    rule_ids = ("R-TELEWORK", "R-ADDRESS")
    en = "This kind of site is not known."
    ja = "拠点の種別が正しくありません。"


class ConsentMissing(DomainError):
    """A document was not accepted in the required version, or the session was not consented to in words."""

    code = "consent_missing"
    rule_ids = ("R-CONSENT",)
    en = "A required consent is missing."
    ja = "必要な同意が確認できません。"
    retry_after = 1


class OsNotSupported(DomainError):
    """The remote-support tool does not run there."""

    code = "os_not_supported"
    rule_ids = ("R-TOOL-OS",)
    en = "The remote-support tool does not support this system or terminal."
    ja = "リモートサポートツールの対応OS・端末ではありません。"


class RemoteSessionRunning(DomainError):
    """One remote session at a time, and none may run on when the work is over."""

    code = "remote_session_running"
    rule_ids = ("R-CONSENT",)
    en = "A remote session of this inquiry is still running."
    ja = "リモートサポートが実施中です。"


class RemoteSessionEndedAlready(DomainError):
    """A session ends once."""

    code = "remote_session_ended"
    rule_ids = ("R-CONSENT",)
    en = "This remote session has already ended."
    ja = "このリモートサポートは既に終了しています。"


class TroubleInquiryNeeded(DomainError):
    """Fault isolation is the answer to a reported trouble."""

    code = "trouble_inquiry_needed"
    rule_ids = ("R-ISOLATION-EVIDENCE",)
    en = "Fault isolation belongs to an inquiry of kind trouble."
    ja = "故障切り分けは故障トラブルの問い合わせに対してのみ行えます。"


class VerdictInconsistent(DomainError):
    """Result, cause and failed device contradict each other; `problems` names each."""

    code = "verdict_inconsistent"
    rule_ids = ("R-ISOLATION-EVIDENCE", "R-LOAN-EVIDENCE")
    en = "Result, cause and failed device do not fit together."
    ja = "切り分け結果・原因・故障機器の組み合わせが正しくありません。"


class IsolationEvidenceMissing(DomainError):
    """Phone and remote work comes first, and must have failed to locate the fault."""

    code = "isolation_evidence_missing"
    rule_ids = ("R-ISOLATION-EVIDENCE",)
    en = "There is no evidence that phone and remote work could not locate the fault."
    ja = "電話・リモートで故障箇所を特定できなかった記録がありません。"


class FaultResponseContractAddressOnly(DomainError):
    """Fault response covers the contract address."""

    code = "fault_response_contract_address_only"
    rule_ids = ("R-ADDRESS",)
    en = "Fault response covers faults at the contract address only."
    ja = "故障対応は契約者住所のみが対象です。"


class LineFaultNeeded(DomainError):
    """Only what was isolated as a line fault is handed to the carrier."""

    code = "line_fault_needed"
    rule_ids = ("R-ISOLATION-EVIDENCE",)
    en = "Only a fault that was isolated as a line fault is handed to the carrier."
    ja = "回線故障と切り分けた問い合わせのみ回線事業者へ申告できます。"


class ReferralOpen(DomainError):
    """One referral at a time waits for its carrier."""

    code = "referral_already_open"
    rule_ids = ("R-ISOLATION-EVIDENCE",)
    en = "A referral of this inquiry already waits for its carrier."
    ja = "この問い合わせは既に回線事業者へ申告中です。"


class FollowUpNotAhead(DomainError):
    """Somebody asks again later, not earlier."""

    code = "follow_up_not_ahead"
    rule_ids = ("R-ISOLATION-EVIDENCE",)
    en = "The time of the next follow-up has to lie ahead."
    ja = "次回確認日時は現在より後を指定してください。"


class ReferralOutcomeUnknown(DomainError):
    """A carrier repairs, finds no fault, or names works it had planned."""

    code = "referral_outcome_unknown"
    rule_ids = ("R-ISOLATION-EVIDENCE",)
    en = "This outcome is not known."
    ja = "回答区分が正しくありません。"


class FeatureNotInPlan(DomainError):
    """The plan does not have this feature."""

    code = "feature_not_in_plan"
    rule_ids = ("R-ISOLATION-QUOTA",)
    en = "The plan does not include this."
    ja = "ご契約のプランには含まれていません。"
    retry_after = 1


class OnsiteRequestOpen(DomainError):
    """One live request per inquiry."""

    code = "onsite_request_already_open"
    rule_ids = ("R-ISOLATION-QUOTA",)
    en = "An on-site request of this inquiry is already open."
    ja = "この問い合わせの訪問依頼は既に受付済みです。"


class ReopeningTooLate(DomainError):
    """Reopening is free for some days only; after that it is a new inquiry."""

    code = "reopening_too_late"
    rule_ids = ("R-QUOTA-COUNT",)
    en = "The time in which an inquiry can be reopened is over; please open a new one."
    ja = "再開可能な期間を過ぎています。新しい問い合わせとして受け付けてください。"


class FollowUpUnknown(DomainError):
    """A new inquiry may follow up an earlier one of the same contract."""

    code = "follow_up_unknown"
    rule_ids = ("R-QUOTA-COUNT",)
    en = "The inquiry that this one follows up is not one of this contract."
    ja = "継続元の問い合わせがこの契約にありません。"


class MergeUndoTooLate(DomainError):
    """A merge can be taken back for some hours only; after that a split makes a new inquiry."""

    code = "merge_undo_too_late"
    rule_ids = ("R-QUOTA-COUNT",)
    en = "The time in which a merge can be undone is over."
    ja = "統合を取り消せる期間を過ぎています。"


class MergeNotPossible(DomainError):
    """Only two different inquiries of one contract can be the same fault."""

    code = "merge_not_possible"
    rule_ids = ("R-QUOTA-COUNT",)
    en = "These two inquiries cannot be merged."
    ja = "この2件の問い合わせは統合できません。"
