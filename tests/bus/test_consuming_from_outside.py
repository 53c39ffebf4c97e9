"""The consumer of docs/consuming-events.md, run as it is written there."""

from __future__ import annotations

import asyncio
import json
import os
import random
import re
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from contextlib import ExitStack, closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer

from common.bus.access import KafkaAccess
from common.bus.kafka import KafkaBus
from common.bus.protocol import Message
from common.bus.topic_plan import ensure_topics
from common.context import Context
from common.events import EVENTS_BY_TYPE, TOPICS
from common.events.base import NewEvent
from common.events.examples import example_of
from common.events.helpdesk import InquiryAccepted, InquiryVoided
from common.ids import new_id
from common.outbox import headers_of
from evaluation.testing.kafka_sources import FoundKafka
from evaluation.waiting import wait_until

PAGE = (Path(__file__).parents[2] / "docs" / "consuming-events.md").read_text("utf-8")
KILLS = 12
EVENTS = 4_000
CONTRACTS = 40
MONTHS = ("2026-06", "2026-07")
SEED = 20260601
Counts = Counter[tuple[str, str]]


def program() -> str:
    """The only Python of the page."""
    (found,) = re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    return str(found)


class Outsider:
    """The program in a process of its own, with a database that outlives it."""

    def __init__(self, folder: Path, bootstrap: str, text: str) -> None:
        self._program = folder / "consumer.py"
        self._program.write_text(text, "utf-8")
        self._database = folder / "counts.sqlite"
        self._environment = {**os.environ, "BOOTSTRAP": bootstrap, "DATABASE": str(self._database)}
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._process = subprocess.Popen([sys.executable, str(self._program)], env=self._environment)

    def kill(self) -> None:
        """kill -9; it must still have been at work."""
        assert self._process is not None
        assert self._process.poll() is None, "it ended by itself"
        self.end()

    def end(self) -> None:
        """End it, if it runs."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def rows(self, query: str) -> list[tuple[str, ...]]:
        if not self._database.exists():
            return []
        with closing(sqlite3.connect(f"file:{self._database}?mode=ro", uri=True, timeout=10)) as database:
            try:
                return database.execute(query).fetchall()
            except sqlite3.OperationalError:  # its tables are just being made
                return []

    def seen(self) -> set[str]:
        """The ids in its inbox."""
        return {row[0] for row in self.rows("SELECT event_id FROM inbox")}

    async def has_seen(self, ids: AbstractSet[str], number: int) -> None:
        """Returns when so many of these ids are in its inbox."""
        await asyncio.to_thread(
            wait_until, lambda: len(self.seen() & ids) >= number, within=60, what="it has come that far"
        )

    def counts(self) -> Counts:
        """Units by contract and month."""
        return Counter({(str(c), str(m)): int(u) for c, m, u in self.rows("SELECT contract, month, units FROM used")})


class Story:
    """Events with what they should come to."""

    def __init__(self, chance: random.Random, number: int) -> None:
        self.contracts = [new_id("ctr") for _ in range(CONTRACTS)]
        self.messages = [self._message(chance) for _ in range(number)]
        self.ids = {message.headers["ce_id"] for message in self.messages}
        self.expected: Counts = Counter()
        for message in self.messages:
            body = json.loads(message.value)
            self.expected[body["contract_id"], body["fee_month"]] += body["units"]

    def _message(self, chance: random.Random) -> Message:
        inquiry_id, contract_id, fee_month = new_id("inq"), chance.choice(self.contracts), chance.choice(MONTHS)
        example = example_of(InquiryAccepted) if chance.random() < 0.7 else example_of(InquiryVoided)
        data = example.model_copy(update={"inquiry_id": inquiry_id, "contract_id": contract_id, "fee_month": fee_month})
        event = NewEvent(
            data=data,
            subject=inquiry_id,
            sequence=1,
            key=inquiry_id,
            time=datetime.now(UTC),
            partner=None,
            correlation_id=inquiry_id,
        )
        headers = headers_of(event, event_id=new_id("evt"), service="helpdesk", context=Context(actor="op-sato"))
        value = data.model_dump_json(by_alias=True).encode()
        return Message(topic=data.topic, key=event.key, headers=headers, value=value)

    def matches(self, counted: Counts) -> bool:
        """Whether what was counted of these contracts is what it should be."""
        ours = set(self.contracts)
        return {k: v for k, v in counted.items() if k[0] in ours} == dict(self.expected)


@pytest.fixture
def running(kafka: FoundKafka, tmp_path: Path) -> Iterator[Callable[[str], Outsider]]:
    """Makes an outsider of a program's text; it is ended when the test is."""
    with ExitStack() as stack:

        def make(text: str) -> Outsider:
            outsider = Outsider(tmp_path, kafka.bootstrap, text)
            stack.callback(outsider.end)
            return outsider

        yield make


