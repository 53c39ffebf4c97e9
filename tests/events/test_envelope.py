"""What surrounds an event: CloudEvents attributes, topics, aggregates, keys, and where personal data may travel."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from common.bus.protocol import Delivered
from common.consuming import Unreadable, read_message
from common.context import Context
from common.events import COMPACTED_TOPICS, EVENTS_BY_TYPE, PUBLISHERS, RESTRICTED_TOPICS, TOPICS
from common.events.base import EventData, NewEvent
from common.events.contracts import (
    DIRECTORY,
    AddressChanged,
    AddressErased,
    SubscriberDirectoryChanged,
    SubscriberErased,
)
from common.events.examples import example_of
from common.events.helpdesk import InquiryAccepted
from common.events.keys import KEYS, key_of
from common.outbox import headers_of
from tests.events.published import KINDS, name_of, published_schema

every_event = pytest.mark.parametrize("kind", KINDS, ids=name_of)

AT = datetime(2026, 6, 1, 10, tzinfo=timezone(timedelta(hours=9)))
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
FULL = Context(actor="op-sato", causation_id="req_1", traceparent=TRACE)
PERSONAL = re.compile(
    r"name|name_kana|.*_name|phones?|.*_phone|fax|e?mail|.*_email|caller|contacts?|addressee|street|building|city"
    r"|prefecture|birth.*|gender|signature|given_by|accepted_by|authorised_by|wished_by|verified_by|checked_by|summary"
)


def accepted(context: Context = FULL, *, partner: str | None = "hikari-shop") -> dict[str, str]:
    """The headers of an accepted inquiry."""
    data = example_of(InquiryAccepted)
    event = NewEvent(
        data=data,
        subject=data.inquiry_id,
        sequence=3,
        key=data.inquiry_id,
        time=AT,
        partner=partner,
        correlation_id=data.inquiry_id,
    )
    return headers_of(event, event_id="evt_1", service="helpdesk", context=context)


def delivered(headers: dict[str, str]) -> Delivered:
    """The message with these headers."""
    return Delivered(
        topic=InquiryAccepted.topic,
        partition=0,
        offset=0,
        key="inq_0197f3c29a7b7cc8a1f2c3d4e5f6071b",
        headers=headers,
        value=example_of(InquiryAccepted).model_dump_json(by_alias=True).encode(),
    )


def test_an_event_carries_every_attribute_of_the_envelope() -> None:
    headers = accepted()
    recorded = datetime.fromisoformat(headers.pop("ce_recordedtime"))
    assert timedelta(0) <= datetime.now(UTC) - recorded < timedelta(minutes=1)
    assert headers == {
        "ce_specversion": "1.0",
        "ce_id": "evt_1",
        "ce_source": "/anshin/helpdesk",
        "ce_type": "anshin.helpdesk.InquiryAccepted.v1",
        "ce_subject": "inq_0197f3c29a7b7cc8a1f2c3d4e5f6071b",
        "ce_time": "2026-06-01T01:00:00+00:00",
        "ce_sequence": "3",
        "ce_dataversion": "1",
        "ce_correlationid": "inq_0197f3c29a7b7cc8a1f2c3d4e5f6071b",
        "ce_causationid": "req_1",
        "ce_partner": "hikari-shop",
        "ce_traceparent": TRACE,
        "content-type": "application/json",
    }


def test_attributes_that_are_not_there_are_left_out() -> None:
    headers = accepted(Context(actor="system:helpdesk"), partner=None)
    assert not headers.keys() & {"ce_causationid", "ce_partner", "ce_traceparent"}


def test_names_of_attributes_are_those_cloudevents_allows() -> None:
    names = [name.removeprefix("ce_") for name in accepted() if name.startswith("ce_")]
    assert all(re.fullmatch(r"[a-z0-9]{1,20}", name) for name in names)


def test_a_consumer_reads_the_envelope_as_it_was_written() -> None:
    event = read_message(delivered(accepted()))
    assert event is not None
    assert event.data == example_of(InquiryAccepted)
    assert (event.id, event.source, event.sequence, event.partner) == ("evt_1", "/anshin/helpdesk", 3, "hikari-shop")
    assert (event.subject, event.key, event.correlation_id) == (event.data.inquiry_id,) * 3
    assert (event.time, event.causation_id, event.traceparent) == (AT, "req_1", TRACE)


@pytest.mark.parametrize(
    "name",
    ["ce_type", "ce_id", "ce_source", "ce_subject", "ce_sequence", "ce_time", "ce_recordedtime", "ce_correlationid"],
)
def test_a_message_without_a_needed_attribute_is_no_event(name: str) -> None:
    headers = accepted()
    del headers[name]
    with pytest.raises(Unreadable, match=name):
        read_message(delivered(headers))


@every_event
def test_every_type_names_publisher_and_version_and_travels_on_a_topic_of_its_publisher(kind: type[EventData]) -> None:
    publisher = next(name for name, module in PUBLISHERS.items() if kind in module.EVENTS)
    assert kind.type_name() == f"anshin.{publisher}.{kind.__name__}.v{kind.dataversion}"
    assert re.fullmatch(rf"{publisher}\.[a-z]+\.v\d+", kind.topic)
    assert TOPICS[kind.topic] == publisher


@every_event
def test_every_type_is_documented(kind: type[EventData]) -> None:
    assert kind.__doc__ is not None
    assert kind.__doc__ not in {parent.__doc__ for parent in kind.__mro__[1:]}


def test_no_type_is_published_twice() -> None:
    listed = [kind for module in PUBLISHERS.values() for kind in module.EVENTS]
    assert len(listed) == len(set(listed)) == len(EVENTS_BY_TYPE)


def test_every_event_model_of_a_publisher_is_in_its_list() -> None:
    for module in PUBLISHERS.values():
        models = {each for each in vars(module).values() if isinstance(each, type) and issubclass(each, EventData)}
        bases = {parent for model in models for parent in model.__mro__[1:]}
        assert models - bases == set(module.EVENTS)


def test_an_aggregate_belongs_to_one_topic() -> None:
    pairs = {(kind.aggregate, kind.topic) for kind in KINDS}
    assert len({aggregate for aggregate, _ in pairs}) == len(pairs)


def test_every_aggregate_has_its_key_and_no_other_does() -> None:
    assert set(KEYS) == {kind.aggregate for kind in KINDS}


@every_event
def test_the_key_of_an_event_is_told_in_its_body(kind: type[EventData]) -> None:
    example = example_of(kind)
    fields = KEYS[kind.aggregate]
    named = [getattr(example, name) for name in fields if getattr(example, name, None) is not None]
    assert key_of(example) == (named[0] if fields else kind.aggregate)
    assert fields == () or fields[-1] in published_schema(kind)["required"]


def test_a_visit_without_a_case_belongs_to_its_request() -> None:
    visit = example_of(EVENTS_BY_TYPE["anshin.dispatch.SetupQuoteAccepted.v1"])
    assert key_of(visit) == visit.visit_request_id  # type: ignore[attr-defined]


def test_compacted_and_restricted_topics_exist() -> None:
    assert set(TOPICS) >= COMPACTED_TOPICS | RESTRICTED_TOPICS


def test_compacted_topics_hold_whole_states_only() -> None:
    told = {kind.__name__ for kind in KINDS if kind.topic in COMPACTED_TOPICS}
    assert told == {
        "EntitlementsChanged", "CatalogueChanged", "CalendarChanged", "SubscriberDirectoryChanged", "AddressChanged",
        "AddressErased", "SubscriberErased", "TokenRevoked", "TokenRevocationLifted",
    }  # fmt: skip


def test_personal_data_has_one_topic_and_only_the_directory_travels_there() -> None:
    assert {DIRECTORY} == RESTRICTED_TOPICS
    assert {kind for kind in KINDS if kind.topic == DIRECTORY} == {
        SubscriberDirectoryChanged, AddressChanged, AddressErased, SubscriberErased,
    }  # fmt: skip


def field_names(schema: dict[str, Any]) -> Iterator[str]:
    """The names of all fields of an event, those of its parts included."""
    for part in (schema, *schema.get("$defs", {}).values()):
        yield from part.get("properties", {})


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind.topic not in RESTRICTED_TOPICS], ids=name_of)
def test_no_event_outside_the_directory_has_a_field_for_personal_data(kind: type[EventData]) -> None:
    assert [name for name in field_names(published_schema(kind)) if PERSONAL.fullmatch(name)] == []


def test_the_search_for_personal_data_finds_it_in_the_directory() -> None:
    found = {name for kind in KINDS if kind.topic == DIRECTORY for name in field_names(published_schema(kind))}
    assert {name for name in found if PERSONAL.fullmatch(name)} == {
        "name", "name_kana", "phones", "contacts", "prefecture", "city", "street", "building",
    }  # fmt: skip
