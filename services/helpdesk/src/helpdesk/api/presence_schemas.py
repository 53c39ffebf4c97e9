"""What is told of who has an inquiry open."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field

from common.http import Answer, Moment
from helpdesk.storage.presence import Present


class PresentOut(Answer):
    """Somebody who has the inquiry open."""

    operator: Annotated[str, Field(description="Subject id.")]
    since: Moment


class PresenceOut(Answer):
    """Everybody who has the inquiry open at this moment, whoever came first first."""

    items: list[PresentOut]
    next: None = None


class PresenceToldOut(Answer):
    """The `presence` message of a stream: who is there, and who came or left since the last one."""

    inquiry_id: str
    here: list[PresentOut]
    came: list[str]
    left: list[str]

    @classmethod
    def of(cls, inquiry_id: str, here: Sequence[Present], *, before: Sequence[str] | None) -> PresenceToldOut:
        """From storage; `before` are those who were told of last, None when nobody was yet."""
        names = [each.operator for each in here]
        return cls(
            inquiry_id=inquiry_id,
            here=[PresentOut.model_validate(each) for each in here],
            came=[name for name in names if before is not None and name not in before],
            left=[name for name in before or () if name not in names],
        )

    def frame(self) -> bytes:
        """As a server-sent event, without an id: where the stream is resumed from does not move."""
        return f"event: presence\ndata: {self.model_dump_json()}\n\n".encode()
