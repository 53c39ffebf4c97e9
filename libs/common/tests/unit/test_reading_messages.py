"""What a consumer makes of a message before any handler sees it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from common.bus.protocol import LARGEST_MESSAGE, Delivered, Message, Unpublishable, refuse_too_large
from common.consuming import Unreadable, read_message
from common.context import Context
from common.events.base import NewEvent
from common.events.loaner import UnitRestocked
from common.outbox import headers_of

NOW = datetime(2026, 6, 1, 1, tzinfo=UTC)


def a_message(partner: str | None = "north") -> Delivered:
    data = UnitRestocked(actor="op-sato", unit_id="unit_1", kind="router")
    event = NewEvent(
        data=data, subject="unit_1", sequence=7, key="unit_1", time=NOW, partner=partner, correlation_id="inq_1"
    )
    context = Context(actor="op-sato", causation_id="req_1", traceparent="00-1-2-01")
    headers = headers_of(event, event_id="evt_1", service="loaner", context=context)
    return Delivered(
        topic=data.topic, partition=0, offset=3, key="unit_1", headers=headers, value=data.model_dump_json().encode()
    )


def without(message: Delivered, name: str) -> Delivered:
    return message._replace(headers={header: value for header, value in message.headers.items() if header != name})


def test_reads_what_the_outbox_wrote() -> None:
    event = read_message(a_message())

    assert event is not None
    assert isinstance(event.data, UnitRestocked)
    assert (event.id, event.source, event.subject, event.sequence) == ("evt_1", "/anshin/loaner", "unit_1", 7)
    assert (event.key, event.time, event.partner) == ("unit_1", NOW, "north")
    assert (event.correlation_id, event.causation_id, event.traceparent) == ("inq_1", "req_1", "00-1-2-01")
    assert event.recorded_time.tzinfo is not None


def test_what_is_of_the_house_has_no_partner() -> None:
    event = read_message(a_message(partner=None))

    assert event is not None
    assert event.partner is None


def test_passes_over_a_type_that_is_not_asked_for() -> None:
    assert read_message(a_message(), {}) is None


def test_passes_over_a_type_that_nobody_knows_yet() -> None:
    message = a_message()

    assert read_message(message._replace(headers={**message.headers, "ce_type": "anshin.loaner.New.v2"})) is None


@pytest.mark.parametrize("name", ["ce_type", "ce_id", "ce_source", "ce_subject", "ce_sequence", "ce_time"])
def test_refuses_a_message_without_an_attribute_that_every_event_has(name: str) -> None:
    with pytest.raises(Unreadable, match=name):
        read_message(without(a_message(), name))


@pytest.mark.parametrize("value", [b"", b"{", b"[]", b'{"actor": 1}', b"\xff"])
def test_refuses_a_body_that_is_not_of_its_type(value: bytes) -> None:
    with pytest.raises(Unreadable):
        read_message(a_message()._replace(value=value))


def test_names_the_first_message_that_is_too_large() -> None:
    small, large = (Message(topic="t", key="k", headers={}, value=b"x" * size) for size in (1, LARGEST_MESSAGE + 1))

    refuse_too_large([small, small._replace(value=b"x" * LARGEST_MESSAGE)])
    with pytest.raises(Unpublishable) as refused:
        refuse_too_large([small, large, large])
    assert refused.value.index == 1
