"""The main job on a suite that speaks through real Kafka, and what an independent client reads from the wire."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, TypeAlias

import httpx
import pytest
import pytest_asyncio
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from common.events import EVENTS_BY_TYPE, RESTRICTED_TOPICS, TOPICS
from common.events.base import read_body
from common.events.keys import key_of
from common.tracing import begun, trace_of
from evaluation.testing.suite_process import SuiteProcess
from evaluation.walk.desk import MORI, SERVICES, Desk, Record
from evaluation.walk.main_job import play
from tests.e2e.expected import EVENTS, REFUSALS
from tests.events.published import validator

pytestmark = [pytest.mark.timeout(300), pytest.mark.asyncio(loop_scope="module")]

KafkaMessage: TypeAlias = "ConsumerRecord[bytes, bytes]"

PERSONAL = re.compile(
    r"(name|name_kana|phones?|prefecture|city|street|building|email|work|summary"
    r"|(accepted|authorised|given|verified|wished)_by)"
)
CLOUD_EVENT = {
    "ce_specversion": r"1\.0",
    "ce_id": r"evt_[0-9a-f]{32}",
    "ce_source": r"/anshin/(contracts|helpdesk|dispatch|loaner|mdm-gateway)",
    "ce_type": r"anshin\.[a-z-]+\.[A-Za-z]+\.v\d+",
    "ce_subject": r"\S+",
    "ce_sequence": r"\d+",
    "ce_dataversion": r"\d+",
    "ce_correlationid": r"\S+",
    "ce_traceparent": r"00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]",
    "content-type": r"application/json",
}


@dataclass
class Played:
    """A walk on Kafka: what it saw, what people told it of themselves, and which trace each request belonged to."""

    seen: Record
    told: set[str] = field(default_factory=set)
    traces: dict[str, str | None] = field(default_factory=dict)  # by request id
    wire: list[KafkaMessage] = field(default_factory=list)
    of_case: dict[str, list[dict[str, Any]]] = field(default_factory=dict)  # by service, as polled


def personal(document: Any) -> Iterator[str]:
    """Whatever stands in fields for names, phone numbers and addresses."""
    if isinstance(document, Mapping):
        for name, value in document.items():
            if PERSONAL.fullmatch(name):
                yield from ([value] if isinstance(value, str) else filter(None, value or ()))
            else:
                yield from personal(value)
    elif isinstance(document, list):
        for each in document:
            yield from personal(each)


async def read_all(bootstrap: str) -> list[KafkaMessage]:
    """Every message of every topic of the suite, read to the end by a client that has no code of the suite's own."""
    found: list[KafkaMessage] = []
    async with AIOKafkaConsumer(bootstrap_servers=bootstrap, isolation_level="read_committed") as consumer:
        places = [TopicPartition(topic, n) for topic in TOPICS for n in await _partitions(consumer, topic)]
        consumer.assign(places)
        await consumer.seek_to_beginning()
        ends = await consumer.end_offsets(places)
        async with asyncio.timeout(60):
            while any([await consumer.position(place) < end for place, end in ends.items()]):
                for records in (await consumer.getmany(timeout_ms=500)).values():
                    found += records
    return found


async def _partitions(consumer: AIOKafkaConsumer, topic: str) -> set[int]:
    consumer.subscribe([topic])
    async with asyncio.timeout(20):
        while not (numbers := consumer.partitions_for_topic(topic)):  # noqa: ASYNC110 - the client does not say when
            await asyncio.sleep(0.05)
    consumer.unsubscribe()
    return set(numbers)


def headers_of(message: KafkaMessage) -> dict[str, str]:
    """The headers of a message; each stands there once."""
    assert len(dict(message.headers)) == len(message.headers)
    return {name: value.decode() for name, value in message.headers}


def parts(message: KafkaMessage) -> tuple[str, str, bytes]:
    """Topic, key and body."""
    assert message.key is not None
    assert message.value is not None
    return message.topic, message.key.decode(), message.value


async def _visited_case(desk: Desk) -> dict[str, list[dict[str, Any]]]:
    """What each service tells of the first case that needed a visit, by its correlation id."""
    page = await desk.ask(MORI, f"GET {SERVICES['helpdesk']}/events?limit=500")
    case = next(event["correlationid"] for event in page["items"] if "OnsiteIsolationRequested" in event["type"])
    return {
        name: (await desk.ask(MORI, f"GET {root}/events?limit=500&correlation_id={case}"))["items"]
        for name, root in SERVICES.items()
    }


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def played(kafka_bootstrap: str, short_lived_folder: Path) -> Played:
    """The walk, played once; every request of it begins a trace of its own."""
    done = Played(Record())

    async def note_request(request: httpx.Request) -> None:
        request.headers["traceparent"] = begun()
        if request.content:
            done.told.update(personal(json.loads(request.content)))

    async def note_answer(answer: httpx.Response) -> None:
        done.traces[answer.headers["x-request-id"]] = trace_of(answer.request.headers["traceparent"])

    hooks: Mapping[str, list[Callable[..., Any]]] = {"request": [note_request], "response": [note_answer]}
    with SuiteProcess(short_lived_folder / "on-kafka", bus=f"kafka://{kafka_bootstrap}") as suite:
        async with httpx.AsyncClient(base_url=suite.address, timeout=60, event_hooks=hooks) as client:
            desk = Desk(client)
            await play(desk)
            done.seen = desk.seen
            done.of_case = await _visited_case(desk)
            done.told.update(personal(await desk.ask(MORI, "GET /api/dispatch/v1/technicians?limit=100")))
    done.wire = await read_all(kafka_bootstrap)
    return done


