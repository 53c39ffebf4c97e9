"""The main job on a running suite, over TCP: all eight steps, every refusal, the statement to the yen."""

from __future__ import annotations

import json
from collections import defaultdict
from io import BytesIO

import httpx
import pytest
import pytest_asyncio
from prometheus_client.parser import text_string_to_metric_families
from pypdf import PdfReader

from common.events import EVENTS_BY_TYPE
from common.events.base import read_body
from common.events.keys import key_of
from evaluation.catalogues.documents import ASYNCAPI
from evaluation.testing.suite_process import SuiteProcess
from evaluation.walk.contracting import ADDRESS, C
from evaluation.walk.desk import ABE, MORI, SATO, SERVICES, Desk, Record
from evaluation.walk.lending import L, ship, wish
from evaluation.walk.main_job import play
from evaluation.walk.support import isolated
from evaluation.walk.visits import D, slots
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
            page = {"next": "", "items": []}
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


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.rule("R-ADDRESS")
async def test_a_move_holds_the_visit_and_leads_the_loan_to_the_new_address(
    walked: Record, suite: SuiteProcess
) -> None:
    contract_id = walked.facts["statement"]["contract_id"]
    async with httpx.AsyncClient(base_url=suite.address, timeout=60) as client:
        desk = Desk(client)
        case = await isolated(desk, contract_id, "hub")
        loan = await desk.soon(SATO, f"POST {L}/loans", wish(case, "hub"))
        items = [{"menu_code": "pc-internet-connection", "units": 1}]
        body = {"contract_id": contract_id, "purpose": "setup", "items": items}
        request = await desk.ask(SATO, f"POST {D}/visit-requests", body, status=201)
        slot = (await slots(desk, request["id"], "2027-01-12", "2027-01-13"))["slots"][0]
        booking = {"visit_request_id": request["id"], "slot_id": slot["slot_id"]}
        visit = await desk.ask(SATO, f"POST {D}/visits", booking, status=201)

        new = {**ADDRESS, "street": "西新宿9-9-9", "building": None}
        move = {"contract_address": new, "effective_on": "2027-01-05", "reason": "larger shop"}
        await desk.move_clock("2027-01-04T10:00:00+09:00")  # contracts has heard of the visit and the loan
        moved = await desk.ask(SATO, f"POST {C}/contracts/{contract_id}/address-changes", move, status=201)
        assert (moved["affected"]["visit_ids"], moved["affected"]["loan_ids"]) == ([visit["id"]], [loan["id"]])

        path = f"GET {D}/visits/{visit['id']}"
        held = await desk.eventually(SATO, path, lambda shown: shown["hold_reasons"] != [])
        assert held["hold_reasons"] == ["address_moved"]
        await desk.move_clock("2027-01-05T09:30:00+09:00")
        await desk.ask(SATO, f"POST {D}/visits/{visit['id']}/release", {"note": "same shop, next door"})
        assert (await desk.ask(SATO, path))["hold_reasons"] == []
        await ship(desk, loan["id"])
        label = await desk.ask(ABE, f"GET {L}/loans/{loan['id']}/label")
        assert "西新宿9-9-9" in str(label)


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.rule("R-INVOICE", "R-DIRECT-DEBIT")
async def test_the_closed_month_is_invoiced_printed_debited_and_paid(walked: Record, suite: SuiteProcess) -> None:
    statement = walked.facts["statement"]
    async with httpx.AsyncClient(base_url=suite.address, timeout=60) as client:
        desk = Desk(client)
        call = f"GET {C}/statements/{statement['id']}/invoice"
        invoice = await desk.eventually(MORI, call, lambda shown: shown["owing"] == "open")
        assert (invoice["total"], invoice["tax"]) == (21_340, 1_940)
        pdf = await client.get(call[4:], headers={**await bearer(desk), "Accept": "application/pdf"})
        text = "".join(page.extract_text() for page in PdfReader(BytesIO(pdf.content)).pages)
        assert invoice["number"] in text
        assert "21,340" in text

        account = {
            "bank_code": "0005", "bank_name_kana": "ミツビシUFJ", "branch_code": "001", "branch_name_kana": "ホンテン",
            "kind": "1", "number": "7654321", "holder_kana": "ミホンショウテン",
            "mandate": {"signed_on": "2026-06-01", "signed_by": "見本 太郎", "channel": "paper"},
        }  # fmt: skip
        await desk.ask(SATO, f"PUT {C}/subscribers/{invoice['subscriber_id']}/bank-account", account)
        batch = await desk.ask(MORI, f"POST {C}/debit-batches", {"collect_on": "2027-01-27"}, status=201)
        owed = await desk.ask(MORI, f"GET {C}/invoices?owing=requested&subscriber_id={invoice['subscriber_id']}")
        assert (batch["debits"], batch["total"]) == (1, sum(each["total"] for each in owed["items"]))
        assert invoice["id"] in {each["id"] for each in owed["items"]}
        path = f"{C}/debit-batches/{batch['id']}"
        file = bytearray((await client.get(f"{path}/file", headers=await bearer(desk))).content)
        file[120 + 111 : 120 + 112] = b"0"  # the bank says of the one debit that it was paid
        file[240 + 19 : 240 + 55] = f"{1:06}{batch['total']:012}{0:06}{0:012}".encode()
        for _ in range(2):
            answer = await client.post(f"{path}/results", content=bytes(file), headers=await bearer(desk))
            assert (answer.status_code, answer.json()["paid_total"]) == (200, batch["total"]), answer.text
        paid = await desk.ask(MORI, call)
        assert (paid["owing"], paid["number"]) == ("paid", invoice["number"])


async def bearer(desk: Desk) -> dict[str, str]:
    return {"Authorization": f"Bearer {await desk.token(MORI)}"}
