"""What goes in about the steps of a case's life."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from common.http import Answer, Code, Command, IdText, Line, Prose
from helpdesk.api.inquiry_schemas import DeviceIn, InquiryStateOut
from helpdesk.domain.inquiry import Inquiry
from helpdesk.usecases.split_inquiry import SplitInquiry


class WaitingIn(Command):
    """What is waited for."""

    reason: Line


class NothingIn(Command):
    """Nothing more needs to be said."""


class ResolutionIn(Command):
    """How it ended and what helped."""

    outcome: Annotated[Code, Field(examples=["solved_remotely"])]
    solution: Prose | None = None


class VoidIn(Command):
    """Why it does not count."""

    reason: Line


class MergeIn(Command):
    """The duplicate, and what it is a duplicate of."""

    source_id: IdText
    target_id: IdText


class MergeOut(Answer):
    """The duplicate as it is now."""

    source: InquiryStateOut
    target_id: str

    @classmethod
    def of(cls, source: Inquiry) -> MergeOut:
        """From the domain."""
        return MergeOut(source=InquiryStateOut.of(source), target_id=source.merged_into or "")


class SplitIn(Command):
    """The second fault of a call; a site that is not said is the source's."""

    source_id: IdText
    kind: Annotated[Code, Field(examples=["trouble"])]
    summary: Prose
    site: Code | None = None
    device: DeviceIn | None = None

    def command(self, version: int | None) -> SplitInquiry:
        """The same for the use case."""
        device = self.device or DeviceIn()
        return SplitInquiry(
            source_id=self.source_id,
            kind=self.kind,
            summary=self.summary,
            site=self.site,
            device_kind=device.kind,
            device_os=device.os,
            expected_version=version,
        )
