"""Why master data of the workforce is not taken as given."""

from __future__ import annotations

from common.errors import DomainError, NotFound


class BranchUnknown(NotFound):
    """No such branch."""

    code = "branch_unknown"
    en = "There is no such branch."
    ja = "該当する拠点がありません。"


class ShiftUnknown(NotFound):
    """No such shift pattern."""

    code = "shift_unknown"
    en = "There is no such shift pattern."
    ja = "該当するシフトがありません。"


class AbsenceUnknown(NotFound):
    """No such absence."""

    code = "absence_unknown"
    en = "There is no such absence."
    ja = "該当する不在予定がありません。"


class PrefectureServed(DomainError):
    """A prefecture belongs to one branch."""

    code = "prefecture_already_served"
    rule_ids = ("R-ELIGIBLE-LINE",)
    en = "Another branch serves one of these prefectures."
    ja = "他の拠点が担当している都道府県が含まれています。"


class SkillUnknown(DomainError):
    """A technician can only hold skills that are on record."""

    code = "skill_unknown"
    rule_ids = ("R-VISIT-CREW",)
    en = "Some of these skills are not on record."
    ja = "登録されていないスキルが含まれています。"


class CrewUnknown(DomainError):
    """There are two crews."""

    code = "crew_unknown"
    rule_ids = ("R-VISIT-CREW",)
    en = "A technician belongs to the fault-repair crew or the setup crew."
    ja = "技術者は故障修理班または設定班のいずれかに所属します。"


class SubjectTaken(DomainError):
    """A token subject is one technician."""

    code = "subject_taken"
    en = "This token subject already is another technician."
    ja = "このユーザーは既に別の技術者に割り当てられています。"


class ShiftUnreadable(DomainError):
    """A weekly pattern names weekdays 1-7 and ends after it begins."""

    code = "shift_unreadable"
    rule_ids = ("R-VISIT-CREW",)
    en = "A shift names ISO weekdays and times HH:MM up to 24:00, and ends after it begins."
    ja = "シフトは曜日(1〜7)と HH:MM 形式の時刻(24:00 まで)で指定し、終了は開始より後にしてください。"
