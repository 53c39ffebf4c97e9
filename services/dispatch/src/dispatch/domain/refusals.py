"""Why a visit cannot be: every no that dispatch says, by name, with the rules behind it."""

from __future__ import annotations

from typing import ClassVar

from common.errors import DomainError, Invalid, Kind, NotFound


class ContractUnknown(NotFound):
    """Dispatch has not heard of this contract (yet)."""

    code = "contract_unknown"
    en = "This contract is not known here (yet)."
    ja = "この契約はまだ登録されていません。"
    retry_after = 1


class InquiryUnknown(NotFound):
    """Dispatch has not heard of this inquiry (yet)."""

    code = "inquiry_unknown"
    en = "This inquiry is not known here (yet)."
    ja = "この問い合わせはまだ登録されていません。"
    retry_after = 1


class VisitRequestUnknown(NotFound):
    """No such visit request."""

    code = "visit_request_unknown"
    en = "There is no such visit request."
    ja = "該当する訪問依頼がありません。"


class VisitUnknown(NotFound):
    """No such visit, or one that is not the caller's."""

    code = "visit_unknown"
    en = "There is no such visit."
    ja = "該当する訪問がありません。"


class TechnicianUnknown(NotFound):
    """No such technician."""

    code = "technician_unknown"
    en = "There is no such technician."
    ja = "該当する技術者がいません。"


class CatalogueUnknown(DomainError):
    """A part of the catalogue that the decision needs has not arrived; nothing is guessed."""

    kind = Kind.UNAVAILABLE
    code = "catalogue_unknown"
    en = "A part of the catalogue is not known here yet; please try again."
    ja = "カタログ情報をまだ受信していません。しばらくして再度お試しください。"
    retry_after = 1


class ContractNotActive(DomainError):
    """The contract is not in force at the time of the visit."""

    code = "contract_not_active"
    rule_ids = ("R-CONSENT",)
    en = "The contract is not active at that time."
    ja = "その時点で契約が有効ではありません。"


class IsolationNotInPlan(DomainError):
    """The plan holds no isolation visits."""

    code = "feature_not_in_plan"
    rule_ids = ("R-ISOLATION-QUOTA",)
    en = "Isolation visits are not part of the plan."
    ja = "契約プランに訪問による故障切り分けは含まれていません。"


class SetupNotInPlan(DomainError):
    """The plan holds no setup visits."""

    code = "feature_not_in_plan"
    rule_ids = ("R-SETUP-PRICE",)
    en = "Setup visits are not part of the plan."
    ja = "契約プランに訪問サポート(有償)は含まれていません。"


class ConsentMissing(DomainError):
    """The service terms were not accepted in a sufficient version (R-CONSENT)."""

    code = "consent_missing"
    rule_ids = ("R-CONSENT",)
    en = "A visit needs the accepted service terms."
    ja = "訪問には利用規約への同意が必要です。"


class ContractAddressMissing(DomainError):
    """There is no contract address on that day, and visits go nowhere else (R-ADDRESS)."""

    code = "contract_address_missing"
    rule_ids = ("R-ADDRESS",)
    en = "There is no contract address on that day."
    ja = "その日の契約者住所が登録されていません。"


class ContractAddressOnly(DomainError):
    """The fault is at a telework site; visits go to the contract address only (R-ADDRESS)."""

    code = "fault_response_contract_address_only"
    rule_ids = ("R-ADDRESS",)
    en = "Faults are attended to at the contract address only."
    ja = "故障対応は契約者住所のみで提供しています。"


class IsolationEvidenceMissing(DomainError):
    """There is no standing `not_isolated_remotely` verdict of a live trouble inquiry (R-ISOLATION-EVIDENCE)."""

    code = "isolation_evidence_missing"
    rule_ids = ("R-ISOLATION-EVIDENCE",)
    en = "An isolation visit needs a verdict that the fault could not be isolated remotely."
    ja = "訪問による故障切り分けには、遠隔で切り分けできなかった旨の判定が必要です。"
    retry_after = 1


class IsolationVisitUsed(DomainError):
    """The contract's isolation visit of that fee month is held or used (R-ISOLATION-QUOTA)."""

    code = "isolation_visit_used"
    rule_ids = ("R-ISOLATION-QUOTA",)
    en = "The isolation visit of that fee month is already taken."
    ja = "その料金月の訪問による故障切り分けは既に利用済みか予約済みです。"


