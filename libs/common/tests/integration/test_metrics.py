"""What Prometheus reads of a service."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from prometheus_client.parser import text_string_to_metric_families

from common.events.loaner import UnitRestocked
from common.metrics import exposition
from common.relay import Relay
from common.testing import RunningService
from libs.common.tests.integration.test_bus_status import API, Choosy

THINGS = f"{API}/things"
GROUP = "loaner.projections"
REPORTED = "INSERT INTO consumer_report (consumer_group, member, lag, stopped) VALUES ($1, $2, $3, $4)"
Samples = dict[tuple[str, ...], float]


def read(text: str) -> Samples:
    """Samples by name and the values of their labels in the order of their names, without the service's."""
    return {
        (each.name, *[value for name, value in sorted(each.labels.items()) if name != "service"]): each.value
        for family in text_string_to_metric_families(text)
        for each in family.samples
    }


async def scrape(suite: RunningService) -> Samples:
    """What anybody who reaches the process reads."""
    async with suite.client(None) as anybody:
        answer = await anybody.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=")
    assert 'service="loaner"' in answer.text
    return read(answer.text)


async def test_requests_count_by_the_template_of_their_route_and_how_they_ended(suite: RunningService) -> None:
    async with suite.client() as operator:
        made = [(await operator.post(THINGS, json={"name": name})).json()["id"] for name in ("a", "b")]
        for thing in made:
            await operator.get(f"{THINGS}/{thing}")
        await operator.post(THINGS, json={"name": "a"})
        await operator.get("/api/loaner/v1/made-up/by-whoever-asks")
    found = await scrape(suite)
    count = "anshin_http_request_seconds_count"
    assert found[count, "POST", THINGS, "201"] == 2
    assert found[count, "POST", THINGS, "409"] == 1
    assert found[count, "GET", f"{THINGS}/{{thing_id}}", "200"] == 2
    assert found[count, "GET", "unknown", "404"] == 1
    assert found["anshin_http_request_seconds_bucket", "+Inf", "POST", THINGS, "201"] == 2
    assert 0 < found["anshin_http_request_seconds_sum", "POST", THINGS, "201"] < 60
    assert not [key for key in found if made[0] in "".join(key) or "whoever" in "".join(key)]


async def test_the_outbox_shows_its_rows_and_age_and_the_relay_how_long_events_waited(suite: RunningService) -> None:
    async with suite.client() as operator:
        made = [(await operator.post(THINGS, json={"name": name})).json()["id"] for name in ("good", "bad")]
    before = await scrape(suite)
    assert (before["anshin_outbox_rows", "waiting"], before["anshin_outbox_rows", "parked"]) == (2, 0)
    assert before["anshin_outbox_age_seconds",] > 0
    assert before["anshin_relay_leading",] == 0
    assert ("anshin_relay_lag_seconds", "1") not in before

    publisher = Choosy()
    publisher.sick.add(made[1])
    await Relay(suite.database, publisher).step()
    after = await scrape(suite)
    assert (after["anshin_outbox_rows", "waiting"], after["anshin_outbox_rows", "parked"]) == (0, 1)
    assert after["anshin_events_published_total",] == 1
    assert after["anshin_relay_leading",] == 1
    assert 0 < after["anshin_relay_lag_seconds", "0.5"] <= after["anshin_relay_lag_seconds", "1"]


@pytest.mark.parametrize(("bus", "together"), [("embedded", 7), ("kafka://127.0.0.1:9", 12)])
async def test_the_lag_of_a_group_is_what_its_consumers_said(suite: RunningService, bus: str, together: int) -> None:
    suite.service.parts = replace(suite.service.parts, projections={UnitRestocked: _nothing})
    suite.service.settings = suite.service.settings.model_copy(update={"bus": bus})
    unknown = await scrape(suite)
    assert math.isnan(unknown["anshin_consumer_lag_messages", GROUP])
    assert unknown["anshin_consumers", GROUP, "running"] == 0
    async with suite.database.connection() as connection:
        for member, lag, stopped in (("mbr_1", 7, False), ("mbr_2", 5, False), ("mbr_3", None, True)):
            await connection.execute(REPORTED, GROUP, member, lag, stopped)
    told = await scrape(suite)
    assert told["anshin_consumer_lag_messages", GROUP] == together
    assert (told["anshin_consumers", GROUP, "running"], told["anshin_consumers", GROUP, "stopped"]) == (2, 1)


async def _nothing(*_: object) -> None: ...


async def test_dead_letters_count_by_group(suite: RunningService) -> None:
    suite.service.parts = replace(suite.service.parts, projections={UnitRestocked: _nothing})
    data = UnitRestocked(actor="op-sato", unit_id="unit_1", kind="hub")
    message = suite.message(data, subject="unit_1", sequence=1, key="unit_1")
    assert (await scrape(suite))["anshin_dead_letters", GROUP] == 0
    await suite.consumers()[0].apply([message._replace(value=b"no json")])
    assert (await scrape(suite))["anshin_dead_letters", GROUP] == 1


async def test_without_its_database_a_service_still_tells_of_its_requests(suite: RunningService) -> None:
    assert (await scrape(suite))["anshin_database_up",] == 1
    await suite.database.close()
    found = await scrape(suite)
    assert found["anshin_database_up",] == 0
    assert found["anshin_http_request_seconds_count", "GET", "/metrics", "200"] == 1
    assert ("anshin_outbox_age_seconds",) not in found


async def test_several_services_of_one_process_share_a_page(suite: RunningService) -> None:
    families = [*await suite.service.metrics(), *await suite.service.metrics()]
    text = exposition(families).decode()
    assert text.count("# TYPE anshin_outbox_rows gauge") == 1
    assert text.count('anshin_outbox_rows{service="loaner",state="waiting"}') == 2
