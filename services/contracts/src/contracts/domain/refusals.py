"""What this service says no to, by name."""

from __future__ import annotations

from common.errors import DomainError, Forbidden, Invalid, Kind, WrongState

_PLAN_RULES = ("R-SALE-WINDOW",)
_LINE_RULES = ("R-ELIGIBLE-LINE",)


class CatalogueInvalid(DomainError):
    """The catalogue file contradicts itself."""

    kind = Kind.INVALID
    code = "catalogue_invalid"
    en = "The catalogue is not valid."
    ja = "カタログの内容が正しくありません。"


class CatalogueChangeRefused(DomainError):
    """The new catalogue would rewrite what contracts and statements refer to."""

    code = "catalogue_change_refused"
    rule_ids = _PLAN_RULES
    en = "This change of the catalogue would rewrite what has counted already."
    ja = "この変更は、すでに適用されたカタログの内容を書き換えるため行えません。"


class CatalogueMissing(DomainError):
    """No catalogue was loaded yet."""

    kind = Kind.UNAVAILABLE
    code = "catalogue_missing"
    en = "The catalogue is not loaded yet; please try again."
    ja = "カタログが未登録です。しばらくして再度お試しください。"
    retry_after = 1


class PlanUnknown(DomainError):
    """There never was a plan of this code."""

    code = "plan_unknown"
    rule_ids = _PLAN_RULES
    en = "There is no plan of this code."
    ja = "該当するプランがありません。"


class PlanNotOnSale(DomainError):
    """The plan is not, not yet or no longer sold."""

    code = "plan_not_on_sale"
    rule_ids = _PLAN_RULES
    en = "This plan is not on sale."
    ja = "このプランは販売期間外です。"


class PlanNotClosed(DomainError):
    """Only closed plans enter by import; a plan on sale is applied for."""

    code = "plan_not_closed"
    rule_ids = _PLAN_RULES
    en = "Only contracts of plans closed to new sale are imported; apply for this one."
    ja = "取り込めるのは新規販売を終了したプランのみです。申込手続きをご利用ください。"


class LineNotEligible(DomainError):
    """The service is not offered on this kind of line."""

    code = "line_not_eligible"
    rule_ids = _LINE_RULES
    en = "The service is not offered on this line."
    ja = "この回線には提供できません。"


class LineNotIdentified(DomainError):
    """A Light contract needs a line that can be told from every other."""

    code = "line_not_identified"
    rule_ids = _LINE_RULES
    en = "A Light contract needs its Internet line: kind and number."
    ja = "ライトプランにはインターネット回線の種別と番号が必要です。"


class LineAlreadyContracted(DomainError):
    """Another live Light contract holds this line."""

    code = "line_already_contracted"
    rule_ids = _LINE_RULES
    en = "This Internet line already has a contract."
    ja = "この回線には既に契約があります。"


class LineReviewNeeded(DomainError):
    """Whether the line carries this plan is to be judged by a person first."""

    code = "line_review_needed"
    rule_ids = _LINE_RULES
    en = "Whether this line carries the plan must be reviewed first."
    ja = "この回線でのプラン提供可否を先に審査してください。"


class ServiceIdTaken(DomainError):
    """Another live Standard contract has this ID."""

    code = "service_id_taken"
    rule_ids = _LINE_RULES
    en = "This service ID already has a contract."
    ja = "このIDには既に契約があります。"


class ConsentMissing(DomainError):
    """A document was not accepted in the version that is needed."""

    code = "consent_missing"
    rule_ids = ("R-CONSENT",)
    en = "A consent that this needs is missing or too old."
    ja = "必要な規約・使用許諾への同意がないか、版が古くなっています。"


class ConsentNotPossible(DomainError):
    """No such document, channel or published version, or a consent that lies in the future."""

    code = "consent_not_possible"
    rule_ids = ("R-CONSENT",)
    en = "This consent cannot be recorded."
    ja = "この同意は記録できません。"


class ContractNotActive(DomainError):
    """The contract is not in force."""

    code = "contract_not_active"
    en = "The contract is not active."
    ja = "契約が有効ではありません。"


class ContractEnding(DomainError):
    """The contract ends before that."""

    code = "contract_ending"
    rule_ids = ("R-FEE-MONTH",)
    en = "The contract ends before that."
    ja = "その時点より前に契約が終了します。"


class NotInThisState(WrongState):
    """The contract's state does not allow this step."""


class OptionNotInCatalogue(DomainError):
    """There is no option of this code."""

    code = "option_not_in_catalogue"
    en = "There is no option of this code."
    ja = "該当するオプションメニューがありません。"


class OptionNotForPlan(DomainError):
    """The option is not offered with the plan in force on its first day."""

    code = "option_not_for_plan"
    rule_ids = ("R-EXTRA-INQUIRIES", "R-HOURS-EXT")
    en = "This option is not offered with the plan."
    ja = "このプランではこのオプションを利用できません。"


