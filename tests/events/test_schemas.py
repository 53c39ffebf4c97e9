"""The checked-in schema of every event is what the code speaks, and every event has an example that keeps to it."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from pydantic import ValidationError

from common.events import EVENTS_BY_TYPE
from common.events.base import EventData, body_of, read_body
from common.events.examples import NoExample, example_of, examples_of
from evaluation.catalogues.schemas import DIALECT, schema_of
from tests.events.published import FOLDER, KINDS, name_of, published_schema, validator

every_event = pytest.mark.parametrize("kind", KINDS, ids=name_of)


def test_every_type_has_its_schema_file_and_no_file_stands_for_nothing() -> None:
    assert {path.stem for path in FOLDER.iterdir()} == set(EVENTS_BY_TYPE)


@every_event
def test_the_published_schema_is_what_the_code_speaks(kind: type[EventData]) -> None:
    assert published_schema(kind) == schema_of(kind)


@every_event
def test_the_published_schema_is_a_valid_schema_of_2020_12(kind: type[EventData]) -> None:
    schema = published_schema(kind)
    assert schema["$schema"] == DIALECT
    Draft202012Validator.check_schema(schema)


@every_event
def test_every_event_has_an_example_that_keeps_to_its_schema_and_survives_the_wire(kind: type[EventData]) -> None:
    for example in examples_of(kind):
        body = body_of(example)
        assert list(validator(kind).iter_errors(body)) == []
        assert read_body(kind, example.model_dump_json(by_alias=True)) == example
    assert published_schema(kind)["examples"] == [body_of(example) for example in examples_of(kind)]


@every_event
def test_the_example_is_the_same_each_time(kind: type[EventData]) -> None:
    assert example_of(kind) == example_of(kind)


@every_event
def test_readers_ignore_fields_they_do_not_know(kind: type[EventData]) -> None:
    example = example_of(kind)
    body = {**body_of(example), "added_later": {"by": "a newer publisher"}}
    assert read_body(kind, body) == example
    assert list(validator(kind).iter_errors(body)) == []


@every_event
def test_a_body_that_lacks_what_is_required_is_neither_read_nor_valid(kind: type[EventData]) -> None:
    for name in published_schema(kind)["required"]:
        body = body_of(example_of(kind))
        del body[name]
        assert [error.validator for error in validator(kind).iter_errors(body)] == ["required"]
        with pytest.raises(ValidationError):
            read_body(kind, body)


@every_event
def test_a_body_may_lack_whatever_is_not_required(kind: type[EventData]) -> None:
    schema = published_schema(kind)
    body = body_of(example_of(kind))
    least: dict[str, Any] = {name: value for name, value in body.items() if name in schema["required"]}
    assert list(validator(kind).iter_errors(least)) == []
    read_body(kind, least)


@every_event
def test_ids_of_an_example_name_different_things_where_the_fields_do(kind: type[EventData]) -> None:
    for example in examples_of(kind):
        ids = [value for name, value in body_of(example).items() if name.endswith("_id") and value is not None]
        assert len(ids) == len(set(ids))


def test_a_required_field_without_an_example_is_named() -> None:
    class Unexplained(EventData):
        topic = "helpdesk.cases.v1"
        aggregate = "inquiry"
        puzzle: str

    with pytest.raises(NoExample, match=r"Unexplained\.puzzle"):
        example_of(Unexplained)


def test_the_validator_judges_formats_and_types() -> None:
    kind = EVENTS_BY_TYPE["anshin.helpdesk.InquiryAccepted.v1"]
    body = body_of(example_of(kind))
    for name, wrong in {"units": "one", "unit_source": "gift", "received_at": 7, "rule_ids": "R-X"}.items():
        changed = copy.deepcopy(body)
        changed[name] = wrong
        assert list(validator(kind).iter_errors(changed)), name