async def publish(kafka: FoundKafka, batches: Sequence[Sequence[Message]], chance: random.Random) -> None:
    """As the relay does; now and then a batch twice, as after a kill between publishing and noting it."""
    publisher = KafkaBus(kafka.bootstrap).publisher("helpdesk")
    await publisher.open(1)
    try:
        for batch in batches:
            await publisher.publish(batch)
            if chance.random() < 0.2:
                await publisher.publish(batch)
    finally:
        await publisher.close()


async def never_commit(kafka: FoundKafka, message: Message) -> None:
    """A message in a transaction that is taken back: nobody may see it."""
    async with AIOKafkaProducer(bootstrap_servers=kafka.bootstrap, transactional_id="outside.aborted") as producer:
        await producer.begin_transaction()
        headers = [(name, value.encode()) for name, value in message.headers.items()]
        await producer.send_and_wait(message.topic, message.value, key=message.key.encode(), headers=headers)
        await producer.abort_transaction()


def test_the_program_has_fewer_than_40_lines_and_uses_published_names_only() -> None:
    text = program()
    assert len(text.splitlines()) < 40
    assert set(re.findall(r"anshin\.[\w.-]+", text)) <= set(EVENTS_BY_TYPE)
    assert set(re.findall(r"subscribe\(\[\"(.+?)\"\]\)", text)) <= set(TOPICS)
    assert set(re.findall(r"^(?:from|import) (\w+)", text, re.MULTILINE)) == {"json", "contextlib", "confluent_kafka"}


@pytest.mark.timeout(240)
async def test_killed_again_and_again_while_events_arrive_it_neither_loses_nor_doubles(
    kafka: FoundKafka, running: Callable[[str], Outsider]
) -> None:
    await ensure_topics(KafkaAccess(bootstrap=kafka.bootstrap))
    chance = random.Random(SEED)  # noqa: S311 - the same story each time
    story = Story(chance, EVENTS)
    outsider = running(program())
    aborted = story.messages[0]._replace(headers={**story.messages[0].headers, "ce_id": new_id("evt")})
    await never_commit(kafka, aborted)
    share = EVENTS // KILLS
    for kill in range(KILLS):
        part = story.messages[kill * share : (kill + 1) * share] if kill < KILLS - 1 else story.messages[kill * share :]
        telling = asyncio.create_task(publish(kafka, [part[n : n + 20] for n in range(0, len(part), 20)], chance))
        outsider.start()
        before = len(outsider.seen() & story.ids)
        await outsider.has_seen(story.ids, before + chance.randrange(1, share))
        outsider.kill()
        await telling
    assert len(outsider.seen() & story.ids) < EVENTS, "the last kill came too late to interrupt anything"
    outsider.start()
    await outsider.has_seen(story.ids, len(story.ids))
    outsider.kill()
    assert aborted.headers["ce_id"] not in outsider.seen()
    assert story.matches(outsider.counts())


@pytest.mark.timeout(120)
async def test_without_its_inbox_it_would_double(kafka: FoundKafka, running: Callable[[str], Outsider]) -> None:
    await ensure_topics(KafkaAccess(bootstrap=kafka.bootstrap))
    chance = random.Random(SEED)  # noqa: S311 - the same story each time
    story = Story(chance, 40)
    for _ in range(2):
        await publish(kafka, [story.messages], chance)
    text = program()
    forgetful = text.replace("if new and ", "if ").replace("analytics.inquiries-used", "analytics.forgetful")
    assert forgetful.count("if headers") == 1
    outsider = running(forgetful)
    outsider.start()
    await outsider.has_seen(story.ids, len(story.ids))
    outsider.kill()
    assert not story.matches(outsider.counts())