async def test_the_same_walk_passes_on_real_kafka(played: Played) -> None:
    assert {code for code, _, _ in played.seen.refusals} >= set(REFUSALS)
    assert set(played.seen.events) >= EVENTS
    assert played.seen.facts["statement"]["total"] == 21_340


async def test_every_message_on_the_wire_is_a_complete_cloud_event(played: Played) -> None:
    assert len(played.wire) > 200
    for message in played.wire:
        headers = headers_of(message)
        wrong = {
            name: headers.get(name)
            for name, form in CLOUD_EVENT.items()
            if not re.fullmatch(form, headers.get(name, ""))
        }
        assert wrong == {}, headers
        assert datetime.fromisoformat(headers["ce_time"]).tzinfo is not None
        assert datetime.fromisoformat(headers["ce_recordedtime"]).tzinfo is not None
        assert headers.keys() <= {*CLOUD_EVENT, "ce_time", "ce_recordedtime", "ce_causationid", "ce_partner"}


async def test_every_body_keeps_to_its_checked_in_schema_on_its_topic_under_its_documented_key(played: Played) -> None:
    judges = {name: validator(kind) for name, kind in EVENTS_BY_TYPE.items()}
    for message in played.wire:
        topic, key, value = parts(message)
        kind = EVENTS_BY_TYPE[headers_of(message)["ce_type"]]
        assert list(judges[kind.type_name()].iter_errors(json.loads(value))) == []
        assert (topic, key) == (kind.topic, key_of(read_body(kind, value)))


async def test_each_event_lies_on_the_wire_once_and_its_aggregates_sequence_rises(played: Played) -> None:
    ids = [headers_of(message)["ce_id"] for message in played.wire]
    assert len(set(ids)) == len(ids)
    assert {event["id"] for items in played.of_case.values() for event in items} <= set(ids)
    last: dict[tuple[str, str], int] = {}
    for message in played.wire:
        headers = headers_of(message)
        place = (EVENTS_BY_TYPE[headers["ce_type"]].aggregate, headers["ce_subject"])
        assert int(headers["ce_sequence"]) > last.get(place, 0), headers
        last[place] = int(headers["ce_sequence"])


def _everything(message: KafkaMessage) -> str:
    """All that can be read in a message, escapes undone."""
    _, key, value = parts(message)
    return json.dumps([key, headers_of(message), json.loads(value)], ensure_ascii=False)


async def test_nothing_that_a_person_told_of_themselves_leaves_the_directory(played: Played) -> None:
    directory = [message for message in played.wire if message.topic in RESTRICTED_TOPICS]
    told = played.told | {text for message in directory for text in personal(json.loads(parts(message)[2]))}
    told |= {"".join(re.findall(r"\d", text)) for text in told if re.fullmatch(r"\+?[\d-]{9,}", text)}
    assert {
        "株式会社見本商店",
        "03-1234-5678",
        "+81312345678",
        "0312345678",
        "西新宿3-19-2",
        "見本 花子",
        "青木 修",
    } <= told
    shown = "\n".join(_everything(message) for message in directory)
    assert all(text in shown for text in ("株式会社見本商店", "西新宿3-19-2"))
    for message in played.wire:
        if message.topic not in RESTRICTED_TOPICS:
            text = _everything(message)
            assert [each for each in told if each in text] == [], text


async def test_every_event_carries_the_trace_of_the_request_at_the_root_of_its_causes(played: Played) -> None:
    by_id = {headers["ce_id"]: headers for headers in map(headers_of, played.wire)}
    passed: set[tuple[str, str]] = set()
    of_requests = 0
    for headers in by_id.values():
        cause = headers.get("ce_causationid")
        trace = trace_of(headers["ce_traceparent"])
        if cause in by_id:
            assert trace == trace_of(by_id[cause]["ce_traceparent"]), headers
            assert headers["ce_traceparent"] != by_id[cause]["ce_traceparent"], headers
            passed.add((by_id[cause]["ce_source"], headers["ce_source"]))
        elif cause in played.traces:
            assert trace == played.traces[cause], headers
            of_requests += 1
        else:
            # Nobody asked for it here: a service by itself, or the master data before the walk.
            assert cause is None or cause.startswith("req_"), headers
            assert trace not in played.traces.values()
    assert of_requests > 100
    assert {("/anshin/helpdesk", "/anshin/dispatch"), ("/anshin/dispatch", "/anshin/helpdesk")} <= passed


async def test_the_story_of_a_case_is_polled_from_every_service_by_its_correlation_id(played: Played) -> None:
    told = {name: {event["type"].split(".")[2]: event for event in items} for name, items in played.of_case.items()}
    assert told["helpdesk"].keys() >= {"InquiryAccepted", "OnsiteIsolationRequested", "FaultIsolated"}
    assert told["dispatch"].keys() >= {"VisitRequested", "VisitBooked", "VisitCompleted"}
    asked, requested = told["helpdesk"]["OnsiteIsolationRequested"], told["dispatch"]["VisitRequested"]
    assert requested["causationid"] == asked["id"]
    assert trace_of(requested["traceparent"]) == trace_of(asked["traceparent"]) == played.traces[asked["causationid"]]
    completed, isolated = told["dispatch"]["VisitCompleted"], told["helpdesk"]["FaultIsolated"]
    assert isolated["causationid"] == completed["id"]
    assert trace_of(isolated["traceparent"]) == trace_of(completed["traceparent"])
