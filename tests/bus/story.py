"""What was told and done in a probe's database, read by its administrator after everybody else is dead."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from evaluation.testing.databases import Administrator
from tests.bus.probe import per_subject


def first_heard(headers: Sequence[dict[str, str]]) -> dict[str, list[int]]:
    """The sequences of each subject in the order in which a log has them, repetitions of an event left out."""
    seen: dict[str, tuple[str, int]] = {}
    for told in headers:
        seen.setdefault(told["ce_id"], (told["ce_subject"], int(told["ce_sequence"])))
    return per_subject(list(seen.values()))


class Story:
    """What was told and done in a probe's database."""

    def __init__(self, admin: Administrator) -> None:
        self._admin = admin

    def value(self, query: str, *arguments: object) -> Any:
        """One value."""
        return self._admin.call(self._admin._connection.fetchval(query, *arguments))

    def rows(self, query: str) -> list[Any]:
        """All rows."""
        return list(self._admin.call(self._admin._connection.fetch(query)))

    def events(self) -> int:
        """How many facts were committed."""
        return int(self.value("SELECT coalesce(sum(version), 0) FROM probe.thing"))

    def told(self) -> dict[str, list[int]]:
        """What must have been told of each thing: each of its versions once, in order."""
        things = self.rows("SELECT id, version FROM probe.thing")
        return {row["id"]: list(range(1, row["version"] + 1)) for row in things}

    def published(self) -> dict[str, list[int]]:
        """Published events of each thing, in the order of their positions."""
        rows = self.rows("SELECT aggregateid, aggregate_version FROM probe.published_event ORDER BY position")
        return per_subject([(row["aggregateid"], row["aggregate_version"]) for row in rows])

    def done(self) -> dict[str, list[int]]:
        """Effects on each thing, in order."""
        rows = self.rows("SELECT subject, sequence FROM probe.effect ORDER BY number")
        return per_subject([(row["subject"], row["sequence"]) for row in rows])

    def heard(self) -> list[dict[str, str]]:
        """The headers of all there is in the log of the embedded bus, in order."""
        return [json.loads(row["headers"]) for row in self.rows('SELECT headers FROM bus.record ORDER BY "offset"')]

    def waiting(self) -> int:
        """How many events are in the outbox."""
        return int(self.value("SELECT count(*) FROM probe.outbox"))

    def without_effect(self) -> int:
        """How many events have had no effect yet."""
        return self.events() - int(self.value("SELECT count(*) FROM probe.effect"))

    def letters(self) -> dict[str, list[tuple[int, str]]]:
        """Open dead letters of each thing in order: sequence and reason."""
        found: dict[str, list[tuple[int, str]]] = {}
        rows = self.rows(
            "SELECT subject, (headers ->> 'ce_sequence')::int AS sequence, reason FROM probe.dead_letter "
            "WHERE redriven_at IS NULL ORDER BY number"
        )
        for row in rows:
            found.setdefault(row["subject"], []).append((row["sequence"], row["reason"]))
        return found

    def unaccounted(self) -> int:
        """How many events have had no effect and are no dead letters either."""
        return self.without_effect() - int(
            self.value("SELECT count(*) FROM probe.dead_letter WHERE redriven_at IS NULL")
        )
