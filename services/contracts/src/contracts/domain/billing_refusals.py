"""What is said no to where money is concerned, by name."""

from __future__ import annotations

from common.errors import DomainError, Invalid, NotFound

_INVOICE = ("R-INVOICE",)
_ADJUSTMENT = ("R-ADJUSTMENT", "R-INVOICE")


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