class OutsideVisitHours(DomainError):
    """The window does not lie inside the visit hours of its day (R-HOURS-VISIT, R-HOURS-EXT)."""

    code = "outside_visit_hours"
    rule_ids: ClassVar[tuple[str, ...]] = ("R-HOURS-VISIT", "R-HOURS-EXT")
    en = "The window is outside the visit hours."
    ja = "訪問対応時間外です。"


class ClosedOnThatDay(OutsideVisitHours):
    """The same, because the day is closed (R-CLOSED-DAYS)."""

    rule_ids = ("R-HOURS-VISIT", "R-HOURS-EXT", "R-CLOSED-DAYS")


class WindowInPast(DomainError):
    """The window has already begun."""

    code = "window_in_past"
    en = "The window has already begun."
    ja = "指定の時間枠は既に始まっています。"


class CrewMismatch(DomainError):
    """The wrong kind of crew for this purpose (R-VISIT-CREW)."""

    code = "crew_mismatch"
    rule_ids = ("R-VISIT-CREW",)
    en = "Isolation visits need the fault-repair crew, setup visits the setup crew."
    ja = "故障切り分けは故障修理班、設定訪問は設定班が対応します。"


class SkillMissing(DomainError):
    """The technician lacks a required skill (R-VISIT-CREW)."""

    code = "skill_missing"
    rule_ids = ("R-VISIT-CREW",)
    en = "The technician lacks a required skill."
    ja = "技術者が必要なスキルを持っていません。"


class NotOnShift(DomainError):
    """The technician does not work during the whole window (R-VISIT-CREW)."""

    code = "not_on_shift"
    rule_ids = ("R-VISIT-CREW",)
    en = "The technician is not on shift during the whole window."
    ja = "技術者はその時間枠に勤務していません。"


class OtherBranch(DomainError):
    """Another branch serves this address (R-VISIT-CREW)."""

    code = "other_branch"
    rule_ids = ("R-VISIT-CREW",)
    en = "Another branch serves this address."
    ja = "この住所は別の拠点が担当しています。"


class SlotTaken(DomainError):
    """The technician is elsewhere in that window (R-VISIT-CREW); `alternatives` are fresh offers."""

    code = "slot_taken"
    rule_ids = ("R-VISIT-CREW",)
    en = "This slot has just been taken."
    ja = "この枠は既に予約されています。"


class SlotInvalid(DomainError):
    """The offer was not made here, or not for this request, or it was changed."""

    code = "slot_invalid"
    en = "This is not an offer of ours for this request."
    ja = "この予約枠は無効です。"


class SlotExpired(DomainError):
    """The offer is too old; search again."""

    code = "slot_expired"
    en = "This offer has expired; please search again."
    ja = "この予約枠の有効期限が切れました。再度検索してください。"


class SearchRangeInvalid(Invalid):
    """A slot search covers a bounded number of days, in order."""

    code = "search_range_invalid"
    en = "The search range is reversed or too long."
    ja = "検索期間が正しくないか、長すぎます。"


class VisitAlreadyBooked(DomainError):
    """A request has one live visit at most."""

    code = "visit_already_booked"
    rule_ids = ("R-ISOLATION-QUOTA",)
    en = "This request already has a booked visit."
    ja = "この依頼には既に予約済みの訪問があります。"


class VisitOnHold(DomainError):
    """What the visit rests on was superseded; it waits for a person's decision (R-ISOLATION-EVIDENCE, R-ADDRESS)."""

    code = "visit_on_hold"
    rule_ids = ("R-ISOLATION-EVIDENCE", "R-ADDRESS")
    en = "The visit is on hold and must be released, rebooked or cancelled first."
    ja = "この訪問は保留中です。保留解除、日程変更または取消が必要です。"


class PurposeUnknown(DomainError):
    """Visits are for isolation or for setup."""

    code = "purpose_unknown"
    rule_ids = ("R-VISIT-CREW",)
    en = "A visit is for isolation or for setup."
    ja = "訪問の目的は故障切り分けまたは設定です。"
