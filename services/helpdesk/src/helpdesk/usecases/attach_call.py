"""Note that a call was about an inquiry."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from common.db import Tx
from common.events.helpdesk import CallAttached
from helpdesk.domain.call_refusals import CallUnknown
from helpdesk.domain.calls import Call
from helpdesk.domain.refusals import InquiryUnknown
from helpdesk.storage import calls, inquiries
from helpdesk.usecases.tell_calls import tell


async def attach_call(call_id: str, inquiry_id: str, tx: Tx, now: datetime) -> Call:
    """The call with its inquiry; attaching it again changes nothing. Raises `CallUnknown`, `InquiryUnknown`."""
    call = await calls.lock(tx, call_id)
    if call is None:
        raise CallUnknown(call_id=call_id)
    found = await inquiries.find(tx, inquiry_id)
    if found is None:
        raise InquiryUnknown(inquiry_id=inquiry_id)
    if call.inquiry_id == inquiry_id:
        return call
    after = replace(
        call,
        inquiry_id=inquiry_id,
        contract_id=found.inquiry.contract_id,
        subscriber_id=found.inquiry.subscriber_id,
        version=call.version + 1,
    )
    await calls.save(tx, after)
    fact = CallAttached(
        actor=tx.actor,
        call_id=call.id,
        direction=call.direction.value,
        contract_id=after.contract_id,
        inquiry_id=inquiry_id,
    )
    await tell(tx, after, [fact], now)
    return after
