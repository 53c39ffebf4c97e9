"""A projection of a real service, thrown away and built again from real Kafka."""

from __future__ import annotations

from common.bus.access import KafkaAccess
from common.bus.kafka import KafkaBus
from common.bus.topic_plan import ensure_topics
from common.ids import new_id
from tests.bus.rig import KafkaRig
from tests.integration.rehearsal import ServiceUrl, entitled, staged, versions


async def test_a_projection_is_built_again_from_what_kafka_holds(
    service_url: ServiceUrl, admin_url: str, kafka_rig: KafkaRig
) -> None:
    await ensure_topics(KafkaAccess(bootstrap=kafka_rig._bootstrap))
    contracts = [new_id("ctr") for _ in range(20)]
    async with staged("loaner", service_url, admin_url, bus=KafkaBus(kafka_rig._bootstrap)) as stage:
        await stage.publish([entitled(stage, contract, version) for version in (1, 2, 3) for contract in contracts])
        await stage.consume()
        before = {contract: version for contract, version in (await versions(stage)).items() if contract in contracts}
        assert before == dict.fromkeys(contracts, 3)
        outbox = (await stage.rows())["outbox"]
        await stage.execute("DELETE FROM entitlement")
        await stage.rebuild()
        after = await versions(stage)
        assert {contract: after.get(contract) for contract in contracts} == before
        assert (await stage.rows())["outbox"] == outbox
