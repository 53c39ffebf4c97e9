"""The trace of a request lies in the events it caused."""

from __future__ import annotations

import pytest

from common.testing import RunningService
from common.tracing import trace_of

THINGS = "/api/loaner/v1/things"
TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


async def told(suite: RunningService, headers: list[tuple[str, str]]) -> str:
    """The traceparent of the event that a request with these headers causes."""
    async with suite.client() as operator:
        headers = [*operator.headers.items(), *headers]
        made = await operator.post(THINGS, json={"name": "a hub"}, headers=headers)
    assert made.status_code == 201, made.text
    (event,) = await suite.published()
    assert event.causation_id == made.headers["x-request-id"]
    assert event.traceparent is not None
    return event.traceparent


async def test_the_trace_of_a_request_goes_on_in_its_events(suite: RunningService) -> None:
    traceparent = await told(suite, [("traceparent", f"00-{TRACE}-{SPAN}-01")])
    assert trace_of(traceparent) == TRACE
    assert SPAN not in traceparent


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [("traceparent", f"00-{TRACE}-{'0' * 16}-01")],
        [("traceparent", f"00-{TRACE}-{SPAN}-01"), ("traceparent", f"00-{TRACE}-{SPAN}-01")],
    ],
    ids=["none", "broken", "two"],
)
async def test_a_request_without_one_good_trace_begins_its_own(
    suite: RunningService, headers: list[tuple[str, str]]
) -> None:
    assert trace_of(await told(suite, headers)) not in {None, TRACE}
