"""How a service stands with the bus: outbox, consumers, dead letters; what is parked can be released."""

from __future__ import annotations

from collections.abc import Sequence

from common.bus.embedded import EmbeddedBus
from common.bus.protocol import BusUnavailable, Message, Unpublishable
from common.bus_status import report
from common.events.loaner import UnitRestocked
from common.relay import Relay
from common.testing import RunningService

API = "/api/loaner/v1"


class Choosy:
    """A publisher that never takes the first event of a sick aggregate until it is well."""

    def __init__(self) -> None:
        self.sick: set[str] = set()
        self.sent: list[tuple[str, str]] = []

    async def open(self, epoch: int) -> None: ...

    async def publish(self, messages: Sequence[Message]) -> None:
        for index, message in enumerate(messages):
            if message.headers["ce_subject"] in self.sick:
                raise Unpublishable(index, "too large")
        self.sent += [(each.headers["ce_subject"], each.headers["ce_sequence"]) for each in messages]

    async def close(self) -> None: ...


async def _thing(suite: RunningService, name: str, *, renamings: int = 0) -> str:
    async with suite.client() as operator:
        thing = str((await operator.post(f"{API}/things", json={"name": name})).json()["id"])
        for n in range(renamings):
            await operator.post(f"{API}/things/{thing}/renaming", json={"name": f"{name} {n}"})
    return thing


async def test_a_parked_event_is_seen_with_what_waits_behind_it_and_released_in_order(suite: RunningService) -> None:
    bad, good = await _thing(suite, "bad", renamings=2), await _thing(suite, "good")
    publisher = Choosy()
    publisher.sick.add(bad)
    relay = Relay(suite.database, publisher)
    assert await relay.step() == 1
    async with suite.client("supervisor") as supervisor:
        (parked,) = (await supervisor.get(f"{API}/outbox/parked")).json()["items"]
        assert (parked["subject"], parked["sequence"], parked["reason"], parked["waiting"]) == (bad, 1, "too large", 2)
        outbox = (await supervisor.get(f"{API}/bus-status")).json()["outbox"]
        assert (outbox["waiting"], outbox["parked"]) == (3, 1)
        assert outbox["oldest_seconds"] > 0

        publisher.sick.clear()
        release = f"{API}/outbox/parked/{parked['id']}/release"
        assert (await supervisor.post(release)).status_code == 204
        again = await supervisor.post(release)
        assert (again.status_code, again.json()["code"]) == (404, "parked_event_unknown")
        assert await relay.step() == 3
        outbox = (await supervisor.get(f"{API}/bus-status")).json()["outbox"]
    assert outbox == {"waiting": 0, "parked": 0, "oldest_seconds": 0}
    assert publisher.sent == [(good, "1"), (bad, "1"), (bad, "2"), (bad, "3")]


async def test_counts_dead_letters_per_group_and_shows_what_consumers_reported(suite: RunningService) -> None:
    data = UnitRestocked(actor="op-sato", unit_id="unit_1", kind="hub")
    message = suite.message(data, subject="unit_1", sequence=1, key="unit_1")
    await suite.consumers()[0].apply([message._replace(value=b"no json")])
    bus = EmbeddedBus(lambda _: suite.service.settings.database_url)
    consumer = suite.consumers()[0]
    consumer._subscription = bus.subscription("loaner", consumer.group, ["loaner.loans.v1"])
    await report(suite.database, "mbr_1", [consumer])
    async with suite.client("supervisor") as supervisor:
        (group,) = (await supervisor.get(f"{API}/bus-status")).json()["groups"]
    await consumer._subscription.close()
    assert (group["group"], group["dead_letters"]) == ("loaner.projections", 1)
    assert group["oldest_dead_letter"] is not None
    assert [(each["member"], each["lag"], each["stopped"]) for each in group["consumers"]] == [("mbr_1", 0, False)]


async def test_a_lag_that_the_bus_does_not_tell_is_unknown_and_old_reports_are_forgotten(suite: RunningService) -> None:
    class Away:
        async def lag(self) -> int:
            raise BusUnavailable(reason="away")

    consumer = suite.consumers()[0]
    consumer._subscription = Away()  # type: ignore[assignment]
    async with suite.database.connection() as connection:
        await connection.execute(
            "INSERT INTO consumer_report VALUES ('loaner.projections', 'mbr_0', 5, false, now() - interval '1 hour')"
        )
    await report(suite.database, "mbr_1", [consumer])
    async with suite.client("supervisor") as supervisor:
        (group,) = (await supervisor.get(f"{API}/bus-status")).json()["groups"]
    assert [(each["member"], each["lag"]) for each in group["consumers"]] == [("mbr_1", None)]
    async with suite.database.connection() as connection:
        assert await connection.fetchval("SELECT count(*) FROM consumer_report") == 1
