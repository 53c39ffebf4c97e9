from __future__ import annotations

from aiokafka.partitioner import DefaultPartitioner
from hypothesis import given
from hypothesis import strategies as st

from common.bus.kafka_batches import hash_of


@given(key=st.text(max_size=64), partitions=st.integers(1, 100))
def test_a_key_goes_where_other_kafka_clients_would_send_it(key: str, partitions: int) -> None:
    numbers = list(range(partitions))
    assert hash_of(key) % partitions == DefaultPartitioner()(key.encode(), numbers, numbers)


def test_a_key_that_others_have_hashed_has_the_same_hash() -> None:
    assert hash_of("21") == -973932308 & 0x7FFFFFFF  # in the tests of Kafka's own client
