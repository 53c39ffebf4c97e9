"""The list of topics is what the code speaks, and what a broker is brought to."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import count

import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from common.bus.__main__ import DIFFERS, main
from common.bus.access import KafkaAccess
from common.bus.topic_plan import Setting, TopicAdministrator
from common.bus.topics import TOPIC_LIST, Topic
from common.events import COMPACTED_TOPICS, RESTRICTED_TOPICS, TOPICS
from evaluation.catalogues.described import Described
from evaluation.catalogues.services import described_services
from evaluation.testing.kafka_sources import FoundKafka

_numbers = count(1)


@pytest.fixture(scope="module")
def services() -> Mapping[str, Described]:
    return described_services()


def a_topic(**over: object) -> Topic:
    return Topic(**{"name": f"planned.{next(_numbers)}.v1", "owner": "probe", "readers": ("reader",), **over})  # type: ignore[arg-type]


def administrator(kafka: FoundKafka, *topics: Topic) -> TopicAdministrator:
    return TopicAdministrator(KafkaAccess(bootstrap=kafka.bootstrap), topics, replication=1)


async def configuration(kafka: FoundKafka, topic: str) -> dict[str, str]:
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka.bootstrap)
    await admin.start()
    try:
        answers = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic)])
    finally:
        await admin.close()
    return {entry[0]: entry[1] for answer in answers for resource in answer.resources for entry in resource[4]}


async def make(kafka: FoundKafka, topic: str, partitions: int, **settings: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka.bootstrap)
    await admin.start()
    try:
        configs = {name.replace("_", "."): value for name, value in settings.items()}
        answer = await admin.create_topics([NewTopic(topic, partitions, 1, topic_configs=configs)])
        assert [error for _, error, *_ in answer.topic_errors] == [0]
    finally:
        await admin.close()


def test_the_list_holds_every_topic_of_the_code_with_its_owner() -> None:
    assert {topic.name: topic.owner for topic in TOPIC_LIST} == TOPICS


def test_the_list_compacts_and_restricts_what_the_code_says() -> None:
    assert {topic.name for topic in TOPIC_LIST if topic.cleanup == "compact"} == COMPACTED_TOPICS
    assert {topic.name for topic in TOPIC_LIST if topic.restricted} == RESTRICTED_TOPICS


def test_every_service_that_consumes_a_topic_may_read_it(services: Mapping[str, Described]) -> None:
    heard = {
        (kind.topic, service.name) for service in services.values() for kind in service.projections | service.reactions
    }
    assert heard <= {(topic.name, reader) for topic in TOPIC_LIST for reader in topic.readers}


def test_only_services_that_consume_the_directory_may_read_it(services: Mapping[str, Described]) -> None:
    (directory,) = [topic for topic in TOPIC_LIST if topic.restricted]
    heard = {
        service.name
        for service in services.values()
        if directory.name in {kind.topic for kind in service.projections | service.reactions}
    }
    assert set(directory.readers) == heard


async def test_a_plan_shows_what_is_missing_and_changes_nothing(kafka: FoundKafka) -> None:
    topic = a_topic(cleanup="compact")
    plan = administrator(kafka, topic).plan()
    assert plan.missing == (topic,)
    assert not plan.empty
    assert administrator(kafka, topic).plan() == plan
    assert any(
        line.startswith(f"+ topic {topic.name}: 6 partitions x 1, cleanup.policy=compact") for line in plan.lines()
    )


async def test_what_was_applied_needs_nothing_more(kafka: FoundKafka) -> None:
    topic = a_topic(cleanup="compact")
    admin = administrator(kafka, topic)
    admin.apply(admin.plan())
    assert administrator(kafka, topic).plan().empty
    configured = await configuration(kafka, topic.name)
    assert (configured["cleanup.policy"], configured["retention.ms"]) == ("compact", "-1")


async def test_a_setting_that_drifted_is_brought_back_and_others_are_left(kafka: FoundKafka) -> None:
    topic = a_topic()
    await make(kafka, topic.name, 6, retention_ms="60000", segment_bytes="2000000")
    admin = administrator(kafka, topic)
    plan = admin.plan()
    assert plan.settings == (Setting(topic.name, "retention.ms", "60000", "-1"),)
    admin.apply(plan)
    configured = await configuration(kafka, topic.name)
    assert (configured["retention.ms"], configured["segment.bytes"]) == ("-1", "2000000")


@pytest.mark.parametrize("present", [3, 9])
async def test_partitions_are_never_changed(kafka: FoundKafka, present: int) -> None:
    topic = a_topic()
    await make(kafka, topic.name, present)
    admin = administrator(kafka, topic)
    plan = admin.plan()
    assert any(f"{topic.name} has {present} partitions, not 6" in remark for remark in plan.remarks)
    admin.apply(plan)
    assert admin._shapes()[topic.name] == (present, 1)


async def test_topics_that_are_not_listed_stay(kafka: FoundKafka) -> None:
    foreign = a_topic()
    await make(kafka, foreign.name, 2)
    admin = administrator(kafka, a_topic())
    admin.apply(admin.plan())
    assert foreign.name in admin._shapes()


async def test_a_broker_without_an_authorizer_is_said_to_have_none(kafka: FoundKafka) -> None:
    plan = administrator(kafka, a_topic(restricted=True)).plan()
    assert plan.rights is None
    assert any("no authorizer" in remark for remark in plan.remarks)


def test_the_commands_plan_apply_and_then_find_nothing_to_do(
    kafka: FoundKafka, capsys: pytest.CaptureFixture[str]
) -> None:
    where = ["--bootstrap", kafka.bootstrap, "--replication", "1"]
    main(["topics", "apply", *where])
    capsys.readouterr()
    assert main(["topics", "plan", *where]) == 0
    said = capsys.readouterr().out
    assert "as listed: nothing to apply" in said
    assert main(["topics", "plan", "--bootstrap", kafka.bootstrap]) == DIFFERS  # three replicas want two in sync
    said = capsys.readouterr().out
    assert re.search(r"~ helpdesk\.cases\.v1: min\.insync\.replicas 1 -> 2", said)
    assert re.search(r"! helpdesk\.cases\.v1 has 1 replicas, not 3", said)
