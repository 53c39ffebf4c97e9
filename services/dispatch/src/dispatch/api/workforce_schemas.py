"""Master data of the workforce as the API speaks of it."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import ConfigDict, Field, StringConstraints

from common.http import Answer, Code, Command, IdText, Line, Moment, MomentIn
from dispatch.domain.windows import Window
from dispatch.domain.workforce import Absence, Branch, Purpose, Shift, Skill, Technician
from dispatch.usecases.keep_branches import ChangeBranch, RecordBranch
from dispatch.usecases.keep_shifts import RecordAbsence, RecordedAbsence, RecordShift
from dispatch.usecases.keep_technicians import TechnicianData

Prefecture = Annotated[
    str, StringConstraints(pattern=r"^(0[1-9]|[1-3][0-9]|4[0-7])$"), Field(examples=["13"], description="JIS X 0401")
]
SkillCode = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$"), Field(examples=["router"])]
Clock = Annotated[str, StringConstraints(min_length=5, max_length=5), Field(examples=["09:00"])]
Weekdays = Annotated[list[int], Field(min_length=1, max_length=7, description="ISO weekdays, 1 = Monday")]


class BranchIn(Command):
    """A branch and the prefectures it serves; each prefecture belongs to one branch."""

    name: Line
    prefectures: Annotated[list[Prefecture], Field(max_length=47)]

    def new(self) -> RecordBranch:
        """The command for a new branch."""
        return RecordBranch(name=self.name, prefectures=tuple(self.prefectures))

    def changed(self, branch_id: str, version: int | None) -> ChangeBranch:
        """The command for a known branch."""
        return ChangeBranch(branch_id=branch_id, name=self.name, prefectures=tuple(self.prefectures), version=version)


class BranchOut(Answer):
    """A branch."""

    id: str
    name: str
    prefectures: list[str]
    version: int

    @classmethod
    def of(cls, branch: Branch) -> BranchOut:
        """From the domain."""
        return cls.model_validate(branch)


class SkillIn(Command):
    """What a skill is called and which visits require it."""

    name_ja: Line
    name_en: Line
    purposes: Annotated[tuple[Purpose, ...], Field(max_length=2)] = ()
    menu_codes: Annotated[tuple[IdText, ...], Field(max_length=100)] = ()

    def skill(self, code: str) -> Skill:
        """As the domain has it."""
        return Skill(
            code=code,
            name_ja=self.name_ja,
            name_en=self.name_en,
            purposes=frozenset(self.purposes),
            menu_codes=frozenset(self.menu_codes),
        )


class SkillOut(Answer):
    """A skill."""

    code: str
    name_ja: str
    name_en: str
    purposes: list[Purpose]
    menu_codes: list[str]

    @classmethod
    def of(cls, skill: Skill) -> SkillOut:
        """From the domain."""
        return cls(
            code=skill.code,
            name_ja=skill.name_ja,
            name_en=skill.name_en,
            purposes=sorted(skill.purposes),
            menu_codes=sorted(skill.menu_codes),
        )


class SkillsOut(Answer):
    """All skills."""

    items: list[SkillOut]


class TechnicianIn(Command):
    """A technician; `subject` is the token subject that is this person."""

    name: Line
    crew: Annotated[Code, Field(description="fault_repair | setup", examples=["fault_repair"])]
    branch_id: IdText
    skills: Annotated[tuple[IdText, ...], Field(max_length=100)] = ()
    home_base: Line | None = None
    subject: Line | None = None
    active: bool = True

    def data(self) -> TechnicianData:
        """For the use case."""
        return TechnicianData(
            name=self.name,
            crew=self.crew,
            skills=frozenset(self.skills),
            branch_id=self.branch_id,
            home_base=self.home_base,
            subject=self.subject,
            active=self.active,
        )


class TechnicianOut(Answer):
    """A technician."""

    id: str
    name: str
    crew: str
    branch_id: str
    skills: list[str]
    home_base: str | None
    subject: str | None
    active: bool
    version: int

    @classmethod
    def of(cls, who: Technician) -> TechnicianOut:
        """From the domain."""
        return cls(
            id=who.id,
            name=who.name,
            crew=who.crew,
            branch_id=who.branch_id,
            skills=sorted(who.skills),
            home_base=who.home_base,
            subject=who.subject,
            active=who.active,
            version=who.version,
        )


class ShiftIn(Command):
    """A weekly pattern, JST; `to` may be `24:00`; a night is two patterns. Without `valid_to` it has no end."""

    model_config = ConfigDict(populate_by_name=True)

    technician_id: IdText
    weekdays: Weekdays
    from_: Annotated[Clock, Field(alias="from")]
    to: Clock
    valid_from: date
    valid_to: date | None = None

    def command(self) -> RecordShift:
        """For the use case."""
        return RecordShift(
            technician_id=self.technician_id,
            weekdays=frozenset(self.weekdays),
            from_=self.from_,
            to=self.to,
            valid_from=self.valid_from,
            valid_to=self.valid_to,
        )


class ShiftEndIn(Command):
    """The pattern's last day, included."""

    valid_to: date


class ShiftOut(Answer):
    """A weekly pattern."""

    model_config = ConfigDict(populate_by_name=True, serialize_by_alias=True)

    id: str
    technician_id: str
    weekdays: list[int]
    from_: Annotated[str, Field(alias="from")]
    to: str
    valid_from: date
    valid_to: date | None

    @classmethod
    def of(cls, shift: Shift) -> ShiftOut:
        """From the domain."""
        return cls(
            id=shift.id,
            technician_id=shift.technician_id,
            weekdays=sorted(shift.weekdays),
            from_=_clock(shift.from_minute),
            to=_clock(shift.to_minute),
            valid_from=shift.valid_from,
            valid_to=shift.valid_to,
        )


class AbsenceIn(Command):
    """Who is away, from when until when, and why."""

    technician_id: IdText
    start: MomentIn
    end: MomentIn
    reason: Line

    def command(self) -> RecordAbsence:
        """For the use case."""
        return RecordAbsence(technician_id=self.technician_id, window=Window(self.start, self.end), reason=self.reason)


class AbsenceOut(Answer):
    """An absence."""

    id: str
    technician_id: str
    start: Moment
    end: Moment
    reason: str

    @classmethod
    def of(cls, absence: Absence) -> AbsenceOut:
        """From the domain."""
        return cls(
            id=absence.id,
            technician_id=absence.technician_id,
            start=absence.window.start,
            end=absence.window.end,
            reason=absence.reason,
        )


class RecordedAbsenceOut(AbsenceOut):
    """A new absence and the booked visits that are in its way."""

    affected_visits: list[str]

    @classmethod
    def recorded(cls, outcome: RecordedAbsence) -> RecordedAbsenceOut:
        """From the use case."""
        known = AbsenceOut.of(outcome.absence)
        return cls(**dict(known), affected_visits=list(outcome.affected_visits))


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"
