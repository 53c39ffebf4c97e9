"""What is asked for and not there, or another tenant's."""

from __future__ import annotations

from common.errors import NotFound


class SubscriberUnknown(NotFound):
    """No such subscriber, or another tenant's."""

    code = "subscriber_unknown"
    en = "This subscriber is not known."
    ja = "該当する契約者がありません。"


class ContractUnknown(NotFound):
    """No such contract, or another tenant's."""

    code = "contract_unknown"
    en = "This contract is not known."
    ja = "該当する契約がありません。"


class StatementUnknown(NotFound):
    """No such statement, or another tenant's."""

    code = "statement_unknown"
    en = "This statement is not known."
    ja = "該当する明細がありません。"


class OptionUnknown(NotFound):
    """The contract has no such option."""

    code = "option_unknown"
    en = "The contract has no such option."
    ja = "該当するオプションがありません。"


class SiteUnknown(NotFound):
    """The contract has no such telework site."""

    code = "site_unknown"
    en = "The contract has no such telework site."
    ja = "該当するテレワーク拠点がありません。"


class PlanChangeUnknown(NotFound):
    """The contract has no such change of plan."""

    code = "plan_change_unknown"
    en = "The contract has no such change of plan."
    ja = "該当するプラン変更がありません。"


class ContactUnknown(NotFound):
    """The contract has no such contact."""

    code = "contact_unknown"
    en = "The contract has no such contact."
    ja = "該当する連絡先がありません。"


class AddressChangeUnknown(NotFound):
    """The contract has no such address."""

    code = "address_change_unknown"
    en = "The contract has no such change of address."
    ja = "該当する住所変更がありません。"


class ClosedDayUnknown(NotFound):
    """No exception is recorded for this day."""

    code = "closed_day_unknown"
    rule_ids = ("R-CLOSED-DAYS",)
    en = "No exception is recorded for this day."
    ja = "この日の例外設定はありません。"


class LegacyImportUnknown(NotFound):
    """No such import."""

    code = "legacy_import_unknown"
    en = "This import is not known."
    ja = "該当する取込がありません。"
