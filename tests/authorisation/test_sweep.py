"""Whatever one tenant asks, nothing of the other's stands in any answer."""

from __future__ import annotations

import pytest

from tests.authorisation.conftest import World, tokens_of, told
from tests.authorisation.sweep import Sweep, changing, reading

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(300)]


async def test_no_answer_to_one_tenant_shows_anything_of_the_other(
    world: World, request: pytest.FixtureRequest
) -> None:
    assert len(world.secrets) > 200
    sweep = Sweep(world.ground, tokens_of(world, world.a.partner), world.secrets, brought=world.b.ids.values())
    leaks = await sweep.ask(reading(world.ground, world.a, world.b))
    leaks += await sweep.ask(changing(world.ground, world.a, world.b))
    told(
        request,
        f"tenant sweep: {sweep.asked:,} requests for {len(world.secrets)} secrets, {sweep.succeeded:,} succeeded",
    )
    assert sweep.faults == []
    assert [str(leak) for leak in leaks] == []
    assert sweep.succeeded > 200


async def test_the_sweep_finds_what_is_there_to_be_found(world: World) -> None:
    """The house sees both: asked with its token, the same sweep is full of finds."""
    sweep = Sweep(world.ground, [world.ground.token("sv-1", "supervisor")], world.secrets)
    leaks = await sweep.ask(reading(world.ground, world.a, world.b))
    found = {leak.secret for leak in leaks}
    kinds = {secret.split("_")[0] for secret in found}
    assert {world.b.mark, world.b.partner} <= found
    assert any(leak.secret.isdigit() and "/audit" in leak.question.path for leak in leaks)
    assert any("/stream?" in leak.question.path for leak in leaks)
    assert {"sub", "ctr", "inq", "vis", "loan", "dev", "cmd", "stm", "evt", "ref", "vrq"} <= kinds