class ExtraInquiriesAlreadyTaken(DomainError):
    """One block of extra inquiries per fee month."""

    code = "extra_inquiries_already_taken"
    rule_ids = ("R-EXTRA-INQUIRIES",)
    en = "Extra inquiries were already taken in this fee month."
    ja = "この料金月の問い合わせ回数追加は既に申込済みです。"


class OptionAlreadyTaken(DomainError):
    """The contract has this option at that time."""

    code = "option_already_taken"
    rule_ids = ("R-HOURS-EXT",)
    en = "The contract already has this option then."
    ja = "その期間には既に同じオプションがあります。"


class OptionDayNotPossible(DomainError):
    """An option starts within the contract and not before the current fee month; it ends after it starts."""

    code = "option_day_not_possible"
    rule_ids = ("R-FEE-MONTH",)
    en = "The option cannot start or end on this day."
    ja = "オプションの開始日または終了日を指定できません。"


class PlanUnchanged(DomainError):
    """The contract has this plan already."""

    code = "plan_unchanged"
    rule_ids = ("R-PLAN-CHANGE",)
    en = "The contract already has this plan."
    ja = "既にこのプランをご利用中です。"


class PlanChangeAlreadyScheduled(DomainError):
    """One change of plan at a time."""

    code = "plan_change_already_scheduled"
    rule_ids = ("R-PLAN-CHANGE",)
    en = "A change of plan is already scheduled; cancel it first."
    ja = "プラン変更が既に予約されています。先に取り消してください。"


class PlanChangeInForce(DomainError):
    """It took effect; only another change leads back."""

    code = "plan_change_in_force"
    rule_ids = ("R-PLAN-CHANGE",)
    en = "The change of plan can no longer be cancelled."
    ja = "このプラン変更は取り消せません。"


class FeeMonthNotOver(DomainError):
    """A fee month is closed from the first day after it."""

    code = "fee_month_not_over"
    rule_ids = ("R-FEE-MONTH", "R-INVOICE")
    en = "This fee month is not over yet."
    ja = "この料金月はまだ終了していません。"


class FeeMonthClosed(DomainError):
    """Nothing is added to a month whose statement is closed."""

    code = "fee_month_closed"
    rule_ids = ("R-INVOICE",)
    en = "This fee month is closed."
    ja = "この料金月は締め処理済みです。"


class EarlierFeeMonthOpen(DomainError):
    """Months are closed in their order."""

    code = "earlier_fee_month_open"
    rule_ids = ("R-INVOICE",)
    en = "An earlier fee month is still open; close it first."
    ja = "以前の料金月が未締めです。先に締めてください。"


class FeeMonthNotBilled(DomainError):
    """The contract was not in force in that month and nothing is to be charged."""

    code = "fee_month_not_billed"
    rule_ids = ("R-FEE-MONTH", "R-INVOICE")
    en = "There is nothing to bill in this fee month."
    ja = "この料金月に請求する内容がありません。"


class TeleworkRequiresStandard(DomainError):
    """Telework sites are supported on Standard anshin plans."""

    code = "telework_requires_standard"
    rule_ids = ("R-TELEWORK",)
    en = "Telework sites need a Standard anshin plan."
    ja = "テレワーク拠点の利用にはスタンダードあんしんプランが必要です。"


class LimitsFromCatalogue(DomainError):
    """Limits are recorded for closed plans only; the catalogue states the others."""

    code = "limits_from_catalogue"
    rule_ids = _PLAN_RULES
    en = "This plan's limits come from the catalogue; nothing is recorded for it."
    ja = "このプランの上限はカタログで定められています。"


class LegacyNumberTaken(DomainError):
    """This old contract was imported before."""

    code = "legacy_number_taken"
    en = "A contract of this old number was imported before."
    ja = "この旧契約番号は取込済みです。"


class SubscriberOfAnotherPartner(Forbidden):
    """The application names a partner that does not look after the subscriber."""

    code = "subscriber_of_another_partner"
    en = "The subscriber belongs to another partner."
    ja = "契約者は別のパートナーに属しています。"


class PhoneUnreadable(Invalid):
    """Not a telephone number."""

    code = "phone_unreadable"
    en = "This is not a telephone number."
    ja = "電話番号を認識できません。"


class QueryTooShort(Invalid):
    """One character, or nothing but a legal form, would find everybody."""

    code = "query_too_short"
    en = "Give at least two characters of the name beside the legal form, or a number."
    ja = "法人格を除く名称の2文字以上、または番号を指定してください。"


class LookupAmbiguous(Invalid):
    """A caller is looked up by a telephone number or by words."""

    code = "lookup_ambiguous"
    en = "Look up by phone or by q, one of the two."
    ja = "phone または q のいずれか一方を指定してください。"


class PrefectureUnknown(Invalid):
    """Not one of the 47 prefectures."""

    code = "prefecture_unknown"
    rule_ids = ("R-ADDRESS",)
    en = "An address in Japan names one of the 47 prefectures."
    ja = "都道府県名を確認してください。"
