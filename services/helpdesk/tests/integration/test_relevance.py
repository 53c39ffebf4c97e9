"""Whether colleagues find a case again: a set of cases and queries made by hand, and how good the first hits are."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx

from common.testing import RunningService
from helpdesk.testing import accepted, entitlements, get, post, standard, tell

SET = tomllib.loads(Path(__file__).with_name("relevance.toml").read_text("utf-8"))
CONTRACT = "ctr_relevance"
LEAST = 0.96
"""How good the order must be (`goodness`)."""


async def write_down(client: httpx.AsyncClient, case: dict[str, Any]) -> tuple[str, str]:
    found = str((await accepted(client, contract_id=CONTRACT, summary=case["summary"], caller=None))["id"])
    if "note" in case:
        await post(client, f"/inquiries/{found}/notes", {"body": case["note"]})
    if "solution" in case:
        body = {"outcome": "solved", "solution": case["solution"]}
        assert (await post(client, f"/inquiries/{found}/resolution", body)).is_success
    return found, case["key"]


async def hits_of(client: httpx.AsyncClient, q: str, keys: dict[str, str]) -> list[str]:
    found = await get(client, f"/search?{httpx.QueryParams(q=q, limit=20)}")
    return list(dict.fromkeys(keys[each["inquiry"]["id"]] for each in found["items"]))


def goodness(answers: Sequence[tuple[list[str], list[str]]]) -> float:
    """The mean share of the expected cases that stand where they should: before everything else."""
    return sum(len(set(expects) & set(hits[: len(expects)])) / len(expects) for expects, hits in answers) / len(answers)


async def test_what_is_typed_finds_the_case_that_is_meant(suite: RunningService, operator: httpx.AsyncClient) -> None:
    await tell(suite, entitlements(standard(inquiry_limit=len(SET["case"])), contract_id=CONTRACT))
    keys = dict([await write_down(operator, case) for case in SET["case"]])
    hits = {each["q"]: await hits_of(operator, each["q"], keys) for each in SET["query"]}
    answered = [(each["expects"], hits[each["q"]]) for each in SET["query"] if each["expects"]]
    assert len(answered) >= 60
    missed = {each["q"]: hits[each["q"]] for each in SET["query"] if not set(each["expects"]) <= set(hits[each["q"]])}
    assert missed == {}
    assert [each["q"] for each in SET["query"] if not each["expects"] and hits[each["q"]]] == []
    poor = [pair for pair in answered if goodness([pair]) < 1]
    assert goodness(answered) >= LEAST, poor
    order = {key: at for at, key in enumerate(keys.values())}
    newest = [(expects, sorted(got, key=order.__getitem__, reverse=True)) for expects, got in answered]
    backwards = [(expects, got[::-1]) for expects, got in answered]
    assert max(goodness(newest), goodness(backwards)) < LEAST, "the set must tell a good order from a bad one"
