"""How a service stands with the bus, as Prometheus metric families; asked of the database when somebody scrapes."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence

import asyncpg
from prometheus_client import generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector, CollectorRegistry

from common.bus_status import BusFigures, ConsumerFigures, GroupFigures, figures
from common.db import Tx
from common.sealing import Chain, waiting

CONTENT_TYPE = "text/plain; version=1.0.0; charset=utf-8"

_RECENT = 500
# Of what was published last: how long each event had waited, recorded to acknowledged.
_RELAY = """
SELECT (SELECT coalesce(max(position), 0) FROM published_event) AS published,
       (SELECT expires_at > clock_timestamp() FROM relay_lease WHERE name = 'outbox') AS leading,
       percentile_cont(ARRAY[0.5, 0.99, 1.0]) WITHIN GROUP (ORDER BY waited) AS waited
FROM (SELECT extract(epoch FROM published_at - recorded_at)::float8 AS waited
      FROM published_event ORDER BY position DESC LIMIT $1) recent
"""
_QUANTILES = ("0.5", "0.99", "1")

Lag = Callable[[Sequence[int]], int]


async def bus_families(tx: Tx, groups: Sequence[str], *, lag_of_group: Lag) -> list[Metric]:
    """The outbox, the relay and each consumer group of a service, in numbers.

    `lag_of_group` puts together what the consumers of a group said: `sum` where each speaks for its own partitions,
    `max` where each speaks for the whole group.
    """
    relay = await tx.connection.fetchrow(_RELAY, _RECENT)
    found = await figures(tx, groups)
    return [
        *_outbox(tx.service, found),
        *(_relay(tx.service, relay) if relay is not None else ()),
        *_groups(tx.service, found.groups, lag_of_group),
    ]


async def seal_families(tx: Tx, chains: Sequence[Chain]) -> list[Metric]:
    """How far each chain of seals is behind its table."""
    rows = _gauge("anshin_unsealed_rows", "Rows of a sealed table that no seal covers yet.", "chain")
    age = _gauge("anshin_seal_age_seconds", "Age of the newest seal; absent before the first.", "chain")
    for chain in chains:
        young, seconds = await waiting(tx, chain)
        rows.add_metric([tx.service, chain.name], young)
        if seconds is not None:
            age.add_metric([tx.service, chain.name], seconds)
    return [rows, age]


def _outbox(service: str, found: BusFigures) -> Iterable[Metric]:
    rows = _gauge("anshin_outbox_rows", "Events recorded and not yet published.", "state")
    rows.add_metric([service, "waiting"], found.outbox.waiting - found.outbox.parked)
    rows.add_metric([service, "parked"], found.outbox.parked)
    age = _gauge("anshin_outbox_age_seconds", "Age of the oldest event not yet published.")
    age.add_metric([service], found.outbox.oldest_seconds)
    return rows, age


def _relay(service: str, row: asyncpg.Record) -> Iterable[Metric]:
    published = CounterMetricFamily("anshin_events_published", "Events published since ever.", labels=["service"])
    published.add_metric([service], row["published"])
    leading = _gauge("anshin_relay_leading", "1 while a relay of this service holds the lease.")
    leading.add_metric([service], float(bool(row["leading"])))
    lag = _gauge("anshin_relay_lag_seconds", f"Recorded to published, of the last {_RECENT} events.", "quantile")
    for quantile, seconds in zip(_QUANTILES, row["waited"] or (), strict=False):
        lag.add_metric([service, quantile], seconds)
    return published, leading, lag


def _groups(service: str, groups: Iterable[GroupFigures], lag_of_group: Lag) -> Iterable[Metric]:
    lag = _gauge("anshin_consumer_lag_messages", "Messages before a group; NaN: nobody knows.", "group")
    consumers = _gauge("anshin_consumers", "Consumers that reported within the last minute.", "group", "state")
    letters = _gauge("anshin_dead_letters", "Messages of a group kept aside for a person.", "group")
    for each in groups:
        lag.add_metric([service, each.group], _lag(each.consumers, lag_of_group))
        stopped = sum(consumer.stopped for consumer in each.consumers)
        consumers.add_metric([service, each.group, "running"], len(each.consumers) - stopped)
        consumers.add_metric([service, each.group, "stopped"], stopped)
        letters.add_metric([service, each.group], each.dead_letters)
    return lag, consumers, letters


def _lag(consumers: Sequence[ConsumerFigures], lag_of_group: Lag) -> float:
    told = [consumer.lag for consumer in consumers if consumer.lag is not None]
    return lag_of_group(told) if told else math.nan


def _gauge(name: str, words: str, *labels: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, words, labels=["service", *labels])


def exposition(families: Iterable[Metric]) -> bytes:
    """The text that Prometheus reads; families of the same name (several services of one process) become one."""
    merged: dict[str, Metric] = {}
    for family in families:
        known = merged.setdefault(family.name, Metric(family.name, family.documentation, family.type))
        known.samples.extend(family.samples)
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Given(list(merged.values())))
    return generate_latest(registry)


class _Given(Collector):
    def __init__(self, families: Sequence[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterable[Metric]:
        return self._families
