"""Figures of the owner and plan advice on the wire."""

from __future__ import annotations

from datetime import datetime

from common.http import Answer, Moment
from contracts.domain.plan_advice import Advice
from contracts.storage.figures import Churn, InPrefecture, InquiryUse, Revenue


class RevenueOut(Answer):
    """Recurring tax-included yen a month of a plan's contracts in force."""

    plan_code: str
    contracts: int
    plan_yen: int
    option_yen: int


class ChurnOut(Answer):
    """Contracts in force when the month began, begun in it, ended in it; `rate`: ended per contract at its start."""

    at_start: int
    begun: int
    ended: int
    rate: float | None


class InPrefectureOut(Answer):
    """Contracts in force whose address is in a prefecture."""

    prefecture_code: str
    prefecture: str
    contracts: int


class InquiryUseOut(Answer):
    """Inquiries allowed and used in the fee month, by plan; `share`: used of allowed."""

    plan_code: str
    allowed: int
    used: int
    share: float | None


class FiguresOut(Answer):
    """The figures of a month as of `at`."""

    month: str
    at: Moment
    recurring_revenue: list[RevenueOut]
    recurring_revenue_total: int
    churn: ChurnOut
    contracts_by_prefecture: list[InPrefectureOut]
    inquiries: list[InquiryUseOut]
    inquiries_share: float | None

    @classmethod
    def of(
        cls,
        month: str,
        at: datetime,
        revenue: list[Revenue],
        churn: Churn,
        prefectures: list[InPrefecture],
        inquiries: list[InquiryUse],
    ) -> FiguresOut:
        """As shown."""
        return cls(
            month=month,
            at=at,
            recurring_revenue=[RevenueOut.model_validate(each) for each in revenue],
            recurring_revenue_total=sum(each.plan_yen + each.option_yen for each in revenue),
            churn=ChurnOut(
                at_start=churn.at_start, begun=churn.begun, ended=churn.ended, rate=_share(churn.ended, churn.at_start)
            ),
            contracts_by_prefecture=[InPrefectureOut.model_validate(each) for each in prefectures],
            inquiries=[
                InquiryUseOut(
                    plan_code=each.plan_code,
                    allowed=each.allowed,
                    used=each.used,
                    share=_share(each.used, each.allowed),
                )
                for each in inquiries
            ],
            inquiries_share=_share(sum(each.used for each in inquiries), sum(each.allowed for each in inquiries)),
        )


class MonthOnPlanOut(Answer):
    """What a month's use costs on a plan."""

    fee_month: str
    used: int
    allowed: int
    extra_blocks: int
    cost: int
    unserved: int


class PlanAtUseOut(Answer):
    """A plan judged by the use of the months."""

    plan_code: str
    price: int
    cost: int
    unserved: int
    seats_short: int
    fits: bool
    months: list[MonthOnPlanOut]


class AdviceOut(Answer):
    """The plan that serves all of the use for least, and what each would have cost."""

    contract_id: str
    present: str
    best: str
    saved: int
    reason_ja: str
    reason_en: str
    plans: list[PlanAtUseOut]
    rule_ids: list[str]

    @classmethod
    def of(cls, contract_id: str, advice: Advice) -> AdviceOut:
        """As shown."""
        return cls(
            contract_id=contract_id,
            present=advice.present,
            best=advice.best,
            saved=advice.saved,
            reason_ja=advice.reason_ja,
            reason_en=advice.reason_en,
            plans=[PlanAtUseOut.model_validate(each) for each in advice.plans],
            rule_ids=["R-QUOTA-INQUIRY", "R-EXTRA-INQUIRIES", "R-MDM-PLAN", "R-PLAN-CHANGE"],
        )


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None
