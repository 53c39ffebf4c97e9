"""Facts that `helpdesk` publishes about the secrets in customers' records; never the secrets themselves."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from common.events.base import EventData
from common.events.helpdesk_case import CaseData


class CredentialRevealed(CaseData):
    """Somebody was shown a sealed secret of the customer for this case."""

    reveal_id: Annotated[str, Field(description="The reveal.", examples=["rvl_0197f3c29a7b7cc8a1f2c3d4e5f60761"])]
    credential_id: Annotated[
        str, Field(description="The credential.", examples=["crd_0197f3c29a7b7cc8a1f2c3d4e5f60762"])
    ]
    entry_id: Annotated[
        str,
        Field(
            description="The entry of the record that it hangs on.", examples=["rec_0197f3c29a7b7cc8a1f2c3d4e5f60763"]
        ),
    ]


EVENTS: tuple[type[EventData], ...] = (CredentialRevealed,)
