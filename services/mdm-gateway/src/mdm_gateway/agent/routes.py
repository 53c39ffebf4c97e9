"""The companion agent's channel: enrol, fetch commands, answer, report. Known by the device token, never by a JWT."""

from __future__ import annotations

import time
from typing import Annotated

from fastapi import Depends, Header, Path, Query, Request

from common.http import Now, Router, SettingsDep, Transactions, TxDep
from mdm_gateway.agent.doorbell import Doorbell
from mdm_gateway.agent.schemas import (
    EnrolledOut,
    EnrolmentIn,
    OrderOut,
    OrdersOut,
    ResultIn,
    ResultOut,
    StatusIn,
    StatusOut,
)
from mdm_gateway.domain.commands import Command
from mdm_gateway.domain.deliveries import Answer
from mdm_gateway.usecases.enrol_device import EnrolDevice, enrol_device
from mdm_gateway.usecases.hand_over_commands import greet, hand_over_commands
from mdm_gateway.usecases.record_result import RecordResult, record_result
from mdm_gateway.usecases.report_state import report_state

router = Router(prefix="/mdm/agent/v1", tags=["agent"])

_LONGEST_TOKEN = 200


async def _token(authorization: Annotated[str | None, Header(include_in_schema=False)] = None) -> str | None:
    """What the device shows; whether it holds is judged inside the transaction."""
    scheme, _, token = (authorization or "").partition(" ")
    return token if scheme.lower() == "bearer" and len(token) <= _LONGEST_TOKEN else None


async def _doorbell(request: Request) -> Doorbell:
    state = request.app.state
    database = state.service.database
    known: Doorbell | None = getattr(state, "doorbell", None)
    if known is None or known.database is not database:
        known = state.doorbell = Doorbell(database)
    return known


Token = Annotated[str | None, Depends(_token)]
Bell = Annotated[Doorbell, Depends(_doorbell)]


@router.post("/enrolments", status_code=201, response_model=EnrolledOut)
async def enrol(body: EnrolmentIn, tx: TxDep, now: Now) -> object:
    """Enrol with a code; the answer holds the token of this enrolment."""
    cmd = EnrolDevice(code=body.enrolment_code, presented=body.presented(), facts=body.facts, state=body.state())
    done = await enrol_device(cmd, tx, now)
    return EnrolledOut.of(done.device, done.token)


@router.get("/commands", response_model=OrdersOut)
async def fetch(
    request: Request,
    token: Token,
    bell: Bell,
    transactions: Transactions,
    settings: SettingsDep,
    wait: Annotated[float, Query(ge=0, le=55)] = 0,
) -> object:
    """Fetch what is to be done, waiting up to `wait` seconds for it; no transaction is open while it waits."""
    clock = request.app.state.service.clock
    async with transactions() as tx:
        await greet(token, tx, clock.now())
    deadline = time.monotonic() + min(wait, settings.agent_wait_seconds)
    while True:
        async with transactions() as tx:
            due: list[Command] = await hand_over_commands(token, tx, clock.now(), settings.terms())
        left = deadline - time.monotonic()
        if due or left <= 0:
            return OrdersOut(items=[OrderOut.of(command) for command in due])
        await bell.wait(min(left, settings.agent_poll_seconds))


@router.post("/commands/{command_id}/result", response_model=ResultOut)
async def answer_command(
    command_id: Annotated[str, Path(max_length=64)],
    body: ResultIn,
    token: Token,
    tx: TxDep,
    now: Now,
    settings: SettingsDep,
) -> object:
    """Say what became of a command."""
    cmd = RecordResult(token=token, command_id=command_id, answer=Answer(body.status), detail=body.detail)
    command = await record_result(cmd, tx, now, settings.terms())
    return ResultOut(id=command.id, status=command.status)


@router.post("/status", response_model=StatusOut)
async def report(body: StatusIn, token: Token, tx: TxDep, now: Now) -> object:
    """Tell the security state; what is left out is unknown from now on."""
    device = await report_state(token, body.state(), tx, now)
    return StatusOut(device_id=device.id, reported_at=now)
