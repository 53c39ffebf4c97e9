"""What all facts about a case have in common."""

from __future__ import annotations

from typing import ClassVar

from common.events.base import ContractRef, EventData, InquiryRef

CASES = "helpdesk.cases.v1"


class CaseData(EventData):
    """Something happened to an inquiry."""

    topic: ClassVar[str] = CASES
    aggregate: ClassVar[str] = "inquiry"

    inquiry_id: InquiryRef
    contract_id: ContractRef
