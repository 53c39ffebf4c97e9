"""What the routes about depots and units take and answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field

from common.db import Record
from common.http import Answer, Code, Command, IdText, Line, Moment
from loaner.domain.returning import Condition
from loaner.domain.units import ErasureMethod, Unit, UnitStatus
from loaner.usecases.record_erasure import Erased, RecordErasure


class DepotIn(Command):
    """A new depot."""

    name: Annotated[Line, Field(examples=["東京デポ"])]


class DepotOut(Answer):
    """A depot."""

    id: str
    name: str
    created_at: Moment
    version: int


class UnitIn(Command):
    """A new unit. Without `accessories` and `storage` it has what the catalogue says of its kind."""

    depot_id: IdText
    kind: Annotated[Code, Field(examples=["windows_pc"])]
    maker: Line
    model: Line
    serial: Line
    asset_tag: Annotated[Line, Field(examples=["PC-0001"])]
    accessories: Annotated[tuple[Line, ...] | None, Field(max_length=50, examples=[["ac_adapter"]])] = None
    storage: Annotated[bool | None, Field(strict=True, description="It stores data.")] = None


class UnitOut(Answer):
    """A unit."""

    id: str
    status: UnitStatus
    depot_id: str
    kind: str
    maker: str
    model: str
    serial: str
    asset_tag: str
    accessories: Sequence[str]
    storage: bool
    condition: Condition
    registered_at: Moment
    last_returned_at: Moment | None
    last_erased_at: Moment | None
    version: int

    @classmethod
    def of(cls, unit: Unit) -> UnitOut:
        """The answer about a unit."""
        same = {name: getattr(unit, name) for name in cls.model_fields if name != "storage"}
        return cls(**same, storage=unit.has_storage)


class ErasureIn(Command):
    """A finished erasure: how, checked by whom, and the serial read from the device."""

    method: ErasureMethod
    verified_by: Line
    serial: Line


class ErasureOut(Answer):
    """An erasure record."""

    id: str
    unit_id: str
    method: ErasureMethod
    verified_by: str
    serial: str
    erased_at: Moment

    @classmethod
    def of(cls, row: Record) -> ErasureOut:
        """The answer from its row."""
        return cls(**{name: row[name] for name in cls.model_fields})


class ErasureDoneOut(ErasureOut):
    """The new record, and where the unit is now."""

    status: UnitStatus
    unit: UnitOut

    @classmethod
    def done(cls, erased: Erased, proof: RecordErasure) -> ErasureDoneOut:
        """The answer to a new record."""
        return cls(
            id=erased.id,
            unit_id=erased.unit.id,
            method=proof.method,
            verified_by=proof.verified_by,
            serial=erased.unit.serial,
            erased_at=erased.erased_at,
            status=erased.unit.status,
            unit=UnitOut.of(erased.unit),
        )
