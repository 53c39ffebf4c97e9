"""Every named no of this service: code, rules, and the words for a screen."""

from __future__ import annotations

from common.errors import DomainError, Invalid, NotFound, Unauthenticated, Unavailable


class ContractUnknown(NotFound):
    """No entitlements of this contract have arrived (yet)."""

    code = "contract_unknown"
    en = "This contract is not known here."
    ja = "この契約は確認できません。"
    retry_after = 1


class DeviceUnknown(NotFound):
    """No such managed device."""

    code = "device_unknown"
    en = "There is no such managed device."
    ja = "該当する管理対象機器がありません。"


class CommandUnknown(NotFound):
    """No such command, or one of another device."""

    code = "command_unknown"
    en = "There is no such command."
    ja = "該当するコマンドがありません。"


class InvitationUnknown(NotFound):
    """No such enrolment invitation."""

    code = "invitation_unknown"
    en = "There is no such enrolment invitation."
    ja = "該当する登録案内がありません。"


class LostReportUnknown(NotFound):
    """No such report of a lost device."""

    code = "lost_report_unknown"
    en = "There is no such report of a lost device."
    ja = "該当する紛失届がありません。"


class EnrolmentCodeUnknown(NotFound):
    """The code a device showed belongs to no invitation."""

    code = "enrolment_code_unknown"
    en = "This enrolment code is not known."
    ja = "この登録コードは確認できません。"


class CatalogueUnknown(Unavailable):
    """The part of the catalogue this decision needs has not arrived yet; nothing is guessed."""

    code = "catalogue_unknown"
    en = "The catalogue this decision needs has not arrived yet."
    ja = "判定に必要なカタログ情報がまだ届いていません。"


class DeviceTokenInvalid(Unauthenticated):
    """The agent's token is missing, wrong, or of an enrolment that has ended."""

    code = "device_token_invalid"
    en = "A valid device token is needed."
    ja = "有効なデバイストークンが必要です。"


class ContractNotActive(DomainError):
    """The contract's state does not allow it. A suspended contract may still lock and wipe."""

    code = "contract_not_active"
    rule_ids = ("R-MDM-PLAN",)
    en = "The contract is not active."
    ja = "契約が有効ではありません。"


class MdmNotInPlan(DomainError):
    """The management tool belongs to the Light anshin plans only."""

    code = "mdm_not_in_plan"
    rule_ids = ("R-MDM-PLAN",)
    en = "The management tool is not part of this plan."
    ja = "このプランではIT運用管理ツールをご利用いただけません。"


class LimitsNotRecorded(DomainError):
    """How many seats the plan has was never recorded, and is not guessed."""

    code = "limits_not_recorded"
    rule_ids = ("R-MDM-PLAN",)
    en = "The number of seats of this contract has not been recorded."
    ja = "この契約のインストール可能台数が登録されていません。"


class SeatsExhausted(DomainError):
    """Every seat of the plan is taken."""

    code = "mdm_seats_exhausted"
    rule_ids = ("R-MDM-PLAN",)
    en = "All management-tool seats of the plan are in use."
    ja = "IT運用管理ツールのインストール台数の上限に達しています。"


class OsNotSupported(DomainError):
    """The management tool does not run on this operating system (macOS among them)."""

    code = "os_not_supported"
    rule_ids = ("R-TOOL-OS",)
    en = "The management tool does not support this operating system."
    ja = "このOSはIT運用管理ツールの対象外です。"


class ConsentMissing(DomainError):
    """The licence of the management tool was not accepted, or only an older version."""

    code = "consent_missing"
    rule_ids = ("R-CONSENT",)
    en = "A needed consent is missing."
    ja = "必要な同意が確認できません。"


class FunctionNotSupported(DomainError):
    """Outside the matrix of functions and operating systems; no device was contacted."""

    code = "function_not_supported"
    rule_ids = ("R-MDM-MATRIX",)
    en = "This function is not available on this operating system."
    ja = "この機能はこのOSではご利用いただけません。"


