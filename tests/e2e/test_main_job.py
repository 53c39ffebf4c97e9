"""The main job on a running suite, over TCP: all eight steps, every refusal, the statement to the yen."""

from __future__ import annotations

import json
from collections import defaultdict

import httpx
import pytest
import pytest_asyncio
from prometheus_client.parser import text_string_to_metric_families

from common.events import EVENTS_BY_TYPE
from common.events.base import read_body
from common.events.keys import key_of
from evaluation.catalogues.documents import ASYNCAPI
from evaluation.testing.suite_process import SuiteProcess
from evaluation.walk.desk import MORI, SERVICES, Desk, Record
from evaluation.walk.main_job import play
from tests.e2e.expected import EVENTS, REFUSALS
from tests.events.published import ROOT, validator


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def walked(suite: SuiteProcess) -> Record:
    """The walk, played once."""
    return await _walk(suite.address)


async def _walk(address: str) -> Record:
    async with httpx.AsyncClient(base_url=address, timeout=60) as client:
        desk = Desk(client)
        await play(desk)
        return desk.seen


@pytest.mark.asyncio(loop_scope="module")
async def test_every_refusal_of_the_table_is_shown(walked: Record) -> None:
    shown = {code: status for code, status, _ in walked.refusals}
    assert {code: shown.get(code) for code in REFUSALS} == REFUSALS
    assert all(rules for code, _, rules in walked.refusals if code != "contract_unknown"), walked.refusals


@pytest.mark.asyncio(loop_scope="module")
async def test_every_step_told_its_facts(walked: Record) -> None:
    assert set(walked.events) >= EVENTS


@pytest.mark.asyncio(loop_scope="module")
async def test_an_accepted_trouble_is_told_once_and_a_refusal_under_its_own_id(walked: Record) -> None:
    accepted = {subject for _, subject, _, name in walked.subjects if name == "InquiryAccepted"}
    refused = [subject for _, subject, _, name in walked.subjects if name == "InquiryRefused"]
    assert len(accepted) == walked.events["InquiryAccepted"]
    assert len(set(refused)) == len(refused)
    assert all(subject.startswith("ref_") for subject in refused)


@pytest.mark.asyncio(loop_scope="module")
async def test_the_sequence_of_every_aggregate_rises(walked: Record) -> None:
    last: dict[tuple[str, str, bool], int] = defaultdict(int)
    for service, subject, sequence, name in walked.subjects:
        place = (service, subject, name == "EntitlementsChanged")
        assert sequence > last[place], (service, subject, name)
        last[place] = sequence


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.rule("R-INVOICE", "R-SETUP-PRICE")
async def test_the_statement_is_right_to_the_yen_and_every_line_says_why(walked: Record) -> None:
    statement = walked.facts["statement"]
    assert (statement["total"], statement["tax"]) == (21_340, 1_940)
    assert sorted(line["amount"] for line in statement["lines"]) == [1_100, 2_200, 18_040]
    assert all(line["rule_ids"] for line in statement["lines"])
    (charge,) = [line for line in statement["lines"] if line["amount"] == 18_040]
    assert charge["event_id"].startswith("evt_")


@pytest.mark.asyncio(loop_scope="module")
async def test_whatever_was_published_keeps_to_its_published_schema_and_key(
    walked: Record, suite: SuiteProcess
) -> None:
    assert walked.events
    told = 0
    async with httpx.AsyncClient(base_url=suite.address, timeout=30) as client:
        desk = Desk(client)
        for root in SERVICES.values():
            page = {"next": "0", "items": []}
            while page["next"] is not None:
                page = await desk.ask(MORI, f"GET {root}/events?limit=500&cursor={page['next']}")
                for event in page["items"]:
                    kind = EVENTS_BY_TYPE[event["type"]]
                    assert list(validator(kind).iter_errors(event["data"])) == [], event
                    assert (event["topic"], event["key"]) == (kind.topic, key_of(read_body(kind, event["data"]))), event
                    told += 1
    assert told >= walked.events.total()


@pytest.mark.asyncio(loop_scope="module")
async def test_afterwards_everything_is_well(walked: Record, suite: SuiteProcess) -> None:
    assert walked.refusals
    async with httpx.AsyncClient(base_url=suite.address, timeout=30) as client:
        ready = (await client.get("/readyz")).json()
        desk = Desk(client)
        clock = await desk.ask(MORI, "GET /api/sandbox/clock")
    assert ready["status"] == "ready"
    assert clock["now"] >= "2027-01-04T09:00:00+09:00"


async def test_the_asyncapi_document_is_served_and_listed(suite: SuiteProcess) -> None:
    async with httpx.AsyncClient(base_url=suite.address, timeout=30) as client:
        served = (await client.get("/asyncapi.json")).json()
        listed = (await client.get("/docs")).text
    assert served == json.loads((ROOT / ASYNCAPI).read_text("utf-8"))
    assert 'href="/asyncapi.json"' in listed


@pytest.mark.asyncio(loop_scope="module")
async def test_prometheus_reads_all_five_services_at_one_address(walked: Record, suite: SuiteProcess) -> None:
    assert walked.events
    async with httpx.AsyncClient(base_url=suite.address, timeout=30) as client:
        answer = await client.get("/metrics")
    families = {family.name: family for family in text_string_to_metric_families(answer.text)}
    for name in ("anshin_outbox_rows", "anshin_http_request_seconds", "anshin_consumer_lag_messages"):
        assert {sample.labels["service"] for sample in families[name].samples} == set(SERVICES)
    assert {sample.value for sample in families["anshin_dead_letters"].samples} == {0}
    assert {sample.value for sample in families["anshin_database_up"].samples} == {1}
