"""A service in the middle of its work, for handlers that have nothing to do in an empty one."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from common.events.contract_access import TokenRevocationLifted, TokenRevoked
from common.events.contracts import AddressChanged, AddressErased, SubscriberDirectoryChanged, SubscriberErased
from common.events.dispatch import VisitCompleted, VisitRequestClosed
from common.events.helpdesk import FaultNotIsolated, InquiriesMerged, InquiryMergeUndone, InquiryVoided
from common.testing import RunningService
from helpdesk import testing as helpdesk
from helpdesk.consumers import OF_CONTRACT
from loaner import testing as loaner
from tests.integration.deliveries import Entry, messages

Ids = Mapping[str, str]
Stage = Callable[[RunningService], Awaitable[Ids]]


async def a_known_subscriber(suite: RunningService) -> Ids:
    """The directory has told of a person."""
    await suite.deliver_messages(messages(suite, SubscriberDirectoryChanged, sequence=1))
    return {}


async def a_known_address(suite: RunningService) -> Ids:
    """The directory has told of a contract address."""
    await suite.deliver_messages(messages(suite, AddressChanged, sequence=1))
    return {}


async def a_revoked_token(suite: RunningService) -> Ids:
    """Contracts has told that tokens are revoked."""
    await suite.deliver_messages(messages(suite, TokenRevoked, sequence=1))
    return {}


async def a_case_that_waits_for_a_visit(suite: RunningService) -> Ids:
    """Helpdesk accepted an inquiry, could not isolate its fault, and asked for a visit."""
    await helpdesk.tell_catalogue(suite)
    await helpdesk.tell(suite, helpdesk.entitlements())
    async with suite.client("operator", subject="op-sato") as operator:
        inquiry = (await helpdesk.accepted(operator))["id"]
        steps: dict[str, dict[str, Any]] = {
            "triage": {"answers": [{"question": "Is the lamp on?", "answer": "no"}], "suspected": "soho_router"},
            "verdict": {"result": "not_isolated_remotely", "evidence": "Rebooted everything, still dark."},
            "onsite-requests": {},
        }
        for step, body in steps.items():
            answer = await helpdesk.post(operator, f"/inquiries/{inquiry}/{step}", body)
            assert answer.is_success, answer.text
    return {"inquiry_id": inquiry, "contract_id": helpdesk.CONTRACT}


async def a_loan_that_waits_for_its_parcel(suite: RunningService) -> Ids:
    """Loaner set a router aside for a case whose router is at fault."""
    house = loaner.House(suite)
    await house.open()
    await house.unit()
    inquiry = await house.case()
    loan = await house.lend(inquiry)
    assert loan["status"] == "reserved"
    return {
        "inquiry_id": inquiry,
        "contract_id": loan["contract_id"],
        "subscriber_id": loaner.entitlements().subscriber_id,
    }


STAGES: Mapping[tuple[str, str, type], Stage] = {
    **{
        (service, "PROJECTIONS", TokenRevocationLifted): a_revoked_token
        for service in ("helpdesk", "dispatch", "loaner", "mdm_gateway")
    },
    ("dispatch", "PROJECTIONS", AddressErased): a_known_address,
    ("helpdesk", "PROJECTIONS", SubscriberErased): a_known_subscriber,
    **{("helpdesk", "PROJECTIONS", kind): a_case_that_waits_for_a_visit for kind in OF_CONTRACT},
    ("helpdesk", "REACTIONS", VisitCompleted): a_case_that_waits_for_a_visit,
    ("helpdesk", "REACTIONS", VisitRequestClosed): a_case_that_waits_for_a_visit,
    ("loaner", "PROJECTIONS", AddressErased): a_known_address,
    ("loaner", "PROJECTIONS", SubscriberErased): a_loan_that_waits_for_its_parcel,
    ("loaner", "REACTIONS", FaultNotIsolated): a_loan_that_waits_for_its_parcel,
    ("loaner", "REACTIONS", InquiryVoided): a_loan_that_waits_for_its_parcel,
    ("loaner", "REACTIONS", InquiriesMerged): a_loan_that_waits_for_its_parcel,
    ("loaner", "REACTIONS", InquiryMergeUndone): a_loan_that_waits_for_its_parcel,
}


async def set_stage(suite: RunningService, entry: Entry) -> Ids:
    """Prepare the service for this entry; the ids that its event has to name."""
    stage = STAGES.get((entry.service, entry.table, entry.kind))
    return await stage(suite) if stage else {}
