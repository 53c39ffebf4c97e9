"""W3C Trace Context, as its specification reads traceparent."""

from __future__ import annotations

import re

import pytest

from common.context import system_context
from common.tracing import begun, continued, trace_of

TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
GOOD = f"00-{TRACE}-{SPAN}-01"


def test_the_next_hop_keeps_trace_and_sampling_and_has_a_span_of_its_own() -> None:
    hop = continued(GOOD)
    assert re.fullmatch(f"00-{TRACE}-[0-9a-f]{{16}}-01", hop)
    assert hop.split("-")[2] != SPAN
    assert continued(hop) != hop


@pytest.mark.parametrize(("flags", "passed_on"), [("00", "00"), ("01", "01"), ("ff", "01"), ("02", "00")])
def test_of_the_flags_only_sampling_is_passed_on(flags: str, passed_on: str) -> None:
    assert continued(f"00-{TRACE}-{SPAN}-{flags}").endswith(f"-{passed_on}")


@pytest.mark.parametrize(
    "broken",
    [
        None,
        "",
        "nonsense",
        GOOD.upper(),
        f"ff-{TRACE}-{SPAN}-01",
        f"00-{'0' * 32}-{SPAN}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"00-{TRACE}-{SPAN}-01-more",
        f"00-{TRACE}-{SPAN}-1",
        f"00-{TRACE[:-1]}-{SPAN}-01",
        f"00-{TRACE}-{SPAN}x-01",
        f"01-{TRACE}-{SPAN}-01x",
        f" {GOOD}",
        f"{GOOD}\n",
    ],
)
def test_what_is_absent_or_breaks_the_specification_begins_a_new_trace(broken: str | None) -> None:
    assert trace_of(broken) is None
    made = trace_of(continued(broken))
    assert made is not None
    assert made != TRACE


@pytest.mark.parametrize("later", [f"01-{TRACE}-{SPAN}-01", f"cc-{TRACE}-{SPAN}-01-what-comes-later"])
def test_a_later_version_is_read_as_far_as_it_is_known(later: str) -> None:
    assert continued(later).startswith(f"00-{TRACE}-")


def test_every_new_trace_is_another() -> None:
    assert len({trace_of(begun()) for _ in range(100)}) == 100


def test_what_a_service_does_by_itself_begins_a_trace() -> None:
    assert trace_of(system_context("helpdesk").traceparent) is not None
