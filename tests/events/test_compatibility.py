"""A version of an event only ever gains optional fields: the code keeps to it, and its watcher sees every breach."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from common.events.base import EventData
from common.events.contracts import EntitlementsChanged
from evaluation.catalogues.compatibility import breaks
from evaluation.catalogues.documents import SCHEMAS, as_json, broken_promises, differences, write
from evaluation.catalogues.schemas import schema_of
from tests.events.published import KINDS, ROOT, name_of, published_schema

Schema = dict[str, Any]
Change = Callable[[Schema], None]


@pytest.mark.parametrize("kind", KINDS, ids=name_of)
def test_the_code_keeps_what_the_published_schema_promises(kind: type[EventData]) -> None:
    assert breaks(published_schema(kind), schema_of(kind)) == []


def changed(change: Change) -> tuple[Schema, Schema]:
    """The schema with the most kinds of fields, and a copy with a change."""
    published = schema_of(EntitlementsChanged)
    present = copy.deepcopy(published)
    change(present)
    assert present != published
    return published, present


def _plan(schema: Schema) -> Schema:
    part: Schema = schema["$defs"]["PlanPeriod"]
    return part


def removes_an_optional_field(schema: Schema) -> None:
    del schema["properties"]["partner"]


def removes_a_required_field(schema: Schema) -> None:
    del schema["properties"]["subscriber_id"]
    schema["required"].remove("subscriber_id")


def renames_a_field(schema: Schema) -> None:
    schema["properties"]["customer_id"] = schema["properties"].pop("subscriber_id")
    schema["required"] = ["customer_id" if name == "subscriber_id" else name for name in schema["required"]]


def retypes_a_field(schema: Schema) -> None:
    schema["properties"]["version"]["type"] = "string"


def narrows_a_field(schema: Schema) -> None:
    schema["properties"]["fee_month_start_day"]["maximum"] = 15


def lets_a_field_be_null(schema: Schema) -> None:
    schema["properties"]["version"] = {"anyOf": [{"type": "integer"}, {"type": "null"}]}


def adds_a_required_field(schema: Schema) -> None:
    schema["properties"]["region"] = {"type": "string"}
    schema["required"].append("region")


def makes_an_optional_field_required(schema: Schema) -> None:
    schema["required"].append("consents")


def makes_a_required_field_optional(schema: Schema) -> None:
    schema["required"].remove("plan_periods")


def changes_a_default(schema: Schema) -> None:
    _plan(schema)["properties"]["isolation"]["default"] = 1


def removes_a_field_of_a_part(schema: Schema) -> None:
    del _plan(schema)["properties"]["seats"]


def retypes_a_field_of_a_part(schema: Schema) -> None:
    _plan(schema)["properties"]["loan"]["type"] = "integer"


def adds_a_required_field_to_a_part(schema: Schema) -> None:
    _plan(schema)["properties"]["brand"] = {"type": "string"}
    _plan(schema)["required"].append("brand")


def widens_a_choice(schema: Schema) -> None:
    schema["$defs"]["StatusPeriod"]["properties"]["status"]["enum"].append("paused")


def narrows_a_choice(schema: Schema) -> None:
    schema["$defs"]["StatusPeriod"]["properties"]["status"]["enum"].remove("withdrawn")


def changes_what_a_list_holds(schema: Schema) -> None:
    schema["properties"]["sites"]["items"] = {"$ref": "#/$defs/AddressPeriod"}


def forbids_fields_it_does_not_know(schema: Schema) -> None:
    schema["additionalProperties"] = False


def travels_elsewhere(schema: Schema) -> None:
    schema["x-topic"] = "contracts.lifecycle.v1"


def takes_another_key(schema: Schema) -> None:
    schema["x-key"] = ["subscriber_id"]


BREACHES: tuple[Change, ...] = (
    removes_an_optional_field, removes_a_required_field, renames_a_field, retypes_a_field, narrows_a_field,
    lets_a_field_be_null, adds_a_required_field, makes_an_optional_field_required, makes_a_required_field_optional,
    changes_a_default, removes_a_field_of_a_part, retypes_a_field_of_a_part, adds_a_required_field_to_a_part,
    widens_a_choice, narrows_a_choice, changes_what_a_list_holds, forbids_fields_it_does_not_know, travels_elsewhere,
    takes_another_key,
)  # fmt: skip


@pytest.mark.parametrize("change", BREACHES, ids=lambda change: change.__name__)
def test_sees_a_version_that_breaks_its_promise(change: Change) -> None:
    published, present = changed(change)
    assert breaks(published, present) != []


def adds_an_optional_field(schema: Schema) -> None:
    schema["properties"]["region"] = {"type": "string", "default": "tokyo"}


def adds_an_optional_field_to_a_part(schema: Schema) -> None:
    _plan(schema)["properties"]["brand"] = {"anyOf": [{"type": "string"}, {"type": "null"}], "default": None}


def adds_an_optional_part(schema: Schema) -> None:
    schema["$defs"]["Contact"] = {"type": "object", "properties": {"role": {"type": "string"}}, "required": ["role"]}
    schema["properties"]["contacts"] = {"type": "array", "items": {"$ref": "#/$defs/Contact"}, "default": []}


def explains_a_field_in_other_words(schema: Schema) -> None:
    schema["properties"]["version"] |= {"description": "Other words.", "examples": [7], "title": "No matter"}


def renames_a_part_without_changing_it(schema: Schema) -> None:
    text = json.dumps(schema).replace("#/$defs/Site", "#/$defs/TeleworkSite")
    schema.update(json.loads(text))
    schema["$defs"]["TeleworkSite"] = schema["$defs"].pop("Site")


@pytest.mark.parametrize(
    "change",
    [
        adds_an_optional_field,
        adds_an_optional_field_to_a_part,
        adds_an_optional_part,
        explains_a_field_in_other_words,
        renames_a_part_without_changing_it,
    ],
    ids=lambda change: change.__name__,
)
def test_lets_a_version_gain_optional_fields(change: Change) -> None:
    published, present = changed(change)
    assert breaks(published, present) == []


def test_follows_parts_that_hold_themselves() -> None:
    schema: Schema = {
        "$defs": {
            "Tree": {"type": "object", "properties": {"left": {"$ref": "#/$defs/Tree"}, "leaf": {"type": "null"}}}
        },
        "properties": {"tree": {"$ref": "#/$defs/Tree"}},
    }
    present = copy.deepcopy(schema)
    assert breaks(schema, present) == []
    present["$defs"]["Tree"]["properties"]["leaf"]["type"] = "string"
    assert breaks(schema, present) == ["event.tree.leaf: was 'null', is 'string'"]


def _checkout(folder: Path) -> dict[Path, str]:
    """A checkout that holds one published schema."""
    wanted = {SCHEMAS / "anshin.contracts.EntitlementsChanged.v1.json": as_json(schema_of(EntitlementsChanged))}
    write(folder, wanted)
    return wanted


def test_the_writer_names_what_it_would_break(tmp_path: Path) -> None:
    wanted = _checkout(tmp_path)
    assert list(broken_promises(tmp_path, wanted)) == []
    _, present = changed(retypes_a_field)
    broken = list(broken_promises(tmp_path, dict.fromkeys(wanted, as_json(present))))
    assert broken == ["anshin.contracts.EntitlementsChanged.v1: event.version: was 'integer', is 'string'"]


def test_a_published_type_does_not_vanish(tmp_path: Path) -> None:
    _checkout(tmp_path)
    assert list(broken_promises(tmp_path, {})) == ["anshin.contracts.EntitlementsChanged.v1: the type is gone"]


def test_says_which_documents_differ_are_missing_or_stand_for_nothing(tmp_path: Path) -> None:
    wanted = _checkout(tmp_path)
    path = next(iter(wanted))
    assert list(differences(tmp_path, wanted)) == []
    assert list(differences(tmp_path, {path: "{}\n"})) == [f"{path} differs from the code"]
    assert list(differences(tmp_path, {**wanted, Path("docs/new.md"): ""})) == ["docs/new.md is missing"]
    assert list(differences(tmp_path, {})) == [f"{path} stands for nothing in the code"]


def test_the_published_schemas_lie_where_the_catalogue_writes_them() -> None:
    assert len(list((ROOT / SCHEMAS).glob("*.json"))) == len(KINDS)