class SettingRequired(Invalid):
    """External storage, camera and Bluetooth are switched to `enabled` or `disabled`."""

    code = "setting_required"
    rule_ids = ("R-MDM-MATRIX",)
    en = "This function needs a setting: enabled or disabled."
    ja = "この機能には設定値(enabled / disabled)が必要です。"


class SettingNotApplicable(Invalid):
    """Lock and wipe take neither a setting nor media."""

    code = "setting_not_applicable"
    rule_ids = ("R-MDM-MATRIX",)
    en = "This function takes no setting."
    ja = "この機能に設定値は指定できません。"


class DeviceNotEnrolled(DomainError):
    """The device is no longer managed."""

    code = "device_not_enrolled"
    rule_ids = ("R-MDM-PLAN",)
    en = "The device is not enrolled."
    ja = "この機器は管理対象として登録されていません。"


class EnrolmentCodeUsed(DomainError):
    """A code enrols one device, once."""

    code = "enrolment_code_used"
    rule_ids = ("R-MDM-PLAN",)
    en = "This enrolment code has been used."
    ja = "この登録コードは使用済みです。"


class EnrolmentCodeExpired(DomainError):
    """The time of the invitation is over."""

    code = "enrolment_code_expired"
    rule_ids = ("R-MDM-PLAN",)
    en = "This enrolment code has expired."
    ja = "この登録コードは有効期限が切れています。"


class EnrolmentMismatch(DomainError):
    """The device is not the one that was invited: another operating system, or another device."""

    code = "enrolment_mismatch"
    rule_ids = ("R-MDM-PLAN",)
    en = "This device is not the one that was invited."
    ja = "案内された機器と一致しません。"


class IdentityNotChecked(DomainError):
    """Without a passed identity check for this very enrolment nothing is locked as lost or wiped."""

    code = "identity_not_checked"
    rule_ids = ("R-MDM-WIPE-TWO",)
    en = "The caller's identity has not been checked."
    ja = "ご本人確認が完了していません。"


class WipeNotAuthorised(DomainError):
    """The customer's registered manager did not authorise the wipe."""

    code = "wipe_not_authorised"
    rule_ids = ("R-MDM-WIPE-TWO",)
    en = "The customer's registered manager has not authorised the wipe."
    ja = "お客さまの管理責任者による初期化の承認がありません。"


class ApprovalExpired(DomainError):
    """Nobody decided in time."""

    code = "approval_expired"
    rule_ids = ("R-MDM-WIPE-TWO",)
    en = "The time to approve this command is over."
    ja = "承認期限が過ぎています。"


class EnrolmentChanged(DomainError):
    """The device was enrolled again since: a wipe never reaches the next generation."""

    code = "enrolment_changed"
    rule_ids = ("R-MDM-WIPE-TWO",)
    en = "The device has been enrolled again since this was requested."
    ja = "依頼後に機器が再登録されています。"


class WipeLimitReached(DomainError):
    """Too many wipes of this contract within one hour."""

    code = "wipe_limit_reached"
    rule_ids = ("R-MDM-WIPE-TWO",)
    en = "Too many wipes for this contract within one hour."
    ja = "この契約の1時間あたりの初期化回数の上限に達しています。"


class CommandAlreadyLive(DomainError):
    """One live command per device and function."""

    code = "command_already_live"
    rule_ids = ("R-MDM-MATRIX",)
    en = "Such a command for this device is already under way."
    ja = "この機器への同じコマンドが実行中です。"


class CommandNotOpen(DomainError):
    """The command is in a state from which this step leads nowhere."""

    code = "command_not_open"
    rule_ids = ("R-MDM-WIPE-TWO",)
    en = "This is not possible in the command's present state."
    ja = "コマンドの現在の状態ではこの操作はできません。"
