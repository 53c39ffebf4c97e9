"""What goes out about files on cases."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field

from common.http import Answer, Moment
from helpdesk.domain.attachments import Attachment


class AttachmentOut(Answer):
    """A file without its bytes; of an erased one the name is empty."""

    id: str
    inquiry_id: str
    visibility: Annotated[str, Field(examples=["internal"])]
    file_name: Annotated[str, Field(examples=["ルーターのランプ.jpg"])]
    media_type: Annotated[str, Field(description="As its bytes say.", examples=["image/jpeg"])]
    size: Annotated[int, Field(description="Bytes.", examples=[482113])]
    sha256: str
    actor: str
    at: Moment
    erased: bool

    @classmethod
    def of(cls, found: Attachment) -> Self:
        """From the domain."""
        return cls.model_validate(found)
